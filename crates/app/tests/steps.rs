//! Walks experiments with the six steps through a store: start, answers, bad input, safety, rest, stop, more nights.

use jiff::Timestamp;
use nightmend_app::checkin::{self, MorningAnswers, Setting};
use nightmend_app::steps::catalogue::{ALL, StepId};
use nightmend_app::steps::{self, Occasion, Reading, StartRequest, Wishes, Wording};
use nightmend_app::views::ExperimentView;
use nightmend_app::{AppError, Store, keep};
use nightmend_domain::{Adherence, Condition, NightDate, PersonName, SafetyAnswer, Zone, trackers};
use nightmend_report::drawing::drawing;
use tempfile::TempDir;

struct Bench {
    _folder: TempDir,
    store: Store,
    me: PersonName,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("store")).unwrap();
        Self { _folder: folder, store, me: PersonName::new("me").unwrap() }
    }

    /// Somebody who has answered no to every safety question.
    fn healthy() -> Self {
        let mut bench = Self::new();
        let answers: Vec<_> = Condition::all().map(|each| (each, SafetyAnswer::No)).collect();
        steps::set_safety(&mut bench.store, &bench.me, &answers, &evening("2026-02-28")).unwrap();
        bench
    }

    fn start(&mut self, step: StepId, when: &Occasion) -> Result<ExperimentView, AppError> {
        let request = StartRequest {
            step,
            arm: None,
            wishes: Wishes::default(),
            rise: step.step().needs_rise_time().then(|| "06:45".parse().unwrap()),
            evenings_from_now: 0,
            seed: Some(11),
        };
        steps::start(&mut self.store, &self.me, &request, when)
    }

    fn answer(&mut self, night: Option<&str>, said: Adherence, when: &Occasion) -> Result<String, AppError> {
        let night = night.map(|date| NightDate::of_waking(date.parse().unwrap()));
        let view = steps::answer(&mut self.store, &self.me, night, said, when)?;
        Ok(format!("{} {} {:?}", view.night, view.answer, view.before))
    }

    fn experiment(&self, when: &Occasion) -> ExperimentView {
        steps::experiment(&Reading::of(&self.store, &self.me), None, when).unwrap()
    }

    fn morning_pain(&mut self, date: &str, pain: f64) {
        let setting = Setting {
            now: format!("{date}T07:00:00Z").parse().unwrap(),
            machine_zone: Some(Zone::utc()),
            date: date.parse().unwrap(),
        };
        let answers =
            MorningAnswers { numbers: vec![(trackers::PAIN_WAKING, pain)], ..MorningAnswers::default() };
        let draft = checkin::draft_morning(&self.store, &self.me, &answers, &setting).unwrap();
        checkin::save(&mut self.store, &self.me, &draft, setting.now).unwrap();
    }
}

fn at(time: &str) -> Occasion {
    Occasion { now: time.parse::<Timestamp>().unwrap(), machine_zone: Some(Zone::utc()) }
}

fn evening(date: &str) -> Occasion {
    at(&format!("{date}T20:00:00Z"))
}

fn morning(date: &str) -> Occasion {
    at(&format!("{date}T07:00:00Z"))
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, AppError>, words: &[&str]) {
    let said = result.unwrap_err().to_string();
    for word in words {
        assert!(said.contains(word), "{said:?} does not say {word:?}");
    }
}

#[test]
fn every_drawing_of_every_step_exists() {
    for step in ALL {
        for word in step.drawings() {
            assert!(drawing(word).is_some(), "{}: there is no drawing {word}", step.id.as_word());
        }
    }
}

#[test]
fn nothing_starts_before_the_safety_questions_are_answered() {
    let mut bench = Bench::new();
    refused(
        bench.start(StepId::SleepPosition, &evening("2026-03-01")),
        &["red_flag", "no answer is not a no"],
    );
    assert!(
        steps::overview(&Reading::of(&bench.store, &bench.me), &evening("2026-03-01"))
            .unwrap()
            .running
            .is_none()
    );
}

