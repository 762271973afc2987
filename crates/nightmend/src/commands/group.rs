//! Measures the loop of many people from tables, and prints the table that a paper needs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use nightmend_app::group::{
    CovariateView, GroupAnswer, GroupRequest, GroupView, LevelView, Method, PopulationView, SpreadView,
    measure,
};
use nightmend_app::group_figure::caterpillar;
use nightmend_app::{CovariateChoice, Question, SleepChoice, TableMap};
use nightmend_domain::Zone;
use nightmend_domain::estimate::MeasurementError;

use super::{Context, now, today};
use crate::args::{GroupArgs, GroupMethod, MeasurementErrorChoice};
use crate::failure::{Failure, Outcome};
use crate::output::{self, Style, TerminalProgress, wrapped};

/// Persons that are shown in the terminal; JSON and CSV have all.
const MOST_SHOWN: usize = 10;

/// Runs `nightmend group`.
pub fn run(context: &Context, args: &GroupArgs) -> Outcome {
    if let Some(there) = args.keep_prior.as_ref().filter(|file| file.exists()) {
        return Err(Failure::Usage(format!(
            "{} is there already, and packs are not written over; choose another name",
            there.display()
        )));
    }
    for path in args.tables.iter().chain(&args.persons) {
        if !path.exists() {
            return Err(Failure::Usage(format!("there is no table {}; check the path", path.display())));
        }
    }
    let request = GroupRequest {
        paths: args.tables.clone(),
        maps: args.map.iter().map(|path| read_map(path)).collect::<Result<_, _>>()?,
        question: Question {
            sleep: args.sleep.as_deref().map_or(SleepChoice::Automatic, SleepChoice::from_word),
            pain: args.pain.clone(),
            // The model of many people has no covariates.
            covariates: CovariateChoice::Without,
            ..Question::default()
        },
        zone: args
            .tz
            .as_deref()
            .map(Zone::named)
            .transpose()
            .map_err(|error| Failure::Usage(error.to_string()))?,
        measurement_error: match args.measurement_error {
            MeasurementErrorChoice::None => MeasurementError::None,
            MeasurementErrorChoice::Prior => MeasurementError::Prior,
            MeasurementErrorChoice::Twice => MeasurementError::Twice,
        },
        persons: args.persons.clone(),
        covariates: args.covariates.clone(),
        method: match args.method {
            None => Method::Automatic,
            Some(GroupMethod::Exact) => Method::Exact,
            Some(GroupMethod::TwoStage) => Method::TwoStage,
        },
        pack: args.keep_prior.as_deref().map(pack_name),
        seed: args.seed,
    };
    let progress = TerminalProgress::new();
    let answer = measure(&request, now(), today(), &progress);
    progress.finish();
    let GroupAnswer { view, pack, .. } = answer?;
    if let Some((file, pack)) = args.keep_prior.as_ref().zip(pack) {
        keep_pack(file, &pack)?;
    }
    if let Some(file) = &args.svg {
        std::fs::write(file, caterpillar(&view))
            .with_context(|| format!("writing {}; check that you may write there", file.display()))?;
    }
    if args.json {
        output::json(&view)
    } else if args.csv {
        output::verbatim(&view.csv())
    } else {
        output::text(&text(&view, context.style))
    }
}

