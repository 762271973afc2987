//! Keeps files that a page sent while they are being read, in a folder beside the store, and removes them afterwards.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::failure::AppError;

/// Where uploads stand, below the folder of the store: records of a person do not leave it, not even for a moment.
const UPLOADS: &str = "uploads";
/// After this time an upload was surely left behind by a program that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3_600);
/// Longest name kept of a file, in characters.
const LONGEST_NAME: usize = 120;

/// A folder of files on their way into the store; dropping it removes them.
#[derive(Debug)]
pub struct UploadFolder {
    path: PathBuf,
}

impl UploadFolder {
    /// A new, empty folder beside the store in `store_folder`; removes what was left behind there for a day.
    ///
    /// # Errors
    /// A folder that cannot be written to.
    pub fn new(store_folder: &Path) -> Result<Self, AppError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let uploads = store_folder.join(UPLOADS);
        make_folder(&uploads).map_err(|source| failed("making", &uploads, source))?;
        sweep(&uploads);
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = uploads.join(format!("{}-{number}", std::process::id()));
            match make_new_folder(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(failed("making", &path, source)),
            }
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a file in it. Of the name that a browser gave only the last part is used, and what no file system takes
    /// is replaced; a second file of one name gets a number.
    ///
    /// # Errors
    /// A file that cannot be made.
    pub fn file(&self, name: &str) -> Result<(File, PathBuf), AppError> {
        let name = safe_name(name);
        for number in 1..10_000 {
            let path = self.path.join(if number == 1 { name.clone() } else { format!("{number}-{name}") });
            match File::options().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(failed("writing", &path, source)),
            }
        }
        Err(AppError::Refused(format!("there are too many files called {name}; send fewer at once")))
    }
}

impl Drop for UploadFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept away with a later upload, and by an erasure.
        let _ = fs::remove_dir_all(&self.path);
        if let Some(uploads) = self.path.parent() {
            let _ = fs::remove_dir(uploads);
        }
    }
}

/// A name without folders, control characters and leading dots.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = last
        .chars()
        .map(|letter| if letter.is_control() || "<>:\"|?*".contains(letter) { '_' } else { letter })
        .collect();
    let safe = safe.trim().trim_start_matches('.');
    // The ending tells formats apart, so a long name is cut at its front.
    let length = safe.chars().count();
    let cut: String = safe.chars().skip(length.saturating_sub(LONGEST_NAME)).collect();
    if cut.is_empty() { "file".to_owned() } else { cut }
}

fn sweep(uploads: &Path) {
    let Ok(entries) = fs::read_dir(uploads) else { return };
    for entry in entries.flatten() {
        let age = entry
            .metadata()
            .and_then(|data| data.modified())
            .map(|then| SystemTime::now().duration_since(then));
        if matches!(age, Ok(Ok(age)) if age > LEFT_BEHIND) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    match make_new_folder(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder that only its owner may look into.
fn make_new_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn failed(doing: &str, path: &Path, source: std::io::Error) -> AppError {
    AppError::File { what: format!("{doing} {}", path.display()), source }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn names_cannot_leave_the_folder() {
        let names = ["../../etc/passwd", "C:\\x\\night.csv", ".hidden", "a\nb<c>.csv", "", "///"];
        let safe = ["passwd", "night.csv", "hidden", "a_b_c_.csv", "file", "file"];
        assert_eq!(names.map(safe_name), safe);
        assert!(safe_name(&format!("{}.zip", "x".repeat(500))).ends_with("x.zip"));
    }

    #[test]
    fn an_upload_is_gone_when_it_is_done_with() {
        let store = tempfile::tempdir().unwrap();
        let upload = UploadFolder::new(store.path()).unwrap();
        let (mut file, first) = upload.file("night.csv").unwrap();
        file.write_all(b"x").unwrap();
        let (_, second) = upload.file("night.csv").unwrap();
        assert_ne!(first, second);
        assert!(first.starts_with(upload.path()) && first.exists());
        drop(upload);
        assert_eq!(fs::read_dir(store.path()).unwrap().count(), 0);
    }
}