#[test]
fn a_start_draws_a_plan_that_stays_and_two_at_once_are_refused() {
    let mut bench = Bench::healthy();
    let started = bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    assert_eq!((started.state, started.nights, started.first_night.as_str()), ("running", 42, "2026-03-02"));
    assert_eq!((started.calendar.len(), started.intact, started.fingerprint.len()), (42, true, 64));
    let again = bench.experiment(&morning("2026-03-20"));
    let arms = |view: &ExperimentView| view.calendar.iter().map(|night| night.is_step).collect::<Vec<_>>();
    assert_eq!(arms(&again), arms(&started));
    refused(
        bench.start(StepId::WindDown, &evening("2026-03-05")),
        &["experiment 1", "two at once could not be told apart", "steps stop"],
    );
}

#[test]
fn a_night_answered_twice_keeps_both_and_the_newer_stands() {
    let mut bench = Bench::healthy();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    assert_eq!(bench.answer(None, Adherence::Full, &morning("2026-03-02")).unwrap(), "2026-03-02 yes None");
    let second = bench.answer(Some("2026-03-02"), Adherence::Not, &evening("2026-03-02")).unwrap();
    assert_eq!(second, "2026-03-02 no Some(\"yes\")");
    let night = &bench.experiment(&evening("2026-03-02")).calendar[0];
    assert_eq!(night.answer, Some("no"));
    // Undo brings the first one back: it was never gone.
    keep::undo(&mut bench.store, &bench.me, None, evening("2026-03-02").now).unwrap();
    assert_eq!(bench.experiment(&evening("2026-03-02")).calendar[0].answer, Some("yes"));
}

#[test]
fn a_clock_set_back_moves_nothing_and_the_future_cannot_be_answered() {
    let mut bench = Bench::healthy();
    let started = bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    bench.answer(None, Adherence::Full, &morning("2026-03-10")).unwrap();
    let back = bench.experiment(&morning("2026-03-05"));
    assert_eq!(back.calendar[8].night, started.calendar[8].night);
    assert!(back.remarks.iter().any(|remark| remark.contains("stands before the time of your last answer")));
    refused(bench.answer(Some("2026-03-10"), Adherence::Not, &morning("2026-03-05")), &["is not over yet"]);
    refused(bench.answer(Some("2026-01-01"), Adherence::Not, &morning("2026-03-05")), &["2026-03-02"]);
}

#[test]
fn another_zone_is_said_and_moves_nothing() {
    let mut bench = Bench::healthy();
    keep::set_zone(&mut bench.store, &bench.me, "Europe/London", None, evening("2026-03-01").now).unwrap();
    let started = bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    let from = Some("2026-03-08".parse().unwrap());
    keep::set_zone(&mut bench.store, &bench.me, "Asia/Tokyo", from, evening("2026-03-08").now).unwrap();
    let moved = bench.experiment(&morning("2026-03-10"));
    assert!(
        moved.remarks.iter().any(|remark| remark.contains("Europe/London") && remark.contains("Asia/Tokyo"))
    );
    assert_eq!(moved.calendar[12].night, started.calendar[12].night);
}

#[test]
fn after_midnight_it_is_still_the_evening_before() {
    let mut bench = Bench::healthy();
    let started = bench.start(StepId::SleepPosition, &at("2026-03-02T01:30:00Z")).unwrap();
    assert_eq!(started.first_night, "2026-03-02");
    let tonight = steps::tonight(&Reading::of(&bench.store, &bench.me), &at("2026-03-03T02:00:00Z")).unwrap();
    assert_eq!((tonight.night.as_deref(), tonight.number), (Some("2026-03-03"), Some(2)));
}

