//! Writes everything that the store holds as tables and as one JSON file, for other tools and other times.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use nightmend_domain::{
    Entry, Fact, Minutes, Observation, OffsetTimestamp, Percent, PersonName, Rating, Scale, SleepRecord,
    Value,
};
use rusqlite::Connection;
use serde::Serialize;

use crate::acts::{self, Act, ImportedFile, person_name};
use crate::append::Counts;
use crate::backup::Overwrite;
use crate::current::{Status, Version, all_versions};
use crate::error::{Inner, StoreError};
use crate::export_twins::ObservationTwin;
use crate::files;
use crate::open::Store;
use crate::words::Word;

/// The files of an export.
///
/// `observations.csv` has a row for every observation ever made, with its status; `sleeps.csv` and `entries.csv`
/// have what stands; `acts.csv` has what was done; `everything.json` has all of it without loss, runs of sleep
/// stages and settings included (a quantity that is not a finite number is `null` there).
pub const EXPORT_FILES: [&str; 5] =
    ["observations.csv", "sleeps.csv", "entries.csv", "acts.csv", "everything.json"];

/// An export that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportMade {
    /// The files, in the order of [`EXPORT_FILES`].
    pub files: Vec<PathBuf>,
    /// Observations written, all versions counted.
    pub observations: u64,
}

impl Store {
    /// Writes everything to the files of [`EXPORT_FILES`] in a folder, which is made where there is none. Each
    /// file takes its name only when it is whole.
    ///
    /// # Errors
    /// A file that is in the way (unless told to replace it), or a folder that cannot be written to.
    pub fn export_all(
        &self,
        folder: impl AsRef<Path>,
        overwrite: Overwrite,
    ) -> Result<ExportMade, StoreError> {
        let folder = folder.as_ref();
        files::make_folder(folder)?;
        let paths = EXPORT_FILES.map(|name| folder.join(name));
        if overwrite == Overwrite::Refuse
            && let Some(path) = paths.iter().find(|path| path.exists())
        {
            return Err(StoreError::Exists { path: path.clone() });
        }
        let everything = self.read(Everything::load)?;
        let [observations, sleeps, entries, acts, json] = &paths;
        files::write_in_place(observations, overwrite, |file| everything.write_observations(file))?;
        files::write_in_place(sleeps, overwrite, |file| everything.write_sleeps(file))?;
        files::write_in_place(entries, overwrite, |file| everything.write_entries(file))?;
        files::write_in_place(acts, overwrite, |file| everything.write_acts(file))?;
        files::write_in_place(json, overwrite, |file| everything.write_json(file))?;
        let count = everything.persons.iter().map(|person| person.versions.len() as u64).sum();
        Ok(ExportMade { files: paths.into(), observations: count })
    }
}

/// All that is in a store.
struct Everything {
    acts: Vec<Act>,
    persons: Vec<Person>,
}

struct Person {
    name: PersonName,
    settings: Vec<SettingTwin>,
    versions: Vec<Version>,
}

/// A setting as it was stored; the latest of a name whose act is in force holds.
#[derive(Serialize)]
struct SettingTwin {
    act: i64,
    name: String,
    value: serde_json::Value,
}

impl Everything {
    fn load(connection: &Connection) -> Inner<Self> {
        let mut statement = connection.prepare("SELECT id FROM act ORDER BY id")?;
        let ids: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let acts = ids.into_iter().map(|id| acts::load(connection, id)).collect::<Inner<_>>()?;
        let mut statement = connection.prepare("SELECT id, name FROM person ORDER BY name")?;
        let mut rows = statement.query([])?;
        let mut persons = Vec::new();
        while let Some(row) = rows.next()? {
            let name = person_name(row, 1)?;
            let settings = settings(connection, row.get(0)?)?;
            let versions = all_versions(connection, &name)?.into_iter().map(|(_, version)| version).collect();
            persons.push(Person { name, settings, versions });
        }
        Ok(Self { acts, persons })
    }

    fn versions(&self) -> impl Iterator<Item = (&PersonName, &Version)> {
        self.persons.iter().flat_map(|person| person.versions.iter().map(|version| (&person.name, version)))
    }

    fn standing(&self) -> impl Iterator<Item = (&PersonName, &Version)> {
        self.versions().filter(|(_, version)| version.status == Status::Current)
    }

    fn write_observations(&self, file: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(file);
        table.write_record([
            "person", "source", "key", "date", "at", "kind", "tracker", "moment", "value", "unit", "status",
            "act", "unmapped", "place",
        ])?;
        for (person, version) in self.versions() {
            let Observation { key, date, at, fact, provenance } = &version.observation;
            let (kind, tracker, moment, (value, unit)) = match fact {
                Fact::Sleep(_) => ("sleep", "", "", Default::default()),
                Fact::Withdrawn => ("withdrawn", "", "", Default::default()),
                Fact::Entry(entry) => {
                    ("entry", entry.tracker.as_str(), word(entry.moment)?, value_and_unit(&entry.value))
                }
            };
            table.write_record([
                person.as_str(),
                provenance.source.as_str(),
                key.as_str(),
                &date.to_string(),
                &time(*at),
                kind,
                tracker,
                moment,
                &value,
                &unit,
                status(version.status),
                &version.act.to_string(),
                yes_or_no(version.is_unmapped),
                &provenance.place,
            ])?;
        }
        table.flush()
    }

