//! Prints empty forms to fill in.

use crate::args::{TemplateArgs, TemplateForm};
use crate::failure::Outcome;
use crate::output;

/// Runs `nightmend template`.
pub fn run(args: &TemplateArgs) -> Outcome {
    match args.form {
        TemplateForm::Diary => output::verbatim(&nightmend_app::diary_template()),
    }
}
