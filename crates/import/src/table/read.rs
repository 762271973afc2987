//! Walks a table row by row and hands over what its map makes of each cell.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;

use nightmend_domain::{
    Entry, Fact, Moment, Observation, PersonName, Provenance, RecordKey, Several, SleepKind, SleepMethod,
    SleepRecord, TrackerName, Value,
};

use super::header::{self, Header};
use super::map::{DateFrom, PersonFrom, Ragged, TableMap, Tracked};
use super::value::{self, Said};
use super::when::{self, When};
use super::{night, value::is_missing};
use crate::importer::{Account, ImportSettings, Item, ReadError, Record, Tally};
use crate::rows::Row;
use crate::text::RECODED;

/// Most records of one table: what is needed to tell repeats apart stays in memory.
const MOST_RECORDS: usize = 5_000_000;

/// Reads a table by its map.
pub(crate) fn read(
    input: &mut dyn Read,
    map: &TableMap,
    settings: &ImportSettings,
    emit: &mut dyn FnMut(Item),
) -> Result<Account, ReadError> {
    let mut tally = Tally::new(emit);
    let mut rows = header::rows(input, map);
    let header = header::read(&mut rows, map)?;
    let missing = header.lacking(map);
    if !missing.is_empty() {
        return Err(ReadError::ColumnsMissing { missing, present: header.names });
    }
    warn_of_path(map, settings, &mut tally);
    let mut table = Table::new(map, &header, settings);
    let mut last_line = 0;
    loop {
        match rows.next_row() {
            Ok(Some(row)) => {
                last_line = row.line;
                table.read_row(row, &mut tally);
            }
            Ok(None) => break,
            Err(source) if last_line == 0 => return Err(ReadError::Unreadable { source }),
            Err(error) => {
                tally.refuse(format!("after line {last_line}"), crate::unreadable_from_here(&error));
                break;
            }
        }
        if table.seen.len() > MOST_RECORDS {
            tally.refuse(
                format!("after line {last_line}"),
                "the table holds more than five million records; split it and import the parts",
            );
            break;
        }
    }
    if last_line == 0 {
        let reason = "the table has a header and no rows; export it again with the days you want";
        return Err(ReadError::NothingUsable { reason: reason.to_owned() });
    }
    Ok(tally.account())
}

/// What a column is for.
#[derive(Debug, Clone, Copy)]
enum Use<'a> {
    /// A key, a part of the night, or passed over on purpose.
    Elsewhere,
    Tracked(&'a Tracked),
    Unmapped,
}

/// A table while it is read.
pub(super) struct Table<'a> {
    pub(super) map: &'a TableMap,
    header: &'a Header,
    pub(super) settings: &'a ImportSettings,
    uses: Vec<Use<'a>>,
    /// By each name of a tracker, as written and in lower case: what it is, and the name it has in the map.
    trackers: HashMap<String, (&'a Tracked, &'a str)>,
    fill_down: Vec<(usize, String)>,
    path_person: Option<PersonName>,
    /// How often each key was met, by its hash.
    seen: HashMap<u64, u32>,
}

/// What every record of one row shares.
pub(super) struct RowContext {
    pub(super) person: Option<PersonName>,
    pub(super) when: When,
    pub(super) place: String,
}

impl<'a> Table<'a> {
    fn new(map: &'a TableMap, header: &'a Header, settings: &'a ImportSettings) -> Self {
        let mut trackers = HashMap::new();
        for tracked in &map.trackers {
            for name in &tracked.names {
                trackers.entry(name.to_lowercase()).or_insert((tracked, name.as_str()));
                trackers.insert(name.clone(), (tracked, name.as_str()));
            }
        }
        let fill_down =
            map.file.fill_down.iter().filter_map(|name| header.position(name)).map(|at| (at, String::new()));
        Self {
            map,
            header,
            settings,
            uses: uses(map, header),
            trackers,
            fill_down: fill_down.collect(),
            path_person: map.person_of_path(&settings.path_parts),
            seen: HashMap::new(),
        }
    }

