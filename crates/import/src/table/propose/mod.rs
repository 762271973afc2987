//! Looks at a table that nobody has described and proposes a map for it, with a reason for every guess.

mod ask;
mod dates;
mod evidence;
mod guess;
mod meaning;
mod night;
mod renames;
mod scales;
mod source;
mod stats;
mod survey;
mod write;

use std::io::Read;

use self::guess::{Form, Guess, Item};
use self::meaning::SleepColumn;
use self::renames::Rename;
use self::stats::Stats;
use self::survey::{DateAt, Survey};
use self::write::{Writer, quoted};
use crate::importer::ReadError;

/// A map as proposed for a table, for the person to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The map with its reasons as comments. It can be used as it is unless a question says that it cannot (both
    /// orders of day and month fit, or no date was found); a column whose direction nobody knows waits as a comment,
    /// and is kept as text until then.
    pub toml_text: String,
    /// Why each guess was made, one a sentence.
    pub reasons: Vec<String>,
    /// What the person should look at before using the map.
    pub questions: Vec<String>,
}

/// Looks at a table once, from beginning to end, and proposes a map.
///
/// ```
/// let table = "date,back pain,hours slept\n2024-03-01,4,6.5\n2024-03-02,3,7.5\n";
/// let proposal = nightmend_import::table::propose(&mut table.as_bytes(), "mine.csv")?;
/// assert!(proposal.toml_text.contains("name = \"back pain\""));
/// assert!(nightmend_import::table::TableMap::parse(&proposal.toml_text).is_ok());
/// # Ok::<(), nightmend_import::ReadError>(())
/// ```
///
/// # Errors
/// Where the bytes are no table with at least two columns and one row.
pub fn propose(input: &mut dyn Read, file_name: &str) -> Result<Proposal, ReadError> {
    let mut survey = survey::survey(input)?;
    let (merged, asked) = renames::merge(&mut survey.trackers);
    let guesses = guesses(&survey, &merged, asked);
    let mut writer = Writer::default();
    writer.comment(&format!(
        "Proposed by nightmend for {file_name}: {} rows, {} columns. Read it, correct it, then import with --map.",
        survey.rows,
        survey.header.names.len()
    ));
    writer.comment("The language of maps is explained in docs/reference/map.md.");
    let source = source::source_name(file_name);
    writer.reason(&format!(
        "the source is called '{source}' after the file, without dates and marks of a copy: keep this name for later \
         exports of the same table, for only under the same name is a row known again and not counted twice"
    ));
    writer.line(&format!("source = {}\n", quoted(&source)));
    write_file(&mut writer, &survey, &guesses);
    write_person(&mut writer, &survey);
    writer.date(&survey);
    write_long(&mut writer, &survey);
    night::write(&mut writer, &survey, &guesses);
    write_entries(&mut writer, &survey, guesses);
    if survey.form.recoded {
        writer.question("do all letters look right? The file is not UTF-8 and was read as Windows-1252; if not, save it as UTF-8");
    }
    Ok(Proposal { toml_text: writer.text, reasons: writer.reasons, questions: writer.questions })
}

/// The guesses about every column that is no key, or about every tracker of a long table.
fn guesses(survey: &Survey, merged: &[Rename], asked: Vec<Rename>) -> Vec<Guess> {
    let items = items(survey);
    let anchors = guess::anchors(&items);
    let mut guesses: Vec<Guess> = items
        .iter()
        .filter(|item| item.stats.filled > 0)
        .map(|item| guess::guess(item, survey, &anchors))
        .collect();
    guess::follow_fellows(&mut guesses);
    for rename in merged {
        if let Some(guess) = guesses.iter_mut().find(|guess| guess.name == rename.new) {
            guess.also.extend(rename.names_before.iter().cloned());
            let told = rename.told();
            guess.reasons.push(format!(
                "{told}, so they are taken for one thing under two names; take `also` out if they are two"
            ));
        }
    }
    for rename in asked {
        if let Some(guess) = guesses.iter_mut().find(|guess| guess.name == rename.new) {
            let old = quoted(&rename.old);
            let hint = format!(
                "is '{}' the new name of '{}'? {}. If so, keep one entry and write also = [{old}] in it",
                rename.new,
                rename.old,
                rename.told()
            );
            guess.ask(hint);
        }
    }
    guesses
}

fn items(survey: &Survey) -> Vec<Item<'_>> {
    if survey.layout.long.is_some() {
        let fellows = fellows(survey);
        return survey
            .trackers
            .iter()
            .zip(fellows)
            .map(|((name, stats), fellows)| Item { name, stats, at: None, fellows })
            .collect();
    }
    let keys = keys(survey);
    (0..survey.header.names.len())
        .filter(|at| {
            !keys.contains(at) && !is_clock(survey, *at) && weekday_or_constant(survey, *at).is_none()
        })
        .map(|at| Item {
            name: &survey.header.names[at],
            stats: &survey.columns[at],
            at: Some(at),
            fellows: None,
        })
        .collect()
}

