//! Shows everything on a simulated person.

use std::fmt::Write as _;

use nightmend_app::Question;
use nightmend_app::demo;
use nightmend_app::estimate::{LoopRequest, measure};
use nightmend_app::refresh::DateRange;
use nightmend_app::views::FileView;
use nightmend_domain::estimate::MeasurementError;

use super::{Context, loop_command, now};
use crate::args::DemoArgs;
use crate::failure::Outcome;
use crate::output::{self, TerminalProgress};

/// Runs `nightmend demo`.
pub fn run(context: &Context, args: &DemoArgs) -> Outcome {
    let folder = context.demo_folder()?;
    let progress = TerminalProgress::new();
    let made = demo::make(&folder, usize::from(args.nights), args.seed, now(), &progress)?;
    if args.serve {
        progress.finish();
        return super::serve::serve_store(made.store, made.person, &args.serving, None);
    }
    let request = LoopRequest {
        question: Question::default(),
        range: DateRange::default(),
        measurement_error: MeasurementError::Prior,
        pack: None,
        seed: args.seed,
        ..LoopRequest::default()
    };
    let answer = measure(&made.store, &made.person, &request, &progress);
    progress.finish();
    let answer = answer?;
    if args.json {
        return output::json(&answer.view);
    }
    let style = context.style;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}",
        style.bold("A simulated person: nobody's records, made up to show what yours would look like.")
    );
    for import in &made.imports {
        let sum = |count: fn(&FileView) -> u64| import.files.iter().map(count).sum::<u64>();
        let format = import.files.first().map_or("", |file| file.format.as_str());
        let _ = writeln!(
            text,
            "Imported {format}: read {} = kept {} + already known {} + superseded {} + refused {} + unmapped {}",
            sum(|file| file.read),
            sum(|file| file.kept),
            sum(|file| file.known),
            sum(|file| file.superseded),
            sum(|file| file.refused_total),
            sum(|file| file.unmapped)
        );
    }
    text.push('\n');
    text.push_str(&loop_command::text(&answer, false, style));
    let program = "nightmend";
    let data = folder.display();
    let _ = write!(
        text,
        "\n{}\n  {program} --data {data} nights          the nights, put together from two sources\n  {program} --data {data} nights --why 2025-03-30   one night explained: clocks changed\n  {program} import PATH --tz Europe/London   your own export, in a store of its own\n  {program} log morning                      the twenty-second check-in\n",
        style.bold("What to type next")
    );
    output::text(&text)
}
