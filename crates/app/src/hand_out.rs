//! Makes the files that a person takes away: everything as a zip of tables, or the whole store as one file.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use nightmend_store::{Overwrite, Store};
use zip::write::SimpleFileOptions;

use crate::failure::AppError;
use crate::upload::UploadFolder;

/// Everything as tables and as JSON, in one zip archive; five years are a few megabytes.
///
/// # Errors
/// A store that cannot be read, or a folder that cannot be written to.
pub fn export_zip(store: &Store) -> Result<Vec<u8>, AppError> {
    let folder = UploadFolder::new(store.folder())?;
    let made = store.export_all(folder.path(), Overwrite::Refuse)?;
    let failed = |source: std::io::Error| AppError::File { what: "packing the export".to_owned(), source };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for path in &made.files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        archive
            .start_file(format!("nightmend-export/{name}"), SimpleFileOptions::default())
            .map_err(|e| failed(e.into()))?;
        archive.write_all(&read(path)?).map_err(failed)?;
    }
    Ok(archive.finish().map_err(|error| failed(error.into()))?.into_inner())
}

/// The whole store as one file, also while others write.
///
/// # Errors
/// As [`export_zip`].
pub fn backup_bytes(store: &Store) -> Result<Vec<u8>, AppError> {
    let folder = UploadFolder::new(store.folder())?;
    let made = store.backup(folder.path().join("backup.db"), Overwrite::Refuse)?;
    read(&made.file)
}

fn read(path: &Path) -> Result<Vec<u8>, AppError> {
    fs::read(path).map_err(|source| AppError::File { what: format!("reading {}", path.display()), source })
}

#[cfg(test)]
mod tests {
    use nightmend_domain::PersonName;
    use nightmend_testkit::observations::Maker;

    use super::*;

    #[test]
    fn what_is_taken_away_is_whole_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let me = PersonName::new("me").unwrap();
        let pain = Maker::diary("Europe/London").pain_waking("2024-05-01", 4.0);
        store
            .append_check_in(&me, std::slice::from_ref(&pain), "2024-05-01T07:00:00Z".parse().unwrap())
            .unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(export_zip(&store).unwrap())).unwrap();
        assert_eq!(archive.len(), nightmend_store::EXPORT_FILES.len());
        let mut text = String::new();
        let mut entries = archive.by_name("nightmend-export/entries.csv").unwrap();
        std::io::Read::read_to_string(&mut entries, &mut text).unwrap();
        assert!(text.contains("back pain"), "{text}");
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("b.db");
        fs::write(&file, backup_bytes(&store).unwrap()).unwrap();
        let other = copy.path().join("store");
        Store::restore(&other, &file).unwrap();
        assert_eq!(Store::open(&other).unwrap().current(&me, ..).unwrap(), [pain]);
        assert!(!folder.path().join("uploads").exists());
    }
}
