//! Copies the store to one file and back, and writes everything out as tables.

use std::fmt::Write as _;

use nightmend_app::{AppError, Overwrite, Store};

use super::Context;
use crate::args::{BackupArgs, ExportArgs, RestoreArgs};
use crate::failure::{Failure, Outcome};
use crate::output::{self, can_ask, confirmed, counted};

/// Runs `nightmend backup`.
pub fn backup(context: &Context, args: &BackupArgs) -> Outcome {
    let store = context.store_to_read()?;
    let overwrite = if args.overwrite { Overwrite::Replace } else { Overwrite::Refuse };
    let made = store.backup(&args.file, overwrite).map_err(AppError::from)?;
    output::text(&format!(
        "Everything is in {} ({} kB). `nightmend restore {}` brings it back. The file is not encrypted.\n",
        made.file.display(),
        made.bytes.div_ceil(1024),
        made.file.display()
    ))
}

/// Runs `nightmend restore`.
pub fn restore(context: &Context, args: &RestoreArgs) -> Outcome {
    let folder = context.folder()?;
    let is_replaced = folder.join("nightmend.db").exists();
    if is_replaced && !args.yes {
        let question =
            format!("Put {} in the place of the store in {}?", args.file.display(), folder.display());
        if !can_ask() {
            return Err(Failure::Usage(
                "nothing was changed; add --yes to restore without being asked".to_owned(),
            ));
        }
        if !confirmed(&question)? {
            return output::text("Nothing was changed.\n");
        }
    }
    let restored = Store::restore(&folder, &args.file).map_err(AppError::from)?;
    let mut text = format!("Restored from {}.\n", args.file.display());
    if let Some(replaced) = restored.replaced {
        let _ = writeln!(
            text,
            "The former store is kept as {}; remove it when you are content.",
            replaced.display()
        );
    }
    output::text(&text)
}

/// Runs `nightmend export`.
pub fn export(context: &Context, args: &ExportArgs) -> Outcome {
    let store = context.store_to_read()?;
    let overwrite = if args.overwrite { Overwrite::Replace } else { Overwrite::Refuse };
    let made = store.export_all(&args.folder, overwrite).map_err(AppError::from)?;
    let mut text =
        format!("{}, all versions counted:\n", counted(made.observations, "observation", "observations"));
    for file in &made.files {
        let _ = writeln!(text, "  {}", file.display());
    }
    output::text(&text)
}
