//! Runs the chores of the house.

use std::fs;

use anyhow::{Context, Result, bail};

const HELP: &str = "cargo xtask CHORE

chores:
  tidy                                          lay out the files that are copies of one source
  validate [--help]                             simulate people and write the pages of docs/validation";

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy(),
        Some("validate") => xtask::validate::run(std::env::args().skip(2)),
        Some("help" | "--help" | "-h") | None => {
            println!("{HELP}");
            Ok(())
        }
        Some(other) => bail!("there is no chore called '{other}'; see `cargo xtask help`"),
    }
}

fn tidy() -> Result<()> {
    let root = xtask::root();
    for (source, copies) in xtask::laid_out_files() {
        for copy in copies {
            fs::copy(root.join(&source), root.join(&copy))
                .with_context(|| format!("laying {} out to {}", source.display(), copy.display()))?;
        }
    }
    Ok(())
}
