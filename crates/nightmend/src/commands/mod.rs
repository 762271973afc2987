//! Holds one file a command, and what they share: the store, the person, the time.

mod backup;
mod days;
mod demo;
mod erase;
mod group;
mod history;
mod import;
mod log;
mod loop_command;
mod map;
mod nights;
mod serve;
mod sources;
pub(crate) mod steps;
mod template;

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use nightmend_app::refresh::{self, DateRange};
use nightmend_app::{AppError, Store, keep};
use nightmend_domain::{PersonName, Zone};

use crate::args::{Cli, Command};
use crate::config;
use crate::failure::{Failure, Outcome};
use crate::output::Style;

/// What every command may use.
pub struct Context {
    data: Option<PathBuf>,
    person: Option<PersonName>,
    /// How to write.
    pub style: Style,
}

/// Runs the command of the command line.
pub fn run(cli: Cli) -> Outcome {
    let Cli { data, person, color, command } = cli;
    let person = person
        .map(|name| PersonName::new(&name))
        .transpose()
        .map_err(|error| Failure::Usage(format!("--person: {error}")))?;
    let context = Context { data, person, style: Style::of_stdout(color) };
    match command {
        Command::Serve(args) => serve::run(&context, &args),
        Command::Demo(args) => demo::run(&context, &args),
        Command::Import(args) => import::run(&context, &args),
        Command::Map(args) => map::run(&args),
        Command::Template(args) => template::run(&args),
        Command::Log(args) => log::run(&context, &args),
        Command::Nights(args) => nights::run(&context, &args),
        Command::Days(args) => days::run(&context, &args),
        Command::Loop(args) => loop_command::run(&context, &args),
        Command::Steps(args) => steps::run(&context, &args),
        Command::Group(args) => group::run(&context, &args),
        Command::History(args) => history::history(&context, &args),
        Command::Undo(args) => history::undo(&context, &args),
        Command::Sources(args) => sources::run(&context, &args),
        Command::Persons(args) => sources::persons(&context, &args),
        Command::Backup(args) => backup::backup(&context, &args),
        Command::Restore(args) => backup::restore(&context, &args),
        Command::Export(args) => backup::export(&context, &args),
        Command::Erase(args) => erase::run(&context, &args),
    }
}

impl Context {
    /// The folder of the store.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        Ok(config::data_folder(self.data.clone())?)
    }

    /// The folder of the demo's store.
    pub fn demo_folder(&self) -> Result<PathBuf, Failure> {
        Ok(config::demo_folder(self.data.clone())?)
    }

    /// The store, to write to; made if it is not there.
    pub fn store(&self) -> Result<Store, Failure> {
        Store::open(self.folder()?).map_err(|error| Failure::from(AppError::from(error)))
    }

    /// The store, to read from. A store that is not there yet is an empty one.
    pub fn store_to_read(&self) -> Result<Store, Failure> {
        let folder = self.folder()?;
        if folder.join("nightmend.db").exists() {
            Store::open_read_only(folder).map_err(|error| Failure::from(AppError::from(error)))
        } else {
            Err(Failure::Usage(format!(
                "there are no records in {} yet; start with `nightmend demo`, `nightmend import PATH` or `nightmend log morning`",
                folder.display()
            )))
        }
    }

    /// The person named on the command line.
    pub fn named_person(&self) -> Option<&PersonName> {
        self.person.as_ref()
    }

    /// The person to write about.
    pub fn person(&self, store: &Store) -> Result<PersonName, Failure> {
        Ok(keep::person(store, self.named_person())?)
    }

    /// The person to read about.
    pub fn known_person(&self, store: &Store) -> Result<PersonName, Failure> {
        Ok(keep::known_person(store, self.named_person())?)
    }
}

/// The present instant.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The zone of this machine, where it is known by a name.
pub fn machine_zone() -> Option<Zone> {
    jiff::tz::TimeZone::system().iana_name().and_then(|name| Zone::named(name).ok())
}

/// The date on the wall of this machine.
pub fn today() -> Date {
    Zoned::now().date()
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Usage(_) | AppError::SeveralPersons { .. } | AppError::UnknownPerson { .. } => {
                Self::Usage(error.to_string())
            }
            AppError::Refused(_) => Self::Refused(error.to_string()),
            other => Self::Failed(other.into()),
        }
    }
}

/// The path, if something is there.
pub fn existing(path: &std::path::Path) -> Outcome {
    if path.exists() {
        Ok(())
    } else {
        Err(Failure::Usage(format!("there is no file or folder {}; check the path", path.display())))
    }
}

/// What to say of a range of dates that holds nothing of a record that is not empty.
pub fn nothing_in(store: &Store, person: &PersonName, range: DateRange) -> Result<Option<String>, Failure> {
    if range.is_open() {
        return Ok(None);
    }
    Ok(refresh::extent(store, person)?.map(|(first, last)| {
        format!("There is nothing {}; your records run from {first} to {last}.\n", range.words())
    }))
}
