//! Takes a check-in: by flags, or by asking at a terminal. Any question may be skipped.

use std::collections::BTreeSet;

use jiff::Zoned;
use jiff::civil::{Date, Time};
use nightmend_app::checkin::{
    self, ClockField, Draft, EveningAnswers, MorningAnswers, NightField, Setting, WrittenTimes,
};
use nightmend_app::views::SavedView;
use nightmend_app::{AppError, DEFAULT_PERSON, Store};
use nightmend_domain::PersonName;
use nightmend_domain::trackers::{self, BuiltIn};

use super::{Context, machine_zone, now, steps, today};
use crate::args::{
    CheckInArgs, EveningArgs, Given, LogArgs, LogMoment, LogWhat, MorningArgs, PainArgs, Position, YesNo,
};
use crate::failure::{Failure, Outcome};
use crate::output::{self, can_ask, confirmed, counted};

/// Runs `nightmend log`.
pub fn run(context: &Context, args: &LogArgs) -> Outcome {
    match &args.what {
        LogWhat::Morning(args) => morning(context, args),
        LogWhat::Evening(args) => evening(context, args),
        LogWhat::Pain(args) => pain(context, args),
    }
}

fn morning(context: &Context, args: &MorningArgs) -> Outcome {
    let answers = morning_answers(args);
    let date = args.common.date.unwrap_or_else(today);
    if answers != MorningAnswers::default() {
        let mut desk = save(context, &args.common, date, |desk| desk.draft_morning(&answers))?;
        return desk.ask_about_the_step("morning", &args.common);
    }
    must_be_a_terminal("morning", "--pain 4 --rested 2 --in-bed 23:10 --woke 06:40")?;
    let mut desk = Desk::open(context, date)?;
    let draft = ask_morning(&desk)?;
    desk.keep(&draft, &args.common)?;
    desk.ask_about_the_step("morning", &args.common)
}

fn morning_answers(args: &MorningArgs) -> MorningAnswers {
    let numbers = [
        (trackers::PAIN_WAKING, args.pain),
        (trackers::WOKEN_BY_PAIN, args.woken),
        (trackers::RESTED, args.rested),
        (trackers::SLEEP_QUALITY, args.quality),
        (trackers::STIFFNESS, args.stiffness),
        (trackers::SPASMS, args.spasms.map(as_number)),
        (trackers::SCREENS, args.screens.map(as_number)),
    ];
    let texts = [
        (trackers::POSITION, args.position.map(|position| position_word(position).to_owned())),
        (trackers::NOTE, args.note.clone()),
    ];
    let mut cleared = BTreeSet::new();
    let mut time = |given: Option<Given<Time>>, field| taken(given, NightField::Time(field), &mut cleared);
    let times = WrittenTimes {
        in_bed: time(args.in_bed, ClockField::InBed),
        try_sleep: time(args.tried, ClockField::TrySleep),
        final_awakening: time(args.woke, ClockField::FinalAwakening),
        out_of_bed: time(args.up, ClockField::OutOfBed),
    };
    MorningAnswers {
        numbers: answered(numbers),
        texts: answered(texts),
        times,
        asleep_after: taken(args.asleep_after, NightField::AsleepAfter, &mut cleared),
        awakenings: taken(args.awakenings, NightField::Awakenings, &mut cleared),
        awake: taken(args.awake, NightField::Awake, &mut cleared),
        cleared,
        withdrawn: Vec::new(),
    }
}

/// The value given; a wish to take back what stood before goes to `cleared`.
fn taken<T>(given: Option<Given<T>>, field: NightField, cleared: &mut BTreeSet<NightField>) -> Option<T> {
    match given? {
        Given::Value(value) => Some(value),
        Given::Cleared => {
            cleared.insert(field);
            None
        }
    }
}

fn answered<T, const N: usize>(answers: [(BuiltIn, Option<T>); N]) -> Vec<(BuiltIn, T)> {
    answers.into_iter().filter_map(|(tracker, value)| Some((tracker, value?))).collect()
}

const fn as_number(answer: YesNo) -> f64 {
    match answer {
        YesNo::Yes => 1.0,
        YesNo::No => 0.0,
    }
}

