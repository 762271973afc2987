//! Defines the command line of `nightmend steps`: what every subcommand takes, and the examples that `--help` teaches.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::{Date, Time};

use crate::args::JsonFlag;
use crate::reading::{parse_date, parse_number, parse_time};

/// Arguments of `steps`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "How an experiment goes:\n  nightmend steps                               the six steps, what runs, what may come next and why\n  nightmend steps guide sleep-position          how it is done, and what is known of it\n  nightmend steps safety                        the safety questions, once\n  nightmend steps plan sleep-position           what it takes and can show, before you commit\n  nightmend steps start sleep-position          draws the lot and begins tonight\n  nightmend steps tonight                       what is on tonight\n  nightmend steps answer yes                    whether it went as assigned\n  nightmend steps result                        what it has shown\n\nSteps: sleep-position, mattress-pillow, wind-down, daytime-activity, schedule, professional.\nOne experiment runs at a time; you may stop whenever you like, and nobody asks why."
)]
pub struct StepsArgs {
    #[command(subcommand)]
    pub what: Option<StepsWhat>,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// What to do about the steps.
#[derive(Debug, Subcommand)]
pub enum StepsWhat {
    /// List the six steps, what runs, and what may come next with its reasons (the same as no subcommand)
    List(JsonFlag),
    /// List which steps were offered, in which order and why, and which were chosen
    Offers(JsonFlag),
    /// Show how a step is done, who must not do it, and what is known of it
    Guide(GuideArgs),
    /// Answer the safety questions, or see what was answered
    Safety(SafetyArgs),
    /// Lay a plan before you: nights, what they can show, what speaks against it. Nothing starts
    Plan(PlanArgs),
    /// Draw the lot, write it down with its fingerprint, and begin
    Start(StartArgs),
    /// Say what is on tonight
    Tonight(JsonFlag),
    /// Say whether a night went as assigned: yes, partly or no
    Answer(AnswerArgs),
    /// Let the experiment rest from tonight on (a journey, an illness)
    Pause(WhyArgs),
    /// Go on after a rest, from tonight on
    Resume(JsonFlag),
    /// End the experiment. What was recorded stays
    Stop(WhyArgs),
    /// Add nights to the experiment
    Extend(ExtendArgs),
    /// Show an experiment with the calendar of its nights
    Calendar(CalendarArgs),
    /// Say what an experiment has shown so far, or at its end: the verdict in plain words, with a picture
    Result(ResultArgs),
    /// Analyse an experiment that was run elsewhere, from a table. Nothing is kept
    Analyse(AnalyseArgs),
    /// Write the nights to come to a calendar file for your phone
    Ics(IcsArgs),
    /// Print the command that sends tonight's reminder to your phone through ntfy; prints nothing once it is done
    Notify(NotifyArgs),
    /// Say that you are worryingly sleepy by day: a sleep window grows at once
    Sleepy(JsonFlag),
    /// Let go of what an experiment found to help (or keep it again): what helped is kept unless you say otherwise
    #[command(
        after_help = "Examples:\n  nightmend steps keep 2 --no    let go of what experiment 2 found\n  nightmend steps keep 2         keep it again"
    )]
    Keep(KeepArgs),
}

