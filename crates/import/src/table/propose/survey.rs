//! Reads a table once and finds its layout: header, dates, persons, and whether it is wide or long.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use jiff::civil::Date;

use super::dates::{DateForm, day_number};
use super::meaning;
use super::stats::{Stats, written_number};
use crate::importer::ReadError;
use crate::rows::{Row, Rows};
use crate::table::header::{Header, delimiter_ahead};
use crate::table::when;
use crate::text::Line;

/// Rows, and bytes in them, that are looked at before the layout is settled.
const SAMPLE_ROWS: usize = 5_000;
const SAMPLE_BYTES: usize = 8 << 20;
/// Most trackers of a long table that are told apart.
const MOST_TRACKERS: usize = 400;
/// Lines at the top among which the header is sought.
const TOP: usize = 40;

/// What was found out about a table.
pub(super) struct Survey {
    pub form: Form,
    pub rows: u64,
    pub header: Header,
    pub columns: Vec<Stats>,
    pub layout: Layout,
    /// The trackers of a long table by name.
    pub trackers: BTreeMap<String, Stats>,
    /// For each column of areas: its place, and per numeric column the sums where an area is named and where not.
    pub areas: Vec<Areas>,
    /// How often the date is that of the waking stamp, and how often the day before.
    pub waking_dates: (u64, u64),
    /// Stamps by the hour of their clock.
    pub hours: [u64; 24],
}

/// How the file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub delimiter: char,
    pub skip_lines: u64,
    pub comment: bool,
    pub has_header: bool,
    /// Lines up to and with the header.
    pub header_line: u64,
    /// Cells of the longest row.
    pub most_cells: usize,
    pub long_rows: u64,
    pub short_rows: u64,
    pub recoded: bool,
}

/// Where things stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub date: Option<DateAt>,
    pub person: Option<usize>,
    /// Tracker and value of a long table.
    pub long: Option<(usize, usize)>,
    /// A column with one value for each tracker, beside it.
    pub category: Option<usize>,
}

/// Where the date stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DateAt {
    Column { at: usize, form: DateForm },
    Three { year: usize, month: usize, day: usize },
}

/// Means of the numbers of other columns by whether a column of areas names one.
#[derive(Debug, Clone)]
pub(super) struct Areas {
    pub at: usize,
    /// Per column: sum and count with an area, sum and count without.
    pub sums: Vec<[(f64, u64); 2]>,
}

/// Reads the table to its end.
pub(super) fn survey(input: &mut dyn Read) -> Result<Survey, ReadError> {
    let mut rows = Rows::new(input, ',', None);
    let (mut form, header) = top(&mut rows)?;
    let mut sample: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    while sample.len() < SAMPLE_ROWS && bytes < SAMPLE_BYTES {
        let Some(cells) = next_cells(&mut rows, &header, &mut form)? else { break };
        bytes += cells.iter().map(String::len).sum::<usize>();
        sample.push(cells);
    }
    if sample.is_empty() {
        let reason = "the table has a header and no rows; export it again with the days you want";
        return Err(ReadError::NothingUsable { reason: reason.to_owned() });
    }
    let mut columns = vec![Stats::default(); header.names.len()];
    for cells in &sample {
        for (stats, cell) in columns.iter_mut().zip(cells) {
            stats.add(cell, true);
        }
    }
    let layout = layout(&header, &columns, &sample);
    refuse_prose(&columns, &layout, sample.len() as u64)?;
    let mut full = Full::new(form, header, layout, &columns);
    for cells in sample {
        full.add(&cells);
    }
    while let Some(cells) = next_cells(&mut rows, &full.survey.header, &mut full.survey.form)? {
        full.add(&cells);
    }
    Ok(full.finish())
}

