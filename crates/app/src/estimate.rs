//! Measures the loop of a person: assembles, chooses the series, fits, and shapes the answer.

use jiff::civil::Date;
use nightmend_domain::estimate::{LoopOutcome, MeasurementError, Record};
use nightmend_domain::{Day, Fact, Night, Observation, PersonName, Progress, SleepMethod, SleepSettings};
use nightmend_loop::select::{
    ChannelChoice, CovariateChoice, Question, SelectionError, TellersHours, select,
};
use nightmend_loop::{FitError, Innovations, Level, LoopSettings, PainModel, PriorPack, Seed, Series, fit};
use nightmend_sleep::{Assembly, assemble};
use nightmend_store::Store;

use crate::checkin::CHECK_IN_SOURCE;
use crate::failure::AppError;
use crate::figures::between;
use crate::record::Record as Assembled;
use crate::refresh::DateRange;
use crate::steps::covariate::running_step;
use crate::steps::ledger::{Experiment, ledger_of};
use crate::views::{Asked, LoopView};

/// What is asked of the loop.
#[derive(Debug, Clone)]
pub struct LoopRequest {
    /// Which sleep, which pain, which moment.
    pub question: Question,
    /// Which dates.
    pub range: DateRange,
    /// How much error is allowed for in each value.
    pub measurement_error: MeasurementError,
    /// How pain is modelled.
    pub pain_model: PainModel,
    /// How the innovations of pain are spread.
    pub innovations: Innovations,
    /// The value of pain from which on a day is bad; `None` for the person's own worst fifth.
    pub bad_day: Option<f64>,
    /// What a group has in common, in the place of the built-in priors.
    pub pack: Option<PriorPack>,
    /// The seed of the sampler.
    pub seed: u64,
    /// Which channels of a night are looked at together.
    pub channels: ChannelChoice,
    /// What the levels do over the record.
    pub level: Level,
    /// Whether a bend in hours slept is looked for.
    pub curve: bool,
}

impl Default for LoopRequest {
    /// Everything automatic, of the whole record, with the first seed.
    fn default() -> Self {
        Self {
            question: Question::default(),
            range: DateRange::default(),
            measurement_error: MeasurementError::Prior,
            pain_model: PainModel::Automatic,
            innovations: Innovations::Automatic,
            bad_day: None,
            pack: None,
            seed: 1,
            channels: ChannelChoice::default(),
            level: Level::default(),
            curve: false,
        }
    }
}

/// The answer, for print and for pictures.
#[derive(Debug, Clone)]
pub struct LoopAnswer {
    /// Its public shape.
    pub view: LoopView,
    /// The numbers behind it.
    pub outcome: LoopOutcome,
}

/// Measures the loop of `person`.
///
/// # Errors
/// A question about something that is not recorded, the wish to stop, or a store that cannot be read. Too little data
/// is an answer.
pub fn measure(
    store: &Store,
    person: &PersonName,
    request: &LoopRequest,
    progress: &dyn Progress,
) -> Result<LoopAnswer, AppError> {
    let (assembled, living) = (Told::read(store, person)?, is_living(store, person)?);
    answer(assembled.parts(request.range), person, living, request, |series, settings, seed| {
        fit(series, settings, seed, progress)
    })
}

/// As [`measure`], of a record that is assembled already.
///
/// # Errors
/// As [`measure`], but for the store.
pub fn measure_of(
    record: &Assembled,
    request: &LoopRequest,
    progress: &dyn Progress,
) -> Result<LoopAnswer, AppError> {
    let living = record.sources.sources.iter().any(|source| source.name == CHECK_IN_SOURCE);
    let parts = Parts::of(&record.assembly, (&record.tellers, &record.experiments), request.range);
    answer(parts, &record.person, living, request, |series, settings, seed| {
        fit(series, settings, seed, progress)
    })
}