const fn position_word(position: Position) -> &'static str {
    match position {
        Position::Back => "back",
        Position::Side => "side",
        Position::Stomach => "stomach",
        Position::Mixed => "mixed",
    }
}

fn evening(context: &Context, args: &EveningArgs) -> Outcome {
    let numbers = [
        (trackers::PAIN_BEDTIME, args.pain),
        (trackers::ACTIVITY, args.activity),
        (trackers::STRESS, args.stress),
        (trackers::PAIN_DAY, args.average),
        (trackers::PAIN_WORST, args.worst),
        (trackers::ALCOHOL, args.alcohol),
        (trackers::CAFFEINE, args.caffeine),
        (trackers::PAINKILLER, args.painkiller.map(as_number)),
        (trackers::UNUSUAL_LOAD, args.load.map(as_number)),
        (trackers::NAP, args.nap),
    ];
    let mut answers = EveningAnswers {
        numbers: answered(numbers),
        texts: answered([(trackers::NOTE, args.note.clone())]),
        withdrawn: Vec::new(),
    };
    let date = args.common.date.unwrap_or_else(|| checkin::evening_date(today(), Zoned::now().time()));
    let draft_of = |answers: &EveningAnswers, desk: &Desk| {
        Ok(checkin::draft_evening(&desk.store, &desk.person, answers, &desk.setting)?)
    };
    if answers != EveningAnswers::default() {
        let mut desk = save(context, &args.common, date, |desk| draft_of(&answers, desk))?;
        return desk.ask_about_the_step("evening", &args.common);
    }
    must_be_a_terminal("evening", "--pain 3 --activity 40 --stress 2")?;
    let mut desk = Desk::open(context, date)?;
    output::say(&format!("Evening of {date}. Enter skips a question; nothing is saved before the end."));
    answers.numbers = ask_numbers(EVENING_QUESTIONS)?;
    let draft = draft_of(&answers, &desk)?;
    desk.keep(&draft, &args.common)?;
    desk.ask_about_the_step("evening", &args.common)
}

fn pain(context: &Context, args: &PainArgs) -> Outcome {
    let tracker = match args.moment {
        LogMoment::Now => trackers::PAIN_NOW,
        LogMoment::Waking => trackers::PAIN_WAKING,
        LogMoment::Bedtime => trackers::PAIN_BEDTIME,
        LogMoment::Day => trackers::PAIN_DAY,
        LogMoment::Worst => trackers::PAIN_WORST,
    };
    let date = args.common.date.unwrap_or_else(|| match args.moment {
        LogMoment::Waking => today(),
        _ => checkin::evening_date(today(), Zoned::now().time()),
    });
    save(context, &args.common, date, |desk| {
        let site = args.site.as_deref();
        Ok(checkin::draft_pain(&desk.store, &desk.person, &tracker, site, args.score, &desk.setting)?)
    })
    .map(drop)
}

/// Where a check-in is written: the store, whose it is, and when.
struct Desk {
    store: Store,
    person: PersonName,
    setting: Setting,
}

/// Names the option that holds the date.
fn of_date(error: AppError) -> AppError {
    match error {
        AppError::Usage(message) => AppError::Usage(format!("--date: {message}")),
        other => other,
    }
}

impl Desk {
    /// Looks at the date first: nobody answers questions for a check-in that cannot be saved.
    fn open(context: &Context, date: Date) -> Result<Self, Failure> {
        // The zone of the person may be a day ahead of this machine's.
        checkin::check_date(date, today().tomorrow().unwrap_or(Date::MAX)).map_err(of_date)?;
        let store = context.store()?;
        let person = context.person(&store)?;
        let setting = Setting { now: now(), machine_zone: machine_zone(), date };
        checkin::check_setting(&store, &person, &setting).map_err(of_date)?;
        Ok(Self { store, person, setting })
    }

    fn draft_morning(&self, answers: &MorningAnswers) -> Result<Draft, Failure> {
        Ok(checkin::draft_morning(&self.store, &self.person, answers, &self.setting)?)
    }

