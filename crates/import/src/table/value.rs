//! Turns one cell into a value, by what a map says of it.

use nightmend_domain::{Absence, Minutes, Nrs, Percent, Rating, SleepRecord, Value};

use super::map::{NumberForm, SleepPart, Tracked, ValueKind};

/// Codes that mean "missing" in any table, in lower case; an empty cell always does.
pub(super) const MISSING: &[&str] = &["na", "n/a", "nan", "null", "-", "--", ".", "#n/a"];

/// What one cell says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// One value.
    Value(Value),
    /// The items of a list, each with its tick.
    Items(Vec<(String, Value)>),
    /// A number that belongs to a night.
    Sleep(SleepPart, f64),
}

/// Whether a cell states nothing.
pub(super) fn is_missing(text: &str, codes: &[&[String]], numbers: &NumberForm) -> bool {
    let text = text.trim();
    text.is_empty()
        || MISSING.contains(&text.to_lowercase().as_str())
        || codes.iter().flat_map(|codes| codes.iter()).any(|code| same(code, text, numbers))
}

/// Whether a cell is what a map names: as text without regard to case, or as the same number.
fn same(named: &str, text: &str, numbers: &NumberForm) -> bool {
    if named.to_lowercase() == text.to_lowercase() {
        return true;
    }
    match (named.parse::<f64>(), number(text, numbers)) {
        (Ok(named), Ok(number)) => named == number,
        _ => false,
    }
}

/// A number as the table writes it.
///
/// # Errors
/// A sentence for the person.
pub(super) fn number(text: &str, form: &NumberForm) -> Result<f64, String> {
    let fail = |hint: &str| Err(format!("'{text}' is not a number; {hint}"));
    let mut plain = String::with_capacity(text.len());
    for (at, letter) in text.trim().char_indices() {
        let is_space = letter == '\u{a0}' || letter == '\u{202f}' || letter == ' ';
        if form.thousands == Some(letter) || (is_space && form.thousands == Some(' ')) {
            // A slip such as 7,5 must not become 75.
            if !parts_three_digits(&text.trim()[at + letter.len_utf8()..]) {
                return fail(
                    "the sign for thousands stands before something other than three digits; correct it",
                );
            }
        } else if letter == form.decimal {
            plain.push('.');
        } else if letter == ',' {
            return fail(
                "if a comma is its decimal sign, write decimal = \",\" under [file] in the map; if it parts thousands, thousands = \",\"",
            );
        } else if letter == '.' {
            return fail("if a point is its decimal sign, write decimal = \".\" under [file] in the map");
        } else {
            plain.push(letter);
        }
    }
    let starts_well = plain
        .trim_start_matches(['-', '+'])
        .starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() && starts_well => Ok(value),
        _ => fail("correct it, leave it empty, or name it under missing or words in the map"),
    }
}

/// Whether a text begins with three digits and no fourth.
fn parts_three_digits(text: &str) -> bool {
    text.chars().take_while(char::is_ascii_digit).take(4).count() == 3
}

/// What a cell says; the caller has made sure that it is not missing.
///
/// # Errors
/// A sentence for the person.
pub(super) fn said(tracked: &Tracked, text: &str, form: &NumberForm) -> Result<Said, String> {
    let text = text.trim();
    let measured = |text: &str| match tracked.words.get(&text.to_lowercase()) {
        Some(value) => Ok(*value),
        None => number(text, form),
    };
    match &tracked.kind {
        ValueKind::Nrs => Nrs::new(measured(text)?)
            .map(|score| Said::Value(Value::Nrs(score)))
            .map_err(|error| error.to_string()),
        ValueKind::Rating(scale) => Rating::new(measured(text)?, *scale)
            .map(|rating| Said::Value(Value::Rating(rating)))
            .map_err(|_| {
                format!(
                    "'{text}' is outside the scale {} to {}; correct it, or the scale in the map",
                    scale.minimum(),
                    scale.maximum()
                )
            }),
        ValueKind::Quantity { unit, minimum, maximum } => {
            // The number comes first: the unit "1" of a number without a unit would take the last digit of 21.
            let value = measured(text).or_else(|reason| {
                let bare = text.strip_suffix(unit.as_str()).map(str::trim_end);
                bare.map_or(Err(reason), measured)
            })?;
            if value < *minimum || value > *maximum {
                return Err(format!(
                    "'{text}' is outside {minimum} to {maximum} {unit}; correct it, or min and max in the map"
                ));
            }
            Ok(Said::Value(Value::Quantity { value, unit: unit.clone() }))
        }
        ValueKind::Tick { yes, no, direction } => {
            let any = |named: &[String]| named.iter().any(|named| named == "*" || same(named, text, form));
            let absence = if no.is_empty() { Absence::Unknown } else { Absence::No };
            let tick = |yes| Ok(Said::Value(Value::Tick { yes, direction: *direction, absence }));
            if any(no) {
                tick(false)
            } else if any(yes) {
                tick(true)
            } else {
                Err(format!(
                    "'{text}' is neither a yes nor a no of the map; add it under tick, no or missing"
                ))
            }
        }
        ValueKind::List { separator, items, direction } => Ok(Said::Items(
            list_items(text, *separator)
                .into_iter()
                .map(|item| {
                    let name = items.get(&item).cloned().unwrap_or(item);
                    (name, Value::Tick { yes: true, direction: *direction, absence: Absence::Unknown })
                })
                .collect(),
        )),
        ValueKind::Text => crate::bounded_text(text).map(|text| Said::Value(Value::Text(text))),
        ValueKind::Sleep(part) => sleep_number(*part, text, form).map(|value| Said::Sleep(*part, value)),
    }
}

