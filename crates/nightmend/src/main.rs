//! Runs nightmend from the command line.

mod args;
mod args_steps;
mod commands;
mod config;
mod failure;
mod output;
mod reading;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::args::Cli;

/// What a long record or a fit needed for a moment goes back to the system: pages may stay open for weeks
/// (`docs/validation/web.md`).
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            print_of_parser(&error);
            let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked_for { ExitCode::SUCCESS } else { ExitCode::from(64) };
        }
    };
    output::listen_for_interrupts();
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let message = failure.to_string();
            if !message.is_empty() {
                eprintln!("nightmend: {}", output::edge(&message));
            }
            failure.exit_code()
        }
    }
}

/// Prints help or what is wrong with the command line, in the letters that the terminal has.
fn print_of_parser(error: &clap::Error) {
    if !output::ascii_only() {
        let _ = error.print();
        return;
    }
    let text = error.render().to_string();
    if error.use_stderr() {
        eprint!("{}", output::edge(&text));
    } else {
        let _ = output::text(&text);
    }
}
