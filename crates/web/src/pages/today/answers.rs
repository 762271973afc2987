//! Reads the fields of a check-in: what was answered, what was changed, and what somebody else changed meanwhile.

use jiff::civil::{Date, Time};
use nightmend_app::checkin::{ClockField, EveningAnswers, MorningAnswers, NightField, WrittenTimes};
use nightmend_app::record::Record;
use nightmend_domain::trackers::{BuiltIn, Kind};
use nightmend_domain::{DayEntry, Value};

use super::body::PLACES;
use super::questions::{How, Part, Question};
use crate::context::Fields;

/// The four times of a night with their fields.
pub const TIMES: [(ClockField, &str, &str); 4] = [
    (ClockField::InBed, "in_bed", "Into bed"),
    (ClockField::TrySleep, "tried", "Tried to sleep"),
    (ClockField::FinalAwakening, "woke", "Woke for good"),
    (ClockField::OutOfBed, "up", "Got up"),
];

/// The amounts of a night with their fields.
pub const AMOUNTS: [(NightField, &str, &str, &str); 3] = [
    (NightField::AsleepAfter, "asleep_after", "Time until asleep", "minutes"),
    (NightField::Awakenings, "awakenings", "Awakenings", "times"),
    (NightField::Awake, "awake", "Awake in between, altogether", "minutes"),
];

/// The answers of a form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// What a morning says.
    pub morning: MorningAnswers,
    /// What an evening says.
    pub evening: EveningAnswers,
    /// Fields that could not be read, with what to write instead.
    pub problems: Vec<(String, String)>,
}

/// Reads a form. A field that stands as the form showed it (`was.…`) is no answer: what somebody else wrote there
/// meanwhile stays.
#[must_use]
pub fn read(part: Part, fields: &Fields) -> Answers {
    let mut answers = Answers::default();
    let (mut numbers, mut texts, mut withdrawn) = (Vec::new(), Vec::new(), Vec::new());
    for question in part.all() {
        let Some((given, former)) = changed(question, fields) else { continue };
        match given {
            None if former.is_some() => withdrawn.push(question.tracker),
            None => {}
            Some(text) if question.tracker.kind == Kind::Text => texts.push((question.tracker, text)),
            Some(text) => match number(&question.tracker, &text) {
                Ok(value) => numbers.push((question.tracker, value)),
                Err(why) => answers.problems.push((question.field.to_owned(), why)),
            },
        }
    }
    match part {
        Part::Morning => {
            answers.morning = MorningAnswers { numbers, texts, withdrawn, ..MorningAnswers::default() };
            night(fields, &mut answers);
        }
        Part::Evening => answers.evening = EveningAnswers { numbers, texts, withdrawn },
    }
    answers
}

/// What a question was answered with, if that is another answer than the form showed: the new one and the former.
fn changed(question: &Question, fields: &Fields) -> Option<(Option<String>, Option<String>)> {
    let former = fields.get(&format!("was.{}", question.field)).map(str::to_owned);
    let given = given(question, fields)?;
    (given != former).then_some((given, former))
}

/// The answer of a form to a question; nothing where the form does not have the question.
fn given(question: &Question, fields: &Fields) -> Option<Option<String>> {
    match question.how {
        How::Places => {
            let asked = fields.has("where.asked") || fields.has(question.field);
            let places: Vec<&str> = PLACES
                .iter()
                .map(|place| place.name)
                .filter(|name| fields.all(question.field).any(|given| given == *name))
                .collect();
            asked.then(|| (!places.is_empty()).then(|| places.join(", ")))
        }
        How::Amounts(..) => {
            let name = format!("{}.other", question.field);
            let (button, other) = (fields.get(question.field), fields.get(&name));
            // A button that was pressed stands over a box that was left as it was.
            let is_left = other == fields.get(&format!("was.{}", question.field));
            let given = if button.is_some() && is_left { button } else { other.or(button) };
            (fields.has(question.field) || fields.has(&name)).then(|| given.map(str::to_owned))
        }
        _ => fields.has(question.field).then(|| fields.get(question.field).map(str::to_owned)),
    }
}

fn number(tracker: &BuiltIn, text: &str) -> Result<f64, String> {
    let value = text.replace(',', ".").parse::<f64>().ok().filter(|value| value.is_finite());
    let value = value.ok_or_else(|| format!("“{text}” is not a number; write 3 or 3.5"))?;
    tracker.number(value).map(|_| value).map_err(|error| error.to_string())
}

