//! Walks an experiment from its start to its verdict, analyses the trial of the guide, and tables that cannot be analysed.

use std::fs;
use std::path::PathBuf;

use jiff::civil::date;
use nightmend_app::checkin::{self, MorningAnswers, Setting};
use nightmend_app::steps::catalogue::StepId;
use nightmend_app::steps::{self, Occasion, Reading, StartRequest, TableRequest, Wishes, analyse_table};
use nightmend_app::{AppError, Store, TableMap};
use nightmend_domain::step_result::Verdict;
use nightmend_domain::{Adherence, Condition, Outcome, PersonName, Rotation, SafetyAnswer, Zone, trackers};

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
    assert!(view.get("fingerprint").is_none() && view.get("intact").is_none());
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
    // A map that names the pain otherwise is told how, whatever outcome was asked for.
    let text = "source = \"trial\"\n[date]\ncolumn = \"woke on\"\nformat = \"iso\"\n[[column]]\nname = \"assigned\"\nas = \"arm\"\ntext = true\n";
    for outcome in [None, Some(Outcome::MorningPain)] {
        let map = TableMap::parse(text).unwrap();
        let silent = refused(TableRequest { map, outcome, ..request() });
        assert!(
            matches!(&silent, AppError::Refused(text) if text.contains("as = \"back pain\"")),
            "{silent}"
        );
    }
}

#[test]
fn a_table_that_contradicts_itself_or_its_lot_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let table = fs::read_to_string(guide("tables/pillow-trial.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    let written = |name: &str, lines: &[&str]| {
        let path = folder.path().join(name);
        fs::write(&path, lines.join("\n")).unwrap();
        TableRequest { path, ..request() }
    };
    // The first night once more, with the other arm.
    let other = if lines[1].contains("usual") {
        lines[1].replace("usual", "pillow")
    } else {
        lines[1].replace("pillow", "usual")
    };
    let twice = analyse_table(&written("twice.csv", &[&lines[..], &[&other]].concat()), TODAY).unwrap();
    assert!(twice.result.issues.iter().any(|issue| issue.text.contains("told more than once")));
    assert_eq!(twice.view.nights.assigned_on + twice.view.nights.assigned_off, 27);
    // Without one row the blocks no longer fit, so that the lot cannot be cast again.
    assert!(twice.result.outcomes.iter().all(|outcome| outcome.randomisation.is_none()));
    assert!(twice.result.remarks.iter().any(|remark| remark.contains("blocks of 4")));
    let odd = TableRequest { rotation: Some(Rotation::PermutedBlocks { block: 3 }), ..request() };
    assert!(analyse_table(&odd, TODAY).unwrap_err().to_string().contains("cannot hold 2 arms"));
    let absent = TableRequest { outcome: Some(Outcome::SleepQuality), ..request() };
    let said = analyse_table(&absent, TODAY).unwrap_err().to_string();
    assert!(said.contains("does not hold sleep_quality") && said.contains("morning_pain"), "{said}");
}

#[test]
fn colours_in_the_arms_of_a_table_reach_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let table = fs::read_to_string(guide("tables/pillow-trial.csv")).unwrap();
    let path = folder.path().join("coloured.csv");
    fs::write(&path, table.replace("pillow", "\u{1b}[31mpillow\u{1b}[0m\u{7}")).unwrap();
    let answer = analyse_table(&TableRequest { path, ..request() }, TODAY).unwrap();
    assert_eq!((answer.view.arm.as_str(), answer.view.compared_with.as_str()), ("pillow", "usual"));
    assert!(!answer.result.sentence.contains(char::is_control), "{:?}", answer.result.sentence);
}

fn at(time: &str) -> Occasion {
    Occasion { now: time.parse().unwrap(), machine_zone: Some(Zone::utc()) }
}

/// Answers every safety question with no, and starts an experiment judged by pain on waking, on 1 March 2026.
fn begin(store: &mut Store, me: &PersonName) -> StartRequest {
    let evening = at("2026-03-01T20:00:00Z");
    let answers: Vec<_> = Condition::all().map(|each| (each, SafetyAnswer::No)).collect();
    steps::set_safety(store, me, &answers, &evening).unwrap();
    let start = StartRequest {
        step: StepId::SleepPosition,
        arm: None,
        wishes: Wishes { outcome: Some(Outcome::MorningPain), ..Wishes::default() },
        rise: None,
        evenings_from_now: 0,
        seed: Some(11),
    };
    steps::start(store, me, &start, &evening).unwrap();
    start
}

/// Checks in at seven in the morning.
fn morning_pain(store: &mut Store, me: &PersonName, date: jiff::civil::Date, pain: f64) {
    let now = at(&format!("{date}T07:00:00Z")).now;
    let answers =
        MorningAnswers { numbers: vec![(trackers::PAIN_WAKING, pain)], ..MorningAnswers::default() };
    let setting = Setting { now, machine_zone: Some(Zone::utc()), date };
    let draft = checkin::draft_morning(store, me, &answers, &setting).unwrap();
    checkin::save(store, me, &draft, now).unwrap();
}