/// A pack is called what its file is called.
fn pack_name(file: &Path) -> String {
    file.file_stem().map_or_else(|| "group".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Writes a pack to a new file: an answer names a pack by its hash, so none is written over.
fn keep_pack(file: &Path, pack: &str) -> Outcome {
    let mut new = std::fs::File::create_new(file).with_context(|| {
        format!(
            "writing the prior pack {}; it must be a new file in a folder that you may write to",
            file.display()
        )
    })?;
    new.write_all(pack.as_bytes()).with_context(|| format!("writing the prior pack {}", file.display()))?;
    Ok(())
}

fn read_map(path: &Path) -> Result<TableMap, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the map {}; check that it exists", path.display()))?;
    TableMap::parse(&text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

fn text(view: &GroupView, style: Style) -> String {
    let mut text = String::new();
    let title = format!("The loop of {} people, {} days", view.people, view.days);
    let _ = writeln!(text, "{}\n", style.bold(&title));
    let _ = writeln!(
        text,
        "{}",
        style.dim(
            "                      mean    (SD)   95 % interval     differs between persons by   opposite sign"
        )
    );
    let rows = view.population.named().into_iter().zip(view.between_person_sd.named());
    for (((name, mean), (_, spread)), (_, opposite)) in rows.zip(view.share_opposite_sign.named()) {
        text.push_str(&row(name, mean, spread, opposite));
    }
    for (name, level) in [("Level of sleep", view.levels.sleep), ("Level of pain", view.levels.pain)] {
        text.push_str(&level_row(name, level));
    }
    if !view.covariates.is_empty() {
        let heading =
            "What goes with persons (difference of the arrow for one SD more; mean and 95 % interval)";
        let _ = writeln!(text, "\n{}", style.bold(heading));
        view.covariates.iter().for_each(|covariate| text.push_str(&covariate_row(covariate)));
    }
    let _ = writeln!(text, "\n{}", style.bold("Persons (mean and 90 % interval, drawn towards the group)"));
    for person in view.persons.iter().take(MOST_SHOWN) {
        let (to_pain, to_sleep) = (person.estimates.sleep_to_pain, person.estimates.pain_to_sleep);
        let _ = writeln!(
            text,
            "  {:<16} {:>4} days   sleep → pain {:+.2} ({:+.2} to {:+.2})   pain → sleep {:+.2} ({:+.2} to {:+.2})",
            person.person,
            person.days,
            to_pain.mean,
            to_pain.ci90[0],
            to_pain.ci90[1],
            to_sleep.mean,
            to_sleep.ci90[0],
            to_sleep.ci90[1]
        );
    }
    if view.persons.len() > MOST_SHOWN {
        let _ = writeln!(text, "  … and {} more; --csv and --json list all", view.persons.len() - MOST_SHOWN);
    }
    for left_out in view.left_out.iter().take(MOST_SHOWN) {
        let _ = writeln!(text, "  {} was left out: {}", left_out.person, left_out.why);
    }
    if view.left_out.len() > MOST_SHOWN {
        let _ = writeln!(
            text,
            "  … and {} more were left out; --json says why",
            view.left_out.len() - MOST_SHOWN
        );
    }
    text.push('\n');
    let diagnostics = &view.diagnostics;
    let line = format!(
        "{}rhat {:.3}, ess_bulk {:.0}, {} divergences; {}",
        if view.method == "exact" { "" } else { "population found in two stages, not sampled; " },
        diagnostics.rhat_max,
        diagnostics.ess_bulk_min,
        diagnostics.divergences,
        view.model
    );
    let last = "Effects are points of pain per unit of sleep, and units of sleep per point of pain. \"Goes with\" is not \
                \"comes from\": something unrecorded may explain both.";
    for remark in view.remarks.iter().map(String::as_str).chain([line.as_str(), last]) {
        let _ = writeln!(text, "{}", style.dim(&wrapped(remark, style.width, "  ")));
    }
    text
}

fn row(name: &str, mean: &PopulationView, spread: &SpreadView, opposite: &SpreadView) -> String {
    format!(
        "{:<18} {:+7.3}  ({:.3})  {:+.3} to {:+.3}   {:.3} ({:.3} to {:.3})        {:>3.0} %\n",
        label(name),
        mean.mean,
        mean.sd,
        mean.ci95[0],
        mean.ci95[1],
        spread.mean,
        spread.ci95[0],
        spread.ci95[1],
        100.0 * opposite.mean
    )
}

fn level_row(name: &str, level: LevelView) -> String {
    let LevelView { mean, between_person_sd: spread } = level;
    format!(
        "{name:<18} {:>7.2}  ({:.3})  {:>6.2} to {:>6.2}   {:.3} ({:.3} to {:.3})\n",
        mean.mean, mean.sd, mean.ci95[0], mean.ci95[1], spread.mean, spread.ci95[0], spread.ci95[1]
    )
}

fn covariate_row(covariate: &CovariateView) -> String {
    let effect =
        |one: &PopulationView| format!("{:+.3} ({:+.3} to {:+.3})", one.mean, one.ci95[0], one.ci95[1]);
    format!(
        "  {:<16} mean {:.2}, SD {:.2}   sleep → pain {}   pain → sleep {}\n",
        covariate.name,
        covariate.mean,
        covariate.sd,
        effect(&covariate.sleep_to_pain),
        effect(&covariate.pain_to_sleep)
    )
}

fn label(name: &str) -> &str {
    match name {
        "sleep_to_pain" => "Sleep → pain",
        "pain_to_sleep" => "Pain → sleep",
        "phi_pain" => "Pain carries over",
        "phi_sleep" => "Sleep carries over",
        other => other,
    }
}
