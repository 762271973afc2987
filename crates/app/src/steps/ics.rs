//! Writes the nights to come as a calendar file (iCalendar, RFC 5545).

use std::fmt::Write;

use jiff::civil::DateTime;
use nightmend_domain::{Assignment, PersonName};
use nightmend_store::Store;
use nightmend_trial::steps::Asked;

use super::ledger::Experiment;
use super::tonight::{halted, step_sentence};
use super::{Desk, Occasion, State, active, ledger, state};
use crate::failure::AppError;

/// How much a calendar says: others may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// What to do.
    Plain,
    /// That something is planned, and nothing more.
    Neutral,
}

/// The nights to come of the running experiment, one event an evening, as an iCalendar file. Nights that are over or
/// answered are left out, so that a reminder is silent once the thing is done. Without an experiment the calendar is
/// empty, which takes old events off the phone.
///
/// # Errors
/// A store that cannot be read.
pub fn calendar_file(
    store: &Store,
    person: &PersonName,
    wording: Wording,
    occasion: &Occasion,
) -> Result<String, AppError> {
    let desk = Desk::of(store, person, occasion)?;
    let ledger = ledger(store, person)?;
    let mut file = File::default();
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//nightmend//steps//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ] {
        file.line(line);
    }
    file.line("X-WR-CALNAME:nightmend");
    file.line("REFRESH-INTERVAL;VALUE=DURATION:PT6H");
    let running =
        active(&ledger, desk.tonight).filter(|experiment| state(experiment, desk.tonight) == State::Running);
    if let Some(experiment) = running
        && halted(store, person, experiment)?.is_none()
    {
        file.line(&format!("X-NIGHTMEND-FINGERPRINT:{}", experiment.plan.fingerprint));
        let stamp = occasion.now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let is_open =
            |each: &&Assignment| each.night >= desk.tonight && experiment.answer(each.night).is_none();
        for assigned in experiment.calendar().iter().filter(is_open) {
            event(&mut file, experiment, assigned, wording, &stamp);
        }
    }
    file.line("END:VCALENDAR");
    Ok(file.text)
}

fn event(file: &mut File, experiment: &Experiment, assigned: &Assignment, wording: Wording, stamp: &str) {
    let step = experiment.step.step();
    let is_step = assigned.arm == experiment.plan.design.judged;
    let evening = Desk::evening_of(assigned.night);
    let starts = match step.question.asked {
        Asked::NextMorning => evening.at(20, 30, 0, 0),
        Asked::Evening => evening.at(9, 0, 0, 0),
    };
    let title = match (wording, is_step) {
        (Wording::Neutral, _) => "nightmend: see today’s plan".to_owned(),
        (Wording::Plain, true) => {
            let arm = step.arm(experiment.arm().name.as_str());
            arm.map_or(step.title, |arm| arm.title).to_owned()
        }
        (Wording::Plain, false) => "As usual, without the step".to_owned(),
    };
    file.line("BEGIN:VEVENT");
    // The fingerprint and the number of the night: the same night keeps its event, however often the file is fetched.
    let print = experiment.plan.fingerprint.get(..12).unwrap_or_default();
    file.line(&format!("UID:{print}-{}-{}@nightmend.local", assigned.night, assigned.number));
    file.line(&format!("DTSTAMP:{stamp}"));
    // Times without a zone: half past eight is half past eight wherever the person is.
    file.line(&format!("DTSTART:{}", civil(starts)));
    file.line("DURATION:PT15M");
    file.line(&format!("SUMMARY:{}", escaped(&title)));
    let warning = experiment.warning().map_or_else(String::new, |warning| format!("{warning} "));
    if wording == Wording::Plain {
        let said = format!(
            "{warning}Night {} of {}. {}",
            assigned.number,
            experiment.plan.design.nights,
            if is_step { step_sentence(experiment, None) } else { "Leave the step out.".to_owned() }
        );
        file.line(&format!("DESCRIPTION:{}", escaped(&said)));
    } else if !warning.is_empty() {
        file.line("DESCRIPTION:Open nightmend: something about the plan needs a look.");
    }
    file.line("TRANSP:TRANSPARENT");
    for line in ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:PT0M"] {
        file.line(line);
    }
    file.line(&format!("DESCRIPTION:{}", escaped(&title)));
    file.line("END:VALARM");
    file.line("END:VEVENT");
}

fn civil(time: DateTime) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace(['\r', '\n'], " ")
}

/// A file whose lines are folded at 75 octets and end in CRLF, as the standard wants it.
#[derive(Default)]
struct File {
    text: String,
}

impl File {
    fn line(&mut self, line: &str) {
        const OCTETS: usize = 75;
        let mut length = 0;
        for character in line.chars() {
            if length + character.len_utf8() > OCTETS {
                self.text.push_str("\r\n ");
                length = 1;
            }
            self.text.push(character);
            length += character.len_utf8();
        }
        let _ = write!(self.text, "\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_characters() {
        let mut file = File::default();
        file.line(&format!("SUMMARY:{}", "é".repeat(60)));
        let lines: Vec<&str> = file.text.split("\r\n").collect();
        assert!(lines.iter().all(|line| line.len() <= 75), "{lines:?}");
        assert_eq!(file.text.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "é".repeat(60)));
        assert_eq!(escaped("a, b; c\\ d\ne"), "a\\, b\\; c\\\\ d e");
    }
}
