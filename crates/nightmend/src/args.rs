//! Defines the command line: every command, flag and example that `--help` teaches.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::{Date, Time};

use crate::args_steps::StepsArgs;
use crate::reading::{
    or_none, parse_act, parse_count, parse_date, parse_minutes, parse_number, parse_score, parse_time,
    parse_times_woken,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Cyan.on_default().bold())
    .usage(AnsiColor::Cyan.on_default().bold())
    .literal(AnsiColor::Green.on_default())
    .placeholder(AnsiColor::Yellow.on_default());

/// Measure your own sleep-pain loop, in both directions, from the records you already have.
///
/// nightmend describes your own records, on your own machine. It does not diagnose, and "cannot tell yet" is one of
/// its ordinary answers.
#[derive(Debug, Parser)]
#[command(
    name = "nightmend",
    version,
    styles = STYLES,
    after_help = "First steps:\n  nightmend demo                          see everything on a simulated person\n  nightmend import takeout.zip            take in a Fitbit export\n  nightmend template diary > diary.csv    get an empty diary to fill in\n  nightmend serve --open                  the same in your browser\n  nightmend log morning                   the twenty-second check-in\n  nightmend loop                          read your own loop\n\nExit codes: 0 done (a warning says what was left out) · 1 failed · 64 wrong usage · 65 nothing in the input could be taken"
)]
pub struct Cli {
    /// Folder of the store [default: your user data folder]
    #[arg(long, global = true, env = "NIGHTMEND_DATA", value_name = "DIR", help_heading = "Everywhere")]
    pub data: Option<PathBuf>,
    /// Whose records (a store may hold several people's) [default: me]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub person: Option<String>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Everywhere")]
    pub color: ColorChoice,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the pages in your browser: check-ins, nights, loop, all on this machine
    Serve(ServeArgs),
    /// Try everything on a simulated person, in a folder of its own
    Demo(DemoArgs),
    /// Take in exports, diaries and tables: files, folders and zip archives
    Import(ImportArgs),
    /// Look at a table and propose a map for it, with reasons, for you to correct
    Map(MapArgs),
    /// Print an empty form to fill in
    Template(TemplateArgs),
    /// Check in: this morning, this evening, or one pain score
    Log(LogArgs),
    /// List your nights, as put together from all sources
    Nights(NightsArgs),
    /// List your days, with everything that was said about them
    Days(DaysArgs),
    /// Measure your loop: sleep to pain, and pain to sleep
    Loop(LoopArgs),
    /// Try the six steps as experiments on yourself: plan, start, tonight, answer, calendar
    Steps(StepsArgs),
    /// Measure the loop of many people, from tables, without the store
    Group(GroupArgs),
    /// List what was done to the store, newest first
    History(HistoryArgs),
    /// Take back the last thing done (a whole import is one thing)
    Undo(UndoArgs),
    /// Show sources; set their priority, your time zone, your usual sleep
    Sources(SourcesArgs),
    /// List the people in this store
    Persons(JsonFlag),
    /// Write a copy of the whole store to one file
    Backup(BackupArgs),
    /// Put a backup in the place of the store
    Restore(RestoreArgs),
    /// Write everything out as tidy CSV and JSON
    Export(ExportArgs),
    /// Delete for good: says what, asks, and proves it
    Erase(EraseArgs),
}

/// A switch for machine-readable output.
#[derive(Debug, Args)]
pub struct JsonFlag {
    /// Print JSON (its shape is documented in docs/reference)
    #[arg(long)]
    pub json: bool,
}

/// A range of dates, both ends included.
#[derive(Debug, Args, Clone, Copy)]
pub struct RangeArgs {
    /// First date (of waking), e.g. 2026-03-01, yesterday, today
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub from: Option<Date>,
    /// Last date
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub to: Option<Date>,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Seed of the simulated person: the same seed gives the same person
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Nights to simulate
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub nights: u16,
    /// Print the loop as JSON
    #[arg(long, conflicts_with = "serve")]
    pub json: bool,
    /// Open the pages on the simulated person instead of printing the loop
    #[arg(long)]
    pub serve: bool,
    #[command(flatten)]
    pub serving: ServingArgs,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "The pages are reached from this machine only, unless --lan is given.\n\nExamples:\n  nightmend serve --open\n  nightmend serve --port 9000\n  nightmend serve --lan                   for your phone; needs a passphrase (Settings)"
)]
pub struct ServeArgs {
    #[command(flatten)]
    pub serving: ServingArgs,
    /// Open the pages to your phone in the same network, too: over TLS and behind your passphrase. The address of this
    /// machine is found, or named
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "auto", value_parser = parse_lan)]
    pub lan: Option<LanAddress>,
}

