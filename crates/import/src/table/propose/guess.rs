//! Decides, for each column or tracker of a table, what the proposal says of it and why.

use std::collections::BTreeMap;

use nightmend_domain::{Moment, Role, ScaleDirection};

use super::evidence::{self, Anchor, Evidence};
use super::meaning::{self, Direction, SleepColumn};
use super::scales;
use super::stats::{Stats, middle, share_within};
use super::survey::Survey;
use super::write::upper_first;

/// Share of values that must be possible for a column to be taken for lengths of a sleep.
const MOSTLY: f64 = 0.6;

/// What the proposal says of one column or tracker.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Guess {
    pub name: String,
    /// Names that the same thing seems to have had at other times.
    pub also: Vec<String>,
    pub role: Role,
    pub moment: Moment,
    pub form: Form,
    pub several: Option<&'static str>,
    /// How many days have several values.
    pub days_with_several: u64,
    /// Whether the ends of its scale come from its values alone.
    pub scale_is_guessed: bool,
    /// Whether 0 is proposed to mean missing.
    pub zero_is_missing: bool,
    /// What was seen, for a comment.
    pub seen: String,
    pub reasons: Vec<String>,
    pub question: Option<String>,
    /// Whether only the usual meaning of its name speaks for its direction.
    pub unproven: bool,
    /// Whether the numbers turned its direction against the usual meaning of its name.
    pub turned: bool,
    /// Whether the entry is written as a comment, because a question must be answered first.
    pub waits: bool,
}

impl Guess {
    /// Adds a question to those that are there.
    pub(super) fn ask(&mut self, question: String) {
        self.question = Some(match self.question.take() {
            Some(first) => format!("{} {}", sentence(&first), upper_first(&question)),
            None => question,
        });
    }
}

/// A text that ends as a sentence does.
fn sentence(text: &str) -> String {
    if text.ends_with(['?', '.']) { text.to_owned() } else { format!("{text}.") }
}

/// How its values are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    Scale { minimum: f64, maximum: f64, direction: ScaleDirection },
    Quantity { unit: &'static str },
    Tick { yes: Vec<String>, no: Vec<String>, direction: ScaleDirection },
    List { direction: ScaleDirection },
    Sleep(&'static str),
    Text,
}

/// One thing to guess about.
pub(super) struct Item<'a> {
    pub name: &'a str,
    pub stats: &'a Stats,
    /// Its place, where it is a column.
    pub at: Option<usize>,
    /// The ends of the scale that its fellows use, where there are fellows.
    pub fellows: Option<(f64, f64)>,
}

/// The things whose direction their names make sure, with their numbers.
pub(super) fn anchors<'a>(items: &[Item<'a>]) -> Vec<Anchor<'a>> {
    let rated = |item: &&Item<'a>| item.stats.is_numeric() && item.stats.maximum <= Some(100.0);
    items
        .iter()
        .filter(rated)
        .filter_map(|item| match meaning::of(item.name).direction {
            Direction::Sure(direction) if meaning::sleep_column(item.name).is_none() => {
                Some(Anchor { name: item.name, direction, series: &item.stats.series })
            }
            _ => None,
        })
        .collect()
}

/// The guess about one thing.
pub(super) fn guess(item: &Item<'_>, survey: &Survey, anchors: &[Anchor<'_>]) -> Guess {
    let meaning = meaning::of(item.name);
    let mut guess = Guess {
        name: item.name.to_owned(),
        also: Vec::new(),
        role: meaning.role,
        moment: meaning.moment,
        form: Form::Text,
        several: None,
        days_with_several: 0,
        scale_is_guessed: false,
        zero_is_missing: false,
        seen: seen(item.stats),
        reasons: Vec::new(),
        question: None,
        unproven: false,
        turned: false,
        waits: false,
    };
    if let Some(part) = sleep_length(item, &mut guess) {
        guess.form = Form::Sleep(part);
        guess.role = Role::Other;
        return guess;
    }
    if let Some(yes) = written_when_true(item) {
        let direction = direction(item, survey, anchors, &mut guess);
        guess.reasons.push("it is written only when true, so its absence is unknown".to_owned());
        if item.stats.zeros > 0 {
            guess.zero_is_missing = true;
            guess.reasons.push(format!(
                "0 stands {} times, as if a tick was taken back, and counts as missing",
                item.stats.zeros
            ));
        }
        guess.form = Form::Tick { yes, no: Vec::new(), direction };
    } else if let Some((yes, no)) = tick(item, meaning.role) {
        let direction = direction(item, survey, anchors, &mut guess);
        if no.is_empty() {
            guess.reasons.push("it is written only when true, so its absence is unknown".to_owned());
        }
        guess.form = Form::Tick { yes, no, direction };
    } else if item.stats.is_numeric() {
        numeric(item, survey, anchors, &mut guess);
    } else if is_list(item) {
        guess.reasons.push(
            "its cells are lists; each item becomes a tick of its own, whose absence is unknown".to_owned(),
        );
        guess.form = Form::List { direction: ScaleDirection::HigherIsWorse };
        guess.role = Role::Other;
    } else {
        guess.role = Role::Note;
        guess.moment = Moment::Day;
        if item.stats.is_clock() {
            guess.ask(format!(
                "what are the clock times in '{}'? If they are of the night, name the column under [sleep]: in_bed, tried_to_sleep, asleep, awake or out_of_bed; until then they are kept as text",
                item.name
            ));
        }
        let part = item.stats.numbers() as f64 / item.stats.filled.max(1) as f64;
        if part > 0.5 {
            guess.reasons.push(format!(
                "{:.0} of 100 values are numbers and the others are not; name the others under missing or words to use it as a number",
                100.0 * part
            ));
        }
    }
    if let Form::Scale { .. } | Form::Quantity { .. } | Form::Tick { .. } = guess.form {
        let stamped = item.at.is_none() && survey.hours.iter().any(|count| *count > 0);
        (guess.several, guess.days_with_several) = several(item.stats, &guess.form, stamped);
    }
    guess
}

