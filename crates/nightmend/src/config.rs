//! Finds the folder of the store: the flag, the environment, or the place where this system keeps user data.

use std::path::PathBuf;

use anyhow::Context;
use etcetera::BaseStrategy;

/// The folder of the store.
///
/// # Errors
/// A system without a home folder, where no folder is given.
pub fn data_folder(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder),
        None => Ok(user_data_folder()?.join("nightmend")),
    }
}

/// The folder of the demo's own store, beside the person's.
///
/// # Errors
/// As [`data_folder`].
pub fn demo_folder(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder.join("demo")),
        None => Ok(user_data_folder()?.join("nightmend-demo")),
    }
}

fn user_data_folder() -> anyhow::Result<PathBuf> {
    let strategy = etcetera::choose_base_strategy()
        .context("no home folder is known; say where to keep the data with --data DIR")?;
    Ok(strategy.data_dir())
}