fn night(fields: &Fields, answers: &mut Answers) {
    let basis = Basis::of_word(fields.get("basis").unwrap_or_default());
    let is_changed = |name: &str| fields.has(name) && fields.get(name) != fields.get(&format!("was.{name}"));
    let any_changed = TIMES.iter().any(|(_, name, _)| is_changed(name));
    // A night from habit that was looked at (confirmed, or mended in a part of it) is told whole; of a night that is
    // known already only what is different is told.
    let told_whole = basis == Basis::Habit && (any_changed || fields.get("night") == Some("as-shown"));
    for (field, name, _) in TIMES {
        if !(told_whole || is_changed(name)) {
            continue;
        }
        match fields.get(name).map(time).transpose() {
            Ok(Some(time)) => set_time(&mut answers.morning.times, field, time),
            Ok(None) if fields.get(&format!("was.{name}")).is_some() && basis == Basis::Own => {
                answers.morning.cleared.insert(NightField::Time(field));
            }
            Ok(None) => {}
            Err(why) => answers.problems.push((name.to_owned(), why)),
        }
    }
    for (field, name, ..) in AMOUNTS {
        if is_changed(name) {
            amount(fields, name, field, answers);
        }
    }
}

fn amount(fields: &Fields, name: &str, field: NightField, answers: &mut Answers) {
    let Some(text) = fields.get(name) else {
        answers.morning.cleared.insert(field);
        return;
    };
    let limits = if field == NightField::Awakenings { 0.0..=100.0 } else { 0.0..=1_440.0 };
    let value = text.replace(',', ".").parse::<f64>().ok().filter(|value| limits.contains(value));
    match (field, value) {
        (_, None) => answers
            .problems
            .push((name.to_owned(), format!("“{text}” cannot be; write a number, such as 20"))),
        (NightField::AsleepAfter, value) => answers.morning.asleep_after = value,
        (NightField::Awake, value) => answers.morning.awake = value,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to 100")]
        (_, Some(value)) => answers.morning.awakenings = Some(value.round() as u32),
    }
}

fn set_time(times: &mut WrittenTimes, field: ClockField, time: Time) {
    match field {
        ClockField::InBed => times.in_bed = Some(time),
        ClockField::TrySleep => times.try_sleep = Some(time),
        ClockField::FinalAwakening => times.final_awakening = Some(time),
        ClockField::OutOfBed => times.out_of_bed = Some(time),
    }
}

/// Reads a time: `23:10`, `7.05`, `0710`, `7`, `11:10 pm`.
///
/// # Errors
/// What to write instead.
pub fn time(text: &str) -> Result<Time, String> {
    let teach = || format!("“{text}” is not a time; write it as 23:10");
    let lower = text.trim().to_lowercase();
    let (clock, half) = match lower
        .strip_suffix("pm")
        .map(|rest| (rest, 12))
        .or(lower.strip_suffix("am").map(|rest| (rest, 0)))
    {
        Some((rest, half)) => (rest.trim().to_owned(), Some(half)),
        None => (lower, None),
    };
    let (hour, minute) = match clock.split_once([':', '.', 'h']) {
        Some((hour, minute)) => (hour.to_owned(), minute.to_owned()),
        None if clock.is_ascii() && (3..=4).contains(&clock.len()) => {
            let (hour, minute) = clock.split_at(clock.len() - 2);
            (hour.to_owned(), minute.to_owned())
        }
        None => (clock, "0".to_owned()),
    };
    let hour: i8 = hour.trim().parse().map_err(|_| teach())?;
    let minute: i8 = if minute.trim().is_empty() { 0 } else { minute.trim().parse().map_err(|_| teach())? };
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return Err(teach()),
        None => hour,
    };
    Time::new(hour, minute, 0, 0).map_err(|_| teach())
}

/// Where the night that a form shows comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// An earlier check-in.
    Own,
    /// A device or another source.
    Source,
    /// The person's usual nights: nothing of this one is known.
    Habit,
    /// Nothing at all.
    Nothing,
}

impl Basis {
    /// The word for it in the form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Source => "source",
            Self::Habit => "habit",
            Self::Nothing => "nothing",
        }
    }

    fn of_word(word: &str) -> Self {
        [Self::Own, Self::Source, Self::Habit]
            .into_iter()
            .find(|basis| basis.word() == word)
            .unwrap_or(Self::Nothing)
    }
}

/// What stands for a tracker on a day.
#[must_use]
pub fn standing<'a>(record: &'a Record, date: Date, tracker: &BuiltIn) -> Option<&'a DayEntry> {
    let entries = &record.day(date)?.entries;
    entries.iter().find(|entry| entry.tracker.as_str() == tracker.name && entry.moment == tracker.moment)
}

/// A value as the field of a form holds it.
#[must_use]
pub fn field_text(value: &Value) -> String {
    match value {
        Value::Nrs(score) => number_text(score.get()),
        Value::Rating(rating) => number_text(rating.value()),
        Value::Quantity { value, .. } => number_text(*value),
        Value::Tick { yes, .. } => if *yes { "1" } else { "0" }.to_owned(),
        Value::Text(text) => text.clone(),
    }
}

fn number_text(value: f64) -> String {
    // Rust writes 4.0 as "4", as the buttons do.
    value.to_string()
}