/// Gives a first answer to the same question in some tens of milliseconds, marked as a preview in its view and its
/// sentences. Where it cannot be trusted the outcome is `CannotTellReason::PreviewRefused`, and [`measure`] must be asked.
///
/// # Errors
/// As [`measure`], but for the wish to stop.
pub fn preview(store: &Store, person: &PersonName, request: &LoopRequest) -> Result<LoopAnswer, AppError> {
    let (assembled, living) = (Told::read(store, person)?, is_living(store, person)?);
    answer(assembled.parts(request.range), person, living, request, nightmend_loop::preview)
}

/// As [`preview`], of a record that is assembled already.
///
/// # Errors
/// As [`preview`].
pub fn preview_of(record: &Assembled, request: &LoopRequest) -> Result<LoopAnswer, AppError> {
    let living = record.sources.sources.iter().any(|source| source.name == CHECK_IN_SOURCE);
    let parts = Parts::of(&record.assembly, (&record.tellers, &record.experiments), request.range);
    answer(parts, &record.person, living, request, nightmend_loop::preview)
}

/// The nights and days that an answer may use.
#[derive(Clone, Copy)]
struct Parts<'a> {
    nights: &'a [Night],
    days: &'a [Day],
    tellers: &'a TellersHours,
    experiments: &'a [Experiment],
}

/// Everything of a person that an answer needs.
struct Told {
    assembly: Assembly,
    tellers: TellersHours,
    experiments: Vec<Experiment>,
}

impl Told {
    fn read(store: &Store, person: &PersonName) -> Result<Self, AppError> {
        let observations = store.current(person, ..)?;
        let settings = store.sleep_settings(person)?;
        Ok(Self {
            experiments: ledger_of(&observations).experiments,
            assembly: assemble(&observations, &settings),
            tellers: hours_of_tellers(observations, &settings),
        })
    }

    fn parts(&self, range: DateRange) -> Parts<'_> {
        Parts::of(&self.assembly, (&self.tellers, &self.experiments), range)
    }
}

impl<'a> Parts<'a> {
    fn of(
        assembly: &'a Assembly,
        (tellers, experiments): (&'a TellersHours, &'a [Experiment]),
        range: DateRange,
    ) -> Self {
        let (from, to) = (range.from.unwrap_or(Date::MIN), range.to.unwrap_or(Date::MAX));
        Self {
            nights: between(&assembly.nights, from, to, |night| night.date.date()),
            days: between(&assembly.days, from, to, |day| day.date),
            tellers,
            experiments,
        }
    }
}

fn answer(
    parts: Parts<'_>,
    person: &PersonName,
    is_living: bool,
    request: &LoopRequest,
    fitted: impl FnOnce(&Series, &LoopSettings, Seed) -> Result<LoopOutcome, FitError>,
) -> Result<LoopAnswer, AppError> {
    let selection = match select(parts.nights, parts.days, &request.question) {
        Ok(selection) => selection,
        Err(error @ (SelectionError::NoSleep | SelectionError::NoPain)) => {
            return Ok(nothing_recorded(person, parts, &error));
        }
        Err(error) => return Err(AppError::Usage(error.to_string())),
    };
    let mut selection = selection;
    let nights = selection.sleep.values.keys().copied();
    if request.question.covariates == CovariateChoice::Automatic
        && let Some(step) = running_step(parts.experiments, nights)
    {
        selection.remarks.push(format!(
            "Taken into account is on which nights {} was assigned (--without-covariates leaves it out).",
            step.name
        ));
        selection.covariates.push(step);
    }
    // Without measurement error two channels of one night cannot differ.
    let one = request.channels == ChannelChoice::One || request.measurement_error == MeasurementError::None;
    let selection = if one {
        selection
    } else {
        selection
            .with_channels(parts.nights, parts.tellers, &request.question.sleep, &request.channels)
            .map_err(|error| AppError::Usage(error.to_string()))?
    };
    let series = selection.series().map_err(|error| AppError::Engine(error.to_string()))?;
    let settings = LoopSettings {
        record: if is_living { Record::Living } else { Record::Archive },
        measurement_error: request.measurement_error,
        level: request.level,
        curve: request.curve,
        pain_model: request.pain_model,
        innovations: request.innovations,
        bad_day: request.bad_day,
        pack: request.pack.clone(),
        ..LoopSettings::for_days(series.len())
    };
    let outcome = fitted(&series, &settings, Seed(request.seed)).map_err(|error| match error {
        FitError::Cancelled => AppError::Cancelled,
        FitError::Pack(error) => AppError::Usage(error.to_string()),
        other => AppError::Engine(other.to_string()),
    })?;
    let asked = Asked {
        sleep: selection.sleep.name.clone(),
        pain: selection.pain.name.clone(),
        moment: selection.moment.as_word(),
    };
    let simulated = is_simulated(parts);
    let mut remarks = selection.remarks.clone();
    remarks.extend(request.pack.as_ref().map(said_of_pack));
    let view = LoopView::new(person.as_str(), simulated, asked, &outcome, &remarks);
    Ok(LoopAnswer { view, outcome })
}