#[test]
fn a_fortnight_of_rest_goes_on_where_it_stopped() {
    let mut bench = Bench::healthy();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    let paused = steps::pause(&mut bench.store, &bench.me, "away", &evening("2026-03-08")).unwrap();
    assert_eq!(paused.state, "paused");
    let tonight = steps::tonight(&Reading::of(&bench.store, &bench.me), &evening("2026-03-15")).unwrap();
    assert!(tonight.night.is_none() && tonight.sentence.contains("away"), "{}", tonight.sentence);
    refused(bench.start(StepId::WindDown, &evening("2026-03-15")), &["paused"]);
    let resumed = steps::resume(&mut bench.store, &bench.me, &evening("2026-03-22")).unwrap();
    assert_eq!((resumed.state, resumed.calendar.len()), ("running", 42));
    assert_eq!(
        (resumed.calendar[6].night.as_str(), resumed.calendar[7].night.as_str()),
        ("2026-03-08", "2026-03-23")
    );
    // Undoing the going-on rests it again; going on anew is a new event.
    keep::undo(&mut bench.store, &bench.me, None, evening("2026-03-22").now).unwrap();
    assert_eq!(bench.experiment(&evening("2026-03-22")).state, "paused");
    let again = steps::resume(&mut bench.store, &bench.me, &evening("2026-03-24")).unwrap();
    assert_eq!(again.calendar[7].night, "2026-03-25");
}

#[test]
fn a_contraindication_that_appears_later_stops_it_and_says_why() {
    let mut bench = Bench::healthy();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    let answers = [(Condition::LegSymptoms, SafetyAnswer::NotSure)];
    let said =
        steps::set_safety(&mut bench.store, &bench.me, &answers, &evening("2026-03-05")).unwrap().unwrap();
    assert!(said.contains("stopped") && said.contains("leg"), "{said}");
    let view = bench.experiment(&evening("2026-03-06"));
    assert_eq!((view.state, view.stopped.unwrap().by.as_str()), ("stopped", "safety"));
    refused(bench.start(StepId::SleepPosition, &evening("2026-03-06")), &["not for you"]);
    // What is open to the person can start.
    assert!(bench.start(StepId::Schedule, &evening("2026-03-06")).is_ok());
}

#[test]
fn three_bad_days_rest_it_once_and_going_on_counts_anew() {
    let mut bench = Bench::healthy();
    for day in 10..=28 {
        bench.morning_pain(&format!("2026-02-{day}"), 3.0);
    }
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    for day in 3..=4 {
        bench.morning_pain(&format!("2026-03-0{day}"), 6.0);
        assert_eq!(
            steps::watch(&mut bench.store, &bench.me, &morning(&format!("2026-03-0{day}"))).unwrap(),
            None
        );
    }
    bench.morning_pain("2026-03-05", 6.0);
    let said = steps::watch(&mut bench.store, &bench.me, &morning("2026-03-05")).unwrap().unwrap();
    assert!(said.contains("three days in a row") && said.contains("resume"), "{said}");
    assert_eq!(bench.experiment(&evening("2026-03-05")).state, "paused");
    steps::resume(&mut bench.store, &bench.me, &evening("2026-03-05")).unwrap();
    bench.morning_pain("2026-03-06", 6.0);
    assert_eq!(steps::watch(&mut bench.store, &bench.me, &morning("2026-03-06")).unwrap(), None);
}

#[test]
fn stopping_is_final_and_more_nights_keep_the_beginning() {
    let mut bench = Bench::healthy();
    let request = StartRequest {
        step: StepId::SleepPosition,
        arm: Some("back-knees".to_owned()),
        wishes: Wishes { nights: Some(28), expected_benefit: Some(0.5), ..Wishes::default() },
        rise: None,
        evenings_from_now: 1,
        seed: None,
    };
    let started = steps::start(&mut bench.store, &bench.me, &request, &evening("2026-03-01")).unwrap();
    assert_eq!((started.first_night.as_str(), started.calendar.len()), ("2026-03-03", 28));
    let longer = steps::extend(&mut bench.store, &bench.me, 42, &evening("2026-03-20")).unwrap();
    assert!(longer.intact && longer.fingerprint != started.fingerprint);
    for (before, after) in started.calendar.iter().zip(&longer.calendar) {
        assert_eq!(before.is_step, after.is_step);
    }
    refused(steps::extend(&mut bench.store, &bench.me, 60, &evening("2026-03-20")), &["at most 42"]);
    let stopped = steps::stop(&mut bench.store, &bench.me, "", &evening("2026-03-21")).unwrap();
    assert_eq!(stopped.state, "stopped");
    refused(
        steps::resume(&mut bench.store, &bench.me, &evening("2026-03-22")),
        &["no experiment is running"],
    );
    assert!(bench.start(StepId::SleepPosition, &evening("2026-03-22")).is_ok());
}

