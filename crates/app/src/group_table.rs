//! Reads plain tables of many people: one row a person and day, with person, date, sleep and pain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use nightmend_domain::Moment;
use nightmend_loop::data::{Columns, weekend_flags};
use nightmend_loop::group::GroupMember;
use nightmend_loop::{PainMeasure, Series, SleepMeasure};

use crate::failure::AppError;
use crate::group::LeftOutView;
use crate::group_persons::Sheet;

/// What tables hold.
pub(crate) struct PlainTables {
    pub(crate) members: Vec<GroupMember>,
    /// What the tables themselves hold of persons, where it was asked for.
    pub(crate) sheet: Option<Sheet>,
    /// What was decided while reading.
    pub(crate) remarks: Vec<String>,
    pub(crate) left_out: Vec<LeftOutView>,
}

/// What a day of a table is counted from where it has day numbers: a Monday.
const FIRST_DAY: Date = date(2000, 1, 3);
/// The longest record of one person: more is a slip in a date.
const LONGEST_DAYS: i64 = 20_000;
/// Cells that say that there is nothing.
pub(crate) const MISSING: [&str; 6] = ["", "na", "n/a", "nan", ".", "null"];
/// What a column of persons may be called.
pub(crate) const PERSON_NAMES: [&str; 6] = ["person", "id", "participant", "subject", "pid", "person_id"];

/// Reads tables one after the other; persons of the same name are one person. `covariates` are columns that say
/// something of a person, the same on every row.
pub(crate) fn read(paths: &[PathBuf], covariates: &[String]) -> Result<PlainTables, AppError> {
    let mut table = Table { covariates: covariates.to_vec(), ..Table::default() };
    for path in paths {
        let what = || format!("reading {}", path.display());
        let bytes = std::fs::read(path).map_err(|source| AppError::File { what: what(), source })?;
        table.take(path, &String::from_utf8_lossy(&bytes))?;
    }
    table.finish()
}

/// Night and pain of one day, either of them perhaps unknown.
type Day = (Option<f64>, Option<f64>);

/// Everything read so far.
#[derive(Default)]
struct Table {
    persons: BTreeMap<String, BTreeMap<Date, Day>>,
    has_day_numbers: bool,
    has_dates: bool,
    sleep_is_hours: Option<bool>,
    sleep_name: String,
    refused: Vec<String>,
    refused_total: usize,
    covariates: Vec<String>,
    /// The covariates' cells of every person, as they were first written.
    known: BTreeMap<String, Vec<String>>,
}

/// Most refused rows that are named.
const MOST_NAMED: usize = 5;

impl Table {
    fn take(&mut self, path: &Path, text: &str) -> Result<(), AppError> {
        let text = text.trim_start_matches('\u{feff}');
        let Some(first) = text.lines().find(|line| !line.trim().is_empty()) else {
            return Err(AppError::Refused(format!("{} is empty; check the path", path.display())));
        };
        let delimiter = delimiter_of(first);
        let header = cells(first, delimiter);
        let (places, has_header) = Places::find(&header, path)?;
        let columns = self.covariate_places(&header, path)?;
        let is_hours = places.sleep_is_hours;
        if self.sleep_is_hours.replace(is_hours).is_some_and(|before| before != is_hours) {
            return Err(AppError::Usage(
                "sleep is hours in one table and something else in another; give one kind at a time"
                    .to_owned(),
            ));
        }
        self.sleep_name.clone_from(&places.sleep_name);
        let rows = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        for (number, line) in rows.skip(usize::from(has_header)) {
            let row = cells(line, delimiter);
            self.take_covariates(&row, &places, &columns)?;
            if let Err(why) = self.take_row(&row, &places, delimiter) {
                self.refused_total += 1;
                if self.refused.len() < MOST_NAMED {
                    self.refused.push(format!("{} line {}: {why}", path.display(), number + 1));
                }
            }
        }
        Ok(())
    }

    fn take_row(&mut self, cells: &[String], places: &Places, delimiter: char) -> Result<(), String> {
        let cell = |place: usize| cells.get(place).map_or("", |cell| cell.trim());
        let person = cell(places.person);
        if person.is_empty() {
            return Err("no person".to_owned());
        }
        let day = match cell(places.date).parse::<Date>() {
            Ok(day) => {
                self.has_dates = true;
                day
            }
            Err(_) => {
                let number: i64 = cell(places.date)
                    .parse()
                    .ok()
                    .filter(|number: &i64| (0..LONGEST_DAYS).contains(number))
                    .ok_or_else(|| {
                        format!("'{}' is neither a date like 2026-03-01 nor a day number", cell(places.date))
                    })?;
                self.has_day_numbers = true;
                FIRST_DAY.saturating_add(number.days())
            }
        };
        let night = number(cell(places.sleep), delimiter)?;
        let pain = number(cell(places.pain), delimiter)?;
        if night.is_none() && pain.is_none() {
            return Ok(());
        }
        let days = self.persons.entry(person.to_owned()).or_default();
        if days.contains_key(&day) {
            return Err(format!("a second row for {person} on that day"));
        }
        days.insert(day, (night, pain));
        Ok(())
    }