/// The hours as a diary alone and as a device alone tells them; nothing where one of the two tells nothing.
pub(crate) fn hours_of_tellers(observations: Vec<Observation>, settings: &SleepSettings) -> TellersHours {
    let (mut diary, mut device) = (Vec::new(), Vec::new());
    for observation in observations {
        match &observation.fact {
            Fact::Sleep(record) if record.method == SleepMethod::Diary => diary.push(observation),
            Fact::Sleep(record) if record.method == SleepMethod::Device => device.push(observation),
            _ => {}
        }
    }
    if diary.is_empty() || device.is_empty() {
        return TellersHours::default();
    }
    let hours = |told: Vec<Observation>| TellersHours::of_nights(&assemble(&told, settings).nights);
    TellersHours { diary: hours(diary), device: hours(device) }
}

fn said_of_pack(pack: &PriorPack) -> String {
    format!(
        "Estimates lean on what other people have in common, {}; what is told as clear rests on your data alone.",
        pack.label()
    )
}

/// A record that people check in to grows and is looked at again and again; an imported one is looked at once.
fn is_living(store: &Store, person: &PersonName) -> Result<bool, AppError> {
    Ok(store.sources(person)?.iter().any(|source| source.source.as_str() == CHECK_IN_SOURCE))
}

/// Whether any of it was made up by the simulator, whose sources say so.
fn is_simulated(parts: Parts<'_>) -> bool {
    let nights = parts.nights.iter().map(|night| &night.source);
    let entries = parts.days.iter().flat_map(|day| &day.entries).map(|entry| &entry.source);
    nights.chain(entries).any(|source| source.as_str().starts_with("simulated"))
}

fn nothing_recorded(person: &PersonName, parts: Parts<'_>, error: &SelectionError) -> LoopAnswer {
    let sentence = match (error, parts.nights.len()) {
        (SelectionError::NoSleep, 1..) => format!(
            "Cannot tell: {} recorded, and none says how long you slept or how good the night was; add the hours, or the \
             times with the minutes awake.",
            if parts.nights.len() == 1 {
                "1 night is".to_owned()
            } else {
                format!("{} nights are", parts.nights.len())
            }
        ),
        _ => format!("Cannot tell: {error}."),
    };
    let (data, reason) = crate::views::nothing(error, parts.nights, parts.days);
    let outcome = LoopOutcome::CannotTell(nightmend_domain::estimate::CannotTell { data, reason, sentence });
    let asked = Asked { sleep: "hours of sleep".to_owned(), pain: "pain".to_owned(), moment: "day" };
    let view = LoopView::new(person.as_str(), is_simulated(parts), asked, &outcome, &[]);
    LoopAnswer { view, outcome }
}