/// What was changed of the night elsewhere.
fn night_changed(fields: &Fields, now: &[(String, String)]) -> Vec<String> {
    let mut sentences = Vec::new();
    for (_, name, title) in TIMES {
        let was = format!("was.{name}");
        let former = fields.get(&was).unwrap_or_default();
        let stands = now.iter().find(|(key, _)| *key == was).map_or("", |(_, value)| value.as_str());
        if former != stands && fields.get(name).unwrap_or_default() != stands {
            let stands = if stands.is_empty() { "nothing" } else { stands };
            sentences.push(format!("“{}” was changed to {stands} elsewhere since you opened this page; it is kept in the history", title.to_lowercase()));
        }
    }
    sentences
}

/// What was changed elsewhere since the form was opened, in sentences: the answers of the form stand, and the later
/// page says what they stand over.
#[must_use]
pub fn changed_meanwhile(
    part: Part,
    date: Date,
    fields: &Fields,
    record: &Record,
    night: &[(String, String)],
) -> Vec<String> {
    if !fields.has("seen") {
        return Vec::new();
    }
    let mut sentences = if part == Part::Morning { night_changed(fields, night) } else { Vec::new() };
    for question in part.all().filter(|question| question.field != "note") {
        let former = fields.get(&format!("was.{}", question.field)).map(str::to_owned);
        let now = standing(record, date, &question.tracker).map(|entry| field_text(&entry.value));
        if now == former {
            continue;
        }
        let now_words = now.as_deref().map_or("taken back".to_owned(), |now| format!("set to {now}"));
        let what = question.text.trim_end_matches('?').to_lowercase();
        sentences.push(match given(question, fields) {
            Some(given) if given != former && given != now => {
                let yours = given.unwrap_or_else(|| "your empty answer".to_owned());
                format!("“{what}” was {now_words} elsewhere; now {yours} stands, and the other is kept in the history")
            }
            _ => format!("“{what}” was {now_words} elsewhere since you opened this page, and stays so"),
        });
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields::unchecked(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, hour, minute) in [
            ("23:10", 23, 10),
            ("7.05", 7, 5),
            ("0710", 7, 10),
            ("710", 7, 10),
            ("7", 7, 0),
            ("11:10 pm", 23, 10),
            ("12:30am", 0, 30),
            ("12 pm", 12, 0),
        ] {
            assert_eq!(time(text).unwrap(), jiff::civil::time(hour, minute, 0, 0), "{text}");
        }
        for text in ["", "25:00", "7:75", "noon", "13 pm", "12345"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_stands_as_shown_is_no_answer() {
        let same = fields(&[("was.pain", "4"), ("pain", "4"), ("was.rested", ""), ("rested", "")]);
        assert_eq!(read(Part::Morning, &same), Answers::default());
        let other = fields(&[("was.pain", "4"), ("pain", "5"), ("was.rested", "2"), ("rested", "")]);
        let answers = read(Part::Morning, &other).morning;
        assert_eq!(answers.numbers.len(), 1);
        assert_eq!(answers.withdrawn, [nightmend_domain::trackers::RESTED]);
        let missing = fields(&[("was.pain", "4")]);
        assert_eq!(
            read(Part::Morning, &missing),
            Answers::default(),
            "a field that is not there says nothing"
        );
    }

    #[test]
    fn a_night_from_habit_is_told_whole_or_not_at_all() {
        let shown = [
            ("basis", "habit"),
            ("was.tried", "23:00"),
            ("tried", "23:00"),
            ("was.woke", "07:00"),
            ("woke", "07:00"),
        ];
        assert_eq!(read(Part::Morning, &fields(&shown)), Answers::default());
        let confirmed = [shown.as_slice(), &[("night", "as-shown")]].concat();
        assert!(read(Part::Morning, &fields(&confirmed)).morning.times.try_sleep.is_some());
        let mut mended = shown;
        mended[4] = ("woke", "06:30");
        let times = read(Part::Morning, &fields(&mended)).morning.times;
        assert_eq!(
            (times.try_sleep.is_some(), times.final_awakening),
            (true, Some(jiff::civil::time(6, 30, 0, 0)))
        );
    }

    #[test]
    fn of_a_known_night_only_what_is_different_is_told() {
        let mended = fields(&[
            ("basis", "source"),
            ("night", "as-shown"),
            ("was.woke", "07:00"),
            ("woke", "07:00"),
            ("was.up", ""),
            ("up", "7:30"),
        ]);
        let times = read(Part::Morning, &mended).morning.times;
        assert_eq!((times.final_awakening, times.out_of_bed), (None, Some(jiff::civil::time(7, 30, 0, 0))));
        let emptied = fields(&[("basis", "own"), ("was.up", "07:30"), ("up", "")]);
        assert!(
            read(Part::Morning, &emptied).morning.cleared.contains(&NightField::Time(ClockField::OutOfBed))
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_field() {
        let odd = fields(&[("pain", "12"), ("woke", "soon"), ("awake", "-4")]);
        let problems = read(Part::Morning, &odd).problems;
        let named: Vec<&str> = problems.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(named, ["pain", "woke", "awake"]);
    }
}