fn seen(stats: &Stats) -> String {
    match (stats.minimum, stats.maximum) {
        (Some(least), Some(most)) if stats.is_numeric() => {
            format!("{} values from {least} to {most}", stats.filled)
        }
        _ => format!("{} values", stats.filled),
    }
}

/// Whether the numbers are hours or minutes asleep or in bed.
fn sleep_length(item: &Item<'_>, guess: &mut Guess) -> Option<&'static str> {
    let stats = item.stats;
    if stats.is_clock() {
        return clock_length(item, guess);
    }
    let (least, most) = (stats.minimum?, stats.maximum?);
    if !stats.is_numeric() {
        return None;
    }
    // A few slips must not hide what most values are; they are refused one by one at import.
    let numbers = stats.in_order();
    let mostly = |low, high| share_within(&numbers, low, high) >= MOSTLY;
    let in_hours = mostly(0.0, 24.0);
    let in_minutes = !in_hours && middle(&numbers) > 60.0 && mostly(0.0, 1_440.0);
    let pick = |hours, minutes| if in_hours { Some(hours) } else { in_minutes.then_some(minutes) };
    match meaning::sleep_column(item.name) {
        Some(SleepColumn::Asleep) => {
            let part = pick("hours_asleep", "minutes_asleep")?;
            guess.reasons.push(format!(
                "its name and its values ({least} to {most}) are those of {}",
                part.replace('_', " ")
            ));
            guess.zero_is_missing = stats.zeros > 0;
            ask_of_slips(&numbers, if in_hours { 24.0 } else { 1_440.0 }, guess);
            Some(part)
        }
        Some(SleepColumn::InBedLength) => pick("hours_in_bed", "minutes_in_bed"),
        Some(SleepColumn::FallAsleep) if most <= 1_440.0 => Some("minutes_to_fall_asleep"),
        Some(SleepColumn::Awake) if most <= 1_440.0 => Some("minutes_awake"),
        Some(SleepColumn::Awakenings) if stats.is_whole() && most <= 200.0 => Some("awakenings"),
        Some(SleepColumn::Efficiency) if most <= 100.0 && most > 1.0 => Some("efficiency"),
        _ => {
            let is_open = meaning::of(item.name).role == Role::SleepQuality
                && meaning::of(item.name).direction == Direction::Open;
            if is_open
                && item.fellows.is_none()
                && meaning::unit(item.name) == "1"
                && scales::like_hours(stats)
            {
                guess.ask(format!(
                    "are the values of '{}' ({least} to {most}) hours asleep? They look like it; if they are a rating, write scale and higher in its place",
                    item.name
                ));
                guess.zero_is_missing = stats.zeros > 0;
                ask_of_slips(&numbers, 24.0, guess);
                return Some("hours_asleep");
            }
            None
        }
    }
}

/// Asks about lengths of a sleep that cannot be.
fn ask_of_slips(numbers: &[f64], longest: f64, guess: &mut Guess) {
    let slips: Vec<f64> =
        numbers.iter().copied().filter(|number| !(0.0..=longest).contains(number)).collect();
    if let Some(first) = slips.first() {
        let name = guess.name.clone();
        guess.ask(format!(
            "look at {} of {} values of '{name}', such as {first}: no sleep is below 0 or longer than a day, so they are refused one by one; correct them in the table",
            slips.len(),
            numbers.len()
        ));
    }
}

/// Whether values such as 7:30 are the length of a sleep.
fn clock_length(item: &Item<'_>, guess: &mut Guess) -> Option<&'static str> {
    // A sleep of 19 hours and more is none; such values are clock times.
    if item.stats.percent_of_evening() > 20 {
        return None;
    }
    match meaning::sleep_column(item.name) {
        Some(SleepColumn::Asleep) => Some("hours_asleep"),
        Some(SleepColumn::InBedLength) => Some("hours_in_bed"),
        None if meaning::of(item.name).role == Role::SleepQuality => {
            guess.question = Some(format!(
                "are the values of '{}', written like 7:30, the hours asleep? They are read so",
                item.name
            ));
            Some("hours_asleep")
        }
        _ => None,
    }
}

/// The values for yes of a tracker that is nearly always 1: a tick that is written only when true.
fn written_when_true(item: &Item<'_>) -> Option<Vec<String>> {
    let stats = item.stats;
    let ones = stats.distinct.get("1").copied().unwrap_or(0);
    let few =
        !stats.more_distinct && stats.distinct.len() <= 4 && stats.is_whole() && stats.minimum >= Some(0.0);
    let rated_beside = item.fellows.is_some();
    let mostly = item.at.is_none() && few && ones * 10 >= stats.filled * 9;
    // A scale that all things of an app share may well stay at 1 for a year.
    (mostly && !rated_beside).then(|| stats.distinct.keys().filter(|value| *value != "0").cloned().collect())
}

/// The values for yes and no, where a column holds nothing else.
fn tick(item: &Item<'_>, role: Role) -> Option<(Vec<String>, Vec<String>)> {
    const YES: [&str; 8] = ["yes", "y", "true", "t", "x", "ja", "oui", "✓"];
    const NO: [&str; 6] = ["no", "n", "false", "f", "nein", "non"];
    let values = item.stats.few_values(4)?;
    let is_yes = |value: &String| YES.contains(&value.as_str());
    let is_no = |value: &String| NO.contains(&value.as_str());
    if !values.is_empty() && values.iter().all(|value| is_yes(value) || is_no(value)) {
        let mut yes: Vec<String> = values.iter().filter(|value| is_yes(value)).cloned().collect();
        let no: Vec<String> = values.iter().filter(|value| is_no(value)).cloned().collect();
        if yes.is_empty() {
            yes = vec!["yes".to_owned(), "true".to_owned()];
        }
        return Some((yes, no));
    }
    // 0 and 1 alone may be the low end of a longer scale that its fellows use.
    let fellows_rate = item.fellows.is_some_and(|(_, most)| most > 1.0);
    let graded = matches!(role, Role::Pain | Role::Symptom | Role::SleepQuality) && item.at.is_some();
    let as_text: Vec<&str> = values.iter().map(String::as_str).collect();
    match as_text[..] {
        ["1"] if !fellows_rate => Some((vec!["1".into()], Vec::new())),
        ["0", "1"] if !fellows_rate && (!graded || item.stats.filled >= 20) => {
            Some((vec!["1".into()], vec!["0".into()]))
        }
        _ => None,
    }
}

fn is_list(item: &Item<'_>) -> bool {
    item.stats.bracketed * 2 > item.stats.filled
}

fn numeric(item: &Item<'_>, survey: &Survey, anchors: &[Anchor<'_>], guess: &mut Guess) {
    // Minutes of a stage of sleep are a quantity and no rating of the night.
    if guess.role == Role::SleepQuality && meaning::unit(item.name) != "1" {
        guess.role = Role::Other;
    }
    let (least, most) = (item.stats.minimum.unwrap_or(0.0), item.stats.maximum.unwrap_or(0.0));
    let is_rated_role = matches!(
        guess.role,
        Role::Pain | Role::Symptom | Role::SleepQuality | Role::Rested | Role::Stress | Role::Stiffness
    );
    let few_whole = item.stats.is_whole() && item.stats.distinct.len() <= 11 && most <= 10.0;
    let percent = most > 10.0 && most <= 100.0 && is_rated_role && guess.role != Role::Stiffness;
    let counted = matches!(
        guess.role,
        Role::Activity | Role::Alcohol | Role::Caffeine | Role::Painkiller | Role::WokenByPain
    );
    let unit = meaning::unit(item.name);
    let in_company = meaning::scale_in(item.name).is_some_and(|(low, high)| low <= least && most <= high)
        || item.fellows.is_some() && few_whole;
    let named_or_pain = if counted { None } else { scales::ends(item, guess) };
    let rated = named_or_pain.is_some()
        || least >= 0.0
            && !counted
            && (unit == "1" || is_rated_role || in_company)
            && ((is_rated_role && most <= 10.0) || few_whole || percent);
    if !rated {
        let unit = match guess.role {
            Role::WokenByPain => "times",
            Role::Stiffness => "min",
            _ if item.fellows.is_some() && most <= 10.0 => "points",
            _ => unit,
        };
        if unit == "1" && guess.role == Role::Other {
            guess.reasons.push("its unit is not known; write it in the place of \"1\"".to_owned());
        }
        guess.form = Form::Quantity { unit };
        return;
    }
    let (low, high) = named_or_pain.unwrap_or_else(|| {
        guess.scale_is_guessed = true;
        scale(item.stats, guess)
    });
    let direction = direction(item, survey, anchors, guess);
    if guess.waits && guess.role == Role::SleepQuality && most > 3.0 && most <= 14.0 {
        guess.ask(format!(
            "if the values of '{}' ({least} to {most}) are hours asleep, write hours_asleep = \"{}\" under [sleep] in its place",
            item.name, item.name
        ));
    }
    guess.form = Form::Scale { minimum: low, maximum: high, direction };
}

/// The usual scale that holds the values.
pub(super) fn scale(stats: &Stats, guess: &mut Guess) -> (f64, f64) {
    let (most, zeros) = (stats.maximum.unwrap_or(0.0), stats.zeros);
    let above_zero = stats.least_above_zero.unwrap_or(0.0);
    // A handful of zeros among many values of 1 and more are skipped questions rather than a step of the scale.
    let odd_zeros = zeros > 0
        && stats.is_whole()
        && above_zero >= 1.0
        && zeros * 50 <= stats.filled
        && most <= 7.0
        && stats.filled >= 50;
    if odd_zeros {
        guess.zero_is_missing = true;
        guess.reasons.push(format!("0 stands {zeros} times among {} values and looks like a skipped question, so it counts as missing", stats.filled));
    }
    usual_scale(
        if zeros > 0 && !odd_zeros { 0.0 } else { stats.least_above_zero.unwrap_or(0.0) },
        most,
        stats.is_whole(),
    )
}

/// The usual scale from the smallest and largest value seen.
pub(super) fn usual_scale(least: f64, most: f64, whole: bool) -> (f64, f64) {
    const FROM_ZERO: [f64; 6] = [3.0, 4.0, 5.0, 6.0, 10.0, 100.0];
    const FROM_ONE: [f64; 4] = [5.0, 7.0, 10.0, 100.0];
    let from_one = whole && least >= 1.0;
    let ends: &[f64] = if from_one { &FROM_ONE } else { &FROM_ZERO };
    let low = if from_one { 1.0 } else { 0.0 };
    if !whole {
        return (0.0, if most <= 10.0 { 10.0 } else { 100.0 });
    }
    let high = ends.iter().copied().find(|end| most <= *end).unwrap_or(most);
    // A scale from 1 to 100 is one from 0 of which 0 was not used.
    (if high == 100.0 { 0.0 } else { low }, high)
}

/// Which way the scale runs: by its name, by the numbers, or as a question.
fn direction(item: &Item<'_>, survey: &Survey, anchors: &[Anchor<'_>], guess: &mut Guess) -> ScaleDirection {
    let named = meaning::of(item.name).direction;
    if let (Role::Alcohol | Role::Caffeine | Role::Painkiller, Direction::Usual(usual)) = (guess.role, named)
    {
        return usual;
    }
    // What goes with pain tells the direction of a complaint; of a doing it tells an association and no direction.
    let complaint = matches!(
        guess.role,
        Role::Pain | Role::Symptom | Role::SleepQuality | Role::Rested | Role::Stress | Role::Stiffness
    );
    let company =
        || complaint.then(|| evidence::by_company(item.name, &item.stats.series, anchors)).flatten();
    let found = area_evidence(item, survey).or_else(company);
    if let Direction::Sure(sure) = named {
        // "Sleep quality" is asked both ways round, and only the numbers can tell.
        return match found {
            Some(Evidence { direction, text }) if direction != sure && guess.role == Role::SleepQuality => {
                guess.ask(format!(
                    "is a higher '{}' {}? The numbers say so, although its name suggests the contrary: {text}",
                    item.name,
                    word(direction)
                ));
                direction
            }
            _ => sure,
        };
    }
    // In a long table one app asks everything on one scale, so what is usual is not doubted one by one.
    if let (Direction::Usual(usual), None) = (named, item.at) {
        let beside = anchors.iter().find(|anchor| anchor.name != item.name && anchor.direction == usual);
        if let Some(anchor) = beside {
            guess.reasons.push(format!("higher is {}, as for '{}' beside it", word(usual), anchor.name));
            return usual;
        }
    }
    match (named, found) {
        (Direction::Usual(usual), Some(Evidence { direction, text })) if direction == usual => {
            guess.reasons.push(format!("higher is {}: so it usually is, and {text}", word(usual)));
            usual
        }
        (_, Some(Evidence { direction, text })) => {
            guess.turned = matches!(named, Direction::Usual(_));
            let against = if matches!(named, Direction::Usual(_)) {
                ", although its name suggests the contrary"
            } else {
                ""
            };
            guess.ask(format!(
                "is a higher '{}' {}? The numbers say so{against}: {text}",
                item.name,
                word(direction)
            ));
            direction
        }
        (Direction::Usual(usual), None) => {
            guess.unproven = true;
            guess.ask(format!(
                "is a higher '{}' {}? It usually is, and the numbers do not tell",
                item.name,
                word(usual)
            ));
            usual
        }
        (_, None) => {
            guess.ask(format!(
                "is a higher '{}' worse or better? Neither its name nor the numbers tell; until you say so it is kept as text",
                item.name
            ));
            guess.waits = true;
            ScaleDirection::HigherIsWorse
        }
    }
}

