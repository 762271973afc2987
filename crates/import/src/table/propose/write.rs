//! Writes a proposal as a map with its reasons beside each line.

use nightmend_domain::{Moment, Role, ScaleDirection};

use super::dates::DateForm;
use super::guess::{Form, Guess, word};
use super::survey::{DateAt, Survey};
use crate::table::map_text::ROLES;

/// A map on its way, with what is said and asked about it.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub text: String,
    pub reasons: Vec<String>,
    pub questions: Vec<String>,
}

impl Writer {
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A comment, broken at about 110 letters.
    pub(super) fn comment(&mut self, text: &str) {
        let mut line = String::from("#");
        // A comment may hold no control characters, and the table's own words stand in it.
        for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
            if word.is_empty() {
                continue;
            }
            if line.chars().count() + word.chars().count() > 110 {
                self.line(&line);
                line = String::from("#");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    /// A reason: beside the lines that it explains and in the list.
    pub(super) fn reason(&mut self, text: &str) {
        self.comment(&format!("{}.", upper_first(text)));
        self.reasons.push(format!("{}.", upper_first(text)));
    }

    /// A question that the person must look at.
    pub(super) fn question(&mut self, text: &str) {
        let text = upper_first(text);
        let text = if text.ends_with('?') || text.ends_with('.') { text } else { format!("{text}.") };
        self.comment(&format!("QUESTION: {text}"));
        self.questions.push(text);
    }

    pub(super) fn date(&mut self, survey: &Survey) {
        let names = &survey.header.names;
        match &survey.layout.date {
            None => {
                self.question("which column is the date? None was found; a map needs one: un-comment and fill in the lines below");
                self.line("# [date]\n# column = \"…\"\n# format = \"%d/%m/%Y\"");
            }
            Some(DateAt::Three { year, month, day }) => {
                self.reason(&format!(
                    "the date stands in three columns: '{}', '{}' and '{}'",
                    names[*year], names[*month], names[*day]
                ));
                self.line("[date]");
                self.line(&format!(
                    "columns = [{}, {}, {}]",
                    quoted(&names[*year]),
                    quoted(&names[*month]),
                    quoted(&names[*day])
                ));
            }
            Some(DateAt::Column { at, form }) => self.date_column(&names[*at], form, survey),
        }
        self.line("");
    }

    fn date_column(&mut self, name: &str, form: &DateForm, survey: &Survey) {
        match form {
            DateForm::One { format, has_time: false, .. } => {
                self.reason(&format!("'{name}' holds dates{}", shown_format(format)));
                self.line("[date]");
                self.line(&format!("column = {}\nformat = {}", quoted(name), quoted(format)));
            }
            DateForm::One { format, has_time: true, has_offset } => {
                let shown =
                    if format == "iso" { " like 2024-03-01 21:30".to_owned() } else { shown_format(format) };
                self.reason(&format!("'{name}' holds time stamps{shown}"));
                self.line("[time]");
                self.line(&format!("column = {}\nformat = {}", quoted(name), quoted(format)));
                self.stamp_zone(*has_offset, survey);
            }
            DateForm::Ambiguous { day_first, month_first, has_time, steps, counted } => {
                let step = |days: i32| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
                let asked = format!("is '{name}' written day first or month first? Both fit every row.");
                let steps = if *counted == 0 {
                    "There are too few rows to tell by their order".to_owned()
                } else {
                    let (by_day, by_month) = (step(steps.0), step(steps.1));
                    format!("Read day first, rows are usually {by_day} apart; month first, {by_month}")
                };
                let chosen = form.day_is_first();
                let what_now = match chosen {
                    Some(true) if form.by_steps().is_none() => {
                        "Dates with points are mostly written day first and are read so; if not, use the other line"
                    }
                    Some(true) => "So the day is taken to come first; if not, use the other line",
                    Some(false) => "So the month is taken to come first; if not, use the other line",
                    None => "Un-comment the line that is right; until then this map cannot be used",
                };
                self.question(&format!("{asked} {steps}. {what_now}"));
                self.line(if *has_time { "[time]" } else { "[date]" });
                self.line(&format!("column = {}", quoted(name)));
                let mark = |used: bool| if used { "" } else { "# " };
                self.line(&format!(
                    "{}format = {}   # day first",
                    mark(chosen == Some(true)),
                    quoted(day_first)
                ));
                self.line(&format!(
                    "{}format = {}   # month first",
                    mark(chosen == Some(false)),
                    quoted(month_first)
                ));
                if *has_time {
                    self.stamp_zone(false, survey);
                }
            }
            DateForm::Mixed { day_first, month_first, has_time } => {
                self.question(&format!(
                    "day and month change places in '{name}': some rows fit one order only, some the other. Rows that fit both and \
                     disagree will be refused one by one; write them out in the table, or keep one format if the others are slips"
                ));
                self.line(if *has_time { "[time]" } else { "[date]" });
                self.line(&format!(
                    "column = {}\nformat = [{}, {}]",
                    quoted(name),
                    quoted(day_first),
                    quoted(month_first)
                ));
                if *has_time {
                    self.stamp_zone(false, survey);
                }
            }
        }
    }

    fn stamp_zone(&mut self, has_offset: bool, survey: &Survey) {
        let total: u64 = survey.hours.iter().sum();
        let small_hours: u64 = survey.hours[1..5].iter().sum();
        if has_offset {
            self.reason("the stamps carry their own offset from UTC; days are counted by the clock of the person's zone");
            self.line("zone = \"UTC\"");
        } else if small_hours * 100 <= total * 8 {
            self.reason(&format!(
                "the stamps are taken for local times of the person: {small_hours} of {total} fall between 01:00 and 05:00, when people sleep"
            ));
            self.line("zone = \"person\"");
        } else {
            self.question(&format!(
                "by which clock are the stamps? {small_hours} of {total} fall between 01:00 and 05:00, when people sleep, so they may be \
                 UTC or those of a shift worker. If they are UTC, write zone = \"UTC\" and your own zone below"
            ));
            self.line("zone = \"person\"");
        }
        self.line("# person_zone = \"Europe/London\"   # your own zone, where it is not set with --tz or in the store");
        self.reason("an entry before 04:00 belongs to the day before");
        self.line("day_starts = \"04:00\"");
    }

    /// One entry, or one for all things that are alike.
    pub(super) fn entry(&mut self, table: &str, guesses: &[&Guess]) {
        let Some(first) = guesses.first() else { return };
        for guess in guesses {
            for reason in &guess.reasons {
                self.reason(&format!("'{}': {reason}", guess.name));
            }
            if let Some(question) = &guess.question {
                self.question(question);
            }
        }
        if guesses.len() <= 3 {
            for guess in guesses {
                self.comment(&format!("Seen in '{}': {}.", guess.name, guess.seen));
            }
        }
        let mut lines = vec![format!("[[{table}]]")];
        lines.push(match guesses {
            [only] => format!("name = {}", quoted(&only.name)),
            _ => {
                let names: Vec<String> =
                    guesses.iter().map(|guess| format!("  {},", quoted(&guess.name))).collect();
                format!("names = [\n{}\n]", names.join("\n"))
            }
        });
        if !first.also.is_empty() {
            lines.push(format!(
                "also = [{}]",
                first.also.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
            ));
        }
        lines.extend(spec(first));
        if first.waits {
            let commented: Vec<String> = lines.join("\n").lines().map(|line| format!("# {line}")).collect();
            self.line(&commented.join("\n"));
        } else {
            self.line(&lines.join("\n"));
        }
        self.line("");
    }
}

/// The first names of several, and how many more there are.
pub(super) fn some_names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("'{name}'")).collect();
    let more = match names.len() {
        0..=3 => String::new(),
        count => format!(" and {} more", count - 3),
    };
    format!("{}{more}", shown.join(", "))
}