    fn read_row(&mut self, row: Row, tally: &mut Tally<'_>) {
        let place = format!("line {}", row.line);
        if row.recoded {
            tally.warn_once("recoded", &place, RECODED);
        }
        let mut cells = match row.cells {
            Ok(cells) => cells,
            Err(reason) => return tally.refuse(place, reason),
        };
        for cell in &mut cells {
            if cell.trim().len() != cell.len() {
                *cell = cell.trim().to_owned();
            }
        }
        if cells.iter().all(String::is_empty) || cells == self.header.as_read {
            return;
        }
        if let Err(reason) = self.settle_length(&mut cells) {
            return tally.refuse(place, reason);
        }
        self.fill_down(&mut cells);
        let context = match self.context(&cells, place.clone(), tally) {
            Ok(context) => context,
            Err((column, reason)) => return tally.refuse(format!("{place}{column}"), reason),
        };
        if let Some(long) = &self.map.long {
            self.read_long(&cells, &long.tracker, &long.value, &context, tally);
        }
        if let Some(sleep) = &self.map.sleep {
            night::read(self, sleep, &cells, &context, tally);
        }
        self.read_wide(&cells, &context, tally);
    }

    /// Makes the row as long as the header, by the rule of the map.
    fn settle_length(&self, cells: &mut Vec<String>) -> Result<(), String> {
        let wanted = self.header.names.len();
        while cells.len() > wanted && cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        let found = cells.len();
        match self.map.file.ragged {
            _ if found == wanted => {}
            Ragged::Refuse => {
                return Err(format!(
                    "the row has {found} cells and the header {wanted}; put text with a delimiter in \"quotation marks\", \
                     or say what to do under ragged in the map"
                ));
            }
            Ragged::Join if found > wanted => {
                let last = cells.split_off(wanted - 1).join(", ");
                cells.push(last);
            }
            Ragged::Fill | Ragged::Join => cells.resize(wanted, String::new()),
        }
        Ok(())
    }

    fn fill_down(&mut self, cells: &mut [String]) {
        for (at, last) in &mut self.fill_down {
            if cells[*at].is_empty() {
                cells[*at].clone_from(last);
            } else {
                last.clone_from(&cells[*at]);
            }
        }
    }