#[test]
fn nights_added_to_a_plan_that_ran_out_begin_tonight() {
    let mut bench = Bench::healthy();
    let request = StartRequest {
        step: StepId::SleepPosition,
        arm: None,
        wishes: Wishes { nights: Some(28), ..Wishes::default() },
        rise: None,
        evenings_from_now: 0,
        seed: Some(11),
    };
    let started = steps::start(&mut bench.store, &bench.me, &request, &evening("2026-03-01")).unwrap();
    assert_eq!(started.last_night.as_deref(), Some("2026-03-29"));
    refused(steps::extend(&mut bench.store, &bench.me, 28, &evening("2026-04-10")), &["28 nights already"]);
    let longer = steps::extend(&mut bench.store, &bench.me, 42, &evening("2026-04-10")).unwrap();
    // Nobody was told what to do on the nights in between, so none of them is a missed one.
    assert_eq!(
        (longer.calendar[27].night.as_str(), longer.calendar[28].night.as_str()),
        ("2026-03-29", "2026-04-11")
    );
    assert_eq!((longer.state, longer.intact, longer.calendar.len()), ("running", true, 42));
    keep::undo(&mut bench.store, &bench.me, None, evening("2026-04-10").now).unwrap();
    let back = bench.experiment(&evening("2026-04-10"));
    assert_eq!((back.state, back.calendar.len(), back.pauses.len()), ("finished", 28, 0));
    // While the plan goes on there is nothing to leave out.
    let early = steps::extend(&mut bench.store, &bench.me, 42, &evening("2026-03-20")).unwrap();
    assert!(early.pauses.is_empty());
}

#[test]
fn the_nights_up_to_a_stop_can_still_be_answered_and_the_others_fell_away() {
    let mut bench = Bench::healthy();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    steps::stop(&mut bench.store, &bench.me, "enough", &morning("2026-03-04")).unwrap();
    let said = bench.answer(Some("2026-03-04"), Adherence::Full, &morning("2026-03-04")).unwrap();
    assert_eq!(said, "2026-03-04 yes None");
    refused(
        bench.answer(Some("2026-03-05"), Adherence::Full, &morning("2026-03-06")),
        &["2026-03-02 to 2026-03-04"],
    );
    let view = bench.experiment(&morning("2026-03-04"));
    assert_eq!((view.calendar.len(), view.nights), (3, 42));
    assert!(view.calendar.iter().all(|night| !night.is_tonight));
}

#[test]
fn until_four_in_the_morning_the_night_is_not_over() {
    let mut bench = Bench::healthy();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    let asked = |bench: &Bench, when: &str| {
        steps::open_question(&bench.store, &bench.me, &at(when)).unwrap().map(|question| question.night)
    };
    assert_eq!(asked(&bench, "2026-03-03T02:00:00Z").as_deref(), Some("2026-03-02"));
    assert_eq!(asked(&bench, "2026-03-03T05:00:00Z").as_deref(), Some("2026-03-03"));
    refused(
        bench.answer(Some("2026-03-03"), Adherence::Full, &at("2026-03-03T02:00:00Z")),
        &["is not over yet"],
    );
}

#[test]
fn bad_days_that_are_filled_in_a_day_late_rest_it_too() {
    let mut bench = Bench::healthy();
    for day in 10..=28 {
        bench.morning_pain(&format!("2026-02-{day}"), 3.0);
    }
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    for day in 3..=5 {
        bench.morning_pain(&format!("2026-03-0{day}"), 6.0);
    }
    // A week later it is no alarm any more, the day after it is.
    assert_eq!(steps::watch(&mut bench.store, &bench.me, &morning("2026-03-12")).unwrap(), None);
    assert!(steps::watch(&mut bench.store, &bench.me, &morning("2026-03-06")).unwrap().is_some());
    assert_eq!(bench.experiment(&evening("2026-03-06")).state, "paused");
}

