//! Reads the TOML of a map and checks it, naming the line of whatever is wrong.

use std::collections::BTreeMap;

use jiff::civil::Time;
use nightmend_domain::{
    Moment, Role, Scale, ScaleDirection, Several, SleepKind, SleepMethod, SourceName, TrackerName, Zone,
};
use serde::Deserialize;

use super::map::{
    DateFrom, FileForm, LongForm, MapError, NumberForm, PersonFrom, Ragged, SleepColumns, SleepPart,
    TableMap, TimeFrom, Tracked, ValueKind,
};

/// A map as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextMap {
    source: String,
    #[serde(default)]
    file: TextFile,
    person: Option<TextPerson>,
    date: Option<TextDate>,
    time: Option<TextTime>,
    long: Option<TextLong>,
    sleep: Option<TextSleep>,
    #[serde(default)]
    column: Vec<TextColumn>,
    #[serde(default)]
    tracker: Vec<TextColumn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextFile {
    #[serde(default)]
    names: Vec<String>,
    delimiter: Option<String>,
    #[serde(default)]
    skip_lines: u64,
    comment: Option<String>,
    header: Option<Vec<String>>,
    decimal: Option<String>,
    thousands: Option<String>,
    #[serde(default)]
    missing: Vec<Plain>,
    #[serde(default)]
    fill_down: Vec<String>,
    #[serde(default)]
    ignore: Vec<String>,
    ragged: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextPerson {
    column: Option<String>,
    path: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextDate {
    column: Option<String>,
    columns: Option<Vec<String>>,
    format: Option<OneOrMany>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextTime {
    column: String,
    format: Option<OneOrMany>,
    zone: String,
    person_zone: Option<String>,
    day_starts: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextLong {
    tracker: OneOrMany,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextSleep {
    method: Option<String>,
    kind: Option<String>,
    date: Option<String>,
    in_bed: Option<String>,
    tried_to_sleep: Option<String>,
    asleep: Option<String>,
    awake: Option<String>,
    out_of_bed: Option<String>,
    format: Option<OneOrMany>,
    hours_asleep: Option<String>,
    minutes_asleep: Option<String>,
    hours_in_bed: Option<String>,
    minutes_in_bed: Option<String>,
    minutes_to_fall_asleep: Option<String>,
    minutes_awake: Option<String>,
    awakenings: Option<String>,
    efficiency: Option<String>,
    #[serde(default)]
    missing: Vec<Plain>,
}

/// One `[[column]]` or `[[tracker]]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextColumn {
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) names: Vec<String>,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    optional: bool,
    r#as: Option<String>,
    role: Option<String>,
    moment: Option<String>,
    several: Option<String>,
    #[serde(default)]
    nrs: bool,
    scale: Option<[f64; 2]>,
    higher: Option<String>,
    unit: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    tick: Vec<Plain>,
    #[serde(default)]
    no: Vec<Plain>,
    list: Option<String>,
    #[serde(default)]
    items: BTreeMap<String, String>,
    #[serde(default)]
    text: bool,
    sleep: Option<String>,
    #[serde(default)]
    missing: Vec<Plain>,
    #[serde(default)]
    words: BTreeMap<String, f64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

/// A value of a cell as written in a map: a number or a text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Plain {
    Whole(i64),
    Number(f64),
    Text(String),
}

impl Plain {
    fn text(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.trim().to_owned(),
        }
    }
}

fn texts(values: &[Plain]) -> Vec<String> {
    values.iter().map(Plain::text).collect()
}

/// An error of the TOML itself, with its line.
pub(super) fn syntax_error(text: &str, error: &toml::de::Error) -> MapError {
    let line = error.span().map(|span| line_at(text, span.start));
    let place = line.map_or(String::new(), |line| format!("line {line}: "));
    MapError {
        message: format!(
            "{place}{}; correct the map (its language: docs/reference/map.md)",
            error.message().trim_end()
        ),
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// An error of meaning, with the line on which `about` first stands.
fn error(text: &str, about: &str, message: impl std::fmt::Display) -> MapError {
    let line = text
        .lines()
        .position(|line| !line.trim_start().starts_with('#') && line.contains(about))
        .map_or(String::new(), |index| format!("line {}: ", index + 1));
    MapError { message: format!("{line}{message}; correct the map (its language: docs/reference/map.md)") }
}

/// The map, where everything in it can be meant.
pub(super) fn check(written: TextMap, text: &str) -> Result<TableMap, MapError> {
    let TextMap { source, file, person, date, time, long, sleep, column, tracker } = written;
    let source =
        SourceName::new(&source).map_err(|problem| error(text, "source", format!("source: {problem}")))?;
    if date.is_none() && time.is_none() {
        return Err(error(text, "source", "the map says nothing about dates; add [date] or [time]"));
    }
    if long.is_none() && !tracker.is_empty() {
        return Err(error(
            text,
            "[[tracker]]",
            "[[tracker]] needs [long]; for a table with a column for each thing write [[column]]",
        ));
    }
    let tracked = |columns: Vec<TextColumn>| {
        columns.into_iter().map(|column| checked_column(column, text)).collect::<Result<Vec<_>, _>>()
    };
    let (columns, trackers) = (tracked(column)?, tracked(tracker)?);
    no_name_twice(&columns, text)?;
    no_name_twice(&trackers, text)?;
    Ok(TableMap {
        source,
        file: checked_file(file, text)?,
        person: person.map(|person| checked_person(person, text)).transpose()?,
        date: date.map(|date| checked_date(date, text)).transpose()?,
        time: time.map(|time| checked_time(time, text)).transpose()?,
        long: long.map(|long| checked_long(long, text)).transpose()?,
        sleep: sleep.map(|sleep| checked_sleep(sleep, text)).transpose()?,
        columns,
        trackers,
    })
}

fn checked_long(long: TextLong, text: &str) -> Result<LongForm, MapError> {
    let tracker = long.tracker.into_vec();
    if tracker.is_empty() {
        return Err(error(text, "tracker", "tracker must name the column that says what a row is about"));
    }
    Ok(LongForm { tracker, value: long.value })
}

fn no_name_twice(tracked: &[Tracked], text: &str) -> Result<(), MapError> {
    let mut seen: Vec<&str> = Vec::new();
    for name in tracked.iter().flat_map(|tracked| &tracked.names) {
        if seen.contains(&name.as_str()) {
            return Err(error(text, name, format!("'{name}' stands in the map twice")));
        }
        seen.push(name);
    }
    Ok(())
}

fn checked_file(file: TextFile, text: &str) -> Result<FileForm, MapError> {
    let TextFile {
        names,
        delimiter,
        skip_lines,
        comment,
        header,
        decimal,
        thousands,
        missing,
        fill_down,
        ignore,
        ragged,
    } = file;
    let letter = |key: &str, value: Option<String>| -> Result<Option<char>, MapError> {
        let Some(value) = value else { return Ok(None) };
        if value == "tab" {
            return Ok(Some('\t'));
        }
        let mut letters = value.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Ok(Some(letter)),
            _ => Err(error(text, key, format!("{key} must be one character, or \"tab\", not \"{value}\""))),
        }
    };
    let numbers = NumberForm {
        decimal: letter("decimal", decimal)?.unwrap_or('.'),
        thousands: letter("thousands", thousands)?,
    };
    if numbers.thousands == Some(numbers.decimal) {
        return Err(error(text, "thousands", "decimal and thousands must differ"));
    }
    let ragged = match ragged.as_deref() {
        None | Some("refuse") => Ragged::Refuse,
        Some("fill") => Ragged::Fill,
        Some("join") => Ragged::Join,
        Some(other) => {
            return Err(error(text, "ragged", format!("ragged must be refuse, fill or join, not '{other}'")));
        }
    };
    Ok(FileForm {
        names,
        delimiter: letter("delimiter", delimiter)?,
        skip_lines,
        comment: comment.filter(|mark| !mark.is_empty()),
        header,
        numbers,
        missing: texts(&missing),
        fill_down,
        ignore,
        ragged,
    })
}

fn checked_person(person: TextPerson, text: &str) -> Result<PersonFrom, MapError> {
    match (person.column, person.path) {
        (Some(column), None) => Ok(PersonFrom::Column(column)),
        (None, Some(path)) => Ok(PersonFrom::Path(path)),
        _ => Err(error(text, "person", "[person] needs either column or path")),
    }
}

fn checked_date(date: TextDate, text: &str) -> Result<DateFrom, MapError> {
    let TextDate { column, columns, format } = date;
    match (column, columns) {
        (Some(name), None) => Ok(DateFrom::Column { name, formats: needed_formats(format, "[date]", text)? }),
        (None, Some(columns)) => match <[String; 3]>::try_from(columns) {
            Ok([year, month, day]) => Ok(DateFrom::Columns { year, month, day }),
            Err(_) => Err(error(text, "columns", "columns must name three: the year, the month and the day")),
        },
        _ => Err(error(text, "date", "[date] needs either column or columns")),
    }
}

/// The formats of a date or a time, which must be said: a guess could swap day and month.
fn needed_formats(format: Option<OneOrMany>, table: &str, text: &str) -> Result<Vec<String>, MapError> {
    match format {
        Some(format) => checked_formats(format.into_vec(), text),
        None => Err(error(
            text,
            table.trim_matches(['[', ']']),
            format!(
                "{table} does not say how its dates are written: un-comment or add format = \"%d/%m/%Y\", or \"iso\" for 2024-03-01"
            ),
        )),
    }
}

fn checked_formats(formats: Vec<String>, text: &str) -> Result<Vec<String>, MapError> {
    for format in &formats {
        if format != "iso" && !format.contains('%') {
            let hint = "a format is written like \"%d/%m/%Y\", or is \"iso\"";
            return Err(error(text, format, format!("'{format}' is no format: {hint}")));
        }
    }
    // No format at all means ISO 8601 alone, which is read most quickly.
    let iso_alone = formats.iter().all(|format| format == "iso");
    Ok(if iso_alone { Vec::new() } else { formats })
}

fn checked_time(time: TextTime, text: &str) -> Result<TimeFrom, MapError> {
    let TextTime { column, format, zone, person_zone, day_starts } = time;
    let named = |name: &str| Zone::named(name).map_err(|problem| error(text, name, problem));
    let day_starts = match day_starts.as_deref() {
        None => Time::midnight(),
        Some(clock) => {
            crate::formats::clock_time(clock).filter(|time| time.hour() < 12).ok_or_else(|| {
                error(text, "day_starts", "day_starts must be a time before noon such as \"04:00\"")
            })?
        }
    };
    Ok(TimeFrom {
        column,
        formats: needed_formats(format, "[time]", text)?,
        zone: if zone == "person" { None } else { Some(named(&zone)?) },
        person_zone: person_zone.as_deref().map(named).transpose()?,
        day_starts,
    })
}

fn checked_sleep(sleep: TextSleep, text: &str) -> Result<SleepColumns, MapError> {
    let word = |key: &str, value: &Option<String>, allowed: &[&str]| match value.as_deref() {
        None => Ok(0),
        Some(value) => allowed.iter().position(|word| *word == value).ok_or_else(|| {
            error(text, value, format!("{key} must be one of {}, not '{value}'", allowed.join(", ")))
        }),
    };
    let method = [SleepMethod::Unstated, SleepMethod::Diary, SleepMethod::Device]
        [word("method", &sleep.method, &["unstated", "diary", "device"])?];
    let kind = [SleepKind::Unstated, SleepKind::Main, SleepKind::Nap]
        [word("kind", &sleep.kind, &["unstated", "main", "nap"])?];
    let dated_by_evening = word("date", &sleep.date, &["waking", "evening"])? == 1;
    let lengths: Vec<(SleepPart, String)> = [
        (SleepPart::HoursAsleep, sleep.hours_asleep),
        (SleepPart::MinutesAsleep, sleep.minutes_asleep),
        (SleepPart::HoursInBed, sleep.hours_in_bed),
        (SleepPart::MinutesInBed, sleep.minutes_in_bed),
        (SleepPart::MinutesToFallAsleep, sleep.minutes_to_fall_asleep),
        (SleepPart::MinutesAwake, sleep.minutes_awake),
        (SleepPart::Awakenings, sleep.awakenings),
        (SleepPart::Efficiency, sleep.efficiency),
    ]
    .into_iter()
    .filter_map(|(part, column)| column.map(|column| (part, column)))
    .collect();
    let clocks = [sleep.in_bed, sleep.tried_to_sleep, sleep.asleep, sleep.awake, sleep.out_of_bed];
    if lengths.is_empty() && clocks.iter().all(Option::is_none) {
        return Err(error(text, "[sleep]", "[sleep] names no column that tells a night"));
    }
    Ok(SleepColumns {
        method,
        kind,
        dated_by_evening,
        clocks,
        clock_formats: checked_formats(sleep.format.map(OneOrMany::into_vec).unwrap_or_default(), text)?,
        lengths,
        missing: texts(&sleep.missing),
    })
}

fn checked_column(column: TextColumn, text: &str) -> Result<Tracked, MapError> {
    let label = column.label();
    let fail = |message: String| error(text, &format!("\"{label}\""), format!("'{label}': {message}"));
    let kind = value_kind(&column).map_err(&fail)?;
    let role = role(column.role.as_deref(), &kind).map_err(&fail)?;
    let moment = moment(column.moment.as_deref(), role).map_err(&fail)?;
    let several = several(column.several.as_deref()).map_err(&fail)?;
    if several == Several::Sum && matches!(kind, ValueKind::Nrs | ValueKind::Rating(_)) {
        return Err(fail("scores of a scale cannot be summed; write several = \"mean\" or \"max\"".into()));
    }
    let TextColumn { name, mut names, also, optional, r#as, missing, words, .. } = column;
    let own_name = r#as.or_else(|| if also.is_empty() { None } else { name.clone() });
    if own_name.is_some() && name.is_none() {
        return Err(fail(
            "`as` and `also` go with `name`; a group of `names` keeps the names of the table".into(),
        ));
    }
    names.extend(name);
    names.extend(also);
    if names.is_empty() {
        return Err(fail("it needs a `name`".into()));
    }
    let tracker = own_name
        .map(|name| TrackerName::new(&name))
        .transpose()
        .map_err(|problem| fail(problem.to_string()))?;
    let words = words.into_iter().map(|(word, value)| (word.trim().to_lowercase(), value)).collect();
    Ok(Tracked { names, optional, tracker, role, moment, several, kind, missing: texts(&missing), words })
}

fn value_kind(column: &TextColumn) -> Result<ValueKind, String> {
    let forms = [
        (column.nrs, "nrs"),
        (column.scale.is_some(), "scale"),
        (column.unit.is_some(), "unit"),
        (!column.tick.is_empty(), "tick"),
        (column.list.is_some(), "list"),
        (column.text, "text"),
        (column.sleep.is_some(), "sleep"),
    ];
    let given: Vec<&str> = forms.iter().filter(|(given, _)| *given).map(|(_, name)| *name).collect();
    match given[..] {
        ["nrs"] => Ok(ValueKind::Nrs),
        ["scale"] => {
            let [minimum, maximum] = column.scale.unwrap_or_default();
            Scale::new(minimum, maximum, direction(column)?)
                .map(ValueKind::Rating)
                .map_err(|error| error.to_string())
        }
        ["unit"] => quantity(column),
        ["tick"] => Ok(ValueKind::Tick {
            yes: texts(&column.tick),
            no: texts(&column.no),
            direction: direction(column)?,
        }),
        ["list"] => {
            let mut letters = column.list.as_deref().unwrap_or_default().chars();
            let (Some(separator), None) = (letters.next(), letters.next()) else {
                return Err("list must be the one character between items, such as \",\"".into());
            };
            Ok(ValueKind::List { separator, items: column.items.clone(), direction: direction(column)? })
        }
        ["text"] => Ok(ValueKind::Text),
        ["sleep"] => sleep_part(column.sleep.as_deref().unwrap_or_default()).map(ValueKind::Sleep),
        [] if column.role.as_deref() == Some("note") => Ok(ValueKind::Text),
        [] => Err("say how its values are written: nrs, scale, unit, tick, list, text or sleep".into()),
        _ => Err(format!("{} exclude each other; keep one", given.join(" and "))),
    }
}

fn quantity(column: &TextColumn) -> Result<ValueKind, String> {
    let unit = column.unit.clone().unwrap_or_default();
    let (minimum, maximum) = (column.min.unwrap_or(f64::NEG_INFINITY), column.max.unwrap_or(f64::INFINITY));
    if unit.trim().is_empty() || unit.chars().count() > 40 {
        return Err("unit must be a word such as \"steps\"; for a number without a unit write \"1\"".into());
    }
    if minimum >= maximum {
        return Err("min must lie below max".into());
    }
    Ok(ValueKind::Quantity { unit, minimum, maximum })
}

fn direction(column: &TextColumn) -> Result<ScaleDirection, String> {
    match column.higher.as_deref() {
        Some("worse") => Ok(ScaleDirection::HigherIsWorse),
        Some("better") => Ok(ScaleDirection::HigherIsBetter),
        Some(other) => Err(format!("higher must be \"worse\" or \"better\", not \"{other}\"")),
        None => Err("say what a higher value means: higher = \"worse\" or higher = \"better\"".into()),
    }
}

fn sleep_part(word: &str) -> Result<SleepPart, String> {
    Ok(match word {
        "hours_asleep" => SleepPart::HoursAsleep,
        "minutes_asleep" => SleepPart::MinutesAsleep,
        "hours_in_bed" => SleepPart::HoursInBed,
        "minutes_in_bed" => SleepPart::MinutesInBed,
        "minutes_to_fall_asleep" => SleepPart::MinutesToFallAsleep,
        "minutes_awake" => SleepPart::MinutesAwake,
        "awakenings" => SleepPart::Awakenings,
        "efficiency" => SleepPart::Efficiency,
        other => {
            return Err(format!(
                "sleep must be hours_asleep, minutes_asleep or another part of [sleep], not '{other}'"
            ));
        }
    })
}

/// Every role by its word in a map.
pub(super) const ROLES: &[(&str, Role)] = &[
    ("pain", Role::Pain),
    ("symptom", Role::Symptom),
    ("sleep_quality", Role::SleepQuality),
    ("rested", Role::Rested),
    ("stiffness", Role::Stiffness),
    ("woken_by_pain", Role::WokenByPain),
    ("position", Role::Position),
    ("stress", Role::Stress),
    ("activity", Role::Activity),
    ("alcohol", Role::Alcohol),
    ("caffeine", Role::Caffeine),
    ("painkiller", Role::Painkiller),
    ("other", Role::Other),
    ("note", Role::Note),
];

fn role(word: Option<&str>, kind: &ValueKind) -> Result<Role, String> {
    match word {
        None if *kind == ValueKind::Text => Ok(Role::Note),
        None if matches!(kind, ValueKind::Sleep(_)) => Ok(Role::Other),
        None => Err("say what it is: role = \"pain\", \"symptom\", \"sleep_quality\", … or \"other\"".into()),
        Some(word) => ROLES.iter().find(|(name, _)| *name == word).map(|(_, role)| *role).ok_or_else(|| {
            let names: Vec<&str> = ROLES.iter().map(|(name, _)| *name).collect();
            format!("there is no role '{word}'; the roles are {}", names.join(", "))
        }),
    }
}

fn moment(word: Option<&str>, role: Role) -> Result<Moment, String> {
    Ok(match word {
        Some("waking") => Moment::Waking,
        Some("bedtime") => Moment::Bedtime,
        Some("day") => Moment::Day,
        Some("worst") => Moment::Worst,
        Some("now") => Moment::Now,
        Some(other) => {
            return Err(format!("moment must be waking, bedtime, day, worst or now, not '{other}'"));
        }
        None if matches!(role, Role::Pain | Role::Symptom | Role::SleepQuality) => {
            return Err("say of which moment it speaks: moment = \"waking\", \"bedtime\", \"day\", \"worst\" or \"now\"".into());
        }
        None => Moment::Day,
    })
}

fn several(word: Option<&str>) -> Result<Several, String> {
    Ok(match word {
        None => Several::Replace,
        Some("first") => Several::First,
        Some("last") => Several::Last,
        Some("mean") => Several::Mean,
        Some("max") => Several::Max,
        Some("sum") => Several::Sum,
        Some(other) => return Err(format!("several must be first, last, mean, max or sum, not '{other}'")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        TableMap::parse(text).unwrap_err().message
    }

    const START: &str = "source = \"x\"\ndate = { column = \"day\", format = \"iso\" }\n";

    #[test]
    fn every_mistake_names_its_line_and_what_to_do() {
        for (rest, expected) in [
            ("[[column]]\nname = \"a\"\nrol = \"pain\"\n", "line 5: unknown field `rol`"),
            (
                "[[column]]\nname = \"a\"\nrole = \"agony\"\nnrs = true\n",
                "line 4: 'a': there is no role 'agony'",
            ),
            (
                "[[column]]\nname = \"a\"\nrole = \"pain\"\nmoment = \"day\"\nscale = [0, 3]\n",
                "line 4: 'a': say what a higher value means",
            ),
            ("[[column]]\nname = \"a\"\nrole = \"pain\"\nnrs = true\n", "line 4: 'a': say of which moment"),
            ("[[column]]\nname = \"a\"\nrole = \"pain\"\n", "line 4: 'a': say how its values are written"),
            (
                "[[column]]\nname = \"a\"\nrole = \"other\"\nnrs = true\nunit = \"h\"\n",
                "nrs and unit exclude each other",
            ),
            (
                "[[tracker]]\nname = \"a\"\nrole = \"other\"\nunit = \"h\"\n",
                "line 3: [[tracker]] needs [long]",
            ),
            (
                "[time]\ncolumn = \"t\"\nformat = \"iso\"\nzone = \"Mars/X\"\n",
                "line 6: there is no time zone called 'Mars/X'",
            ),
            ("[long]\ntracker = []\nvalue = \"v\"\n", "line 4: tracker must name the column"),
            (
                "[[column]]\nname = \"a\"\nrole = \"pain\"\nmoment = \"day\"\nnrs = true\nseveral = \"sum\"\n",
                "line 4: 'a': scores of a scale cannot be summed",
            ),
            ("[sleep]\nkind = \"main\"\n", "line 3: [sleep] names no column"),
            (
                "[[column]]\nname = \"a\"\ntext = true\n[[column]]\nname = \"a\"\ntext = true\n",
                "'a' stands in the map twice",
            ),
            ("oops\n", "line 3: "),
        ] {
            let message = refused(&format!("{START}{rest}"));
            assert!(message.contains(expected), "{message}\nshould contain\n{expected}");
            assert!(message.contains("correct the map"), "{message}");
        }
        assert!(refused("source = \"x\"\n").contains("add [date] or [time]"));
    }
}