/// Settles what stands above the rows: comments, other lines, the header.
fn top(rows: &mut Rows<'_>) -> Result<(Form, Header), ReadError> {
    let unreadable = |source| ReadError::Unreadable { source };
    rows.delimiter = delimiter_ahead(rows)?;
    let mut lines = Vec::new();
    while lines.len() < TOP {
        match rows.next_line().map_err(unreadable)? {
            Some(line) => lines.push(line),
            None => break,
        }
    }
    if lines.is_empty() {
        return Err(ReadError::Empty);
    }
    refuse_bytes(&lines)?;
    let cells = |text: &str| crate::rows::split(text, rows.delimiter).unwrap_or_default();
    let texts: Vec<&str> = lines.iter().map(|line| line.content.as_deref().unwrap_or("")).collect();
    let comment = texts.iter().any(|text| text.trim_start().starts_with('#'));
    let is_row = |text: &str| !text.trim().is_empty() && !text.trim_start().starts_with('#');
    let has_data = |text: &str| cells(text).iter().any(|cell| looks_like_data(cell));
    let first_data = texts.iter().position(|text| is_row(text) && has_data(text)).unwrap_or(texts.len());
    let header_at = texts[..first_data].iter().rposition(|text| is_row(text) && cells(text).len() > 1);
    let width = texts.get(first_data).map_or(0, |text| cells(text).len());
    if width < 2 && header_at.is_none() {
        return Err(ReadError::NotThisFormat { expected: "a table with at least two columns" });
    }
    let header = match header_at {
        Some(at) => Header::new(cells(texts[at])),
        None => Header::new(vec![String::new(); width]),
    };
    let above = header_at.unwrap_or(first_data);
    // Comments and blank lines are passed over by themselves, so only other lines need to be skipped.
    let skip = if texts[..above].iter().any(|text| is_row(text)) { above } else { 0 };
    let next = header_at.map_or(first_data, |at| at + 1);
    let form = Form {
        delimiter: rows.delimiter,
        skip_lines: skip as u64,
        comment,
        has_header: header_at.is_some(),
        header_line: header_at.map_or(0, |at| at as u64 + 1),
        most_cells: 0,
        long_rows: 0,
        short_rows: 0,
        recoded: false,
    };
    rows.comment = comment.then(|| "#".to_owned());
    for line in lines.into_iter().skip(next).rev() {
        rows.put_back(line);
    }
    Ok((form, header))
}

/// Refuses bytes that are no text: programs, pictures, archives.
fn refuse_bytes(lines: &[Line]) -> Result<(), ReadError> {
    let (mut odd, mut all) = (0, 0);
    for line in lines {
        match &line.content {
            Ok(text) => {
                let is_odd = |letter: &char| {
                    (letter.is_control() && *letter != '\t' && *letter != '\r') || *letter == '\u{fffd}'
                };
                odd += text.chars().filter(is_odd).count();
                all += text.chars().count();
            }
            Err(_) => {
                odd += 10;
                all += 10;
            }
        }
    }
    if odd * 50 > all {
        let reason =
            "the file is no text, so no table can be found in it; save the table as CSV (text) and try again";
        return Err(ReadError::NothingUsable { reason: reason.to_owned() });
    }
    Ok(())
}

/// Refuses a text in sentences: it has neither dates nor a column of numbers.
fn refuse_prose(columns: &[Stats], layout: &Layout, rows: u64) -> Result<(), ReadError> {
    let tells =
        |stats: &Stats| stats.filled * 5 >= rows && (stats.numbers() + stats.clock_times) * 2 > stats.filled;
    if layout.date.is_none() && !columns.iter().any(tells) {
        let reason = "no column of the file holds dates or numbers, so it is no table of days; choose the file with the rows";
        return Err(ReadError::NothingUsable { reason: reason.to_owned() });
    }
    Ok(())
}

/// Numbers, dates and times stand in rows and not in headers.
fn looks_like_data(cell: &str) -> bool {
    let cell = cell.trim();
    written_number(cell).is_some()
        || crate::clock::iso_date(cell).is_some()
        || (cell.len() >= 6 && cell.chars().filter(char::is_ascii_digit).count() * 2 >= cell.chars().count())
}

fn next_cells(
    rows: &mut Rows<'_>,
    header: &Header,
    form: &mut Form,
) -> Result<Option<Vec<String>>, ReadError> {
    loop {
        let Some(Row { cells, recoded, .. }) =
            rows.next_row().map_err(|source| ReadError::Unreadable { source })?
        else {
            return Ok(None);
        };
        form.recoded |= recoded;
        let Ok(mut cells) = cells else { continue };
        for cell in &mut cells {
            *cell = cell.trim().to_owned();
        }
        let wanted = header.names.len();
        while cells.len() > wanted && cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        form.most_cells = form.most_cells.max(cells.len());
        form.long_rows += u64::from(cells.len() > wanted);
        form.short_rows += u64::from(cells.len() < wanted);
        cells.resize(wanted, String::new());
        if cells.iter().any(|cell| !cell.is_empty()) && cells != header.as_read {
            return Ok(Some(cells));
        }
    }
}