/// Which address of a home network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LanAddress {
    /// The one that this machine uses.
    Found,
    /// That one.
    Named(std::net::IpAddr),
}

fn parse_lan(text: &str) -> Result<LanAddress, String> {
    if text == "auto" {
        return Ok(LanAddress::Found);
    }
    text.parse()
        .map(LanAddress::Named)
        .map_err(|_| "write an address, such as 192.168.1.20, or nothing".to_owned())
}

/// Where the pages are served.
#[derive(Debug, Args)]
pub struct ServingArgs {
    /// Port on this machine; 0 takes any that is free
    #[arg(long, default_value_t = 8642, value_name = "PORT")]
    pub port: u16,
    /// Open the pages in your browser
    #[arg(long)]
    pub open: bool,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  nightmend import MyFitbitData.zip --tz Europe/London\n  nightmend import diary.csv\n  nightmend map spreadsheet.csv > map.toml        then look at it, and\n  nightmend import spreadsheet.csv --map map.toml --dry-run"
)]
pub struct ImportArgs {
    /// Files, folders or zip archives
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read as this format instead of recognising it (diary-csv, fitbit-sleep, table)
    #[arg(long = "as", value_name = "FORMAT")]
    pub format: Option<String>,
    /// Read tables through this map (docs/reference/map.md; `nightmend map FILE` proposes one). May be given several
    /// times: each table is read through the first map that is meant for it
    #[arg(long, value_name = "MAP.toml")]
    pub map: Vec<PathBuf>,
    /// Time zone of times that carry none, e.g. Europe/London
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Read and report, but keep nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `map`.
#[derive(Debug, Args)]
pub struct MapArgs {
    /// The table to look at (CSV or TSV)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print the proposal and its reasons as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `template`.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// Which form
    pub form: TemplateForm,
}

/// A form that can be printed empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TemplateForm {
    /// The sleep and pain diary, as CSV
    Diary,
}

/// Arguments of `log`.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// Which check-in
    #[command(subcommand)]
    pub what: LogWhat,
}

/// Which check-in.
#[derive(Debug, Subcommand)]
pub enum LogWhat {
    /// After waking: pain first, then the night. Without flags it asks
    Morning(MorningArgs),
    /// Before bed: pain, activity, stress. Without flags it asks
    Evening(EveningArgs),
    /// One pain score, 0 to 10, and nothing else
    Pain(PainArgs),
}

/// What every check-in can be told.
#[derive(Debug, Args, Clone)]
pub struct CheckInArgs {
    /// The date it speaks of: of waking for a morning, of the day for an evening; 2026-03-01, yesterday or today [default: today]
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub date: Option<Date>,
    /// Save without asking, even where something looks unusual
    #[arg(long, short)]
    pub yes: bool,
    /// Print what was saved as JSON
    #[arg(long)]
    pub json: bool,
}

/// An answer, or the wish to take back the one given before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Given<T> {
    /// The answer.
    Value(T),
    /// `none`: what an earlier check-in said of it is to go.
    Cleared,
}

