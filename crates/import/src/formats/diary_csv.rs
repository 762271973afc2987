//! Reads nightmend's own diary, one line a day, and writes the empty one with its explanations.

use std::io::Read;

use jiff::civil::Date;
use nightmend_domain::trackers::{self, BuiltIn, Kind};
use nightmend_domain::{Entry, Fact, Observation, Provenance, RecordKey, SourceName};

use crate::clock;
use crate::formats::diary_night::{self, NIGHT_COLUMNS};
use crate::importer::{Account, Confidence, ImportSettings, Importer, Item, ReadError, Record, Tally};
use crate::rows::{Row, Rows, guess_delimiter, split};
use crate::text::{RECODED, head_as_text};

/// The importer of the project's own diary.
pub(crate) struct DiaryCsv;

/// A column that holds one entry of its own.
struct Column {
    name: &'static str,
    tracker: BuiltIn,
    /// What it asks, for the header of the template.
    asks: &'static str,
    example: &'static str,
}

const fn column(name: &'static str, tracker: BuiltIn, asks: &'static str, example: &'static str) -> Column {
    Column { name, tracker, asks, example }
}

/// The columns beside the night, in the order of the template.
const COLUMNS: &[Column] = &[
    column("sleep_quality", trackers::SLEEP_QUALITY, "how well you slept: 1 very poor to 5 very good", "3"),
    column("rested", trackers::RESTED, "how rested you woke: 1 not at all to 5 very", "2"),
    column(
        "back_pain_waking",
        trackers::PAIN_WAKING,
        "back pain on waking: 0 none to 10 worst imaginable",
        "5",
    ),
    column("stiffness_min", trackers::STIFFNESS, "minutes until morning stiffness eased; 0 for none", "30"),
    column("woken_by_pain", trackers::WOKEN_BY_PAIN, "how often pain woke you; 0 for never", "1"),
    column("sleeping_position", trackers::POSITION, "back, side, stomach or mixed", "side"),
    column("spasms", trackers::SPASMS, "muscle spasms in the night: yes or no", "no"),
    column("back_pain_bedtime", trackers::PAIN_BEDTIME, "back pain at bedtime: 0 to 10", "4"),
    column("back_pain_average", trackers::PAIN_DAY, "back pain of the day on average: 0 to 10", "3.5"),
    column("back_pain_worst", trackers::PAIN_WORST, "the worst back pain of the day: 0 to 10", "6"),
    column("stress", trackers::STRESS, "stress or a racing mind at bedtime: 0 none to 10", "2"),
    column("activity_min", trackers::ACTIVITY, "minutes of activity in the day", "45"),
    column("alcohol_drinks", trackers::ALCOHOL, "alcoholic drinks in the day; 0 for none", "0"),
    column("caffeine_after_14", trackers::CAFFEINE, "cups with caffeine after 14:00; 0 for none", "1"),
    column("painkiller", trackers::PAINKILLER, "a painkiller taken: yes or no", "no"),
    column("unusual_load", trackers::UNUSUAL_LOAD, "an unusual load on the back: yes or no", "no"),
    column("nap_min", trackers::NAP, "minutes napped in the day; 0 for none", "0"),
    column(
        "comments",
        trackers::NOTE,
        "anything else; put text with a comma in \"quotation marks\"",
        "\"car 2 h, new chair\"",
    ),
];

/// The first words of the template, by which a diary is known.
const MARK: &str = "# nightmend diary";

/// An empty diary with its header, explanations and an example that counts as a comment.
pub(crate) fn template() -> String {
    let mut text = format!(
        "{MARK}\n\
         # One line a day. Any cell may stay empty: empty means unknown, never zero. Lines that begin with # are passed over.\n\
         # Columns may be left out or put in another order; columns of your own are kept as notes.\n\
         #\n\
         # date               the date on which you woke, as YYYY-MM-DD; the evening columns belong to the same date\n"
    );
    let mut names = vec!["date"];
    let mut example = vec!["2024-03-01"];
    let night = NIGHT_COLUMNS.iter().map(|(name, asks, example)| (*name, *asks, *example));
    let others = COLUMNS.iter().map(|column| (column.name, column.asks, column.example));
    for (name, asks, shown) in night.chain(others) {
        text.push_str(&format!("# {name:<22} {asks}\n"));
        names.push(name);
        example.push(shown);
    }
    text.push_str(&format!("#\n# Example: {}\n{}\n", example.join(","), names.join(",")));
    text
}

