//! Looks at a table and proposes a map for it.

use std::fs::File;
use std::io::BufReader;

use anyhow::Context as _;
use nightmend_app::views::MapView;

use crate::args::MapArgs;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Runs `nightmend map`.
pub fn run(args: &MapArgs) -> Outcome {
    super::existing(&args.file)?;
    if args.file.is_dir() {
        return Err(Failure::Usage(format!(
            "{} is a folder; name one table in it (a CSV or TSV file)",
            args.file.display()
        )));
    }
    let file = File::open(&args.file)
        .with_context(|| format!("opening {}; check that you may read it", args.file.display()))?;
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let proposal = nightmend_app::propose(&mut BufReader::new(file), &name)
        .map_err(|error| Failure::Refused(format!("{}: {error}", args.file.display())))?;
    if args.json {
        return output::json(&MapView {
            schema: "nightmend.map/1",
            path: args.file.display().to_string(),
            map: proposal.toml_text,
            reasons: proposal.reasons,
        });
    }
    output::verbatim(&proposal.toml_text)?;
    output::say(&format!(
        "This is a proposal: look at it, answer the questions in it, save it as a file, and run\n  nightmend import {} --map map.toml --dry-run",
        args.file.display()
    ));
    Ok(())
}