/// Arguments of `log morning`. Every field may be left out.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  nightmend log morning\n  nightmend log morning --pain 4 --rested 2 --in-bed 23:10 --tried 23:30 --woke 06:40 --up 07:00\n  nightmend log morning --date yesterday --pain 5\n  nightmend log morning --up none                take back a time given before"
)]
pub struct MorningArgs {
    /// Back pain now, 0 to 10
    #[arg(long, value_name = "0-10", value_parser = parse_score)]
    pub pain: Option<f64>,
    /// Times woken by pain
    #[arg(long, value_name = "TIMES", value_parser = parse_times_woken)]
    pub woken: Option<f64>,
    /// Rested, 1 (not at all) to 5 (fully)
    #[arg(long, value_name = "1-5", value_parser = parse_number)]
    pub rested: Option<f64>,
    /// Into bed, 24-hour clock
    #[arg(long, value_name = "HH:MM|none", value_parser = or_none(parse_time))]
    pub in_bed: Option<Given<Time>>,
    /// Tried to sleep
    #[arg(long, value_name = "HH:MM|none", value_parser = or_none(parse_time))]
    pub tried: Option<Given<Time>>,
    /// Minutes until asleep
    #[arg(long, value_name = "MIN|none", value_parser = or_none(parse_minutes))]
    pub asleep_after: Option<Given<f64>>,
    /// Awakenings
    #[arg(long, value_name = "TIMES|none", value_parser = or_none(parse_count))]
    pub awakenings: Option<Given<u32>>,
    /// Minutes awake in between
    #[arg(long, value_name = "MIN|none", value_parser = or_none(parse_minutes))]
    pub awake: Option<Given<f64>>,
    /// Woke for good
    #[arg(long, value_name = "HH:MM|none", value_parser = or_none(parse_time))]
    pub woke: Option<Given<Time>>,
    /// Out of bed
    #[arg(long, value_name = "HH:MM|none", value_parser = or_none(parse_time))]
    pub up: Option<Given<Time>>,
    /// Quality of the night, 1 (very poor) to 5 (very good)
    #[arg(long, value_name = "1-5", value_parser = parse_number)]
    pub quality: Option<f64>,
    /// Minutes of morning stiffness
    #[arg(long, value_name = "MIN", value_parser = parse_number)]
    pub stiffness: Option<f64>,
    /// Position slept in
    #[arg(long, value_name = "back|side|stomach|mixed")]
    pub position: Option<Position>,
    /// Muscle spasms in the night
    #[arg(long, value_name = "yes|no")]
    pub spasms: Option<YesNo>,
    /// A screen in the half hour before bed, last evening
    #[arg(long, value_name = "yes|no")]
    pub screens: Option<YesNo>,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    #[command(flatten)]
    pub common: CheckInArgs,
}

/// Arguments of `log evening`. Every field may be left out.
#[derive(Debug, Args)]
pub struct EveningArgs {
    /// Back pain now, 0 to 10
    #[arg(long, value_name = "0-10", value_parser = parse_score)]
    pub pain: Option<f64>,
    /// Minutes of activity today
    #[arg(long, value_name = "MIN", value_parser = parse_number)]
    pub activity: Option<f64>,
    /// Stress or a racing mind, 0 to 10
    #[arg(long, value_name = "0-10", value_parser = parse_number)]
    pub stress: Option<f64>,
    /// Average back pain of the day, 0 to 10
    #[arg(long, value_name = "0-10", value_parser = parse_score)]
    pub average: Option<f64>,
    /// Worst back pain of the day, 0 to 10
    #[arg(long, value_name = "0-10", value_parser = parse_score)]
    pub worst: Option<f64>,
    /// Alcoholic drinks
    #[arg(long, value_name = "DRINKS", value_parser = parse_number)]
    pub alcohol: Option<f64>,
    /// Cups with caffeine after 14:00
    #[arg(long, value_name = "CUPS", value_parser = parse_number)]
    pub caffeine: Option<f64>,
    /// A painkiller taken
    #[arg(long, value_name = "yes|no")]
    pub painkiller: Option<YesNo>,
    /// An unusual load on the back
    #[arg(long, value_name = "yes|no")]
    pub load: Option<YesNo>,
    /// Minutes napped
    #[arg(long, value_name = "MIN", value_parser = parse_number)]
    pub nap: Option<f64>,
    /// A remark
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    #[command(flatten)]
    pub common: CheckInArgs,
}

/// Arguments of `log pain`.
#[derive(Debug, Args)]
pub struct PainArgs {
    /// Pain, 0 (none) to 10 (the worst imaginable)
    #[arg(value_name = "0-10", value_parser = parse_score)]
    pub score: f64,
    /// The moment it speaks of
    #[arg(long, default_value = "now")]
    pub moment: LogMoment,
    /// Where it hurts [default: back]
    #[arg(long, value_name = "PLACE")]
    pub site: Option<String>,
    #[command(flatten)]
    pub common: CheckInArgs,
}

/// The moment a logged score speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogMoment {
    /// Right now
    Now,
    /// On waking
    Waking,
    /// At bedtime
    Bedtime,
    /// The day on average
    Day,
    /// The worst of the day
    Worst,
}

/// A position to sleep in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Position {
    /// On the back
    Back,
    /// On a side
    Side,
    /// On the stomach
    Stomach,
    /// More than one
    Mixed,
}

/// A yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    /// Yes
    Yes,
    /// No
    No,
}