/// Arguments of `steps keep`.
#[derive(Debug, Args)]
pub struct KeepArgs {
    /// The number of the experiment, as `steps` lists it
    #[arg(value_name = "NUMBER")]
    pub number: u32,
    /// Let it go: it is not done on every night any more, and later experiments do not say so
    #[arg(long)]
    pub no: bool,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps guide`.
#[derive(Debug, Args)]
pub struct GuideArgs {
    /// The step, e.g. wind-down
    #[arg(value_name = "STEP")]
    pub step: String,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps safety`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  nightmend steps safety                              asks at a terminal, shows otherwise\n  nightmend steps safety --yes pregnant --no leg_symptoms\n  nightmend steps safety --no-to-rest --yes night_shifts   a yes to one, a no to all others\n\nNo answer is not a no: a step starts when the questions that concern it are answered. \"Not sure\" counts as a yes."
)]
pub struct SafetyArgs {
    /// Answer yes to these
    #[arg(long, value_name = "WORD,…", value_delimiter = ',')]
    pub yes: Vec<String>,
    /// Answer no to these
    #[arg(long, value_name = "WORD,…", value_delimiter = ',')]
    pub no: Vec<String>,
    /// Answer not sure to these
    #[arg(long, value_name = "WORD,…", value_delimiter = ',')]
    pub not_sure: Vec<String>,
    /// Answer no to every question that is not named otherwise
    #[arg(long)]
    pub no_to_rest: bool,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// What can be wished of an experiment.
#[derive(Debug, Args, Clone)]
pub struct WishArgs {
    /// The variant, e.g. side-knees [default: the one that suits you best]
    #[arg(long, value_name = "VARIANT")]
    pub arm: Option<String>,
    /// Nights [default: 42 for steps that change by the night, 56 for others]
    #[arg(long, value_name = "NIGHTS")]
    pub nights: Option<u16>,
    /// The outcome that gets the verdict: morning_pain, day_pain, sleep_hours, sleep_efficiency, sleep_quality
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: Option<String>,
    /// The change for the better that would be worth it to you [default: 0.5 points, 1 for burdensome steps]
    #[arg(long, value_name = "AMOUNT", value_parser = parse_number)]
    pub worth_it: Option<f64>,
    /// The change for the better that you expect, written down before the start; 0 for none
    #[arg(long, value_name = "AMOUNT", value_parser = parse_number, allow_negative_numbers = true)]
    pub expect: Option<f64>,
}

/// Arguments of `steps plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The step, e.g. sleep-position
    #[arg(value_name = "STEP")]
    pub step: String,
    #[command(flatten)]
    pub wishes: WishArgs,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps start`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  nightmend steps start sleep-position --arm side-knees --expect 0.5\n  nightmend steps start wind-down --arm breathing --outcome sleep_quality --nights 28\n  nightmend steps start schedule --arm rise-time --rise 06:45\n\n`nightmend steps plan STEP` shows the same without starting. `nightmend undo` takes the start back; that it was taken back is said beside the next one."
)]
pub struct StartArgs {
    /// The step, e.g. sleep-position
    #[arg(value_name = "STEP")]
    pub step: String,
    #[command(flatten)]
    pub wishes: WishArgs,
    /// The time at which you will get up every day; the schedule needs it
    #[arg(long, value_name = "HH:MM", value_parser = parse_time)]
    pub rise: Option<Time>,
    /// Begin so many evenings from now
    #[arg(long, value_name = "EVENINGS", default_value_t = 0)]
    pub in_evenings: u16,
    /// Seed of the lot, to draw the same plan again [default: one that nobody knows]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Whether a night went as assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnswerWord {
    /// As assigned
    Yes,
    /// In part
    Partly,
    /// Not as assigned
    No,
}

/// Arguments of `steps answer`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  nightmend steps answer yes\n  nightmend steps answer no --night yesterday\n\nA night is named by the date on which you woke. Answering a night again replaces the answer; both are kept. A no is as good an answer as a yes."
)]
pub struct AnswerArgs {
    /// yes: it went as assigned (also on nights without the step); partly; no
    #[arg(value_name = "yes|partly|no")]
    pub answer: AnswerWord,
    /// The night, by the date on which you woke [default: the one that is asked about now]
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub night: Option<Date>,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps pause` and `steps stop`.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// Why, for your own record
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub why: String,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps extend`.
#[derive(Debug, Args)]
pub struct ExtendArgs {
    /// Nights in all, e.g. 42
    #[arg(value_name = "NIGHTS")]
    pub nights: u16,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps calendar`.
#[derive(Debug, Args)]
pub struct CalendarArgs {
    /// The number of the experiment [default: the one that runs, or the last]
    #[arg(value_name = "NUMBER")]
    pub number: Option<u32>,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps result`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  nightmend steps result\n  nightmend steps result 1 --details\n  nightmend steps result --json\n\nThe verdict comes from looks that were fixed before the start (nights 14, 21, 28, 35 and 42, or five of 84), so that looking every day cannot make one. Only the declared outcome is judged; the others are shown beside it."
)]
pub struct ResultArgs {
    /// The number of the experiment [default: the one that runs, or the last]
    #[arg(value_name = "NUMBER")]
    pub number: Option<u32>,
    /// Show the looks, the sceptical prior, carry-over and adherence as numbers too
    #[arg(long)]
    pub details: bool,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps analyse`.
#[derive(Debug, Args)]
#[command(
    after_help = "The map says what the columns are, as for imports (`nightmend map TABLE` proposes one). Give the column with the arm `as = \"arm\"` and `role = \"note\"`; one that says whether it was done (yes, partly, no) `as = \"done\"`; pain `as = \"back pain\"`. A row's date is that of waking after the assigned night.\n\nExamples:\n  nightmend steps analyse trial.csv --map trial.toml --block 4 --worth-it 0.5\n  nightmend steps analyse trial.csv --map trial.toml --long-block 7 --washout 1 --usual control --json\n\nA worked example: docs/guides/analyse-a-trial.md"
)]
pub struct AnalyseArgs {
    /// The table
    #[arg(value_name = "TABLE")]
    pub table: PathBuf,
    /// What its columns mean
    #[arg(long, value_name = "MAP")]
    pub map: PathBuf,
    /// The arm that the other is compared with [default: the one called usual, control, off, no, 0, baseline, placebo or a]
    #[arg(long, value_name = "ARM")]
    pub usual: Option<String>,
    /// The arm that gets the verdict, where there are several
    #[arg(long, value_name = "ARM")]
    pub arm: Option<String>,
    /// The outcome that gets the verdict: morning_pain, day_pain, sleep_hours, sleep_efficiency, sleep_quality
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: Option<String>,
    /// The change for the better that would be worth it [default: 0.5 points, 0.5 hours, 5 percentage points]
    #[arg(long, value_name = "AMOUNT", value_parser = parse_number)]
    pub worth_it: Option<f64>,
    /// The change for the better that was expected before the start
    #[arg(long, value_name = "AMOUNT", value_parser = parse_number, allow_negative_numbers = true)]
    pub expect: Option<f64>,
    /// Nights were drawn one by one, in blocks of so many with every arm equally often
    #[arg(long, value_name = "NIGHTS", conflicts_with = "long_block")]
    pub block: Option<u16>,
    /// Each arm was kept for so many nights at a time
    #[arg(long, value_name = "NIGHTS")]
    pub long_block: Option<u16>,
    /// Nights at the beginning of each long block that are left out
    #[arg(long, value_name = "NIGHTS", default_value_t = 0, requires = "long_block")]
    pub washout: u16,
    #[command(flatten)]
    pub json: JsonFlag,
}

/// Arguments of `steps ics`.
#[derive(Debug, Args)]
pub struct IcsArgs {
    /// The file to write, or - for standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Say only that something is planned: others may see your calendar
    #[arg(long)]
    pub neutral: bool,
    /// Replace the file if it is there
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `steps notify`.
#[derive(Debug, Args)]
#[command(
    after_help = "nightmend itself opens no connection. This prints a curl command with neutral words, for you (or a timer of your system) to run:\n  nightmend steps notify --topic a-long-name-that-nobody-guesses | sh\nThe words leave your machine and pass through the server that you name: whoever knows the topic can read them."
)]
pub struct NotifyArgs {
    /// The topic to which your phone is subscribed: a long name that nobody guesses
    #[arg(long, value_name = "TOPIC")]
    pub topic: String,
    /// The server of the topic
    #[arg(long, value_name = "URL", default_value = "https://ntfy.sh")]
    pub server: String,
}