/// For each tracker of a long table the ends of the scale that it shares with others: those of its category, and
/// where all are short, those of all short ones.
fn fellows(survey: &Survey) -> Vec<Option<(f64, f64)>> {
    let rated =
        |stats: &Stats| stats.is_numeric() && stats.minimum >= Some(0.0) && stats.maximum <= Some(10.0);
    let category = |stats: &Stats| stats.beside.keys().next().cloned();
    let short = |stats: &Stats| rated(stats) && stats.is_whole() && stats.maximum <= Some(3.0);
    let short_count = survey.trackers.values().filter(|stats| short(stats)).count();
    let short_reaches = survey.trackers.values().any(|stats| short(stats) && stats.maximum == Some(3.0));
    let fractional = survey.trackers.values().filter(|stats| rated(stats) && !stats.is_whole()).count();
    survey
        .trackers
        .values()
        .map(|stats| {
            if !rated(stats) {
                return None;
            }
            if fractional * 2 > survey.trackers.len() {
                return Some((0.0, 10.0));
            }
            let mates: Vec<&Stats> = survey
                .trackers
                .values()
                .filter(|other| {
                    rated(other) && category(other).is_some() && category(other) == category(stats)
                })
                .collect();
            let most = mates.iter().filter_map(|mate| mate.maximum).fold(0.0, f64::max);
            let least = mates.iter().filter_map(|mate| mate.minimum).fold(10.0, f64::min);
            if most > 3.0 {
                Some(guess::usual_scale(least, most, mates.iter().all(|mate| mate.is_whole())))
            } else if short(stats) && short_count >= 3 && short_reaches {
                Some((0.0, 3.0))
            } else {
                None
            }
        })
        .collect()
}

/// The columns that say when, who and what, and not how much.
fn keys(survey: &Survey) -> Vec<usize> {
    let mut keys: Vec<usize> = survey.layout.person.into_iter().chain(survey.layout.category).collect();
    match &survey.layout.date {
        Some(DateAt::Column { at, .. }) => keys.push(*at),
        Some(DateAt::Three { year, month, day }) => keys.extend([*year, *month, *day]),
        None => {}
    }
    keys.extend(survey.layout.long.iter().flat_map(|(tracker, value)| [*tracker, *value]));
    keys
}

/// Whether a column holds clock times of a night.
fn is_clock(survey: &Survey, at: usize) -> bool {
    clock_slot(survey, at).is_some()
}

fn clock_slot(survey: &Survey, at: usize) -> Option<&'static str> {
    let stats = &survey.columns[at];
    // One slip of the pen among few rows is no reason to pass a column over that is called after a time.
    let clock = stats.is_clock() || stats.is_mostly_clock();
    let stamp = matches!(stats.dates.form(), Some(dates::DateForm::One { has_time: true, .. }));
    if !clock && !stamp {
        return None;
    }
    let name = &survey.header.names[at];
    let is_length = matches!(
        meaning::sleep_column(name),
        Some(SleepColumn::Asleep | SleepColumn::InBedLength | SleepColumn::FallAsleep | SleepColumn::Awake)
    );
    // "Asleep" may be 23:10 or 7:30; no sleep is so long that it would be written as 19:00.
    if clock && is_length && stats.percent_of_evening() <= 20 {
        return None;
    }
    Some(match meaning::clock_column(name)? {
        SleepColumn::ClockInBed => "in_bed",
        SleepColumn::ClockTried => "tried_to_sleep",
        SleepColumn::ClockAsleep => "asleep",
        SleepColumn::ClockAwake => "awake",
        SleepColumn::ClockOutOfBed => "out_of_bed",
        _ => return None,
    })
}

/// Why a column tells nothing: days of the week, one value throughout, a further date.
fn weekday_or_constant(survey: &Survey, at: usize) -> Option<&'static str> {
    let stats = &survey.columns[at];
    if meaning::are_weekdays(stats.distinct.keys()) {
        return Some("it holds days of the week, which the date tells already");
    }
    let name = &survey.header.names[at];
    let numbers_rows = meaning::is_person(name) || meaning::is_record_number(name);
    if numbers_rows && survey.layout.person != Some(at) && survey.rows > 1 {
        return Some("it numbers records or persons and holds one person's rows");
    }
    None
}