    fn covariate_places(&self, header: &[String], path: &Path) -> Result<Vec<usize>, AppError> {
        let place = |name: &String| {
            header.iter().position(|column| column.trim().eq_ignore_ascii_case(name)).ok_or_else(|| {
                AppError::Usage(format!(
                    "{} has no column {name} (it has {}); check --covariates or give --persons FILE",
                    path.display(),
                    header.join(", ")
                ))
            })
        };
        self.covariates.iter().map(place).collect()
    }

    fn take_covariates(
        &mut self,
        row: &[String],
        places: &Places,
        columns: &[usize],
    ) -> Result<(), AppError> {
        let cell = |place: usize| row.get(place).map_or("", |cell| cell.trim());
        let person = cell(places.person);
        if columns.is_empty() || person.is_empty() {
            return Ok(());
        }
        let known = self.known.entry(person.to_owned()).or_insert_with(|| vec![String::new(); columns.len()]);
        for (index, place) in columns.iter().enumerate() {
            let new = cell(*place);
            if MISSING.contains(&new.to_lowercase().as_str()) || known[index] == new {
                continue;
            }
            if !known[index].is_empty() {
                return Err(AppError::Refused(format!(
                    "{} of {person} is '{}' on one row and '{new}' on another; a covariate of persons stays the same",
                    self.covariates[index], known[index]
                )));
            }
            new.clone_into(&mut known[index]);
        }
        Ok(())
    }

    fn finish(self) -> Result<PlainTables, AppError> {
        if self.persons.is_empty() {
            let why = self.refused.first().cloned().unwrap_or_else(|| "there are no rows".to_owned());
            return Err(AppError::Refused(format!(
                "nothing could be read ({why}); correct it and try again"
            )));
        }
        if self.has_dates && self.has_day_numbers {
            return Err(AppError::Refused(
                "some rows have dates and some have day numbers; use one of the two throughout".to_owned(),
            ));
        }
        let mut remarks = Vec::new();
        if self.refused_total > 0 {
            remarks.push(format!(
                "{} rows could not be read and were left out: {}.",
                self.refused_total,
                self.refused.join("; ")
            ));
        }
        if self.has_day_numbers {
            remarks
                .push("The table has day numbers and no dates, so weekends are not allowed for.".to_owned());
        }
        let sleep = if self.sleep_is_hours == Some(true) {
            SleepMeasure::HoursDiary
        } else {
            SleepMeasure::Rating { name: self.sleep_name.clone() }
        };
        let pain = self.pain_measure();
        let (mut members, mut left_out) = (Vec::new(), Vec::new());
        for (person, days) in &self.persons {
            match series(days, self.has_day_numbers, sleep.clone(), pain) {
                Some(series) => {
                    members.push(GroupMember { person: person.clone(), series, covariates: Vec::new() })
                }
                None => left_out.push(LeftOutView {
                    person: person.clone(),
                    why: format!("the dates lie more than {LONGEST_DAYS} days apart; check them"),
                }),
            }
        }
        let sheet =
            (!self.covariates.is_empty()).then_some(Sheet { columns: self.covariates, rows: self.known });
        Ok(PlainTables { members, sheet, remarks, left_out })
    }

    /// Pain is on the 0 to 10 scale if every value lies on it and someone used its upper half.
    fn pain_measure(&self) -> PainMeasure {
        let values = || self.persons.values().flat_map(BTreeMap::values).filter_map(|day| day.1);
        let on_scale = values().all(|pain| (0.0..=10.0).contains(&pain)) && values().any(|pain| pain > 5.0);
        if on_scale { PainMeasure::Nrs } else { PainMeasure::Rating }
    }
}

fn series(
    days: &BTreeMap<Date, Day>,
    has_day_numbers: bool,
    sleep_measure: SleepMeasure,
    pain_measure: PainMeasure,
) -> Option<Series> {
    let (first_date, last_date) = (*days.keys().next()?, *days.keys().next_back()?);
    if first_date.until(last_date).ok()?.get_days() as i64 > LONGEST_DAYS {
        return None;
    }
    let dates: Vec<Date> = first_date.series(1.day()).take_while(|date| *date <= last_date).collect();
    let column = |of: fn(&Day) -> Option<f64>| dates.iter().map(|date| days.get(date).and_then(of)).collect();
    let weekend =
        if has_day_numbers { vec![false; dates.len()] } else { weekend_flags(first_date, dates.len()) };
    let columns = Columns { first_date, sleep: column(|day| day.0), pain: column(|day| day.1), weekend };
    Series::new(columns, sleep_measure, pain_measure, "pain".to_owned(), Moment::Day).ok()
}

/// Where the four columns stand.
struct Places {
    person: usize,
    date: usize,
    sleep: usize,
    pain: usize,
    sleep_is_hours: bool,
    sleep_name: String,
}

