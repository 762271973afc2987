//! Lays synthetic exports out as files in a folder that is gone when the test ends.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use nightmend_domain::Zone;
use nightmend_sim::exports::{ExportFile, diary_csv, fitbit, tables};
use nightmend_sim::{DEMO_SEED, Habits, ObservedDay, Person, PersonParameters, Seed, demo_exports, observe};
use tempfile::TempDir;

/// A folder of files for one test.
#[derive(Debug)]
pub struct ExportFolder {
    folder: TempDir,
}

impl ExportFolder {
    /// An empty folder.
    ///
    /// # Panics
    /// Where no folder can be made.
    #[must_use]
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for the test") }
    }

    /// The demo person's files.
    #[must_use]
    pub fn demo() -> Self {
        let folder = Self::empty();
        for file in demo_exports(DEMO_SEED) {
            folder.add(&file.path, &file.bytes);
        }
        folder
    }

    /// All the forms of export there are, of one person over `nights` nights: `diary.csv`, `sleep.json` (stages),
    /// `sleep-classic.json`, `wellness.csv` (stamps in UTC), `trackers.csv` (long); the two
    /// tables with the maps that they are read by, `wellness.toml` and `trackers.toml`.
    #[must_use]
    pub fn every_form(nights: usize, seed: u64) -> Self {
        let (days, zone) = (simulated_days(nights, seed), Zone::named("Europe/London").expect("a zone"));
        let folder = Self::empty();
        folder.add("diary.csv", &diary_csv::diary_csv(&days));
        folder.add("sleep.json", &fitbit::sleep_json(&days, &zone, fitbit::Format::Stages));
        folder.add("sleep-classic.json", &fitbit::sleep_json(&days, &zone, fitbit::Format::Classic));
        folder.add("wellness.csv", &tables::wellness_csv(&days));
        folder.add("wellness.toml", tables::WELLNESS_MAP.as_bytes());
        folder.add("trackers.csv", &tables::tracker_csv(&days));
        folder.add("trackers.toml", tables::TRACKER_MAP.as_bytes());
        folder
    }

    /// Writes one file and returns its path; folders on the way are made.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn add(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("a folder for the file");
        }
        fs::write(&path, bytes).expect("a file for the test");
        path
    }

    /// Writes a zip archive of those files and returns its path.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn add_zip(&self, path: &str, files: &[ExportFile]) -> PathBuf {
        let members: Vec<(&str, &[u8])> =
            files.iter().map(|file| (file.path.as_str(), file.bytes.as_slice())).collect();
        self.add(path, &crate::zoo::zip(&members))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The demo person's files, as they are inside an archive.
#[must_use]
pub fn demo_files() -> Vec<nightmend_sim::ExportFile> {
    demo_exports(DEMO_SEED)
}

/// The records of an ordinary person in London, without a link between sleep and pain, from 2025-01-01 on.
#[must_use]
pub fn simulated_days(nights: usize, seed: u64) -> Vec<ObservedDay> {
    let person = Person::new(PersonParameters::without_link(0.3)).expect("a person");
    let zone = Zone::named("Europe/London").expect("a zone of the bundle");
    let seed = Seed::new(seed);
    observe(&person.course(nights, date(2025, 1, 1), seed), &Habits::ordinary(zone), seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_there_and_go_with_the_folder() {
        let folder = ExportFolder::every_form(30, 1);
        let path = folder.path().to_path_buf();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 7);
        let zip = folder.add_zip("all/demo.zip", &demo_exports(DEMO_SEED));
        assert!(fs::read(zip).unwrap().starts_with(b"PK"));
        drop(folder);
        assert!(!path.exists());
    }
}