fn write_file(writer: &mut Writer, survey: &Survey, guesses: &[Guess]) {
    let form = &survey.form;
    let before = writer.text.len();
    writer.line("[file]");
    let bare = writer.text.len();
    if form.delimiter != ',' {
        let (name, shown) = if form.delimiter == '\t' {
            ("tab".into(), "tab".into())
        } else {
            (form.delimiter.to_string(), format!("'{}'", form.delimiter))
        };
        writer.reason(&format!("the cells are parted by {shown}"));
        writer.line(&format!("delimiter = {}", quoted(&name)));
    }
    if form.comment {
        writer.reason("some lines begin with # and are taken for comments");
        writer.line("comment = \"#\"");
    }
    let longer = longer_header(survey);
    if longer.is_some() {
        writer.reason("the header has too few names, so it is passed over and all names are given here");
        writer.line(&format!("skip_lines = {}", form.header_line));
    } else if form.skip_lines > 0 {
        let lines =
            if form.skip_lines == 1 { "1 line above the header is" } else { "lines above the header are" };
        let count = if form.skip_lines == 1 { String::new() } else { format!("{} ", form.skip_lines) };
        writer.reason(&format!("{count}{lines} passed over"));
        writer.line(&format!("skip_lines = {}", form.skip_lines));
    }
    if let Some(names) = longer {
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        writer.line(&format!("header = [{}]", names.join(", ")));
    }
    if !form.has_header {
        writer.question(
            "what are the columns called? There is no header line; put names in the place of these",
        );
        let names: Vec<String> = survey.header.names.iter().map(|name| quoted(name)).collect();
        writer.line(&format!("header = [{}]", names.join(", ")));
    }
    write_numbers(writer, survey);
    write_ragged(writer, survey);
    write_fill_down(writer, survey);
    write_ignored(writer, survey, guesses);
    if writer.text.len() == bare {
        writer.text.truncate(before);
    } else {
        writer.line("");
    }
}

fn write_numbers(writer: &mut Writer, survey: &Survey) {
    let sum = |count: fn(&Stats) -> u64| survey.columns.iter().map(count).sum::<u64>();
    let (comma, grouped, points) = (
        sum(|stats| stats.comma_numbers),
        sum(|stats| stats.grouped_numbers),
        survey.columns.iter().filter(|stats| !stats.is_whole()).map(|stats| stats.plain_numbers).sum::<u64>(),
    );
    if comma > 0 {
        writer.reason(&format!("{comma} numbers have a decimal comma"));
        writer.line("decimal = \",\"");
    } else if grouped > 0 && (survey.form.delimiter == ',' || points > 0) {
        writer.reason(&format!("{grouped} numbers have a comma between thousands, as in 1,773"));
        writer.line("thousands = \",\"");
    } else if grouped > 0 {
        writer.question(&format!("are {grouped} numbers such as 1,773 thousands? They are read so; if the comma is a decimal sign, write decimal = \",\" in its place"));
        writer.line("thousands = \",\"");
    }
}

/// The header with names for cells beyond it, where rows have such cells and the last column is no text.
fn longer_header(survey: &Survey) -> Option<Vec<String>> {
    let form = &survey.form;
    let last_is_text = survey.columns.last().is_some_and(|stats| stats.numbers() < stats.filled);
    let extra = form.most_cells.saturating_sub(survey.header.names.len());
    if form.long_rows == 0 || last_is_text || !form.has_header || extra > 5 {
        return None;
    }
    let further = (1..=extra).map(|number| format!("further {number}"));
    Some(survey.header.names.iter().cloned().chain(further).collect())
}

fn write_ragged(writer: &mut Writer, survey: &Survey) {
    let form = &survey.form;
    if form.long_rows == 0 && form.short_rows == 0 {
        return;
    }
    let last_is_text = survey.columns.last().is_some_and(|stats| stats.numbers() < stats.filled);
    let counts =
        format!("{} rows have more cells than the header and {} fewer", form.long_rows, form.short_rows);
    if form.long_rows > 0 && last_is_text {
        writer.reason(&format!(
            "{counts}: what is too much is taken for text with a delimiter in it and joined to the last column"
        ));
        writer.line("ragged = \"join\"");
    } else if form.long_rows == 0 {
        writer.reason(&format!("{counts}: what is missing at the end is empty"));
        writer.line("ragged = \"fill\"");
    } else if longer_header(survey).is_some() {
        writer
            .reason(&format!("{counts}: the cells beyond the header have a name above and are kept as text"));
        writer.line("ragged = \"fill\"");
    } else {
        writer.question(&format!(
            "{counts}: such rows are refused one by one; write ragged = \"fill\" to take them and pass over what is too much"
        ));
    }
}