    fn write_sleeps(&self, file: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(file);
        table.write_record([
            "person",
            "source",
            "key",
            "date",
            "method",
            "kind",
            "in_bed",
            "try_sleep",
            "sleep_onset",
            "final_awakening",
            "out_of_bed",
            "sol_min",
            "waso_min",
            "tst_min",
            "tib_min",
            "awakenings",
            "stated_efficiency_percent",
            "deep_min",
            "light_min",
            "rem_min",
            "wake_min",
            "quality",
            "quality_minimum",
            "quality_maximum",
            "quality_direction",
            "place",
        ])?;
        for (person, version) in self.standing() {
            let Observation { key, date, fact, provenance, .. } = &version.observation;
            let Fact::Sleep(sleep) = fact else { continue };
            let mut record =
                vec![person.to_string(), provenance.source.to_string(), key.to_string(), date.to_string()];
            record.extend(sleep_columns(sleep)?);
            record.push(provenance.place.clone());
            table.write_record(record)?;
        }
        table.flush()
    }

    fn write_entries(&self, file: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(file);
        table.write_record([
            "person",
            "source",
            "key",
            "date",
            "at",
            "tracker",
            "role",
            "moment",
            "several",
            "value",
            "unit",
            "minimum",
            "maximum",
            "direction",
            "unmapped",
            "place",
        ])?;
        for (person, version) in self.standing() {
            let Observation { key, date, at, fact, provenance } = &version.observation;
            let Fact::Entry(Entry { tracker, role, moment, several, value }) = fact else { continue };
            let (text, unit) = value_and_unit(value);
            let [minimum, maximum, direction] = match value {
                Value::Rating(rating) => scale_columns(rating.scale())?,
                Value::Tick { direction, .. } => [String::new(), String::new(), word(*direction)?.to_owned()],
                _ => Default::default(),
            };
            table.write_record([
                person.as_str(),
                provenance.source.as_str(),
                key.as_str(),
                &date.to_string(),
                &time(*at),
                tracker.as_str(),
                word(*role)?,
                word(*moment)?,
                word(*several)?,
                &text,
                &unit,
                &minimum,
                &maximum,
                &direction,
                yes_or_no(version.is_unmapped),
                &provenance.place,
            ])?;
        }
        table.flush()
    }

    fn write_acts(&self, file: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(file);
        table.write_record([
            "act",
            "when",
            "kind",
            "what",
            "persons",
            "kept",
            "known",
            "superseded",
            "unmapped",
            "undoes",
            "undone_by",
        ])?;
        for act in &self.acts {
            let Act { id, kind, when, what, persons, counts, files: _, undoes, undone_by } = act;
            let persons: Vec<_> = persons.iter().map(PersonName::as_str).collect();
            table.write_record([
                id.to_string(),
                when.to_string(),
                kind.to_string(),
                what.clone(),
                persons.join("; "),
                counts.kept.to_string(),
                counts.known.to_string(),
                counts.superseded.to_string(),
                counts.unmapped.to_string(),
                text(*undoes),
                text(*undone_by),
            ])?;
        }
        table.flush()
    }

    /// Written piece by piece, one observation a line: five years make a file of some megabytes.
    fn write_json(&self, file: &mut dyn Write) -> io::Result<()> {
        write!(file, "{{\"schema\":\"nightmend.export/1\",\n\"acts\":[")?;
        for (index, act) in self.acts.iter().enumerate() {
            file.write_all(if index == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *file, &ActTwin::of(act))?;
        }
        write!(file, "],\n\"persons\":[")?;
        for (index, Person { name, settings, versions }) in self.persons.iter().enumerate() {
            file.write_all(if index == 0 { b"\n" } else { b",\n" })?;
            writeln!(file, "{{\"name\":{},", serde_json::to_string(name.as_str())?)?;
            write!(file, "\"settings\":{},\n\"observations\":[", serde_json::to_string(settings)?)?;
            for (index, version) in versions.iter().enumerate() {
                file.write_all(if index == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *file, &VersionTwin::of(version)?)?;
            }
            write!(file, "]}}")?;
        }
        writeln!(file, "]}}")
    }
}

#[derive(Serialize)]
struct VersionTwin {
    act: i64,
    status: &'static str,
    unmapped: bool,
    #[serde(flatten)]
    observation: ObservationTwin,
}

impl VersionTwin {
    fn of(version: &Version) -> io::Result<Self> {
        let Version { observation, act, status: own, is_unmapped } = version;
        let observation = ObservationTwin::of(observation).map_err(|_| not_understood())?;
        Ok(Self { act: act.get(), status: status(*own), unmapped: *is_unmapped, observation })
    }
}