/// Where dates, persons, trackers and values stand, by the first rows.
fn layout(header: &Header, columns: &[Stats], sample: &[Vec<String>]) -> Layout {
    let date = date_at(header, columns);
    let keys: BTreeSet<usize> = match &date {
        Some(DateAt::Column { at, .. }) => [*at].into(),
        Some(DateAt::Three { year, month, day }) => [*year, *month, *day].into(),
        None => BTreeSet::new(),
    };
    let person = (0..columns.len()).find(|at| {
        let repeats = columns[*at].filled > columns[*at].distinct.len() as u64;
        !keys.contains(at) && repeats && !columns[*at].more_distinct && meaning::is_person(&header.names[*at])
    });
    let long = date.as_ref().and_then(|date| long(header, columns, sample, date, &keys, person));
    let category = long.and_then(|(tracker, value)| {
        (0..columns.len()).find(|at| {
            *at != tracker
                && *at != value
                && !keys.contains(at)
                && Some(*at) != person
                && goes_with(sample, tracker, *at)
        })
    });
    Layout { date, person, long, category }
}

fn date_at(header: &Header, columns: &[Stats]) -> Option<DateAt> {
    let forms: Vec<(usize, DateForm)> = columns
        .iter()
        .enumerate()
        .filter(|(_, stats)| stats.filled > 0)
        .filter_map(|(at, stats)| stats.dates.form().map(|form| (at, form)))
        .collect();
    // A date alone before a stamp, a telling name before another, the left before the right.
    let score = |at: usize, form: &DateForm| {
        let has_time = matches!(
            form,
            DateForm::One { has_time: true, .. }
                | DateForm::Ambiguous { has_time: true, .. }
                | DateForm::Mixed { has_time: true, .. }
        );
        let bedtime = meaning::tells_night(&header.names[at]);
        let digits_alone = matches!(form, DateForm::One { format, .. } if format == "%Y%m%d")
            && meaning::is_date(&header.names[at]) == 0;
        if digits_alone {
            return -10;
        }
        i32::from(meaning::is_date(&header.names[at])) * 2 + i32::from(!has_time) * 3 - i32::from(bedtime) * 4
    };
    let best = forms
        .into_iter()
        .filter(|(at, form)| score(*at, form) > -10)
        .max_by_key(|(at, form)| (score(*at, form), -(*at as i64)));
    let three = three_columns(header, columns);
    match (best, three) {
        (Some((at, form)), _) => Some(DateAt::Column { at, form }),
        (None, three) => three,
    }
}

fn three_columns(header: &Header, columns: &[Stats]) -> Option<DateAt> {
    let find = |stems: &[&str], least: f64, most: f64| {
        (0..columns.len()).find(|at| {
            let words = meaning::words(&header.names[*at]);
            let named = words.iter().any(|word| stems.iter().any(|stem| word.ends_with(stem)));
            let stats = &columns[*at];
            named && stats.is_numeric() && stats.minimum >= Some(least) && stats.maximum <= Some(most)
        })
    };
    let year = find(&["year", "jahr", "année", "annee", "an", "jaar"], 1900.0, 2200.0)?;
    let month = find(&["month", "monat", "mois", "maand"], 1.0, 12.0)?;
    let day = find(&["day", "tag", "jour", "dag"], 1.0, 31.0)?;
    Some(DateAt::Three { year, month, day })
}

