//! Analyses the trial of the guide from its table, and tables that cannot be analysed.

use std::fs;
use std::path::PathBuf;

use jiff::civil::date;
use nightmend_app::steps::{TableRequest, analyse_table};
use nightmend_app::{AppError, TableMap};
use nightmend_domain::step_result::Verdict;
use nightmend_domain::{Outcome, Rotation};

fn guide(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides").join(name)
}

fn request() -> TableRequest {
    let map = fs::read_to_string(guide("maps/pillow-trial.toml")).unwrap();
    TableRequest {
        path: guide("tables/pillow-trial.csv"),
        map: TableMap::parse(&map).unwrap(),
        person: None,
        usual: None,
        arm: None,
        outcome: None,
        threshold: Some(0.5),
        expected_benefit: Some(1.0),
        rotation: Some(Rotation::PermutedBlocks { block: 4 }),
        zone: None,
    }
}

const TODAY: jiff::civil::Date = date(2026, 6, 1);

#[test]
fn the_trial_of_the_guide_is_read_and_judged() {
    let answer = analyse_table(&request(), TODAY).unwrap();
    let view = serde_json::to_value(&answer.view).unwrap();
    assert_eq!(answer.result.verdict, Verdict::Helped);
    // The names that the issue gives.
    for key in ["schema", "step", "nights", "outcomes", "carry_over", "verdict", "sentence"] {
        assert!(view.get(key).is_some(), "{key}");
    }
    assert_eq!(view["schema"], "nightmend.step-result/1");
    let nights = &view["nights"];
    assert_eq!((&nights["assigned_on"], &nights["assigned_off"]), (&14.into(), &14.into()));
    let judged = &view["outcomes"][0];
    assert_eq!(judged["outcome"], "morning_pain");
    for key in ["mean", "ci90", "p_benefit", "p_at_least_threshold", "threshold", "randomisation_p"] {
        assert!(judged.get(key).is_some(), "{key}");
    }
    assert_eq!(answer.result.looks.len(), 1, "a trial run elsewhere is looked at once");
    assert!(view.get("fingerprint").is_none());
    // The table was made with -1.6 when done.
    let effect = answer.result.outcomes[0].usual.effect;
    assert!(effect.low < -0.2 && effect.low > -2.5 && effect.mean < -0.5, "{effect:?}");
}

#[test]
fn without_the_lot_there_is_no_test_of_it() {
    let answer = analyse_table(&TableRequest { rotation: None, ..request() }, TODAY).unwrap();
    assert!(answer.result.outcomes.iter().all(|outcome| outcome.randomisation.is_none()));
    assert!(answer.result.remarks.iter().any(|remark| remark.contains("no randomisation test")));
    let sleep =
        analyse_table(&TableRequest { outcome: Some(Outcome::SleepHours), ..request() }, TODAY).unwrap();
    assert_eq!(sleep.result.outcomes[0].outcome, Outcome::SleepHours);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let refused = |request: TableRequest| analyse_table(&request, TODAY).unwrap_err();
    let unknown = refused(TableRequest { usual: Some("nothing".into()), ..request() });
    assert!(matches!(&unknown, AppError::Usage(text) if text.contains("pillow, usual")), "{unknown}");
    let text =
        fs::read_to_string(guide("maps/pillow-trial.toml")).unwrap().replace("as = \"arm\"", "as = \"what\"");
    let armless = refused(TableRequest { map: TableMap::parse(&text).unwrap(), ..request() });
    assert!(matches!(&armless, AppError::Refused(text) if text.contains("as = \"arm\"")), "{armless}");
}