/// Arguments of `nights`.
#[derive(Debug, Args)]
pub struct NightsArgs {
    #[command(flatten)]
    pub range: RangeArgs,
    /// Explain every decision behind the night from which you woke on this date (2026-03-01, yesterday, today)
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub why: Option<Date>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `days`.
#[derive(Debug, Args)]
pub struct DaysArgs {
    #[command(flatten)]
    pub range: RangeArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `loop`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  nightmend loop\n  nightmend loop --sleep quality --moment waking\n  nightmend loop --pain headache --measurement-error none\n  nightmend loop --with stress,alcohol            or --without-covariates\n  nightmend loop --channels one --level local"
)]
pub struct LoopArgs {
    /// What of the night: hours, quality, efficiency, waso, awakenings, or the name of a tracker
    #[arg(long, value_name = "WHAT")]
    pub sleep: Option<String>,
    /// Which pain: a place (back) or the name of a tracker (headache)
    #[arg(long, value_name = "SITE|TRACKER")]
    pub pain: Option<String>,
    /// When the pain was rated [default: the moment with most pairs]
    #[arg(long)]
    pub moment: Option<LoopMoment>,
    #[command(flatten)]
    pub range: RangeArgs,
    /// How pain is modelled: as a plain number, or as an ordered score with an end [the rule is printed with the answer]
    #[arg(long, default_value = "auto", value_name = "HOW")]
    pub pain_model: PainModelChoice,
    /// How pain's innovations are spread: gaussian, or student to leave room for flares
    #[arg(long, default_value = "auto", value_name = "HOW")]
    pub innovations: InnovationsChoice,
    /// From this value of pain on, a day counts as bad [default: the worst fifth of your own days]
    #[arg(long, value_name = "VALUE")]
    pub bad_day: Option<f64>,
    /// A quick first answer in milliseconds instead of the full fit, marked as one; refused where it cannot be trusted
    #[arg(long)]
    pub preview: bool,
    /// Write down the analysis to this file (- for standard output) before the data come, and print its SHA-256
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "preview", "prereg_check"])]
    pub prereg: Option<PathBuf>,
    /// Say whether this analysis is the one that this file preregistered
    #[arg(long, value_name = "FILE")]
    pub prereg_check: Option<PathBuf>,
    /// Print the equations and the methods section of a paper for the form that was used, as Markdown
    #[arg(long, conflicts_with_all = ["json", "preview", "prereg"])]
    pub methods: bool,
    /// Add the numbers behind the answer: z, rhat, ess, gain, parameters
    #[arg(long)]
    pub details: bool,
    /// How much error to assume in each single value
    #[arg(long, default_value = "prior", value_name = "HOW")]
    pub measurement_error: MeasurementErrorChoice,
    /// Take these into account and nothing else, by the names of their trackers: stress,alcohol [default: what is
    /// written down on enough days]
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        conflicts_with = "without_covariates",
        help_heading = "Model"
    )]
    pub with: Vec<String>,
    /// Take nothing into account beside nights and pain
    #[arg(long, help_heading = "Model")]
    pub without_covariates: bool,
    /// Which channels of a night: auto, one, or a list of diary, device, quality, efficiency beside the main one
    #[arg(
        long,
        value_name = "auto|one|NAME,…",
        value_delimiter = ',',
        default_value = "auto",
        help_heading = "Model"
    )]
    pub channels: Vec<String>,
    /// What the levels of sleep and pain do: run along a line, or wander around it
    #[arg(long, value_name = "HOW", default_value = "linear", help_heading = "Model")]
    pub level: LevelChoice,
    /// Look for a bend in hours slept: whether short and long nights both go with more pain
    #[arg(long, help_heading = "Model")]
    pub curve: bool,
    /// Start from what a group has in common instead of from the built-in priors: a file of `nightmend group
    /// --keep-prior`. Moves estimates, not what is told as clear
    #[arg(long, value_name = "PACK", conflicts_with_all = ["with", "curve"], help_heading = "Model")]
    pub prior: Option<PathBuf>,
    /// Use values written down more than seven days later, too
    #[arg(long)]
    pub include_recalled: bool,
    /// Seed of the sampler: the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `group`.