/// Tracker and value of a long table: a text that recurs, is named once for most dates, and a value beside it.
fn long(
    header: &Header,
    columns: &[Stats],
    sample: &[Vec<String>],
    date: &DateAt,
    keys: &BTreeSet<usize>,
    person: Option<usize>,
) -> Option<(usize, usize)> {
    let key_of = |cells: &[String]| -> String {
        let date = match date {
            DateAt::Column { at, .. } => cells[*at].clone(),
            DateAt::Three { year, month, day } => {
                format!("{}-{}-{}", cells[*year], cells[*month], cells[*day])
            }
        };
        person.map_or(date.clone(), |at| format!("{date} {}", cells[at]))
    };
    let dates: BTreeSet<String> = filled_down(sample, keys).iter().map(|cells| key_of(cells)).collect();
    let mut best: Option<(u32, u64, (usize, usize))> = None;
    for tracker in 0..columns.len() {
        let stats = &columns[tracker];
        let is_text =
            (stats.numbers() + stats.clock_times) * 10 < stats.filled && stats.dates.form().is_none();
        let recurs =
            stats.filled >= 2 * stats.distinct.len() as u64 && stats.longest <= 300 && !stats.more_distinct;
        let worded = |value: &&String| value.chars().filter(|letter| letter.is_alphabetic()).count() >= 3;
        let words = stats.distinct.keys().filter(worded).count() * 10 >= stats.distinct.len() * 7;
        let weekdays = meaning::are_weekdays(stats.distinct.keys());
        if weekdays
            || !words
            || meaning::is_date(&header.names[tracker]) > 0
            || keys.contains(&tracker)
            || Some(tracker) == person
            || !is_text
            || !recurs
        {
            continue;
        }
        for value in 0..columns.len() {
            let numeric =
                columns[value].numbers() * 10 >= columns[value].filled * 6 && columns[value].filled > 0;
            if value == tracker || keys.contains(&value) || Some(value) == person || !numeric {
                continue;
            }
            let names = meaning::long_names(&header.names[tracker], &header.names[value]);
            let several_a_date = sample.len() as f64 > 1.3 * dates.len() as f64;
            let fine = stats.distinct.len() > 1;
            // Rows with several numbers each are days or doings, and not one value of one thing.
            let further = further_numbers(header, columns, [tracker, value], keys, person);
            if (several_a_date && fine && names > 0 && further < 2)
                || (names == 2 && (fine || columns.len() <= 4))
            {
                let candidate = (names, stats.distinct.len() as u64, (tracker, value));
                if best.as_ref().is_none_or(|best| (candidate.0, candidate.1) > (best.0, best.1)) {
                    best = Some(candidate);
                }
            }
        }
    }
    best.map(|(_, _, pair)| pair)
}

/// The rows with the cells of a date that is written once and holds for the rows below.
fn filled_down(sample: &[Vec<String>], keys: &BTreeSet<usize>) -> Vec<Vec<String>> {
    let mut last: BTreeMap<usize, String> = BTreeMap::new();
    let fill = |cells: &Vec<String>| {
        let mut cells = cells.clone();
        for at in keys {
            if cells[*at].is_empty() {
                cells[*at] = last.get(at).cloned().unwrap_or_default();
            } else {
                last.insert(*at, cells[*at].clone());
            }
        }
        cells
    };
    sample.iter().map(fill).collect()
}

/// How many columns with numbers stand beside the thing, its value, the date and the person.
fn further_numbers(
    header: &Header,
    columns: &[Stats],
    pair: [usize; 2],
    keys: &BTreeSet<usize>,
    person: Option<usize>,
) -> usize {
    let is_part_of_date = |at: usize| {
        let words = meaning::words(&header.names[at]);
        words.iter().any(|word| ["day", "month", "year"].iter().any(|part| word.ends_with(part)))
    };
    (0..columns.len())
        .filter(|at| !pair.contains(at) && !keys.contains(at) && Some(*at) != person)
        .filter(|at| !is_part_of_date(*at) && !meaning::is_record_number(&header.names[*at]))
        .filter(|at| {
            let stats = &columns[*at];
            stats.is_numeric() && stats.distinct.len() > 1 && stats.filled * 3 > columns[pair[1]].filled
        })
        .count()
}

/// Whether a column says the same for every row of a tracker.
fn goes_with(sample: &[Vec<String>], tracker: usize, other: usize) -> bool {
    let mut said: BTreeMap<&str, &str> = BTreeMap::new();
    sample.iter().all(|cells| {
        let value = cells[other].as_str();
        !value.is_empty() && *said.entry(cells[tracker].as_str()).or_insert(value) == value
    })
}

/// The second look, at every row.
struct Full {
    survey: Survey,
    last_date: [String; 3],
    waking_at: Option<(usize, String)>,
}

impl Full {
    fn new(form: Form, header: Header, layout: Layout, sampled: &[Stats]) -> Self {
        let areas = (0..header.names.len())
            .filter(|at| {
                let words = meaning::words(&header.names[*at]);
                let named = words.iter().any(|word| {
                    ["area", "areas", "location", "locations", "site", "sites", "where"]
                        .contains(&word.as_str())
                });
                named || sampled[*at].bracketed * 2 > sampled[*at].filled.max(1)
            })
            .map(|at| Areas { at, sums: vec![[(0.0, 0); 2]; header.names.len()] })
            .collect();
        let waking_at = (0..header.names.len()).find_map(|at| {
            let is_waking =
                meaning::clock_column(&header.names[at]) == Some(meaning::SleepColumn::ClockAwake);
            match sampled[at].dates.form() {
                Some(DateForm::One { format, has_time: true, .. }) if is_waking => Some((at, format)),
                _ => None,
            }
        });
        let columns = vec![Stats::default(); header.names.len()];
        let survey = Survey {
            form,
            rows: 0,
            header,
            columns,
            layout,
            trackers: BTreeMap::new(),
            areas,
            waking_dates: (0, 0),
            hours: [0; 24],
        };
        Self { survey, last_date: Default::default(), waking_at }
    }

