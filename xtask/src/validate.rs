//! Runs the validations: simulated people through the engine, and the tables and figures that come of it.

mod calibration;
mod drawing;
mod false_findings;
mod group;
mod half_day_calibration;
mod half_day_findings;
mod half_day_life;
pub mod lives;
mod living;
mod misspecification;
mod other_tools;
mod people;
mod power;
mod ranks;
mod step_power;
mod steps;
mod text;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// How much to run, and on how many threads; no number in a table depends on the threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effort {
    /// The long form, which writes the published tables.
    full: bool,
    threads: NonZeroUsize,
}

/// What a validation writes: (file below the folder of pages, content).
type Pages = Vec<(&'static str, String)>;

/// One validation: its name on the command line, what it answers, and how it is run.
struct Validation {
    name: &'static str,
    question: &'static str,
    run: fn(Effort) -> Result<Pages>,
}

const VALIDATIONS: &[Validation] = &[
    Validation {
        name: "false-findings",
        question: "who is told of an arrow that is not there, by us and by other tools' tables?",
        run: false_findings::run,
    },
    Validation {
        name: "half-day-findings",
        question: "the same for people who report pain twice a day",
        run: half_day_findings::run,
    },
    Validation {
        name: "living",
        question: "and over the years of a living record, at all of its looks?",
        run: living::run,
    },
    Validation {
        name: "calibration",
        question: "do intervals hold what they promise, for people drawn from the priors?",
        run: calibration::run,
    },
    Validation {
        name: "half-day-calibration",
        question: "the same for the half-day form",
        run: half_day_calibration::run,
    },
    Validation {
        name: "misspecification",
        question: "and where the model is wrong?",
        run: misspecification::run,
    },
    Validation {
        name: "power",
        question: "how long until an arrow is told, and do the days said to be needed come true?",
        run: power::run,
    },
    Validation {
        name: "group",
        question: "are planted effects recovered from a panel of many people?",
        run: group::run,
    },
    Validation {
        name: "steps",
        question: "are people told that a step helped which did nothing, and how often is one found that did?",
        run: steps::run,
    },
    Validation {
        name: "step-power",
        question: "does a plan say before the start how often it will find what is there?",
        run: step_power::run,
    },
];

const HELP: &str = "cargo xtask validate [--full] [--only NAME]… [--after NAME] [--threads N] [--list]

Without --full a short form of every validation is written below target/validation, so that it never replaces a
published table; with --full the published tables below docs/validation are made, which takes hours. The same seeds give
the same bytes on any number of threads. Each validation writes its pages when it is done: a run that was broken off
goes on with --after and the name of the last one that was.";

/// What was asked for.
#[derive(Debug)]
struct Request {
    effort: Effort,
    only: Vec<String>,
    after: Option<String>,
    list: bool,
}

/// Runs what `arguments` ask for; see `HELP`.
///
/// # Errors
/// Unknown arguments, a validation that fails, or a file that cannot be written.
pub fn run(arguments: impl Iterator<Item = String>) -> Result<()> {
    let Some(Request { effort, only, after, list }) = read(arguments)? else {
        println!("{HELP}");
        return Ok(());
    };
    for name in only.iter().chain(&after) {
        if !VALIDATIONS.iter().any(|one| one.name == name) {
            let names: Vec<&str> = VALIDATIONS.iter().map(|one| one.name).collect();
            bail!("there is no validation called '{name}'; choose one of: {}", names.join(", "));
        }
    }
    let done = after.map_or(0, |name| VALIDATIONS.iter().take_while(|one| one.name != name).count() + 1);
    let chosen: Vec<&Validation> = VALIDATIONS[done..]
        .iter()
        .filter(|one| only.is_empty() || only.iter().any(|name| name == one.name))
        .collect();
    for (number, Validation { name, question, run }) in chosen.iter().copied().enumerate() {
        if list {
            println!("{name:22}{question}");
            continue;
        }
        eprintln!("{name} ({} of {}): {question}", number + 1, chosen.len());
        let start = Instant::now();
        let files = run(effort).with_context(|| (*name).to_owned())?;
        for (file, content) in files {
            write(&folder(effort), file, &content)?;
        }
        eprintln!("  took {:.0} s", start.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Where pages go: only the full form replaces a published one.
fn folder(effort: Effort) -> PathBuf {
    crate::root().join(if effort.full { "docs/validation" } else { "target/validation" })
}

fn write(folder: &Path, name: &str, content: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(folder.join(name), content).with_context(|| format!("writing {name}"))?;
    eprintln!("  wrote {}", folder.join(name).display());
    Ok(())
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<Option<Request>> {
    let effort = Effort { full: false, threads: NonZeroUsize::MIN.saturating_add(1) };
    let mut request = Request { effort, only: Vec::new(), after: None, list: false };
    while let Some(argument) = arguments.next() {
        let mut following =
            |what: &str| arguments.next().with_context(|| format!("{argument} needs {what} after it"));
        match argument.as_str() {
            "--full" => request.effort.full = true,
            "--list" => request.list = true,
            "--only" => request.only.push(following("a name")?),
            "--after" => request.after = Some(following("a name")?),
            "--threads" => {
                let number = following("a number")?;
                request.effort.threads =
                    number.parse().context("--threads needs a whole number above zero")?;
            }
            "--help" | "-h" => return Ok(None),
            other => bail!("'{other}' is not known; see `cargo xtask validate --help`"),
        }
    }
    Ok(Some(request))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> impl Iterator<Item = String> {
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn arguments_are_read_and_strangers_refused() {
        let request = read(words("--full --only calibration --only power --threads 1"))
            .expect("sound arguments")
            .expect("no call for help");
        assert!(request.effort.full && request.effort.threads.get() == 1);
        assert_eq!(request.only, ["calibration", "power"]);
        assert!(read(words("--threads 0")).is_err() && read(words("--quick")).is_err());
        assert!(read(words("--help")).expect("help").is_none());
        assert!(run(words("--only nothing")).is_err() && run(words("--after nothing")).is_err());
    }

    #[test]
    fn a_short_form_never_replaces_a_published_page() {
        let effort = |full| Effort { full, threads: NonZeroUsize::MIN };
        assert!(folder(effort(true)).ends_with("docs/validation"));
        assert!(folder(effort(false)).ends_with("target/validation"));
    }
}