#[derive(Serialize)]
struct ActTwin<'act> {
    act: i64,
    when: String,
    kind: String,
    what: &'act str,
    persons: Vec<&'act str>,
    #[serde(flatten)]
    counts: CountsTwin,
    files: Vec<FileTwin<'act>>,
    undoes: Option<i64>,
    undone_by: Option<i64>,
}

#[derive(Serialize)]
struct CountsTwin {
    kept: u64,
    known: u64,
    superseded: u64,
    unmapped: u64,
}

#[derive(Serialize)]
struct FileTwin<'act> {
    path: &'act str,
    format: &'act str,
    sha256: Option<String>,
    #[serde(flatten)]
    counts: CountsTwin,
    refused: u64,
}

impl<'act> ActTwin<'act> {
    fn of(act: &'act Act) -> Self {
        let Act { id, kind, when, what, persons, counts, files, undoes, undone_by } = act;
        Self {
            act: id.get(),
            when: when.to_string(),
            kind: kind.to_string(),
            what,
            persons: persons.iter().map(PersonName::as_str).collect(),
            counts: counts_twin(*counts),
            files: files.iter().map(file_twin).collect(),
            undoes: undoes.map(acts::ActId::get),
            undone_by: undone_by.map(acts::ActId::get),
        }
    }
}

fn counts_twin(counts: Counts) -> CountsTwin {
    let Counts { kept, known, superseded, unmapped } = counts;
    CountsTwin { kept, known, superseded, unmapped }
}

fn file_twin(file: &ImportedFile) -> FileTwin<'_> {
    let ImportedFile { path, format, sha256, counts, refused } = file;
    let hex = |hash: &[u8; 32]| hash.iter().map(|byte| format!("{byte:02x}")).collect();
    FileTwin {
        path,
        format,
        sha256: sha256.as_ref().map(hex),
        counts: counts_twin(*counts),
        refused: *refused,
    }
}

fn settings(connection: &Connection, person: i64) -> Inner<Vec<SettingTwin>> {
    let mut statement =
        connection.prepare_cached("SELECT act, name, value FROM setting WHERE person = ?1 ORDER BY id")?;
    let mut rows = statement.query([person])?;
    let mut settings = Vec::new();
    while let Some(row) = rows.next()? {
        let value: String = row.get(2)?;
        // Settings are JSON; one that is not would still be shown, as a text.
        let value = serde_json::from_str(&value).unwrap_or(serde_json::Value::String(value));
        settings.push(SettingTwin { act: row.get(0)?, name: row.get(1)?, value });
    }
    Ok(settings)
}

fn sleep_columns(sleep: &SleepRecord) -> io::Result<Vec<String>> {
    let minutes = |length: Option<Minutes>| text(length.map(Minutes::get));
    let stage = |length: Option<Option<Minutes>>| minutes(length.flatten());
    let stages = sleep.stages;
    let mut columns = vec![word(sleep.method)?.to_owned(), word(sleep.kind)?.to_owned()];
    let times = [sleep.in_bed, sleep.try_sleep, sleep.sleep_onset, sleep.final_awakening, sleep.out_of_bed];
    columns.extend(times.map(time));
    columns.extend([
        minutes(sleep.sleep_onset_latency),
        minutes(sleep.wake_after_sleep_onset),
        minutes(sleep.total_sleep_time),
        minutes(sleep.time_in_bed),
        text(sleep.awakenings),
        text(sleep.stated_efficiency.map(Percent::get)),
        stage(stages.map(|stages| stages.deep)),
        stage(stages.map(|stages| stages.light)),
        stage(stages.map(|stages| stages.rem)),
        stage(stages.map(|stages| stages.wake)),
        text(sleep.quality.map(Rating::value)),
    ]);
    columns.extend(match sleep.quality {
        Some(quality) => scale_columns(quality.scale())?,
        None => Default::default(),
    });
    Ok(columns)
}

fn scale_columns(scale: Scale) -> io::Result<[String; 3]> {
    Ok([scale.minimum().to_string(), scale.maximum().to_string(), word(scale.direction())?.to_owned()])
}

fn value_and_unit(value: &Value) -> (String, String) {
    match value {
        Value::Nrs(nrs) => (nrs.get().to_string(), String::new()),
        Value::Rating(rating) => (rating.value().to_string(), String::new()),
        Value::Quantity { value, unit } => (value.to_string(), unit.clone()),
        Value::Tick { yes, .. } => (yes_or_no(*yes).to_owned(), String::new()),
        Value::Text(text) => (text.clone(), String::new()),
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Current => "current",
        Status::Superseded => "superseded",
        Status::Undone => "undone",
    }
}

const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// An unknown value is an empty cell, never a zero.
fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn time(time: Option<OffsetTimestamp>) -> String {
    text(time)
}

fn word(variant: impl Word) -> io::Result<&'static str> {
    variant.word().map_err(|_| not_understood())
}

fn not_understood() -> io::Error {
    io::Error::other("a kind of fact that this release cannot name")
}
