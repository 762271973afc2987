//! Makes folders and files that only their owner may read, and puts finished files in their place at once.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::backup::Overwrite;
use crate::error::StoreError;

/// The error for a path that could not be read, made or written.
pub(crate) fn file_error(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path },
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::DiskFull { path },
        ErrorKind::AlreadyExists => StoreError::Exists { path },
        _ => StoreError::File { path, source },
    }
}

/// Makes a folder (and those above it) that only its owner may enter; one that exists is left as it is.
pub(crate) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(file_error(folder, io::Error::new(ErrorKind::NotADirectory, "this is not a folder")))
        }
        made => made.map_err(|error| file_error(folder, error)),
    }
}

/// Makes an empty file that only its owner may read, unless it exists; says whether it was made.
pub(crate) fn make_file(path: &Path) -> Result<bool, StoreError> {
    match private_options().write(true).create_new(true).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(file_error(path, error)),
    }
}

/// Opens (and makes, where needed) the file whose lock keeps two processes from migrating at once.
pub(crate) fn open_lock_file(path: &Path) -> Result<File, StoreError> {
    private_options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| file_error(path, error))
}

fn private_options() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Waits until the entries of a folder are on the disk.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    File::open(folder).and_then(|file| file.sync_all()).map_err(|error| file_error(folder, error))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// An empty file beside `target`, removed unless it is put in the target's place.
pub(crate) fn temporary_beside(target: &Path) -> Result<NamedTempFile, StoreError> {
    let folder = folder_of(target);
    tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(|error| file_error(folder, error))
}

/// How the names of our unfinished files begin.
pub(crate) const TEMPORARY_PREFIX: &str = ".nightmend-";

/// Puts a finished file in the target's place at once, and waits until it is on the disk.
pub(crate) fn put_in_place(
    temporary: TempPath,
    target: &Path,
    overwrite: Overwrite,
) -> Result<(), StoreError> {
    File::open(&temporary).and_then(|file| file.sync_all()).map_err(|error| file_error(target, error))?;
    match overwrite {
        Overwrite::Refuse => temporary.persist_noclobber(target),
        Overwrite::Replace => temporary.persist(target),
    }
    .map_err(|error| file_error(target, error.error))?;
    sync_folder(folder_of(target))
}

/// Writes a file through a temporary one beside it.
pub(crate) fn write_in_place(
    target: &Path,
    overwrite: Overwrite,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    let temporary = temporary_beside(target)?;
    let mut writer = io::BufWriter::new(temporary);
    write(&mut writer).and_then(|()| writer.flush()).map_err(|error| file_error(target, error))?;
    let temporary = writer.into_inner().map_err(|error| file_error(target, error.into_error()))?;
    put_in_place(temporary.into_temp_path(), target, overwrite)
}

/// Removes a file; one that is not there is no error.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file_error(path, error)),
        _ => Ok(()),
    }
}

/// What tells a file from another one of the same name, where the system says so.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// What tells a file from another one of the same name: unknown on this system.
#[cfg(not(unix))]
pub(crate) fn identity(_path: &Path) -> Option<(u64, u64)> {
    None
}

/// The path with a suffix after its file name, as SQLite names its companions.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