fn area_evidence(item: &Item<'_>, survey: &Survey) -> Option<Evidence> {
    let at = item.at?;
    let own: Vec<String> = meaning::words(item.name);
    survey.areas.iter().find_map(|areas| {
        let area_name = &survey.header.names[areas.at];
        let shares = meaning::words(area_name).iter().any(|word| own.contains(word));
        shares.then(|| evidence::by_area(at, areas, area_name)).flatten()
    })
}

/// Turns what only its name speaks for, where the numbers turned every other thing on the same scale.
pub(super) fn follow_fellows(guesses: &mut [Guess]) {
    let ends = |guess: &Guess| match guess.form {
        Form::Scale { minimum, maximum, .. } => Some((minimum, maximum)),
        _ => None,
    };
    let turned: Vec<(String, Option<(f64, f64)>)> =
        guesses.iter().filter(|guess| guess.turned).map(|guess| (guess.name.clone(), ends(guess))).collect();
    for guess in guesses.iter_mut().filter(|guess| guess.unproven) {
        let own = ends(guess);
        let Some((fellow, _)) = turned.iter().find(|(_, other)| own.is_some() && *other == own) else {
            continue;
        };
        if let Form::Scale { direction, .. } = &mut guess.form {
            *direction = evidence::turned(*direction);
            guess.question = Some(format!(
                "is a higher '{}' {}? Its own numbers do not tell, but '{fellow}' on the same scale runs that way",
                guess.name,
                word(*direction)
            ));
        }
    }
}

