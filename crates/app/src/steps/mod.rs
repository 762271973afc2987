//! Runs a person's experiments with the six steps: what runs, what is on tonight, what next, and every change to it.
//!
//! Everything that is said of an experiment is a fact in the store (`ledger`); what is shown follows from the facts,
//! the records and the date. One experiment runs at a time, because two would be each other's hidden influence.

mod actions;
pub(crate) mod covariate;
mod describe;
mod elsewhere;
mod goal;
mod ics;
pub mod ledger;
mod offers;
mod plan;
pub mod profile;
mod reading;
mod result;
pub mod safety;
mod tonight;
mod window;

use jiff::Timestamp;
use jiff::civil::Date;
use nightmend_domain::{NightDate, OffsetTimestamp, PersonName, Zone, ZoneBasis};
use nightmend_store::Store;

pub use actions::{
    StartRequest, answer, extend, keep, pause, resume, set_safety, sleepy, start, stop, watch,
};
pub use describe::{experiment, guide, overview, safety_view};
pub use elsewhere::{TableRequest, analyse_table};
pub use ics::{Wording, calendar_file};
pub use ledger::{Experiment, Ledger, Stop, ledger};
pub use nightmend_trial::steps as catalogue;
pub use nightmend_trial::steps::designs::Wishes;
pub use nightmend_trial::{choose, schedule};
pub use offers::{note_offers, offers_log};
pub use plan::plan;
pub use reading::{Reading, Results};
pub use result::{ResultAnswer, outcomes, result};
pub use tonight::{open_question, tonight};

use crate::checkin::evening_date;
use crate::failure::AppError;

/// When and where something about a step is asked or said.
#[derive(Debug, Clone, PartialEq)]
pub struct Occasion {
    /// The instant.
    pub now: Timestamp,
    /// The zone of the machine, for people who set none.
    pub machine_zone: Option<Zone>,
}

/// The occasion as the person's own clock and calendar show it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Desk {
    /// The instant with the clock on the wall.
    pub(crate) at: OffsetTimestamp,
    /// The date on the wall.
    pub(crate) today: Date,
    /// The night that comes next: until four in the morning that of the evening before.
    pub(crate) tonight: NightDate,
    /// The zone, where one is known.
    pub(crate) zone: Option<String>,
}

impl Desk {
    pub(crate) fn of(store: &Store, person: &PersonName, occasion: &Occasion) -> Result<Self, AppError> {
        let settings = store.sleep_settings(person)?;
        let utc_date = OffsetTimestamp::in_zone(occasion.now, &Zone::utc(), ZoneBasis::Stated).date();
        let own = settings.zones.on(utc_date).cloned();
        let basis = if own.is_some() { ZoneBasis::Person } else { ZoneBasis::Stated };
        let zone = own.or_else(|| occasion.machine_zone.clone());
        let at = OffsetTimestamp::in_zone(occasion.now, zone.as_ref().unwrap_or(&Zone::utc()), basis);
        let today = at.date();
        let evening = evening_date(today, at.civil().time());
        Ok(Self {
            at,
            today,
            tonight: NightDate::of_waking(evening.tomorrow().unwrap_or(evening)),
            zone: zone.map(|zone| zone.name().to_owned()),
        })
    }

    /// The evening that leads into a night.
    pub(crate) fn evening_of(night: NightDate) -> Date {
        night.date().yesterday().unwrap_or_else(|_| night.date())
    }
}

/// How an experiment stands on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its nights are going on, or begin tonight.
    Running,
    /// It rests until the person goes on.
    Paused,
    /// It was ended before its last night.
    Stopped,
    /// All its nights are over.
    Finished,
}

impl State {
    /// The word for it in JSON.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
        }
    }

    /// Whether it holds the place of the one experiment at a time.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

/// How an experiment stands for somebody whose next night is `tonight`.
#[must_use]
pub fn state(experiment: &Experiment, tonight: NightDate) -> State {
    if experiment.stop.is_some() {
        State::Stopped
    } else if experiment.is_paused() {
        State::Paused
    } else if experiment.last_night().is_none_or(|last| last < tonight) {
        State::Finished
    } else {
        State::Running
    }
}

/// The experiment of that number, or the one that runs, or the latest.
pub(crate) fn found(
    ledger: &Ledger,
    tonight: NightDate,
    number: Option<u32>,
) -> Result<&Experiment, AppError> {
    let found = match number {
        Some(number) => ledger.experiments.iter().find(|experiment| experiment.number == number),
        None => active(ledger, tonight).or_else(|| ledger.experiments.last()),
    };
    found.ok_or_else(|| {
        AppError::Usage(match number {
            Some(number) => {
                format!("there is no experiment {number}; `nightmend steps` lists what was tried")
            }
            None => "no experiment was started yet; `nightmend steps` lists the six steps".to_owned(),
        })
    })
}

/// The experiment that runs or rests, if one does.
pub(crate) fn active(ledger: &Ledger, tonight: NightDate) -> Option<&Experiment> {
    ledger.experiments.iter().rev().find(|experiment| state(experiment, tonight).is_active())
}