#[test]
fn a_step_that_makes_pain_worse_is_ended_when_that_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path().join("store")).unwrap();
    let me = PersonName::new("me").unwrap();
    begin(&mut store, &me);
    let calendar = steps::ledger(&store, &me).unwrap().experiments[0].calendar();
    let mut stopped = None;
    for assigned in calendar.iter().take(28) {
        let date = assigned.night.date();
        let now = at(&format!("{date}T07:00:00Z"));
        let pain = 3.0 + 3.0 * assigned.arm as f64 + f64::from(assigned.number * 7 % 3);
        morning_pain(&mut store, &me, date, pain);
        match steps::watch(&mut store, &me, &now).unwrap() {
            Some(said) if said.contains("was stopped") => {
                stopped = Some((assigned.number, said));
                break;
            }
            // Three bad days in a row let it rest first; this person goes on.
            Some(_) => drop(steps::resume(&mut store, &me, &now).unwrap()),
            None => {}
        }
    }
    let (night, said) = stopped.expect("it is ended");
    assert!((14..=28).contains(&night) && said.contains("worse"), "{night}: {said}");
    let view = steps::experiment(&Reading::of(&store, &me), None, &at("2026-04-01T08:00:00Z")).unwrap();
    assert_eq!((view.state, view.stopped.unwrap().by.as_str()), ("stopped", "harm"));
    let result = steps::result(&Reading::of(&store, &me), None, &at("2026-04-01T08:00:00Z")).unwrap();
    assert_eq!(result.result.verdict, Verdict::Harmed);
}

#[test]
fn an_experiment_in_the_store_comes_to_its_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path().join("store")).unwrap();
    let me = PersonName::new("me").unwrap();
    let no = steps::result(&Reading::of(&store, &me), None, &at("2026-03-01T20:00:00Z")).unwrap_err();
    assert!(no.to_string().contains("no experiment was started yet"), "{no}");
    let start = begin(&mut store, &me);
    let early = steps::result(&Reading::of(&store, &me), None, &at("2026-03-02T08:00:00Z")).unwrap();
    assert_eq!((early.result.verdict, early.view.next_look), (Verdict::TooEarly, Some(14)));
    let calendar = steps::ledger(&store, &me).unwrap().experiments[0].calendar();
    for assigned in calendar.iter().take(28) {
        let date = assigned.night.date();
        let now = at(&format!("{date}T07:00:00Z"));
        // Three points less on nights with the step, and some that come and go.
        let pain = 6.0 - 3.0 * assigned.arm as f64 + f64::from(assigned.number * 7 % 3);
        morning_pain(&mut store, &me, date, pain);
        steps::answer(&mut store, &me, Some(assigned.night), Adherence::Full, &now).unwrap();
    }
    let last = calendar[27].night.date();
    let answer =
        steps::result(&Reading::of(&store, &me), Some(1), &at(&format!("{last}T08:00:00Z"))).unwrap();
    assert_eq!(answer.result.verdict, Verdict::Helped, "{:#?}", answer.result.looks);
    assert_eq!(answer.result.looks.iter().map(|look| look.night).collect::<Vec<_>>(), [14, 21, 28]);
    assert_eq!(answer.view.next_look, Some(35));
    assert_eq!((answer.view.experiment, answer.view.fingerprint.len()), (Some(1), 64));
    assert_eq!((answer.view.nights.assigned_on, answer.view.nights.adherence_known), (14, 28));
    assert!(answer.result.issues.is_empty());
    // What changed things is kept: listed, and named on every night of a later experiment.
    let evening = at(&format!("{last}T20:00:00Z"));
    steps::stop(&mut store, &me, "it is clear enough", &evening).unwrap();
    let overview = steps::overview(&Reading::of(&store, &me), &evening).unwrap();
    assert_eq!(
        overview.kept.iter().map(|kept| (kept.experiment, kept.step)).collect::<Vec<_>>(),
        [(1, "sleep_position")]
    );
    let mattress = overview.next.iter().find(|offer| offer.step == "mattress_pillow").unwrap();
    assert!(mattress.reason.contains("How you lie changed things"), "{}", mattress.reason);
    let plan =
        steps::plan(&Reading::of(&store, &me), StepId::WindDown, None, Wishes::default(), &evening).unwrap();
    assert!(plan.remarks[0].starts_with("Kept on every night"), "{:?}", plan.remarks);
    let next = StartRequest { step: StepId::WindDown, wishes: Wishes::default(), ..start };
    let begun = steps::start(&mut store, &me, &next, &evening).unwrap();
    assert_eq!(begun.kept.len(), 1);
    let tonight = steps::tonight(&Reading::of(&store, &me), &evening).unwrap();
    assert!(
        tonight.remarks.iter().any(|remark| remark.starts_with("Kept on every night")),
        "{:?}",
        tonight.remarks
    );
    // Nobody has to keep it: let go, it is said on no night any more, and it can be taken up again.
    let gone = steps::keep(&mut store, &me, (1, false), &evening).unwrap();
    assert_eq!((gone.kept.len(), gone.let_go.len()), (0, 1));
    let tonight = steps::tonight(&Reading::of(&store, &me), &evening).unwrap();
    assert!(!tonight.remarks.iter().any(|remark| remark.starts_with("Kept")), "{:?}", tonight.remarks);
    let running = steps::experiment(&Reading::of(&store, &me), None, &evening).unwrap();
    assert!(running.remarks.iter().any(|remark| remark.starts_with("Let go since")), "{:?}", running.remarks);
    let again = steps::keep(&mut store, &me, (1, false), &evening).unwrap_err();
    assert!(again.to_string().contains("not kept any more"), "{again}");
    let nothing = steps::keep(&mut store, &me, (2, false), &evening).unwrap_err();
    assert!(nothing.to_string().contains("found nothing to keep"), "{nothing}");
    let back = steps::keep(&mut store, &me, (1, true), &evening).unwrap();
    assert_eq!((back.kept.len(), back.let_go.len()), (1, 0));
}