#[derive(Debug, Args)]
#[command(
    after_help = "A table has one row a person and day, with columns person, date, sleep (or sleep_hours) and pain; the date may be a day number. Anything else needs a map.\n\nExamples:\n  nightmend group panel.csv --svg figure.svg\n  nightmend group panel.csv --persons people.csv --covariates age,sex\n  nightmend group panel.csv --keep-prior clinic.toml && nightmend loop --prior clinic.toml\n  nightmend group study/ --map study.toml --json > group.json"
)]
pub struct GroupArgs {
    /// The tables
    #[arg(required = true, value_name = "TABLE")]
    pub tables: Vec<PathBuf>,
    /// Read tables through this map (docs/reference/map.md; `nightmend map FILE` proposes one). May be given several
    /// times
    #[arg(long, value_name = "MAP.toml")]
    pub map: Vec<PathBuf>,
    /// With a map: what of the night (hours, quality, efficiency, waso, awakenings, or the name of a tracker)
    #[arg(long, value_name = "WHAT")]
    pub sleep: Option<String>,
    /// With a map: which pain (a place or the name of a tracker)
    #[arg(long, value_name = "SITE|TRACKER")]
    pub pain: Option<String>,
    /// With a map: time zone of times that carry none, e.g. Europe/London
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// How much error to assume in each single value
    #[arg(long, default_value = "prior", value_name = "HOW")]
    pub measurement_error: MeasurementErrorChoice,
    /// What is known of persons beside the records: a table with one row a person, a column person and any others (age,
    /// sex, flags)
    #[arg(long, value_name = "FILE")]
    pub persons: Option<PathBuf>,
    /// Which columns of --persons are covariates [default: all]; without --persons, columns of TABLE that are the same on
    /// every row of a person
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub covariates: Vec<String>,
    /// How the posterior is found [default: exact up to 400 people]
    #[arg(long, value_name = "HOW")]
    pub method: Option<GroupMethod>,
    /// Seed of the sampler: the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Keep what was found as a prior pack for single persons (`nightmend loop --prior FILE`)
    #[arg(long, value_name = "FILE")]
    pub keep_prior: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print one tidy CSV table
    #[arg(long)]
    pub csv: bool,
    /// Write a figure of everyone's arrows to this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// How the posterior of a group is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupMethod {
    /// Everyone sampled together with NUTS
    Exact,
    /// Each record by itself, then the population: for thousands of people
    TwoStage,
}

/// When the pain of the loop was rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LoopMoment {
    /// On waking
    Waking,
    /// At bedtime
    Bedtime,
    /// For the day as a whole
    Day,
}

/// How much error to assume in each single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MeasurementErrorChoice {
    /// None at all
    None,
    /// As the priors say
    Prior,
    /// Twice as much as the priors say
    Twice,
}

/// What the levels of sleep and pain do over the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelChoice {
    /// A straight line
    Linear,
    /// A line with small steps every day
    Local,
}

/// How pain is modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PainModelChoice {
    /// By the rule: ordered where scores sit at an end of their scale or use few values
    Auto,
    /// As a number that could go on at both ends
    Gaussian,
    /// As an ordered score with thresholds (ordered probit)
    Ordinal,
}

/// How the innovations of pain are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InnovationsChoice {
    /// By the rule: Student-t where pain has heavy tails
    Auto,
    /// Normally
    Gaussian,
    /// As Student-t
    Student,
}

/// Arguments of `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// How many at most
    #[arg(long, default_value_t = 20)]
    pub limit: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `undo`.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// The number that `history` shows [default: the last thing done]
    #[arg(value_name = "NUMBER", value_parser = parse_act)]
    pub act: Option<i64>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sources`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  nightmend sources\n  nightmend sources --priority sleep=fitbit,diary\n  nightmend sources --zone Europe/London\n  nightmend sources --zone America/New_York --from 2026-05-02"
)]
pub struct SourcesArgs {
    /// Most trusted first, per kind of fact: sleep=… or entry=…
    #[arg(long, value_name = "KIND=SOURCE,…")]
    pub priority: Vec<String>,
    /// The time zone you live in, e.g. Europe/London
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// First date of that zone [default: from the beginning]
    #[arg(long, value_name = "DATE", requires = "zone", value_parser = parse_date)]
    pub from: Option<Date>,
    /// Your usual middle of sleep, where it cannot be learned from your nights
    #[arg(long, value_name = "HH:MM", value_parser = parse_time)]
    pub usual_mid_sleep: Option<Time>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write
    pub file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup to read
    pub file: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Everything (the only kind of export there is so far)
    #[arg(long, required = true)]
    pub all: bool,
    /// The folder to write to
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Replace files that are there
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `erase`.
#[derive(Debug, Args)]
pub struct EraseArgs {
    /// Erase every person and the store itself
    #[arg(long)]
    pub all: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
