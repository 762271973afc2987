//! Takes a check-in: by flags, or by asking at a terminal. Any question may be skipped.

use std::io::{BufRead, IsTerminal, Write};

use jiff::Zoned;
use jiff::civil::{Date, Time};
use nightmend_app::Store;
use nightmend_app::checkin::{self, Draft, EveningAnswers, MorningAnswers, Setting};
use nightmend_app::views::SavedView;
use nightmend_domain::PersonName;
use nightmend_domain::trackers::{self, BuiltIn};

use super::{Context, confirmed, machine_zone, now, today};
use crate::args::{
    CheckInArgs, EveningArgs, LogArgs, LogMoment, LogWhat, MorningArgs, PainArgs, Position, YesNo,
};
use crate::failure::{Failure, Outcome};
use crate::output;

/// Runs `nightmend log`.
pub fn run(context: &Context, args: &LogArgs) -> Outcome {
    match &args.what {
        LogWhat::Morning(args) => morning(context, args),
        LogWhat::Evening(args) => evening(context, args),
        LogWhat::Pain(args) => pain(context, args),
    }
}

fn morning(context: &Context, args: &MorningArgs) -> Outcome {
    let mut answers = morning_answers(args);
    let mut times = [args.in_bed, args.tried, args.woke, args.up];
    let is_asked = answers == MorningAnswers::default() && times.iter().all(Option::is_none);
    let date = args.common.date.unwrap_or_else(today);
    if is_asked {
        must_be_a_terminal("morning", "--pain 4 --rested 2 --in-bed 23:10 --woke 06:40")?;
        ask_morning(&mut answers, &mut times, date)?;
    }
    [
        answers.times.in_bed,
        answers.times.try_sleep,
        answers.times.final_awakening,
        answers.times.out_of_bed,
    ] = times;
    save(context, &args.common, date, |store, person, setting| {
        Ok(checkin::draft_morning(store, person, &answers, setting)?)
    })
}

