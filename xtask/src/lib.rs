//! Knows the plan of the house: which crate stands on which storey, and which files are laid out from one source.

pub mod validate;

use std::path::{Path, PathBuf};

/// Whether a crate may touch the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// No clock, random source, environment, path or print.
    Pure,
    /// Touches disk, network or clock.
    Edge,
    /// Only tests and chores use it.
    Tool,
}

/// One room of the house.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Folder below `crates/`, and the package name without `nightmend-`.
    pub name: &'static str,
    /// May it touch the world?
    pub nature: Nature,
    /// The rooms it has doors to.
    pub doors: &'static [&'static str],
    /// The outside libraries it may use.
    pub libraries: &'static [&'static str],
}

const fn room(
    name: &'static str,
    nature: Nature,
    doors: &'static [&'static str],
    libraries: &'static [&'static str],
) -> Room {
    Room { name, nature, doors, libraries }
}

/// The rooms that exist, bottom storey first. A new crate is a new line here.
pub const ROOMS: &[Room] = &[
    room("domain", Nature::Pure, &[], &["jiff", "thiserror"]),
    room("infer", Nature::Pure, &[], &["nuts-rs", "pulp", "thiserror"]),
    room("sleep", Nature::Pure, &["domain"], &["jiff", "thiserror"]),
    room("sim", Nature::Pure, &["domain"], &["jiff", "rand_chacha", "thiserror"]),
    room("loop", Nature::Pure, &["domain", "infer"], &["jiff", "thiserror", "toml", "serde", "sha2"]),
    room("trial", Nature::Pure, &["domain", "infer", "loop"], &["jiff", "sha2", "thiserror"]),
    room("report", Nature::Pure, &["domain"], &["jiff"]),
    room("import", Nature::Pure, &["domain"], &["jiff", "serde", "serde_json", "thiserror", "toml"]),
    room(
        "store",
        Nature::Edge,
        &["domain"],
        &[
            "csv",
            "jiff",
            "rusqlite",
            "rusqlite_migration",
            "serde",
            "serde_json",
            "sha2",
            "tempfile",
            "thiserror",
        ],
    ),
    room(
        "app",
        Nature::Edge,
        &["domain", "import", "loop", "report", "sim", "sleep", "store", "trial"],
        &["jiff", "schemars", "serde", "serde_json", "sha2", "thiserror", "zip"],
    ),
    room(
        "web",
        Nature::Edge,
        &["app", "domain", "report"],
        &[
            "argon2",
            "axum",
            "axum-server",
            "getrandom",
            "jiff",
            "maud",
            "pulldown-cmark",
            "qrcode",
            "rcgen",
            "rustls",
            "schemars",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "tokio",
            "tokio-stream",
            "tower",
            "tower-http",
        ],
    ),
    room(
        "nightmend",
        Nature::Edge,
        &["app", "domain", "report", "web"],
        &["anyhow", "clap", "ctrlc", "etcetera", "jiff", "mimalloc", "serde", "serde_json", "terminal_size"],
    ),
    room("testkit", Nature::Tool, &["domain", "sim"], &["jiff", "tempfile", "zip"]),
];

/// The root folder of the project.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies below the root").to_path_buf()
}

/// Files that are copies of one source: (source, copies), as paths from the root.
#[must_use]
pub fn laid_out_files() -> Vec<(PathBuf, Vec<PathBuf>)> {
    let copies = ROOMS
        .iter()
        .filter(|room| room.nature == Nature::Pure)
        .map(|room| PathBuf::from(format!("crates/{}/clippy.toml", room.name)))
        .collect();
    vec![(PathBuf::from("house/clippy-pure.toml"), copies)]
}