/// The items of a list cell without its brackets and quotation marks, each once.
pub(super) fn list_items(text: &str, separator: char) -> Vec<String> {
    let inner = text.trim().trim_matches(|letter| matches!(letter, '[' | ']' | '(' | ')' | '{' | '}'));
    let mut items: Vec<String> = Vec::new();
    for item in inner.split(separator) {
        let item = item.trim().trim_matches(|letter| letter == '\'' || letter == '"').trim();
        if !item.is_empty() && !items.iter().any(|other| other == item) {
            items.push(item.to_owned());
        }
    }
    items
}

/// A number of a night; lengths may be written as `7:30`, `7h30` or `7 h 30 min` too.
pub(super) fn sleep_number(part: SleepPart, text: &str, form: &NumberForm) -> Result<f64, String> {
    let per_hour = match part {
        SleepPart::HoursAsleep | SleepPart::HoursInBed => Some(1.0),
        SleepPart::Awakenings | SleepPart::Efficiency => None,
        _ => Some(60.0),
    };
    if let (Some(per_hour), Some(hours)) = (per_hour, hours_and_minutes(text)) {
        return Ok(hours * per_hour);
    }
    number(text.trim_end_matches('%').trim_end(), form)
}

fn hours_and_minutes(text: &str) -> Option<f64> {
    let text = text.trim().to_lowercase().replace("hours", "h").replace("hrs", "h").replace("hr", "h");
    let text = text.replace("minutes", "m").replace("mins", "m").replace("min", "m");
    if !text.contains(['h', ':']) {
        return None;
    }
    let (hours, rest) = text.split_once(['h', ':'])?;
    let rest = rest.trim();
    let (minutes, seconds) = match rest.split_once(':') {
        Some((minutes, seconds)) => (minutes, seconds.parse::<f64>().ok()?),
        None => (rest, 0.0),
    };
    let minutes = minutes.trim_end_matches('m').trim();
    let minutes: f64 = if minutes.is_empty() { 0.0 } else { minutes.parse().ok()? };
    let hours: f64 = hours.trim().parse().ok()?;
    ((0.0..60.0).contains(&minutes) && hours >= 0.0).then_some(hours + minutes / 60.0 + seconds / 3_600.0)
}

