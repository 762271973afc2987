//! Reads the words of the command line: dates, times, numbers, each refusal teaching how to write it.

use jiff::civil::{Date, Time};

use crate::args::Given;

/// Reads a 24-hour time: `23:10`, `7:05`, or `0710`.
pub fn parse_time(text: &str) -> Result<Time, String> {
    let teach = || format!("'{text}' is not a time; write it as 23:10 on the 24-hour clock");
    let (hour, minute) = match text.trim().split_once([':', '.', 'h']) {
        Some((hour, minute)) => (hour, minute),
        None if text.len() == 4 && text.is_ascii() => text.split_at(2),
        None => return Err(teach()),
    };
    let hour: i8 = hour.trim().parse().map_err(|_| teach())?;
    let minute: i8 = minute.trim().parse().map_err(|_| teach())?;
    Time::new(hour, minute, 0, 0).map_err(|_| teach())
}

/// Reads a date: `2026-03-01`, `today`, `yesterday`.
pub fn parse_date(text: &str) -> Result<Date, String> {
    let today = crate::commands::today();
    match text.trim().to_lowercase().as_str() {
        "today" => return Ok(today),
        "yesterday" => return today.yesterday().map_err(|error| error.to_string()),
        _ => {}
    }
    text.trim().parse().map_err(|_| match meant_date(text.trim()) {
        Some(date) => format!("write it as {date}"),
        None => format!("write it as {today} (year-month-day), or today, or yesterday"),
    })
}

/// The date that `1.11.2026` or `2026/11/1` surely means; nothing where day and month could be turned round.
fn meant_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['.', '/', '-']).map(str::trim).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let number = |part: &str| part.parse::<i16>().ok();
    let month_and_day =
        |month: &str, day: &str| Some((i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?));
    let (year, (month, day)) = if first.len() == 4 {
        (number(first)?, month_and_day(second, third)?)
    } else if third.len() == 4 && !text.contains('/') {
        (number(third)?, month_and_day(second, first)?)
    } else {
        return None;
    };
    Date::new(year, month, day).ok()
}

/// Reads a number, with a point or a comma.
pub fn parse_number(text: &str) -> Result<f64, String> {
    let number = text.trim().replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| "write a number, such as 3 or 3.5".to_owned())
}

/// Reads a pain score.
pub fn parse_score(text: &str) -> Result<f64, String> {
    parse_number(text).map_err(|_| "a pain score is a number from 0 to 10".to_owned())
}

/// Reads how often pain woke somebody.
pub fn parse_times_woken(text: &str) -> Result<f64, String> {
    parse_count(text).map(f64::from)
}

/// Reads a whole number.
pub fn parse_count(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| "write a whole number, such as 2".to_owned())
}

/// Reads minutes of a night.
pub fn parse_minutes(text: &str) -> Result<f64, String> {
    parse_number(text)
        .ok()
        .filter(|minutes| (0.0..=1_440.0).contains(minutes))
        .ok_or_else(|| format!("'{text}' is not a number of minutes; write 20"))
}

/// Reads the number of an act.
pub fn parse_act(text: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| "give the number that `nightmend history` shows".to_owned())
}

/// Reads `none`, or what the other reader reads.
pub fn or_none<T>(
    read: fn(&str) -> Result<T, String>,
) -> impl Fn(&str) -> Result<Given<T>, String> + Clone + Send + Sync + 'static
where
    T: 'static,
{
    move |text| match text.trim().to_lowercase().as_str() {
        "none" => Ok(Given::Cleared),
        _ => read(text).map(Given::Value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_in_another_order_is_taught_and_one_that_could_be_two_is_not_guessed() {
        assert_eq!(parse_date("2026-11-01"), Ok(Date::constant(2026, 11, 1)));
        for text in ["1.11.2026", "01-11-2026", "2026/11/1", "2026.11.01"] {
            assert_eq!(parse_date(text).unwrap_err(), "write it as 2026-11-01", "{text}");
        }
        assert!(parse_date("1/11/2026").unwrap_err().contains("year-month-day"));
        assert_eq!(parse_date("Yesterday").unwrap().tomorrow().ok(), parse_date("today").ok());
    }

    #[test]
    fn times_are_read_in_three_ways() {
        for text in ["23:10", "23.10", "2310", "23h10"] {
            assert_eq!(parse_time(text), Ok(Time::constant(23, 10, 0, 0)), "{text}");
        }
        assert!(parse_time("25:00").unwrap_err().contains("24-hour"));
        assert!(parse_time("half past").is_err());
    }
}
