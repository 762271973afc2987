//! Works out what an experiment has shown: the records beside the lot, analysed and judged.

use std::sync::Arc;

use nightmend_domain::{Day, Moment, Night, Outcome, SleepMethod, StepResult};
use nightmend_loop::SleepMeasure;
use nightmend_sleep::Assembly;
use nightmend_trial::analysis::Origin;
use nightmend_trial::{AnalysisSettings, Outcomes, assemble};

use super::ledger::Experiment;
use super::profile::back_pain;
use super::reading::Reading;
use super::{Desk, Occasion, State, found, ledger, state};
use crate::failure::AppError;
use crate::views::StepResultView;

/// What an experiment has shown, for print and for pictures.
#[derive(Debug, Clone)]
pub struct ResultAnswer {
    /// Its public shape.
    pub view: StepResultView,
    /// The numbers behind it.
    pub result: Arc<StepResult>,
}

/// What the experiment of that number has shown, or the one that runs, or the latest.
///
/// # Errors
/// No such experiment, or a store that cannot be read.
pub fn result(reading: &Reading, number: Option<u32>, occasion: &Occasion) -> Result<ResultAnswer, AppError> {
    let desk = Desk::of(reading.store, reading.person, occasion)?;
    let ledger = ledger(reading.store, reading.person)?;
    let experiment = found(&ledger, desk.tonight, number)?;
    let result = result_of(experiment, reading, &desk)?;
    let kept = Some((experiment.number, experiment.altered.is_none()));
    let view = StepResultView::new(reading.person.as_str(), kept, &result);
    Ok(ResultAnswer { view, result })
}

/// What one experiment has shown as of today.
pub(super) fn result_of(
    experiment: &Experiment,
    reading: &Reading,
    desk: &Desk,
) -> Result<Arc<StepResult>, AppError> {
    let ended = state(experiment, desk.tonight) == State::Stopped;
    // Pain of the day is not known before the evening: a look must not come early and change its mind.
    let known_by_now = match experiment.plan.design.outcome {
        Outcome::DayPain => desk.today.yesterday().unwrap_or(desk.today),
        _ => desk.today,
    };
    let as_of = experiment.stop.as_ref().map_or(known_by_now, |stop| stop.on.min(known_by_now));
    let mut record =
        assemble(&experiment.plan, experiment.first, &experiment.pauses, &experiment.answers, as_of);
    if let Some(altered) = &experiment.altered {
        record
            .issues
            .insert(0, nightmend_domain::step_result::TrialIssue { night: None, text: altered.to_string() });
    }
    let hours = hours_measure(reading.assembly()?);
    let extended_from = experiment.extended_from.clone();
    let settings = AnalysisSettings { hours, ended, origin: Origin::Here, extended_from };
    let result = reading.analysed(&record, &settings)?;
    Ok(match experiment.warning() {
        Some(warning) => {
            Arc::new(StepResult { sentence: format!("{warning} {}", result.sentence), ..(*result).clone() })
        }
        None => result,
    })
}

/// The outcomes of a person by date. What was told more than a week later is left out, as in the loop.
#[must_use]
pub fn outcomes(assembly: &Assembly) -> Outcomes {
    let mut outcomes = Outcomes::default();
    assembly.nights.iter().filter(|night| !night.recalled).for_each(|night| take_night(&mut outcomes, night));
    assembly.days.iter().for_each(|day| take_day(&mut outcomes, day));
    outcomes
}

fn take_night(outcomes: &mut Outcomes, night: &Night) {
    let date = night.date.date();
    if let Some(tst) = night.tst {
        outcomes.insert(Outcome::SleepHours, date, tst.hours());
    }
    if let Some(efficiency) = night.se {
        outcomes.insert(Outcome::SleepEfficiency, date, efficiency.get());
    }
    if let Some(quality) = night.quality {
        outcomes.insert(Outcome::SleepQuality, date, quality.goodness());
    }
}

fn take_day(outcomes: &mut Outcomes, day: &Day) {
    let pain = |moment: Moment| {
        let mut of_moment = day.entries.iter().filter(|entry| entry.moment == moment && !entry.recalled);
        of_moment.find_map(back_pain)
    };
    if let Some(pain) = pain(Moment::Waking) {
        outcomes.insert(Outcome::MorningPain, day.date, pain);
    }
    if let Some(pain) = pain(Moment::Bedtime).or_else(|| pain(Moment::Day)) {
        outcomes.insert(Outcome::DayPain, day.date, pain);
    }
}

/// Who counted the hours: whoever did on most nights.
fn hours_measure(assembly: &Assembly) -> SleepMeasure {
    let told = assembly.nights.iter().filter(|night| night.tst.is_some());
    let (devices, all) = told.fold((0_usize, 0_usize), |(devices, all), night| {
        (devices + usize::from(night.method == SleepMethod::Device), all + 1)
    });
    if 2 * devices > all { SleepMeasure::HoursDevice } else { SleepMeasure::HoursDiary }
}

#[cfg(test)]
mod tests {
    use nightmend_domain::{NightDate, OffsetTimestamp, PersonName, Zone, ZoneBasis};
    use nightmend_store::{ActKind, Store};
    use nightmend_trial::allocation;
    use nightmend_trial::steps::StepId;
    use nightmend_trial::steps::designs::{Wishes, design};

    use super::*;
    use crate::steps::ledger::{Event, FIRST_PLACE, StartedRow, observation};
    use crate::steps::{Wording, calendar_file, tonight};

    /// An experiment whose nights were swapped in the store after it was drawn.
    #[test]
    fn an_altered_plan_is_said_wherever_it_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path().join("store")).unwrap();
        let me = PersonName::new("me").unwrap();
        let step = StepId::SleepPosition.step();
        let mut plan = allocation::draw(design(step, &step.arms[0], Wishes::default(), 5)).unwrap();
        let kept = plan.fingerprint.clone();
        let other = plan.allocation.iter().position(|arm| *arm != plan.allocation[0]).unwrap();
        plan.allocation.swap(0, other);
        plan.fingerprint = kept;
        let first = NightDate::of_waking("2026-03-02".parse().unwrap());
        let now = "2026-03-01T20:00:00Z".parse().unwrap();
        let at = OffsetTimestamp::in_zone(now, &Zone::utc(), ZoneBasis::Stated);
        let event = Event::Started(Box::new(StartedRow::new(&plan, first, None, None)));
        let fact = observation(1, FIRST_PLACE, "2026-03-01".parse().unwrap(), at, &event);
        store.append_step(&me, &[fact], (ActKind::Step, "started"), now).unwrap();
        let occasion = Occasion { now, machine_zone: Some(Zone::utc()) };
        let said = tonight(&Reading::of(&store, &me), &occasion).unwrap();
        assert!(said.sentence.starts_with("Warning: this plan was changed"), "{}", said.sentence);
        let file = |wording| calendar_file(&store, &me, wording, &occasion).unwrap().replace("\r\n ", "");
        assert!(file(Wording::Plain).contains("Warning: this plan was changed after it was drawn"));
        let neutral = file(Wording::Neutral);
        assert!(neutral.contains("something about the plan needs a look") && !neutral.contains("Warning"));
        // All nights are over.
        let after = Occasion { now: "2026-06-01T20:00:00Z".parse().unwrap(), ..occasion };
        let answer = result(&Reading::of(&store, &me), None, &after).unwrap();
        assert_eq!(answer.view.intact, Some(false));
        assert!(
            answer.view.sentence.starts_with("Warning: this plan was changed"),
            "{}",
            answer.view.sentence
        );
    }
}