impl Importer for DiaryCsv {
    fn id(&self) -> &'static str {
        "diary-csv"
    }

    fn title(&self) -> &'static str {
        "nightmend's own diary (CSV; `nightmend template diary`)"
    }

    fn recognises(&self, head: &[u8], _file_name: &str) -> Confidence {
        let Some(text) = head_as_text(head) else { return Confidence::No };
        if text.starts_with(MARK) || text.starts_with(&format!("\"{MARK}")) {
            return Confidence::Certain;
        }
        let header = text.lines().find(|line| !line.trim().is_empty() && !is_comment(line));
        let names = header.map(header_names).unwrap_or_default();
        let ours = names.iter().filter(|name| name.contains('_') && is_ours(name)).count();
        if names.iter().any(|name| name == "date") && ours >= 2 {
            Confidence::Certain
        } else {
            Confidence::No
        }
    }

    fn read(
        &self,
        input: &mut dyn Read,
        settings: &ImportSettings,
        emit: &mut dyn FnMut(Item),
    ) -> Result<Account, ReadError> {
        let mut tally = Tally::new(emit);
        let mut rows = Rows::new(input, ',', Some("#".to_owned()));
        let Some(names) = read_header(&mut rows)? else {
            return Err(ReadError::NothingUsable {
                reason:
                    "no header was found; begin the file with the line that `nightmend template diary` prints"
                        .to_owned(),
            });
        };
        let Some(date_at) = names.iter().position(|name| name == "date") else {
            return Err(ReadError::ColumnsMissing { missing: vec!["date".to_owned()], present: names });
        };
        let mut table = Diary { names, date_at, settings, source: diary_source(), last_line: 0 };
        loop {
            match rows.next_row() {
                Ok(Some(row)) => table.read_row(&row, &mut tally),
                Ok(None) => break,
                Err(source) if table.last_line == 0 => return Err(ReadError::Unreadable { source }),
                Err(error) => {
                    tally.refuse(
                        format!("after line {}", table.last_line),
                        crate::unreadable_from_here(&error),
                    );
                    break;
                }
            }
        }
        if table.last_line == 0 {
            let reason = "the diary has a header and no lines yet; fill in a line a day and import it again";
            return Err(ReadError::NothingUsable { reason: reason.to_owned() });
        }
        Ok(tally.account())
    }
}

fn diary_source() -> SourceName {
    SourceName::new("diary").expect("a constant name is valid")
}

fn is_comment(line: &str) -> bool {
    line.trim_start().trim_start_matches('"').starts_with('#')
}

fn is_ours(name: &str) -> bool {
    NIGHT_COLUMNS.iter().any(|(ours, ..)| *ours == name) || COLUMNS.iter().any(|column| column.name == name)
}

fn header_names(line: &str) -> Vec<String> {
    let cells = split(line, guess_delimiter(&[line])).unwrap_or_default();
    cells.iter().map(|cell| cell.trim().to_lowercase()).collect()
}

/// Reads lines up to the header, sets the delimiter by it, and gives its names.
fn read_header(rows: &mut Rows<'_>) -> Result<Option<Vec<String>>, ReadError> {
    let mut any = false;
    loop {
        match rows.next_line() {
            Err(source) => return Err(ReadError::Unreadable { source }),
            Ok(None) if any => return Ok(None),
            Ok(None) => return Err(ReadError::Empty),
            Ok(Some(line)) => {
                any = true;
                let Ok(text) = line.content else { continue };
                if text.trim().is_empty() || is_comment(&text) {
                    continue;
                }
                rows.delimiter = guess_delimiter(&[&text]);
                return Ok(Some(header_names(&text)));
            }
        }
    }
}

struct Diary<'a> {
    names: Vec<String>,
    date_at: usize,
    settings: &'a ImportSettings,
    source: SourceName,
    last_line: u64,
}