pub(super) const fn word(direction: ScaleDirection) -> &'static str {
    match direction {
        ScaleDirection::HigherIsWorse => "worse",
        ScaleDirection::HigherIsBetter => "better",
    }
}

/// The rule for several values of a day, where days with several are no exception, and always where rows of a long
/// table carry stamps.
fn several(stats: &Stats, form: &Form, stamped: bool) -> (Option<&'static str>, u64) {
    let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
    for (day, _) in &stats.series {
        *counts.entry(*day).or_default() += 1;
    }
    let more = counts.values().filter(|count| **count > 1).count();
    if !stamped && (counts.is_empty() || (stats.series.len() - counts.len()) * 50 < counts.len()) {
        return (None, 0);
    }
    let rule = match form {
        Form::Tick { .. } => "max",
        Form::Quantity { unit }
            if ["steps", "min", "km", "drinks", "cups", "glasses", "floors", "kcal"].contains(unit) =>
        {
            "sum"
        }
        _ => "mean",
    };
    (Some(rule), more as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_scales_hold_what_was_seen() {
        assert_eq!(usual_scale(0.0, 2.0, true), (0.0, 3.0));
        assert_eq!(usual_scale(1.0, 4.0, true), (1.0, 5.0));
        assert_eq!(usual_scale(0.0, 8.0, true), (0.0, 10.0));
        assert_eq!(usual_scale(1.0, 9.5, false), (0.0, 10.0));
        assert_eq!(usual_scale(12.0, 95.0, true), (0.0, 100.0));
        assert_eq!(usual_scale(1.0, 7.0, true), (1.0, 7.0));
    }
}
