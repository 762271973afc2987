//! Writes what a map says of the columns that tell a night.

use super::clock_slot;
use super::dates;
use super::guess::{Form, Guess};
use super::stats::Stats;
use super::survey::Survey;
use super::write::{Writer, quoted, some_names};

/// The columns of a wide table that tell a night.
pub(super) fn write(writer: &mut Writer, survey: &Survey, guesses: &[Guess]) {
    if survey.layout.long.is_some() {
        return;
    }
    let mut lines: Vec<String> = Vec::new();
    let mut formats: Vec<String> = Vec::new();
    let mut slips: Vec<String> = Vec::new();
    for (at, name) in survey.header.names.iter().enumerate() {
        let Some(slot) = clock_slot(survey, at) else { continue };
        if lines.iter().any(|line| line.starts_with(slot)) {
            continue;
        }
        lines.push(format!("{slot} = {}", quoted(name)));
        slips.extend(slips_of(name, &survey.columns[at]));
        if let Some(dates::DateForm::One { format, .. }) = survey.columns[at].dates.form()
            && format != "iso"
            && !formats.contains(&format)
        {
            formats.push(format);
        }
    }
    let clocks = lines.len();
    let mut double = told_twice(survey, &lines);
    let mut zero_is_missing = false;
    let mut questions = Vec::new();
    for guess in guesses {
        let Form::Sleep(part) = guess.form else { continue };
        if lines.iter().any(|line| line.starts_with(part)) {
            double.push(&guess.name);
        } else {
            lines.push(format!("{part} = {}", quoted(&guess.name)));
            zero_is_missing |= guess.zero_is_missing;
            for reason in &guess.reasons {
                writer.reason(&format!("'{}': {reason}", guess.name));
            }
            questions.extend(guess.question.clone());
        }
    }
    if lines.is_empty() {
        return;
    }
    for question in questions.into_iter().chain(slips) {
        writer.question(&question);
    }
    if !double.is_empty() {
        writer.question(&format!(
            "which column tells the same part of the night best? {} would stand for a line that another column has; \
             they are kept as text",
            some_names(double.into_iter())
        ));
    }
    writer.reason("these columns tell the night");
    writer.line("[sleep]");
    write_dating(writer, survey, clocks);
    writer.question(
        "did a person write down the nights, or a device? Write method = \"diary\" or method = \"device\" below; \
         \"unstated\" is used until then",
    );
    writer.line("method = \"unstated\"");
    for line in lines {
        writer.line(&line);
    }
    if !formats.is_empty() {
        let formats: Vec<String> = formats.iter().map(|format| quoted(format)).collect();
        writer.line(&format!("format = [{}]", formats.join(", ")));
    }
    if zero_is_missing {
        writer.reason("0 hours of sleep look like a skipped question and count as missing");
        writer.line("missing = [0]");
    }
    writer.line("");
}

/// A question about the values of a column of clock times that are none.
fn slips_of(name: &str, stats: &Stats) -> Option<String> {
    const SHOWN: usize = 3;
    let slips = stats.no_clock_times();
    let count = stats.filled - stats.clock_times;
    (stats.is_mostly_clock() && count > 0 && !slips.is_empty()).then(|| {
        let shown: Vec<String> = slips.iter().take(SHOWN).map(|slip| format!("'{slip}'")).collect();
        format!(
            "{count} of the {} values of '{name}' are no time of day ({}); such a time is refused and named in the account. Are \
             they slips that you can correct in the table?",
            stats.filled,
            shown.join(", ")
        )
    })
}

/// The clock columns that tell what a line has told already.
fn told_twice<'a>(survey: &'a Survey, lines: &[String]) -> Vec<&'a str> {
    let names = survey.header.names.iter().enumerate();
    names
        .filter(|(at, name)| {
            clock_slot(survey, *at).is_some() && !lines.iter().any(|line| line.ends_with(&quoted(name)))
        })
        .map(|(_, name)| name.as_str())
        .collect()
}

/// Whether rows are dated by the day of waking or by the evening before.
fn write_dating(writer: &mut Writer, survey: &Survey, clocks: usize) {
    let (same, before) = survey.waking_dates;
    if before > same {
        writer.reason(&format!(
            "in {before} rows the date is the day before waking, so rows are dated by the evening"
        ));
        writer.line("date = \"evening\"");
    } else if same > 0 {
        writer.reason(&format!("in {same} rows the date is the day of waking"));
        writer.line("date = \"waking\"");
    } else {
        let words = "the date of a row is taken for the day of waking; if it is the evening before, write date = \"evening\"";
        if clocks > 0 {
            writer.question(&format!("{words}: the clock times do not tell which"));
        } else {
            writer.reason(words);
        }
        writer.line("date = \"waking\"");
    }
}