    /// The cell of a column that the header is known to have.
    pub(super) fn cell<'c>(&self, cells: &'c [String], name: &str) -> &'c str {
        self.header.position(name).and_then(|at| cells.get(at)).map_or("", String::as_str)
    }

    /// Person and time of a row; the error carries the column it is about.
    fn context(
        &self,
        cells: &[String],
        place: String,
        tally: &mut Tally<'_>,
    ) -> Result<RowContext, (String, String)> {
        let person = match (&self.map.person, &self.path_person) {
            (Some(PersonFrom::Column(name)), _) => Some(
                PersonName::new(self.cell(cells, name))
                    .map_err(|error| (format!(", {name}"), format!("the person: {error}")))?,
            ),
            (_, path_person) => path_person.clone(),
        };
        let when = self.when(cells, &place, tally)?;
        let checked = self.settings.plausible_dates.check(when.date);
        checked.map_err(|reason| (String::new(), reason))?;
        Ok(RowContext { person, when, place })
    }

    fn when(&self, cells: &[String], place: &str, tally: &mut Tally<'_>) -> Result<When, (String, String)> {
        let stamped = match &self.map.time {
            None => None,
            Some(from) => {
                let text = self.cell(cells, &from.column);
                let about = |reason| (format!(", {}", from.column), reason);
                let written = when::stamp(text, &from.formats);
                match (written, &self.map.date) {
                    (Ok(written), _) => {
                        Some(when::placed(written, from, &self.settings.zones, tally, place).map_err(about)?)
                    }
                    // A date column says the day all the same; a stamp that is not there costs the stamp only.
                    (Err(_), Some(_)) if text.is_empty() => None,
                    (Err(reason), _) => return Err(about(reason)),
                }
            }
        };
        let (date, about) = match &self.map.date {
            None => {
                return stamped.ok_or_else(|| (String::new(), "the row has no time; fill it in".to_owned()));
            }
            Some(DateFrom::Column { name, formats }) => {
                (when::date(self.cell(cells, name), formats), name.clone())
            }
            Some(DateFrom::Columns { year, month, day }) => {
                let part = |name: &str| self.cell(cells, name);
                (when::three_part_date(part(year), part(month), part(day)), format!("{year}, {month}, {day}"))
            }
        };
        let date = date.map_err(|reason| (format!(", {about}"), reason))?;
        Ok(match stamped {
            Some(when) => When { date, ..when },
            None => When { date, at: None, stamp: None },
        })
    }

    fn read_long(
        &mut self,
        cells: &[String],
        tracker: &[String],
        value: &str,
        context: &RowContext,
        tally: &mut Tally<'_>,
    ) {
        let parts: Vec<&str> =
            tracker.iter().map(|name| self.cell(cells, name)).filter(|part| !part.is_empty()).collect();
        let name = parts.join(", ");
        if name.is_empty() {
            return tally.refuse(
                format!("{}, {}", context.place, tracker[0]),
                "the row does not say what it is about; fill it in",
            );
        }
        let text = self.cell(cells, value);
        let place = format!("{}, {name}", context.place);
        match self.trackers.get(&name).or_else(|| self.trackers.get(&name.to_lowercase())).copied() {
            Some((tracked, named)) => self.read_tracked(tracked, named, text, context, &place, tally),
            None if is_missing(text, &[&self.map.file.missing], &self.map.file.numbers) => tally.missing(),
            None => self.keep_unmapped(&name, text, context, &place, tally),
        }
    }

    fn read_wide(&mut self, cells: &[String], context: &RowContext, tally: &mut Tally<'_>) {
        for (index, text) in cells.iter().enumerate() {
            if text.is_empty() {
                continue;
            }
            let name = &self.header.names[index];
            let place = || format!("{}, {name}", context.place);
            match self.uses[index] {
                Use::Elsewhere => {}
                Use::Tracked(tracked) => self.read_tracked(tracked, name, text, context, &place(), tally),
                Use::Unmapped if is_missing(text, &[&self.map.file.missing], &self.map.file.numbers) => {
                    tally.missing()
                }
                Use::Unmapped => self.keep_unmapped(name, text, context, &place(), tally),
            }
        }
    }

    fn read_tracked(
        &mut self,
        tracked: &Tracked,
        name: &str,
        text: &str,
        context: &RowContext,
        place: &str,
        tally: &mut Tally<'_>,
    ) {
        let numbers = &self.map.file.numbers;
        let worded = tracked.words.contains_key(&text.to_lowercase());
        if !worded && is_missing(text, &[&tracked.missing, &self.map.file.missing], numbers) {
            return tally.missing();
        }
        let said = match value::said(tracked, text, numbers) {
            Ok(said) => said,
            Err(reason) => return tally.refuse(place, reason),
        };
        let called = match &tracked.tracker {
            Some(name) => name.as_str().to_owned(),
            None => name.to_owned(),
        };
        let rule = Rule { role: tracked.role, moment: tracked.moment, several: tracked.several };
        match said {
            Said::Value(value) => self.keep_entry(&called, rule, value, context, place, false, tally),
            Said::Items(items) if items.is_empty() => tally.missing(),
            Said::Items(items) => {
                for (item, value) in items {
                    self.keep_entry(&format!("{called}: {item}"), rule, value, context, place, false, tally);
                }
            }
            Said::Sleep(part, number) => {
                let mut record = SleepRecord::unknown(SleepMethod::Unstated, SleepKind::Unstated);
                match value::set_part(&mut record, part, number) {
                    Ok(()) => {
                        let key = format!("night/{}/{called}", context.when.date);
                        self.keep(&key, Fact::Sleep(Box::new(record)), context, place, false, tally);
                    }
                    Err(reason) => tally.refuse(place, reason),
                }
            }
        }
    }

    fn keep_unmapped(
        &mut self,
        name: &str,
        text: &str,
        context: &RowContext,
        place: &str,
        tally: &mut Tally<'_>,
    ) {
        match crate::note(name, text) {
            Ok(entry) => {
                let rule = Rule { role: entry.role, moment: entry.moment, several: entry.several };
                self.keep_entry(name, rule, entry.value, context, place, true, tally);
            }
            Err(reason) => tally.refuse(place, reason),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "each is a different part of one entry")]
    fn keep_entry(
        &mut self,
        name: &str,
        rule: Rule,
        value: Value,
        context: &RowContext,
        place: &str,
        unmapped: bool,
        tally: &mut Tally<'_>,
    ) {
        let tracker = match TrackerName::new(name) {
            Ok(tracker) => tracker,
            Err(error) => return tally.refuse(place, format!("the name '{name}': {error}")),
        };
        let is_text = matches!(value, Value::Text(_));
        let mut key = match context.when.stamp {
            Some(stamp) => format!("{name}/{stamp}/{}", rule.moment.as_word()),
            None => format!("{name}/{}/{}", context.when.date, rule.moment.as_word()),
        };
        // Two persons of one table are no repeats of each other.
        let person = context.person.as_ref().map_or("", PersonName::as_str);
        let counted = self.count(&format!("{person}\u{1f}{key}"));
        if counted > 1 && (context.when.stamp.is_some() || rule.several != Several::Replace || is_text) {
            key = format!("{key}#{counted}");
        }
        let Rule { role, moment, several } = rule;
        let entry = Entry { tracker, role, moment, several, value };
        self.keep(&key, Fact::Entry(entry), context, place, unmapped, tally);
    }

    /// Counts one more record of a key, and says how many there are now.
    fn count(&mut self, key: &str) -> u32 {
        let count = self.seen.entry(hash(key)).or_insert(0);
        *count = count.saturating_add(1);
        *count
    }

    pub(super) fn keep(
        &self,
        key: &str,
        fact: Fact,
        context: &RowContext,
        place: &str,
        unmapped: bool,
        tally: &mut Tally<'_>,
    ) {
        let key = match RecordKey::new(key) {
            Ok(key) => key,
            Err(error) => return tally.refuse(place, error.to_string()),
        };
        let provenance = Provenance { source: self.map.source.clone(), place: place.to_owned() };
        let observation = Observation { key, date: context.when.date, at: context.when.at, fact, provenance };
        tally.record(Record { person: context.person.clone(), observation, unmapped });
    }
}

/// What a thing is, of which moment, and how several become one.
#[derive(Debug, Clone, Copy)]
struct Rule {
    role: nightmend_domain::Role,
    moment: Moment,
    several: Several,
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn uses<'a>(map: &'a TableMap, header: &Header) -> Vec<Use<'a>> {
    let mut uses = vec![Use::Unmapped; header.names.len()];
    let elsewhere = map.required_columns().into_iter().chain(map.file.ignore.iter().cloned());
    for at in elsewhere.filter_map(|name| header.position(&name)) {
        uses[at] = Use::Elsewhere;
    }
    for tracked in &map.columns {
        for at in tracked.names.iter().filter_map(|name| header.position(name)) {
            uses[at] = Use::Tracked(tracked);
        }
    }
    uses
}

/// Says once that the path does not tell whose table this is.
fn warn_of_path(map: &TableMap, settings: &ImportSettings, tally: &mut Tally<'_>) {
    if let Some(PersonFrom::Path(pattern)) = &map.person
        && map.person_of_path(&settings.path_parts).is_none()
    {
        tally.warn(
            "the path",
            format!(
                "no folder or file name on it is like '{pattern}', so the rows count for the person of this import; give \
                 --person, or the path from a folder further up"
            ),
        );
    }
}