impl Diary<'_> {
    fn read_row(&mut self, row: &Row, tally: &mut Tally<'_>) {
        self.last_line = row.line;
        let place = format!("line {}", row.line);
        if row.recoded {
            tally.warn_once("recoded", &place, RECODED);
        }
        let cells = match &row.cells {
            Ok(cells) => cells,
            Err(reason) => return tally.refuse(place, *reason),
        };
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        if cells.iter().skip(self.names.len()).any(|cell| !cell.trim().is_empty()) {
            let reason = format!(
                "the line has {} cells and the header {}; put text that holds a comma in \"quotation marks\"",
                cells.len(),
                self.names.len()
            );
            return tally.refuse(place, reason);
        }
        let date = match self.date(cells) {
            Ok(date) => date,
            Err(reason) => return tally.refuse(format!("{place}, date"), reason),
        };
        let cell = |name: &str| {
            let at = self.names.iter().position(|other| other == name)?;
            cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
        };
        if let Some(sleep) = diary_night::night(date, &cell, &place, &self.settings.zones, tally) {
            let key = format!("night/{date}");
            self.keep(&key, date, Fact::Sleep(Box::new(sleep)), &place, false, tally);
        }
        self.read_entries(date, cells, &place, tally);
    }

    fn date(&self, cells: &[String]) -> Result<Date, String> {
        let text = cells.get(self.date_at).map_or("", |cell| cell.trim());
        let date = clock::iso_date(text)
            .ok_or_else(|| format!("'{text}' is not a date; write it as YYYY-MM-DD, e.g. 2024-03-01"))?;
        self.settings.plausible_dates.check(date)
    }

    fn read_entries(&self, date: Date, cells: &[String], place: &str, tally: &mut Tally<'_>) {
        for (name, cell) in self.names.iter().zip(cells) {
            let text = cell.trim();
            let is_night = NIGHT_COLUMNS.iter().any(|(ours, ..)| ours == name);
            if text.is_empty() || name == "date" || is_night {
                continue;
            }
            let place = format!("{place}, {name}");
            let key = format!("{name}/{date}");
            match COLUMNS.iter().find(|column| column.name == name) {
                Some(column) => match entry(&column.tracker, text) {
                    Ok(entry) => self.keep(&key, date, Fact::Entry(entry), &place, false, tally),
                    Err(reason) => tally.refuse(place, reason),
                },
                None => match crate::note(name, text) {
                    Ok(entry) => self.keep(&key, date, Fact::Entry(entry), &place, true, tally),
                    Err(reason) => tally.refuse(place, reason),
                },
            }
        }
    }

    fn keep(&self, key: &str, date: Date, fact: Fact, place: &str, unmapped: bool, tally: &mut Tally<'_>) {
        match RecordKey::new(key) {
            Ok(key) => {
                let provenance = Provenance { source: self.source.clone(), place: place.to_owned() };
                let observation = Observation { key, date, at: None, fact, provenance };
                tally.record(Record { person: None, observation, unmapped });
            }
            Err(error) => tally.refuse(place, error.to_string()),
        }
    }
}

/// The value of one cell for one of nightmend's own trackers.
fn entry(tracker: &BuiltIn, text: &str) -> Result<Entry, String> {
    match tracker.kind {
        Kind::Text => Ok(tracker.text(text)),
        Kind::Tick { .. } => {
            let yes = match text.to_lowercase().as_str() {
                "yes" | "y" | "1" | "true" | "x" => 1.0,
                "no" | "n" | "0" | "false" => 0.0,
                _ => {
                    return Err(format!(
                        "'{text}' is neither yes nor no; write yes or no, or leave it empty"
                    ));
                }
            };
            tracker.number(yes).map_err(|error| error.to_string())
        }
        Kind::Nrs | Kind::Rating { .. } | Kind::Quantity { .. } => {
            let value: f64 = text
                .replace(',', ".")
                .parse()
                .map_err(|_| format!("'{text}' is not a number; write a number or leave it empty"))?;
            tracker.number(value).map_err(|error| error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_recognised_and_names_every_column() {
        let text = template();
        assert_eq!(DiaryCsv.recognises(text.as_bytes(), "x.csv"), Confidence::Certain);
        let header = text.lines().last().unwrap();
        assert_eq!(header_names(header).len(), 1 + NIGHT_COLUMNS.len() + COLUMNS.len());
        assert!(header.starts_with("date,in_bed,tried_to_sleep,"));
    }

    #[test]
    fn the_example_of_the_template_can_be_read() {
        let text = template();
        let example = text.lines().find_map(|line| line.strip_prefix("# Example: ")).unwrap();
        let filled = format!("{text}{example}\n");
        let mut items = Vec::new();
        let account = DiaryCsv
            .read(&mut filled.as_bytes(), &crate::test_settings(), &mut |item| items.push(item))
            .unwrap();
        assert_eq!(account.read, 1 + COLUMNS.len() as u64);
        assert_eq!(account.refused + account.unmapped, 0, "{items:?}");
    }

    #[test]
    fn somebody_elses_table_is_not_taken_for_a_diary() {
        for text in
            ["date,pain,sleep\n", "observation_date,tracker_name\n", "date,stress,rested\n", "\0\0\0\0"]
        {
            assert_eq!(DiaryCsv.recognises(text.as_bytes(), "diary.csv"), Confidence::No, "{text}");
        }
    }
}