#[test]
fn what_was_offered_is_noted_once_and_what_was_chosen_stands_beside_it() {
    let mut bench = Bench::new();
    let note = |bench: &mut Bench, when: &Occasion| {
        let view = steps::overview(&Reading::of(&bench.store, &bench.me), when).unwrap();
        steps::note_offers(&mut bench.store, &bench.me, &view, when).unwrap()
    };
    assert!(!note(&mut bench, &evening("2026-02-27")), "nothing is kept of somebody without records");
    let answers: Vec<_> = Condition::all().map(|each| (each, SafetyAnswer::No)).collect();
    steps::set_safety(&mut bench.store, &bench.me, &answers, &evening("2026-02-28")).unwrap();
    assert!(note(&mut bench, &evening("2026-02-28")));
    assert!(!note(&mut bench, &evening("2026-03-01")), "the same offer again");
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    assert!(!note(&mut bench, &evening("2026-03-02")), "nothing can be chosen while one runs");
    let log = steps::offers_log(&bench.store, &bench.me).unwrap();
    let told: Vec<_> = log
        .offers
        .iter()
        .map(|offer| (offer.date.as_str(), offer.steps.len(), offer.chosen.as_ref().map(|one| one.step)))
        .collect();
    assert_eq!(told, [("2026-02-28", 6, None), ("2026-03-01", 6, Some("sleep_position"))]);
    // An offer is nothing that anybody did: undo takes back the start, and the ledger knows nothing of it.
    keep::undo(&mut bench.store, &bench.me, None, evening("2026-03-01").now).unwrap();
    let overview = steps::overview(&Reading::of(&bench.store, &bench.me), &evening("2026-03-01")).unwrap();
    assert!(overview.running.is_none() && overview.earlier.is_empty() && overview.unread.is_empty());
    keep::undo(&mut bench.store, &bench.me, None, evening("2026-03-01").now).unwrap();
    assert_eq!(steps::offers_log(&bench.store, &bench.me).unwrap().offers.len(), 1);
}

#[test]
fn the_running_step_is_not_offered_again() {
    let mut bench = Bench::healthy();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    let view = steps::overview(&Reading::of(&bench.store, &bench.me), &evening("2026-03-01")).unwrap();
    assert!(view.next.len() == 5 && view.next.iter().all(|offer| offer.step != "sleep_position"));
}

#[test]
fn a_start_taken_back_is_said_beside_the_next_one() {
    let mut bench = Bench::healthy();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    keep::undo(&mut bench.store, &bench.me, None, at("2026-03-01T20:05:00Z").now).unwrap();
    let second = bench.start(StepId::SleepPosition, &at("2026-03-01T20:10:00Z")).unwrap();
    assert!(second.remarks.iter().any(|remark| remark.contains("taken back")), "{:?}", second.remarks);
}

