//! Runs the validations: simulated people through the engine, and the tables and figures that come of it.

mod calibration;
mod drawing;
mod false_findings;
mod group;
mod other_tools;
mod people;
mod ranks;
mod text;

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// How much to run, and on how many threads; no number in a table depends on the threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effort {
    /// The long form, which writes the published tables.
    full: bool,
    threads: NonZeroUsize,
}

/// What a validation writes: (file below `docs/validation`, content).
type Pages = Vec<(&'static str, String)>;

/// One validation: its name on the command line, and how it is run.
struct Validation {
    name: &'static str,
    run: fn(Effort) -> Result<Pages>,
}

const VALIDATIONS: &[Validation] = &[
    Validation { name: "false-findings", run: false_findings::run },
    Validation { name: "calibration", run: calibration::run },
    Validation { name: "group", run: group::run },
];

/// Runs `cargo xtask validate [--full] [--only NAME] [--threads N]` and writes below `docs/validation`.
///
/// # Errors
/// Unknown arguments, a validation that fails, or a file that cannot be written.
pub fn run(arguments: impl Iterator<Item = String>) -> Result<()> {
    let (effort, only) = read(arguments)?;
    let chosen: Vec<&Validation> =
        VALIDATIONS.iter().filter(|one| only.as_ref().is_none_or(|name| name == one.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = VALIDATIONS.iter().map(|one| one.name).collect();
        bail!("there is no validation of that name; choose one of: {}", names.join(", "));
    }
    for validation in chosen {
        eprintln!("{} …", validation.name);
        let files = (validation.run)(effort).with_context(|| validation.name)?;
        for (name, content) in files {
            write(&crate::root().join("docs/validation"), name, &content)?;
        }
    }
    Ok(())
}

fn write(folder: &Path, name: &str, content: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(folder.join(name), content).with_context(|| format!("writing {name}"))?;
    eprintln!("  wrote docs/validation/{name}");
    Ok(())
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<(Effort, Option<String>)> {
    let mut effort = Effort { full: false, threads: NonZeroUsize::MIN.saturating_add(1) };
    let mut only = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--full" => effort.full = true,
            "--only" => only = Some(arguments.next().context("--only needs a name after it")?),
            "--threads" => {
                let number = arguments.next().context("--threads needs a number after it")?;
                effort.threads = number.parse().context("--threads needs a whole number above zero")?;
            }
            other => bail!("'{other}' is not known; use --full, --only NAME or --threads N"),
        }
    }
    Ok((effort, only))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_and_strangers_refused() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter();
        let (effort, only) = read(words("--full --only calibration --threads 1")).expect("sound arguments");
        assert!(effort.full && effort.threads.get() == 1 && only.as_deref() == Some("calibration"));
        assert!(read(words("--threads 0")).is_err() && read(words("--quick")).is_err());
        assert!(run(words("--only nothing")).is_err());
    }
}