impl Places {
    /// Finds the columns by name; a table of four columns without names has them in order.
    fn find(first: &[String], path: &Path) -> Result<(Self, bool), AppError> {
        let names: Vec<String> = first.iter().map(|name| name.trim().to_lowercase()).collect();
        let place = |known: &[&str], beginning: &str| {
            let exact = names.iter().position(|name| known.contains(&name.as_str()));
            exact.or_else(|| {
                let mut like = (0..names.len()).filter(|place| names[*place].starts_with(beginning));
                // Two columns that could be meant are none.
                like.next().filter(|_| like.next().is_none())
            })
        };
        let found = (
            place(&PERSON_NAMES, "participant"),
            place(&["date", "day"], "date"),
            place(&["sleep", "sleep_hours", "hours", "hours_asleep", "sleep_quality"], "sleep"),
            place(&["pain", "nrs", "pain_score"], "pain"),
        );
        if let (Some(person), Some(date), Some(sleep), Some(pain)) = found {
            let sleep_name = names[sleep].clone();
            let sleep_is_hours = sleep_name.contains("hour") || sleep_name == "tst";
            return Ok((Self { person, date, sleep, pain, sleep_is_hours, sleep_name }, true));
        }
        let is_value = |cell: &String| number(cell, ';').is_ok();
        if names.len() == 4 && names[2..].iter().all(is_value) {
            let (sleep_is_hours, sleep_name) = (false, "sleep".to_owned());
            return Ok((Self { person: 0, date: 1, sleep: 2, pain: 3, sleep_is_hours, sleep_name }, false));
        }
        Err(AppError::Usage(format!(
            "{} has the columns {}; name them person, date, sleep (or sleep_hours) and pain, or say what they are with \
             --map MAP.toml (`nightmend map FILE` proposes one)",
            path.display(),
            first.join(", ")
        )))
    }
}

/// What parts the cells of a table, by its first line.
pub(crate) fn delimiter_of(first: &str) -> char {
    let count = |delimiter: &char| first.matches(*delimiter).count();
    [',', ';', '\t'].into_iter().max_by_key(count).unwrap_or(',')
}

/// A number, or none where the cell says that there is nothing. A comma is a decimal where it parts no cells.
pub(crate) fn number(cell: &str, delimiter: char) -> Result<Option<f64>, String> {
    let cell = cell.trim();
    if MISSING.contains(&cell.to_lowercase().as_str()) {
        return Ok(None);
    }
    let text = if delimiter == ',' { cell.to_owned() } else { cell.replacen(',', ".", 1) };
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(format!("'{cell}' is not a number")),
    }
}

/// The cells of a line; a cell in double quotes may hold delimiters, and two quotes stand for one.
pub(crate) fn cells(line: &str, delimiter: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = line.trim_end_matches('\r').chars().peekable();
    while let Some(letter) = letters.next() {
        let cell = cells.last_mut().expect("there is always a cell");
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => is_quoted = !is_quoted,
            letter if letter == delimiter && !is_quoted => cells.push(String::new()),
            letter => cell.push(letter),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<PlainTables, AppError> {
        let mut table = Table::default();
        table.take(Path::new("t.csv"), text)?;
        table.finish()
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_and_gaps_stay_gaps() {
        let read =
            table("pain;id;Sleep_Hours;date\n3,5;a;7,25;2026-03-01\nNA;a;6;2026-03-03\n8;b;;2026-03-01\n")
                .expect("a table");
        assert_eq!(read.members.len(), 2);
        let series = &read.members[0].series;
        assert_eq!(series.sleep(), [Some(7.25), None, Some(6.0)]);
        assert_eq!(series.pain(), [Some(3.5), None, None]);
        // 1 March 2026 is a Sunday.
        assert_eq!(series.weekend(), [true, false, false]);
        assert_eq!(
            (series.sleep_measure.clone(), series.pain_measure),
            (SleepMeasure::HoursDiary, PainMeasure::Nrs)
        );
    }

    #[test]
    fn a_table_without_names_is_taken_in_order_and_bad_rows_cost_themselves() {
        let read = table("p1,1,0.5,-1.2\np1,2,x,1\np1,2,1,1\np1,2,2,2\n\"p,2\",1,0,0\n").expect("a table");
        assert_eq!(read.members.len(), 2);
        assert_eq!(read.members[0].person, "p,2");
        assert_eq!(read.members[1].series.sleep(), [Some(0.5), Some(1.0)]);
        assert_eq!(read.members[1].series.pain_measure, PainMeasure::Rating);
        assert!(read.remarks[0].starts_with("2 rows") && read.remarks[0].contains("'x' is not a number"));
        assert!(read.remarks[1].contains("weekends"));
    }

    #[test]
    fn what_cannot_be_meant_is_said_with_a_way_on() {
        let message = |text: &str| table(text).map(|_| ()).expect_err("refused").to_string();
        assert!(message("a,b,c\n1,2,3\n").contains("--map"));
        assert!(message("").contains("empty"));
        assert!(message("person,date,sleep,pain\n").contains("no rows"));
        assert!(message("person,date,sleep,pain\na,1,1,1\na,2026-01-01,1,1\n").contains("throughout"));
    }
}