/// Writes a number of a night into its record.
///
/// # Errors
/// A sentence for the person where the number cannot be.
pub(super) fn set_part(record: &mut SleepRecord, part: SleepPart, value: f64) -> Result<(), String> {
    const LONGEST: f64 = 24.0;
    let length = |minutes: f64| -> Result<Option<Minutes>, String> {
        let length = Minutes::new(minutes).map_err(|error| error.to_string())?;
        if length.hours() > LONGEST {
            return Err(format!("{length} is longer than a day; correct it, or its unit in the map"));
        }
        Ok(Some(length))
    };
    if value == 0.0 && matches!(part, SleepPart::HoursAsleep | SleepPart::MinutesAsleep) {
        return Err(
            "0 asleep looks like a skipped question; leave the cell empty, or name 0 under missing in the map"
                .to_owned(),
        );
    }
    match part {
        SleepPart::HoursAsleep => record.total_sleep_time = length(value * 60.0)?,
        SleepPart::MinutesAsleep => record.total_sleep_time = length(value)?,
        SleepPart::HoursInBed => record.time_in_bed = length(value * 60.0)?,
        SleepPart::MinutesInBed => record.time_in_bed = length(value)?,
        SleepPart::MinutesToFallAsleep => record.sleep_onset_latency = length(value)?,
        SleepPart::MinutesAwake => record.wake_after_sleep_onset = length(value)?,
        SleepPart::Awakenings if value.fract() == 0.0 && (0.0..=500.0).contains(&value) => {
            record.awakenings = Some(value as u32);
        }
        SleepPart::Awakenings => return Err(format!("{value} is not a count of awakenings; correct it")),
        SleepPart::Efficiency => {
            record.stated_efficiency = Some(Percent::new(value).map_err(|error| error.to_string())?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: NumberForm = NumberForm { decimal: '.', thousands: None };
    const ENGLISH: NumberForm = NumberForm { decimal: '.', thousands: Some(',') };
    const FRENCH: NumberForm = NumberForm { decimal: ',', thousands: Some(' ') };

    #[test]
    fn numbers_are_read_by_the_signs_of_the_map_only() {
        assert_eq!(number("1,773", &ENGLISH), Ok(1773.0));
        assert_eq!(number("1\u{a0}773,5", &FRENCH), Ok(1773.5));
        assert_eq!(number(" -3.5 ", &PLAIN), Ok(-3.5));
        assert_eq!(number("12,345,678.5", &ENGLISH), Ok(12_345_678.5));
        for slip in ["7,5", "1,23", "1,2345", "1,", "1,77x"] {
            assert!(number(slip, &ENGLISH).unwrap_err().contains("three digits"), "{slip}");
        }
        assert!(number("1,5", &PLAIN).unwrap_err().contains("decimal = \",\""));
        assert!(number("1.5", &FRENCH).unwrap_err().contains("decimal = \".\""));
        for odd in ["nan", "inf", "", "3 apples", "0x10", "e5"] {
            assert!(number(odd, &PLAIN).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_unit_is_taken_off_and_a_digit_never() {
        let value = |unit: &str, text: &str| {
            let kind = format!("name = \"a\"\nrole = \"other\"\nunit = \"{unit}\"\n");
            let map =
                format!("source = \"x\"\ndate = {{ column = \"d\", format = \"iso\" }}\n[[column]]\n{kind}");
            let map = super::super::map::TableMap::parse(&map).unwrap();
            said(&map.columns[0], text, &PLAIN)
        };
        let quantity = |unit: &str, value| Ok(Said::Value(Value::Quantity { value, unit: unit.to_owned() }));
        for (text, number) in [("1", 1.0), ("21", 21.0), ("-1", -1.0), ("3.1", 3.1)] {
            assert_eq!(value("1", text), quantity("1", number), "{text}");
        }
        assert_eq!(value("km", "4.5 km"), quantity("km", 4.5));
        assert!(value("km", "4.5 mi").unwrap_err().contains("not a number"));
    }

    #[test]
    fn codes_for_missing_are_texts_or_numbers() {
        let codes: &[&[String]] = &[&["0".to_owned(), "skipped".to_owned()]];
        for text in ["", " ", "NA", "0", "0.0", "Skipped"] {
            assert!(is_missing(text, codes, &PLAIN), "{text}");
        }
        assert!(!is_missing("1", codes, &PLAIN));
        assert!(!is_missing("none", codes, &PLAIN));
    }

    #[test]
    fn lists_lose_brackets_and_marks() {
        assert_eq!(list_items("['individual', 'running']", ','), ["individual", "running"]);
        assert_eq!(list_items("[48979004, 32696007, 48979004]", ','), ["48979004", "32696007"]);
        assert_eq!(list_items("[]", ','), Vec::<String>::new());
    }

    #[test]
    fn lengths_may_be_written_with_hours_and_minutes() {
        let hours = |text| sleep_number(SleepPart::HoursAsleep, text, &PLAIN);
        assert_eq!(hours("7.5"), Ok(7.5));
        assert_eq!(hours("7:30"), Ok(7.5));
        assert_eq!(hours("7h 30m"), Ok(7.5));
        assert_eq!(hours("7 hours 30 min"), Ok(7.5));
        assert_eq!(sleep_number(SleepPart::MinutesAsleep, "7:30", &PLAIN), Ok(450.0));
        assert!(hours("7:75").is_err());
    }
}