#[test]
fn the_window_opens_only_through_its_gate() {
    let mut bench = Bench::healthy();
    let request = StartRequest {
        step: StepId::Schedule,
        arm: Some("gentle_window".to_owned()),
        wishes: Wishes::default(),
        rise: Some("06:45".parse().unwrap()),
        evenings_from_now: 0,
        seed: Some(1),
    };
    refused(
        steps::start(&mut bench.store, &bench.me, &request, &evening("2026-03-01")),
        &["a week of diary nights", "rise time can start now"],
    );
    for day in 10..=23 {
        let date = format!("2026-02-{day}");
        let setting = Setting {
            now: format!("{date}T08:00:00Z").parse().unwrap(),
            machine_zone: Some(Zone::utc()),
            date: date.parse().unwrap(),
        };
        let mut answers =
            MorningAnswers { asleep_after: Some(60.0), awake: Some(60.0), ..MorningAnswers::default() };
        answers.times.in_bed = Some("22:00".parse().unwrap());
        answers.times.try_sleep = Some("22:00".parse().unwrap());
        answers.times.final_awakening = Some("06:30".parse().unwrap());
        answers.times.out_of_bed = Some("07:00".parse().unwrap());
        let draft = checkin::draft_morning(&bench.store, &bench.me, &answers, &setting).unwrap();
        checkin::save(&mut bench.store, &bench.me, &draft, setting.now).unwrap();
    }
    // 6 h 30 asleep and 30 minutes make a window of seven hours, out of nine in bed.
    let view = steps::start(&mut bench.store, &bench.me, &request, &evening("2026-02-23")).unwrap();
    assert_eq!(view.window_min, Some(420.0));
    let grown = steps::sleepy(&mut bench.store, &bench.me, &evening("2026-02-24")).unwrap();
    assert_eq!(grown.window_min, Some(450.0));
    let first_step = view.calendar.iter().find(|night| night.is_step).unwrap().evening.clone();
    let tonight = steps::tonight(&Reading::of(&bench.store, &bench.me), &evening(&first_step)).unwrap();
    assert!(tonight.sentence.contains("06:45"), "{}", tonight.sentence);
    assert!(tonight.remarks.iter().any(|remark| remark.contains("drive")), "{:?}", tonight.remarks);
}

#[test]
fn the_calendar_file_is_silent_about_what_is_done() {
    let mut bench = Bench::healthy();
    let empty =
        steps::calendar_file(&bench.store, &bench.me, Wording::Plain, &evening("2026-03-01")).unwrap();
    assert!(empty.starts_with("BEGIN:VCALENDAR\r\n") && !empty.contains("VEVENT"));
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    let count = |file: &str| file.matches("BEGIN:VEVENT").count();
    let file = steps::calendar_file(&bench.store, &bench.me, Wording::Plain, &evening("2026-03-01")).unwrap();
    assert_eq!(count(&file), 42);
    assert!(file.contains("DTSTART:20260301T203000\r\n") && file.contains("X-NIGHTMEND-FINGERPRINT:"));
    let later =
        steps::calendar_file(&bench.store, &bench.me, Wording::Neutral, &evening("2026-03-11")).unwrap();
    assert_eq!(count(&later), 32);
    assert!(!later.contains("pillow") && !later.contains("DESCRIPTION:Night"));
    steps::stop(&mut bench.store, &bench.me, "", &evening("2026-03-12")).unwrap();
    let over = steps::calendar_file(&bench.store, &bench.me, Wording::Plain, &evening("2026-03-12")).unwrap();
    assert_eq!(count(&over), 0);
}

#[test]
fn a_day_step_is_asked_in_the_evening_and_a_night_step_in_the_morning() {
    let mut bench = Bench::healthy();
    bench.start(StepId::DaytimeActivity, &at("2026-03-01T09:00:00Z")).unwrap();
    let asked = |bench: &Bench, when: &Occasion| {
        steps::open_question(&bench.store, &bench.me, when)
            .unwrap()
            .map(|question| (question.night, question.asked))
    };
    assert_eq!(asked(&bench, &evening("2026-03-01")), Some(("2026-03-02".to_owned(), "evening")));
    steps::stop(&mut bench.store, &bench.me, "", &evening("2026-03-01")).unwrap();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    assert_eq!(asked(&bench, &evening("2026-03-01")), None);
    assert_eq!(asked(&bench, &morning("2026-03-02")), Some(("2026-03-02".to_owned(), "morning")));
}

#[test]
fn the_facts_of_an_experiment_are_no_values_of_a_day() {
    let mut bench = Bench::healthy();
    bench.start(StepId::SleepPosition, &evening("2026-03-01")).unwrap();
    bench.answer(None, Adherence::Full, &morning("2026-03-02")).unwrap();
    let (view, assembly) = (
        keep::sources(&bench.store, &bench.me).unwrap(),
        nightmend_app::refresh::assembly(&bench.store, &bench.me).unwrap(),
    );
    assert!(assembly.days.is_empty());
    assert!(view.sources.iter().any(|source| source.name == "steps"));
}