fn morning_answers(args: &MorningArgs) -> MorningAnswers {
    let numbers = [
        (trackers::PAIN_WAKING, args.pain),
        (trackers::WOKEN_BY_PAIN, args.woken),
        (trackers::RESTED, args.rested),
        (trackers::SLEEP_QUALITY, args.quality),
        (trackers::STIFFNESS, args.stiffness),
        (trackers::SPASMS, args.spasms.map(as_number)),
    ];
    let texts = [
        (trackers::POSITION, args.position.map(|position| position_word(position).to_owned())),
        (trackers::NOTE, args.note.clone()),
    ];
    MorningAnswers {
        numbers: answered(numbers),
        texts: answered(texts),
        asleep_after: args.asleep_after,
        awakenings: args.awakenings,
        awake: args.awake,
        ..MorningAnswers::default()
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
    let mut answers =
        EveningAnswers { numbers: answered(numbers), texts: answered([(trackers::NOTE, args.note.clone())]) };
    let date = args.common.date.unwrap_or_else(|| checkin::evening_date(today(), Zoned::now().time()));
    if answers == EveningAnswers::default() {
        must_be_a_terminal("evening", "--pain 3 --activity 40 --stress 2")?;
        output::say(&format!("Evening of {date}. Enter skips a question; nothing is saved before the end."));
        for (tracker, question) in EVENING_QUESTIONS {
            if let Some(value) = ask_number(question, tracker)? {
                answers.numbers.push((*tracker, value));
            }
        }
    }
    save(context, &args.common, date, |store, person, setting| {
        Ok(checkin::draft_evening(store, person, &answers, setting)?)
    })
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
    save(context, &args.common, date, |store, person, setting| {
        Ok(checkin::draft_pain(store, person, &tracker, args.site.as_deref(), args.score, setting)?)
    })
}

/// Drafts, says what was understood, asks where something is odd, and saves.
fn save(
    context: &Context,
    common: &CheckInArgs,
    date: Date,
    draft: impl Fn(&Store, &PersonName, &Setting) -> Result<Draft, Failure>,
) -> Outcome {
    let mut store = context.store()?;
    let person = context.person(&store)?;
    let setting = Setting { now: now(), machine_zone: machine_zone(), date };
    let mut draft = draft(&store, &person, &setting)?;
    tell(&draft);
    let can_ask = std::io::stdin().is_terminal();
    if let Some(repair) = draft.remarks.iter().find_map(|remark| remark.repair.clone())
        && can_ask
        && !common.yes
        && confirmed("Take the time that is offered?")
    {
        draft.repair(&repair);
        tell(&draft);
    }
    if draft.is_impossible() {
        return Err(Failure::Refused("nothing was saved; correct the times and check in again".to_owned()));
    }
    if draft.is_unusual() && !common.yes {
        if !can_ask || !confirmed("Save it as it is?") {
            return Err(Failure::Refused(
                "nothing was saved; correct the times, or add --yes to save them as they are".to_owned(),
            ));
        }
    }
    let saved = checkin::save(&mut store, &person, &draft, setting.now)?;
    if common.json { output::json(&saved) } else { output::text(&receipt(&saved)) }
}

/// Says in words what was understood, before anything is saved.
fn tell(draft: &Draft) {
    for remark in &draft.remarks {
        output::say(&remark.sentence);
    }
}

fn receipt(saved: &SavedView) -> String {
    let night = usize::from(saved.night.is_some());
    let count = saved.entries.len() + night;
    let answers = if count == 1 { "1 answer".to_owned() } else { format!("{count} answers") };
    let mut text = match saved.act {
        Some(act) => {
            format!(
                "Saved {answers} for {} ({}). `nightmend undo {act}` takes it back.\n",
                saved.date, saved.person
            )
        }
        None => format!("All of it was saved before: {answers} for {} ({}).\n", saved.date, saved.person),
    };
    if let Some(night) = &saved.night {
        text.push_str(&super::nights::one_night(night));
    }
    text
}

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

/// Pain comes before the night: being shown a bad night changes how people feel (Gavriloff 2018, 10.1111/jsr.12726).
fn ask_morning(answers: &mut MorningAnswers, times: &mut [Option<Time>; 4], date: Date) -> Outcome {
    output::say(&format!("Morning of {date}. Enter skips a question; nothing is saved before the end."));
    for (tracker, question) in MORNING_QUESTIONS {
        if let Some(value) = ask_number(question, tracker)? {
            answers.numbers.push((*tracker, value));
        }
    }
    for (time, question) in times.iter_mut().zip(TIME_QUESTIONS) {
        *time = ask(question, crate::args::parse_time)?;
    }
    let minutes = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|minutes| (0.0..=1_440.0).contains(minutes))
            .ok_or_else(|| format!("'{text}' is not a number of minutes; write 20, or press Enter to skip"))
    };
    answers.asleep_after = ask("Minutes until asleep", minutes)?;
    answers.awake = ask("Minutes awake in between", minutes)?;
    Ok(())
}

fn ask_number(question: &str, tracker: &BuiltIn) -> Result<Option<f64>, Failure> {
    ask(question, |text| {
        let value = text
            .replace(',', ".")
            .parse::<f64>()
            .map_err(|_| format!("'{text}' is not a number; try again, or press Enter to skip"))?;
        tracker.number(value).map(|_| value).map_err(|error| error.to_string())
    })
}

/// Asks until the answer can be taken; nothing for an empty one.
fn ask<T>(question: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Failure> {
    loop {
        eprint!("{question}: ");
        std::io::stderr().flush()?;
        let mut line = String::new();
        let count = std::io::stdin().lock().read_line(&mut line)?;
        if output::interrupted() {
            return Err(Failure::Failed(anyhow::anyhow!("stopped, as you asked; nothing was saved")));
        }
        let answer = line.trim();
        if count == 0 || answer.is_empty() {
            return Ok(None);
        }
        match read(answer) {
            Ok(value) => return Ok(Some(value)),
            Err(message) => output::say(&message),
        }
    }
}

fn must_be_a_terminal(what: &str, example: &str) -> Outcome {
    if std::io::stdin().is_terminal() {
        Ok(())
    } else {
        Err(Failure::Usage(format!(
            "there is nobody to ask (standard input is not a terminal); give the answers as flags: nightmend log {what} {example}"
        )))
    }
}