    fn keep(&mut self, draft: &Draft, common: &CheckInArgs) -> Outcome {
        let saved = checkin::save(&mut self.store, &self.person, draft, self.setting.now)?;
        if common.json { output::json(&saved) } else { output::text(&receipt(&saved)) }
    }
}

impl Desk {
    /// The check-in is saved by now, whatever is answered here.
    fn ask_about_the_step(&mut self, moment: &str, common: &CheckInArgs) -> Outcome {
        let may_ask = can_ask() && !common.yes && !common.json;
        steps::ask_about_the_step(&mut self.store, &self.person, (moment, self.setting.date), may_ask)
    }
}

/// Drafts, says what was understood, asks where something is odd, and saves.
fn save(
    context: &Context,
    common: &CheckInArgs,
    date: Date,
    draft: impl Fn(&Desk) -> Result<Draft, Failure>,
) -> Result<Desk, Failure> {
    let mut desk = Desk::open(context, date)?;
    let mut draft = draft(&desk).map_err(|failure| match failure {
        Failure::Refused(why) => Failure::Refused(format!("{why}; {}", again("corrected", ""))),
        other => other,
    })?;
    tell(&draft);
    if can_ask() && !common.yes {
        offer_repair(&mut draft)?;
    }
    if draft.is_impossible() {
        return Err(Failure::Refused(again("with the times corrected", "")));
    }
    if draft.is_unusual() && !common.yes && !(can_ask() && confirmed("Save it as it is?")?) {
        return Err(Failure::Refused(again("with the times corrected, or as they are with --yes", " --yes")));
    }
    desk.keep(&draft, common)?;
    Ok(desk)
}

/// Says that nothing was saved, and what to repeat: all flags, for none of them was kept.
fn again(how: &str, more: &str) -> String {
    let quoted = |word: String| {
        let plain = |character: char| character.is_alphanumeric() || "-_./:,=+".contains(character);
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| quoted(word.to_string_lossy().into_owned())).collect();
    format!("nothing was saved; give all of it again, {how}: nightmend {}{more}", words.join(" "))
}

/// Writes the times that a remark offers, if the person takes the offer.
fn offer_repair(draft: &mut Draft) -> Outcome {
    if let Some(repair) = draft.remarks.iter().find_map(|remark| remark.repair.clone())
        && confirmed("Take the time that is offered?")?
    {
        draft.repair(&repair);
        tell(draft);
    }
    Ok(())
}

/// Says in words what was understood, before anything is saved.
fn tell(draft: &Draft) {
    for remark in &draft.remarks {
        output::say(&remark.sentence);
    }
}

fn receipt(saved: &SavedView) -> String {
    let count = saved.entries.len() + usize::from(saved.night.is_some());
    let answers = counted(count as u64, "answer", "answers");
    let whose = if saved.person == DEFAULT_PERSON { String::new() } else { format!(" ({})", saved.person) };
    let mut text = match saved.act {
        Some(act) => {
            format!("Saved {answers} for {}{whose}. `nightmend undo {act}` takes it back.\n", saved.date)
        }
        None => format!("All of it was saved before: {answers} for {}{whose}.\n", saved.date),
    };
    if let Some(night) = &saved.night {
        text.push_str(&super::nights::one_night(night));
        let has_ends = (night.try_sleep.is_some() || night.in_bed.is_some())
            && (night.final_awakening.is_some() || night.out_of_bed.is_some());
        if has_ends && night.tst_min.is_none() {
            text.push_str(WITHOUT_MINUTES);
        }
    }
    text
}

const WITHOUT_MINUTES: &str = "How long you slept is not known without the minutes until asleep and awake; the loop then uses the time from trying to sleep to waking.\n";

const MORNING_QUESTIONS: &[(BuiltIn, &str)] = &[
    (trackers::PAIN_WAKING, "Back pain now, 0 to 10"),
    (trackers::WOKEN_BY_PAIN, "Times woken by pain"),
    (trackers::RESTED, "Rested, 1 (not at all) to 5 (fully)"),
];

const EVENING_QUESTIONS: &[(BuiltIn, &str)] = &[
    (trackers::PAIN_BEDTIME, "Back pain now, 0 to 10"),
    (trackers::ACTIVITY, "Minutes of activity today"),
    (trackers::STRESS, "Stress or a racing mind, 0 to 10"),
];