/// The lines of an entry that say what it is.
pub(super) fn spec(guess: &Guess) -> Vec<String> {
    let mut lines = Vec::new();
    if let Form::Sleep(part) = &guess.form {
        lines.push(format!("sleep = \"{part}\""));
    } else {
        lines.push(format!("role = \"{}\"", role_word(guess.role)));
        if guess.form != Form::Text || guess.moment != Moment::Day {
            lines.push(format!("moment = \"{}\"", guess.moment.as_word()));
        }
    }
    match &guess.form {
        Form::Scale { minimum: 0.0, maximum: 10.0, direction: ScaleDirection::HigherIsWorse }
            if guess.role == Role::Pain && !guess.waits =>
        {
            lines.push("nrs = true".to_owned());
        }
        Form::Scale { minimum, maximum, direction } => {
            lines.push(format!("scale = [{minimum}, {maximum}]"));
            lines.push(if guess.waits {
                "higher = \"…\"   # \"worse\" or \"better\"".to_owned()
            } else {
                format!("higher = \"{}\"", word(*direction))
            });
        }
        Form::Quantity { unit } => lines.push(format!("unit = \"{unit}\"")),
        Form::Tick { yes, no, direction } => {
            let list =
                |values: &[String]| values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ");
            lines.push(format!("tick = [{}]", list(yes)));
            if !no.is_empty() {
                lines.push(format!("no = [{}]", list(no)));
            }
            lines.push(if guess.waits {
                "higher = \"…\"   # \"worse\" or \"better\"".to_owned()
            } else {
                format!("higher = \"{}\"", word(*direction))
            });
        }
        Form::List { direction } => {
            lines.push(format!("list = \",\"\nhigher = \"{}\"", word(*direction)));
        }
        Form::Sleep(_) => {}
        Form::Text => lines.push("text = true".to_owned()),
    }
    if guess.zero_is_missing {
        lines.push("missing = [0]".to_owned());
    }
    if let Some(several) = guess.several {
        lines.push(format!("several = \"{several}\""));
    }
    lines
}

fn shown_format(format: &str) -> String {
    if format == "iso" { " like 2024-03-01".to_owned() } else { format!(" in the form {format}") }
}

fn role_word(role: Role) -> &'static str {
    ROLES.iter().find(|(_, other)| *other == role).map_or("other", |(word, _)| word)
}

pub(super) fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\t' => quoted.push_str("\\t"),
            letter if letter.is_control() => quoted.push_str(&format!("\\u{:04X}", letter as u32)),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