#[test]
fn the_rise_time_is_asked_for_kept_and_said() {
    let mut bench = Bench::healthy();
    let start = |rise: Option<&str>| StartRequest {
        step: StepId::Schedule,
        arm: Some("rise_time".to_owned()),
        wishes: Wishes::default(),
        rise: rise.map(|time| time.parse().unwrap()),
        evenings_from_now: 0,
        seed: Some(3),
    };
    let first = evening("2026-03-01");
    refused(
        steps::start(&mut bench.store, &bench.me, &start(None), &first),
        &["needs the time at which you will get up every day", "--rise 06:45"],
    );
    let view = steps::start(&mut bench.store, &bench.me, &start(Some("06:45")), &first).unwrap();
    assert_eq!(view.rise.as_deref(), Some("06:45"));
    let day = view.calendar.iter().find(|night| night.is_step).unwrap().evening.clone();
    let tonight = steps::tonight(&Reading::of(&bench.store, &bench.me), &evening(&day)).unwrap();
    assert!(tonight.sentence.contains("Get up at 06:45 tomorrow"), "{}", tonight.sentence);
    let file = |wording| {
        steps::calendar_file(&bench.store, &bench.me, wording, &first).unwrap().replace("\r\n ", "")
    };
    assert!(file(Wording::Plain).contains("Get up at 06:45 tomorrow"));
    assert!(!file(Wording::Neutral).contains("06:45"));
}

#[test]
fn a_guide_says_what_closes_every_step() {
    for step in ALL {
        let guide = steps::guide(step.id);
        for said in ["safety questions", "harming yourself", "Get help now", "age of 16"] {
            assert!(guide.not_for[0].contains(said), "{}: {said}", guide.step);
        }
    }
}

#[test]
fn the_goal_of_daytime_activity_grows_by_a_level_after_a_block_that_went_well() {
    let mut bench = Bench::healthy();
    let view = bench.start(StepId::DaytimeActivity, &evening("2026-03-01")).unwrap();
    assert_eq!(view.goal_min, Some(10));
    let on: Vec<_> = view.calendar.iter().filter(|night| night.is_step).cloned().collect();
    let (first, second) = (&on[..7], &on[7..14]);
    let said = |bench: &Bench, when: &str| {
        steps::tonight(&Reading::of(&bench.store, &bench.me), &evening(when)).unwrap().sentence
    };
    assert!(
        said(&bench, &first[0].evening).contains("for 10 minutes"),
        "{}",
        said(&bench, &first[0].evening)
    );
    for (place, night) in first.iter().enumerate() {
        let done = if place < 4 { Adherence::Full } else { Adherence::Not };
        bench.answer(Some(&night.night), done, &evening(&night.evening)).unwrap();
    }
    assert!(said(&bench, &first[6].evening).contains("for 10 minutes"), "the block is not over");
    assert!(said(&bench, &second[0].evening).contains("for 15 minutes"));
    let view = bench.experiment(&evening(&second[0].evening));
    assert_eq!(view.goal_min, Some(15));
    assert!(
        view.remarks.iter().any(|remark| remark.contains("you met it on 4 of 7 days, so the goal became 15"))
    );
}

#[test]
fn a_block_that_a_rest_cuts_short_moves_no_goal() {
    let mut bench = Bench::healthy();
    let view = bench.start(StepId::DaytimeActivity, &evening("2026-03-01")).unwrap();
    let first = view.calendar.iter().find(|night| night.is_step).unwrap().clone();
    bench.answer(Some(&first.night), Adherence::Full, &evening(&first.evening)).unwrap();
    let morning_after: jiff::civil::Date = first.night.parse().unwrap();
    steps::pause(&mut bench.store, &bench.me, "away", &evening(&morning_after.to_string())).unwrap();
    let later = morning_after.saturating_add(jiff::Span::new().days(20));
    assert_eq!(bench.experiment(&evening(&later.to_string())).goal_min, Some(10));
}