    fn add(&mut self, cells: &[String]) {
        self.survey.rows += 1;
        let date = self.date(cells);
        let day = date.map(day_number);
        let date_columns: Vec<usize> = match &self.survey.layout.date {
            Some(DateAt::Column { at, .. }) => vec![*at],
            _ => Vec::new(),
        };
        for (at, cell) in cells.iter().enumerate() {
            let looks_at_dates =
                date_columns.contains(&at) || meaning::tells_night(&self.survey.header.names[at]);
            let stats = &mut self.survey.columns[at];
            stats.add(cell, looks_at_dates);
            if let Some(day) = day {
                stats.add_on_day(day, cell);
            }
        }
        if let Some((tracker, value)) = self.survey.layout.long {
            self.add_tracker(&cells[tracker], &cells[value], cells, day);
        }
        self.add_areas(cells);
        self.add_waking(cells, date);
    }

    fn add_tracker(&mut self, name: &str, value: &str, cells: &[String], day: Option<i32>) {
        let trackers = &mut self.survey.trackers;
        if name.is_empty() || (trackers.len() >= MOST_TRACKERS && !trackers.contains_key(name)) {
            return;
        }
        let stats = trackers.entry(name.to_owned()).or_default();
        stats.add(value, false);
        if let Some(day) = day {
            stats.add_on_day(day, value);
        }
        if let Some(category) = self.survey.layout.category
            && (stats.beside.len() < 5 || stats.beside.contains_key(&cells[category]))
        {
            *stats.beside.entry(cells[category].clone()).or_default() += 1;
        }
    }

    fn add_areas(&mut self, cells: &[String]) {
        for areas in &mut self.survey.areas {
            let named = usize::from(crate::table::value::list_items(&cells[areas.at], ',').is_empty());
            for (sums, cell) in areas.sums.iter_mut().zip(cells) {
                // 0 is as often "not asked" as it is a value, so it proves nothing here.
                if let Some((_, number)) = written_number(cell).filter(|(_, number)| *number != 0.0) {
                    sums[named].0 += number;
                    sums[named].1 += 1;
                }
            }
        }
    }

    fn add_waking(&mut self, cells: &[String], date: Option<Date>) {
        let Some((at, format)) = &self.waking_at else { return };
        let formats: &[String] = if format == "iso" { &[] } else { std::slice::from_ref(format) };
        if let (Some(date), Ok(stamp)) = (date, when::stamp(&cells[*at], formats)) {
            let step = day_number(stamp.civil.date()) - day_number(date);
            self.survey.waking_dates.0 += u64::from(step == 0);
            self.survey.waking_dates.1 += u64::from(step == 1);
        }
    }

    /// The date of a row, day first where both orders fit (it serves as evidence only).
    fn date(&mut self, cells: &[String]) -> Option<Date> {
        match &self.survey.layout.date {
            Some(DateAt::Column { at, form }) => {
                if !cells[*at].is_empty() {
                    self.last_date[0].clone_from(&cells[*at]);
                }
                let format = form.format();
                let text = &self.last_date[0];
                let given = [format.to_owned()];
                let formats: &[String] = if format == "iso" { &[] } else { &given };
                if let Ok(stamp) = when::stamp(text, formats)
                    && text.contains(':')
                {
                    self.survey.hours[usize::try_from(stamp.civil.hour()).unwrap_or(0)] += 1;
                }
                when::date(text, formats).ok()
            }
            Some(DateAt::Three { year, month, day }) => {
                for (last, at) in self.last_date.iter_mut().zip([year, month, day]) {
                    if !cells[*at].is_empty() {
                        last.clone_from(&cells[*at]);
                    }
                }
                when::three_part_date(&self.last_date[0], &self.last_date[1], &self.last_date[2]).ok()
            }
            None => None,
        }
    }

    /// The survey; the form of the dates is settled by all rows.
    fn finish(mut self) -> Survey {
        if let Some(DateAt::Column { at, form }) = &mut self.survey.layout.date
            && let Some(found) = self.survey.columns[*at].dates.form()
        {
            *form = found;
        }
        self.survey
    }
}