fn write_fill_down(writer: &mut Writer, survey: &Survey) {
    let blank = |at: usize| survey.columns[at].filled * 10 < survey.rows * 9;
    let names = &survey.header.names;
    let columns: Vec<usize> = match &survey.layout.date {
        Some(DateAt::Column { at, .. }) if blank(*at) => vec![*at],
        Some(DateAt::Three { year, month, day }) => {
            [*year, *month, *day].into_iter().filter(|at| blank(*at)).collect()
        }
        _ => Vec::new(),
    };
    if !columns.is_empty() {
        let shown: Vec<String> = columns.iter().map(|at| quoted(&names[*at])).collect();
        writer.reason(&format!(
            "{} is empty in most rows: what was written last holds for the rows below",
            shown.join(", ")
        ));
        writer.line(&format!("fill_down = [{}]", shown.join(", ")));
    }
}

fn write_ignored(writer: &mut Writer, survey: &Survey, guesses: &[Guess]) {
    let keys = keys(survey);
    let mut ignored: Vec<String> = Vec::new();
    for (at, name) in survey.header.names.iter().enumerate() {
        let is_key = keys.contains(&at);
        let why = if Some(at) == survey.layout.category {
            Some("it says the same for every row of a thing")
        } else if is_key || is_clock(survey, at) {
            None
        } else if survey.columns[at].filled == 0 {
            Some("it is empty")
        } else if let Some(why) = weekday_or_constant(survey, at) {
            Some(why)
        } else if survey.layout.long.is_none()
            && further_date(survey, at)
            && guesses.iter().any(|guess| guess.name == *name && guess.form == Form::Text)
        {
            Some("it is a further date; the map uses one")
        } else if survey.layout.long.is_some() && beside_long(survey, at) {
            Some("it says again what the date and the thing say")
        } else {
            None
        };
        if let Some(why) = why {
            writer.reason(&format!("'{name}' is passed over: {why}"));
            ignored.push(quoted(name));
        }
    }
    if !ignored.is_empty() {
        writer.line(&format!("ignore = [{}]", ignored.join(", ")));
    }
}

fn further_date(survey: &Survey, at: usize) -> bool {
    if survey.columns[at].is_clock() {
        return false;
    }
    survey.columns[at].dates.form().is_some() || meaning::is_date(&survey.header.names[at]) > 0
}

/// A part of a date beside the stamp of a long table.
fn beside_long(survey: &Survey, at: usize) -> bool {
    let words = meaning::words(&survey.header.names[at]);
    words.iter().any(|word| ["day", "month", "year"].iter().any(|part| word.ends_with(part)))
        && survey.columns[at].numbers() > 0
}

fn write_person(writer: &mut Writer, survey: &Survey) {
    let Some(at) = survey.layout.person else { return };
    let name = &survey.header.names[at];
    writer.reason(&format!("'{name}' says whose row it is: {} persons", survey.columns[at].distinct.len()));
    writer.line(&format!("[person]\ncolumn = {}\n", quoted(name)));
}

fn write_long(writer: &mut Writer, survey: &Survey) {
    let Some((tracker, value)) = survey.layout.long else { return };
    let names = &survey.header.names;
    writer.reason(&format!(
        "the table is long: each row gives one value, '{}', of one of {} things, '{}'",
        names[value],
        survey.trackers.len(),
        names[tracker]
    ));
    writer.line(&format!(
        "[long]\ntracker = {}\nvalue = {}\n",
        quoted(&names[tracker]),
        quoted(&names[value])
    ));
}

/// Everything else: things that are alike in one entry, those with a question or a further name by themselves.
fn write_entries(writer: &mut Writer, survey: &Survey, guesses: Vec<Guess>) {
    let long = survey.layout.long.is_some();
    let table = if long { "tracker" } else { "column" };
    let ignored_date = |guess: &Guess| {
        !long
            && guess.form == Form::Text
            && survey.header.position(&guess.name).is_some_and(|at| further_date(survey, at))
    };
    let mut left: Vec<Guess> = guesses
        .into_iter()
        .filter(|guess| (long || !matches!(guess.form, Form::Sleep(_))) && !ignored_date(guess))
        .collect();
    left.sort_by_key(|guess| guess.waits);
    ask::of_moments(writer, &left);
    ask::of_several(writer, &left);
    ask::of_scales(writer, &left);
    while !left.is_empty() {
        let first = left.remove(0);
        let alone = !first.also.is_empty() || (first.question.is_some() && !first.waits);
        let mut group = vec![first];
        if !alone {
            let spec = write::spec(&group[0]);
            let mut index = 0;
            while index < left.len() {
                let guess = &left[index];
                let alike = guess.also.is_empty()
                    && guess.waits == group[0].waits
                    && (guess.question.is_none() || guess.waits)
                    && write::spec(guess) == spec;
                if alike {
                    group.push(left.remove(index));
                } else {
                    index += 1;
                }
            }
        }
        if group[0].waits && group.len() > 1 {
            ask::once(&mut group);
        }
        writer.entry(table, &group.iter().collect::<Vec<_>>());
    }
}
