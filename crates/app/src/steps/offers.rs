//! Keeps which steps were offered in which order, and says which were chosen.

use jiff::Timestamp;
use nightmend_domain::{Entry, Fact, Observation, PersonName, SourceName, Value};
use nightmend_store::{ActKind, Store};
use nightmend_trial::choose::Offer;
use serde::{Deserialize, Serialize};

use super::ledger::{Experiment, OfferedRow, STEPS_SOURCE, fact_of_steps};
use super::{Desk, Occasion, ledger};
use crate::failure::AppError;
use crate::views::{ChosenView, OfferedStepView, OffersDayView, OffersView, StepsView};

/// The tracker of offers, which keeps them apart from the facts of experiments.
const TRACKER: &str = "offers";

/// The steps as they were offered once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct OffersRow {
    offered: Vec<OfferedRow>,
}

/// The rows of an offer, with scores to two decimals.
pub(super) fn rows(offers: &[Offer]) -> Vec<OfferedRow> {
    offers
        .iter()
        .map(|offer| OfferedRow {
            step: offer.step.as_word().to_owned(),
            arm: offer.arm.map(|arm| arm.id.to_owned()),
            score: (offer.score() * 100.0).round() / 100.0,
            reason: offer.reason.clone(),
        })
        .collect()
}

/// Notes the steps as an overview offers them, where their order or their variants are others than when they were last
/// noted; says whether it wrote. Nothing is noted for a person of whom nothing is kept yet, nor while an experiment
/// runs, when nothing can be chosen.
///
/// # Errors
/// A store that cannot be written to.
pub fn note_offers(
    store: &mut Store,
    person: &PersonName,
    overview: &StepsView,
    occasion: &Occasion,
) -> Result<bool, AppError> {
    let chooses = overview.running.is_none() && overview.waits_for.is_empty();
    if !chooses || !store.persons()?.contains(person) {
        return Ok(false);
    }
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let offered: Vec<OfferedRow> = overview
        .next
        .iter()
        .map(|offer| OfferedRow {
            step: offer.step.to_owned(),
            arm: offer.arm.map(str::to_owned),
            score: offer.score,
            reason: offer.reason.clone(),
        })
        .collect();
    let order = |rows: &[OfferedRow]| -> Vec<(String, Option<String>)> {
        rows.iter().map(|row| (row.step.clone(), row.arm.clone())).collect()
    };
    let before = noted(store, person)?;
    let begun = ledger.experiments.iter().map(|experiment| (experiment.started_at(), &experiment.offered));
    let newest = before.iter().map(|(at, _, rows)| (*at, rows)).chain(begun).max_by_key(|(at, _)| *at);
    if newest.is_some_and(|(_, rows)| order(rows) == order(&offered)) {
        return Ok(false);
    }
    let what = format!(
        "steps offered: {}",
        overview.next.iter().map(|offer| offer.title).collect::<Vec<_>>().join(", ")
    );
    let key = format!("offers/{}", desk.today);
    let fact = fact_of_steps(TRACKER, &key, (desk.today, desk.at), &OffersRow { offered });
    store.append_step(person, &[fact], (ActKind::Offer, &what), occasion.now)?;
    Ok(true)
}

/// When, on which date, and the steps in order.
type Noted = (Option<Timestamp>, String, Vec<OfferedRow>);

/// What was offered, the last of each day, oldest first.
fn noted(store: &Store, person: &PersonName) -> Result<Vec<Noted>, AppError> {
    let rows = |observation: &Observation| {
        let Fact::Entry(Entry { tracker, value: Value::Text(text), .. }) = &observation.fact else {
            return None;
        };
        let row: OffersRow =
            (tracker.as_str() == TRACKER).then(|| serde_json::from_str(text).ok()).flatten()?;
        Some((observation.at.map(|at| at.timestamp()), observation.date.to_string(), row.offered))
    };
    let source = SourceName::new(STEPS_SOURCE).expect("a constant name");
    Ok(store.current_of_source(person, &source)?.iter().filter_map(rows).collect())
}

/// Every offer that is kept, oldest first: those that were looked at, and those beside a choice.
///
/// # Errors
/// A store that cannot be read.
pub fn offers_log(store: &Store, person: &PersonName) -> Result<OffersView, AppError> {
    let looked = noted(store, person)?.into_iter().map(|(at, date, rows)| (at, date, rows, None));
    let ledger = ledger(store, person)?;
    let begun = ledger.experiments.iter().map(|experiment| {
        let date = experiment.started.map_or_else(|| experiment.first.date(), |at| at.date());
        (experiment.started_at(), date.to_string(), experiment.offered.clone(), Some(chosen(experiment)))
    });
    let mut days: Vec<_> = looked.chain(begun).collect();
    days.sort_by_key(|(at, ..)| *at);
    Ok(OffersView {
        schema: "nightmend.offers/1",
        person: person.to_string(),
        offers: days
            .into_iter()
            .map(|(_, date, rows, chosen)| OffersDayView {
                date,
                steps: rows
                    .into_iter()
                    .map(|OfferedRow { step, arm, score, reason }| OfferedStepView {
                        step,
                        arm,
                        score,
                        reason,
                    })
                    .collect(),
                chosen,
            })
            .collect(),
    })
}

fn chosen(experiment: &Experiment) -> ChosenView {
    ChosenView {
        experiment: experiment.number,
        step: experiment.step.as_word(),
        arm: experiment.arm().name.to_string(),
        arm_title: experiment.arm().title.clone(),
    }
}