const TIME_QUESTIONS: [&str; 4] =
    ["Into bed, 24-hour clock", "Tried to sleep", "Woke for good", "Out of bed"];

/// How often the times of one night are asked before giving up.
const MOST_ROUNDS: usize = 3;

/// Pain comes before the night: being shown a bad night changes how people feel (Gavriloff 2018, 10.1111/jsr.12726).
fn ask_morning(desk: &Desk) -> Result<Draft, Failure> {
    let date = desk.setting.date;
    output::say(&format!("Morning of {date}. Enter skips a question; nothing is saved before the end."));
    let mut answers =
        MorningAnswers { numbers: ask_numbers(MORNING_QUESTIONS)?, ..MorningAnswers::default() };
    for round in 1..=MOST_ROUNDS {
        if round > 1 {
            output::say(
                "Once more the times, your other answers are kept: Enter takes what stands in brackets, - leaves it out.",
            );
        }
        ask_night(&mut answers)?;
        match desk.draft_morning(&answers) {
            Ok(mut draft) => {
                tell(&draft);
                offer_repair(&mut draft)?;
                if !draft.is_impossible() && (!draft.is_unusual() || confirmed("Save it as it is?")?) {
                    return Ok(draft);
                }
            }
            Err(Failure::Refused(why)) => output::say(&why),
            Err(other) => return Err(other),
        }
    }
    Err(Failure::Refused(
        "nothing was saved; check in again, and leave a time empty that you are not sure of".to_owned(),
    ))
}

/// Asks for the times and minutes of the night; what was answered in an earlier round stands in brackets.
fn ask_night(answers: &mut MorningAnswers) -> Outcome {
    let times = &mut answers.times;
    let slots = [&mut times.in_bed, &mut times.try_sleep, &mut times.final_awakening, &mut times.out_of_bed];
    for (slot, question) in slots.into_iter().zip(TIME_QUESTIONS) {
        let former = slot.map(|time| time.strftime("%H:%M").to_string());
        *slot = ask_again(question, *slot, former, crate::reading::parse_time)?;
    }
    let minutes = [
        (&mut answers.asleep_after, "Minutes until asleep"),
        (&mut answers.awake, "Minutes awake in between"),
    ];
    for (slot, question) in minutes {
        let former = slot.map(|minutes| minutes.to_string());
        *slot = ask_again(question, *slot, former, crate::reading::parse_minutes)?;
    }
    Ok(())
}

fn ask_again<T: Copy>(
    question: &str,
    standing: Option<T>,
    former: Option<String>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, Failure> {
    let Some(former) = former else { return ask(question, read) };
    let read = |text: &str| if text == "-" { Ok(None) } else { read(text).map(Some) };
    Ok(ask(&format!("{question} [{former}]"), read)?.unwrap_or(standing))
}

fn ask_numbers(questions: &[(BuiltIn, &str)]) -> Result<Vec<(BuiltIn, f64)>, Failure> {
    let mut numbers = Vec::new();
    for (tracker, question) in questions {
        let read = |text: &str| {
            let value = if tracker.name == trackers::WOKEN_BY_PAIN.name {
                crate::reading::parse_times_woken(text)?
            } else {
                crate::reading::parse_number(text)?
            };
            tracker.number(value).map(|_| value).map_err(|error| error.to_string())
        };
        if let Some(value) = ask(question, read)? {
            numbers.push((*tracker, value));
        }
    }
    Ok(numbers)
}

/// Asks until the answer can be taken; nothing for an empty one.
fn ask<T>(question: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Failure> {
    loop {
        let answer = output::asked(&format!("{question}: "))?;
        if answer.is_empty() {
            return Ok(None);
        }
        match read(&answer) {
            Ok(value) => return Ok(Some(value)),
            Err(message) => output::say(&format!("{message} (Enter skips)")),
        }
    }
}

fn must_be_a_terminal(what: &str, example: &str) -> Outcome {
    if can_ask() {
        Ok(())
    } else {
        Err(Failure::Usage(format!(
            "there is nobody to ask (standard input is not a terminal); give the answers as flags: nightmend log {what} {example}"
        )))
    }
}
