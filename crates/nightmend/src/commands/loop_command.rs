//! Measures the loop and prints it, honestly.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use nightmend_app::estimate::{LoopAnswer, LoopRequest, measure, preview};
use nightmend_app::figures;
use nightmend_app::prereg::{self, PreregistrationView, preregister};
use nightmend_app::refresh::{self, DateRange};
use nightmend_app::views::LoopView;
use nightmend_app::{
    ChannelChoice, CovariateChoice, DEFAULT_PERSON, Innovations, Level, PainModel, PriorPack, Question,
    SleepChoice, Store, methods,
};
use nightmend_domain::beside::{ActsOn, Beside};
use nightmend_domain::estimate::{
    ArrowEstimate, LoopEstimate, LoopOutcome, Maturity, MeasurementError, Summary,
};
use nightmend_domain::{Moment, PersonName};
use nightmend_report::figure::{Curve, terminal};

use super::Context;
use crate::args::{
    InnovationsChoice, LevelChoice, LoopArgs, LoopMoment, MeasurementErrorChoice, PainModelChoice,
};
use crate::failure::{Failure, Outcome};
use crate::output::{self, Style, TerminalProgress, counted, wrapped};

/// Runs `nightmend loop`.
pub fn run(context: &Context, args: &LoopArgs) -> Outcome {
    let request = request(args)?;
    if let Some(file) = &args.prereg {
        return write_down(context, &request, file);
    }
    let store = context.store_to_read()?;
    let person = context.known_person(&store)?;
    let preregistered = args.prereg_check.as_deref().map(|file| preregistered(&person, &request, file));
    let preregistered = preregistered.transpose()?;
    if !args.json && nobody_there(&store, &person, request.range)? {
        let sentence = super::nothing_in(&store, &person, request.range)?;
        return output::text(&sentence.unwrap_or_default());
    }
    let mut answer = if args.preview {
        preview(&store, &person, &request)?
    } else {
        let progress = TerminalProgress::new();
        let answer = measure(&store, &person, &request, &progress);
        progress.finish();
        answer?
    };
    answer.view.preregistration = preregistered;
    if args.json {
        return output::json(&answer.view);
    }
    if let (true, LoopOutcome::Estimated(estimate)) = (args.methods, &answer.outcome) {
        return output::text(&methods(estimate));
    }
    output::text(&text(&answer, args.details, context.style))
}

/// What the command line asks of the loop.
fn request(args: &LoopArgs) -> Result<LoopRequest, Failure> {
    Ok(LoopRequest {
        question: Question {
            sleep: args.sleep.as_deref().map_or(SleepChoice::Automatic, SleepChoice::from_word),
            pain: args.pain.clone(),
            moment: args.moment.map(|moment| match moment {
                LoopMoment::Waking => Moment::Waking,
                LoopMoment::Bedtime => Moment::Bedtime,
                LoopMoment::Day => Moment::Day,
            }),
            include_recalled: args.include_recalled,
            covariates: match (args.without_covariates, args.with.is_empty()) {
                (true, _) => CovariateChoice::Without,
                (false, true) => CovariateChoice::Automatic,
                (false, false) => CovariateChoice::These(args.with.clone()),
            },
        },
        range: DateRange::checked(args.range.from, args.range.to)?,
        measurement_error: match args.measurement_error {
            MeasurementErrorChoice::None => MeasurementError::None,
            MeasurementErrorChoice::Prior => MeasurementError::Prior,
            MeasurementErrorChoice::Twice => MeasurementError::Twice,
        },
        pain_model: match args.pain_model {
            PainModelChoice::Auto => PainModel::Automatic,
            PainModelChoice::Gaussian => PainModel::Gaussian,
            PainModelChoice::Ordinal => PainModel::Ordinal,
        },
        innovations: match args.innovations {
            InnovationsChoice::Auto => Innovations::Automatic,
            InnovationsChoice::Gaussian => Innovations::Gaussian,
            InnovationsChoice::Student => Innovations::Student,
        },
        bad_day: args.bad_day,
        pack: args.prior.as_deref().map(read_pack).transpose()?,
        seed: args.seed,
        channels: match args.channels.as_slice() {
            [word] if word == "auto" => ChannelChoice::Automatic,
            [word] if word == "one" => ChannelChoice::One,
            words => ChannelChoice::These(words.to_vec()),
        },
        level: match args.level {
            LevelChoice::Linear => Level::Linear,
            LevelChoice::Local => Level::Local,
        },
        curve: args.curve,
    })
}

/// Writes the analysis down before the data come.
fn write_down(context: &Context, request: &LoopRequest, file: &Path) -> Outcome {
    let person = match context.store_to_read() {
        Ok(store) => context.known_person(&store)?,
        // Nothing recorded yet is the usual case here.
        Err(_) => match context.named_person() {
            Some(person) => person.clone(),
            None => PersonName::new(DEFAULT_PERSON).map_err(|error| Failure::Usage(error.to_string()))?,
        },
    };
    let written = preregister(&person, request);
    if file == Path::new("-") {
        eprintln!("SHA-256 {}", written.sha256);
        return output::text(&written.text);
    }
    if file.exists() {
        let message = format!("{} is already there; a preregistration is not written over", file.display());
        return Err(Failure::Usage(message));
    }
    std::fs::write(file, &written.text)
        .map_err(|error| Failure::Usage(format!("{} cannot be written: {error}", file.display())))?;
    output::text(&format!(
        "Written to {}.\nSHA-256 {}\nKeep that number where its date is sure; later: nightmend loop --prereg-check {}\n",
        file.display(),
        written.sha256,
        file.display()
    ))
}

/// Compares the analysis with the one that was written down.
fn preregistered(
    person: &PersonName,
    request: &LoopRequest,
    file: &Path,
) -> Result<PreregistrationView, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("{} cannot be read: {error}", file.display())))?;
    Ok(prereg::check(person, request, &text)?)
}

fn read_pack(path: &Path) -> Result<PriorPack, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("reading the prior pack {}; check that it exists", path.display()))?;
    PriorPack::parse(&text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// Whether a range was asked for that holds nothing of a record that is not empty.
fn nobody_there(store: &Store, person: &PersonName, range: DateRange) -> Result<bool, Failure> {
    Ok(!range.is_open()
        && refresh::nights(store, person, range)?.0.nights.is_empty()
        && refresh::days(store, person, range)?.days.is_empty()
        && refresh::extent(store, person)?.is_some())
}

/// The answer as a person reads it; with the numbers behind it where `details` are asked for.
pub(super) fn text(answer: &LoopAnswer, details: bool, style: Style) -> String {
    let view = &answer.view;
    let mut text = heading(view, style);
    for remark in &view.remarks {
        paragraph(&mut text, &style.dim(remark), style);
    }
    if let Some(preregistered) = &view.preregistration {
        let so = if preregistered.matches { "This is" } else { "This is NOT" };
        let line = format!("{so} the analysis that was preregistered (SHA-256 {}).", preregistered.sha256);
        paragraph(&mut text, &line, style);
        for difference in &preregistered.differences {
            paragraph(&mut text, difference, style);
        }
    }
    text.push('\n');
    match &answer.outcome {
        LoopOutcome::CannotTell(_) => {
            for sentence in &view.sentences {
                paragraph(&mut text, sentence, style);
            }
        }
        LoopOutcome::Estimated(estimate) => estimated(&mut text, view, estimate, details, style),
    }
    text
}

fn heading(view: &LoopView, style: Style) -> String {
    let data = &view.data;
    let simulated = if view.simulated { " (simulated)" } else { "" };
    let mut text = String::new();
    let whose = if view.person == DEFAULT_PERSON {
        "Your loop".to_owned()
    } else {
        format!("The loop of {}", view.person)
    };
    let title = format!("{whose}{simulated}: {} and {}", view.settings.sleep, view.settings.pain);
    let _ = writeln!(text, "{}", style.bold(&wrapped(&title, style.width, "  ")));
    let span = match (&data.from, &data.to) {
        (Some(from), Some(to)) => format!(", {from} to {to}"),
        _ => String::new(),
    };
    let line = format!(
        "{}, {}{span}; pairs: {} sleep → pain, {} pain → sleep",
        counted(data.nights.into(), "night", "nights"),
        counted(data.pain_days.into(), "day rated", "days rated"),
        data.pairs_sleep_to_pain,
        data.pairs_pain_to_sleep
    );
    paragraph(&mut text, &line, style);
    text
}

fn estimated(text: &mut String, view: &LoopView, estimate: &LoopEstimate, details: bool, style: Style) {
    for sentence in &view.sentences {
        paragraph(text, sentence, style);
    }
    let terminal = style.terminal();
    let _ = write!(text, "\n{}\n", terminal::intervals(&figures::arrow_rows(estimate), terminal).picture);
    for (label, arrow) in arrows(estimate) {
        text.push_str(&terminal::share_bar(label, arrow.prior_share, terminal).picture);
    }
    let known = arrows(estimate).map(|(label, arrow)| format!("{label}: {}", maturity(arrow.maturity)));
    paragraph(text, &format!("{}.", known.join("; ")), style);
    let _ = write!(text, "\n{}\n", terminal::curve(&Curve::from(&estimate.pulse), terminal).picture);
    let more = if details { "" } else { "; z, rhat and more with --details" };
    paragraph(text, &style.dim(&format!("━ half of what is plausible, ─ 90 %{more}")), style);
    if details {
        numbers(text, estimate, style);
    }
    paragraph(
        text,
        &style.dim(
            "\"Goes with\" is not \"comes from\": something unrecorded may explain both. This describes your own records; it is not medical advice.",
        ),
        style,
    );
}

fn arrows(estimate: &LoopEstimate) -> [(&'static str, &ArrowEstimate); 2] {
    [("Sleep → pain", &estimate.sleep_to_pain), ("Pain → sleep", &estimate.pain_to_sleep)]
}

/// The numbers behind the answer, for whoever wants to check it.
fn numbers(text: &mut String, estimate: &LoopEstimate, style: Style) {
    text.push('\n');
    for (label, arrow) in arrows(estimate) {
        let line = format!(
            "{label}: P(below zero) {:.2}, evidence of the data alone z = {:.2} (told from {:.1})",
            arrow.p_negative, arrow.z, arrow.clear
        );
        paragraph(text, &line, style);
    }
    paragraph(text, &estimate.dominant_sentence, style);
    if let Some(bad) = &estimate.bad_days {
        paragraph(text, &bad.sentence, style);
    }
    let pulse = &estimate.pulse;
    let line = format!(
        "Pulse, {}: {} {} on the first day, {} over {} days, nine tenths of it within {}",
        pulse.change_in_words,
        interval(&pulse.first_day),
        pulse.unit,
        interval(&pulse.total),
        pulse.horizon_days,
        counted(pulse.days_to_nine_tenths.into(), "day", "days")
    );
    paragraph(text, &line, style);
    let press = &estimate.press;
    let line = format!(
        "Press, {}: {} {} if it is held, {} with the loop responding",
        press.change_in_words,
        interval(&press.held),
        press.unit,
        interval(&press.responding)
    );
    paragraph(text, &line, style);
    let line = format!(
        "Carry-over from day to day: of sleep {}, of pain {}",
        interval(&estimate.sleep_carry_over),
        interval(&estimate.pain_carry_over)
    );
    paragraph(text, &line, style);
    let gain = interval(&estimate.loop_gain);
    paragraph(
        text,
        &format!("Loop gain: {gain} (above zero feeds itself, below zero corrects itself)"),
        style,
    );
    let half_life = estimate
        .half_life_days
        .as_ref()
        .map_or_else(|| "shown from 90 nights on".to_owned(), |days| format!("{} days", interval(days)));
    paragraph(text, &format!("Half-life of a disturbance: {half_life}"), style);
    for line in beside(&estimate.beside) {
        paragraph(text, &line, style);
    }
    let radius =
        estimate.spectral_radius.as_ref().map_or_else(|| "shown from 90 nights on".to_owned(), interval);
    paragraph(text, &format!("Spectral radius (largest growth factor a day): {radius}"), style);
    if let Some(latent) = &estimate.latent {
        let line = format!(
            "On the latent scale: {} per standard deviation of sleep, {} back; one latent unit is {} points here",
            interval(&latent.sleep_to_pain),
            interval(&latent.pain_to_sleep),
            interval(&latent.points_per_unit)
        );
        paragraph(text, &line, style);
    }
    if !estimate.sentences.contains(&estimate.model.why) {
        paragraph(text, &estimate.model.why, style);
    }
    for check in &estimate.checks {
        paragraph(text, &check.sentence, style);
    }
    paragraph(text, &sampling(estimate), style);
    text.push_str("Parameters, on standardised series: mean ± SD (prior), rhat, ess_bulk\n");
    for parameter in &estimate.parameters {
        let rhat = if parameter.rhat.is_finite() { format!("{:.3}", parameter.rhat) } else { "-".to_owned() };
        let _ = writeln!(
            text,
            "  {:32} {:6.2} ± {:.2} ({:.2} ± {:.2}), {rhat}, {:.0}",
            parameter.name,
            parameter.mean,
            parameter.sd,
            parameter.prior.mean,
            parameter.prior.sd,
            parameter.ess_bulk
        );
    }
    text.push('\n');
}

/// How the draws were made and whether they can be trusted.
fn sampling(estimate: &LoopEstimate) -> String {
    if let Some(preview) = &estimate.preview {
        return format!(
            "Preview by importance sampling: {} draws worth {:.0}, k-hat {:.2} (trusted up to {:.2})",
            preview.draws, preview.effective_draws, preview.k_hat, preview.largest_k_hat
        );
    }
    let diagnostics = &estimate.diagnostics;
    format!(
        "{} chains × {} draws, rhat {:.3}, ess_bulk {:.0}, {}",
        diagnostics.chains,
        diagnostics.draws_per_chain,
        diagnostics.rhat_max,
        diagnostics.ess_bulk_min,
        counted(diagnostics.divergences, "divergence", "divergences")
    )
}

/// What stands beside the plain loop, a line each.
fn beside(beside: &Beside) -> Vec<String> {
    let mut lines = Vec::new();
    for covariate in &beside.covariates {
        let on = match (covariate.on, covariate.days_before) {
            (ActsOn::Night, 0) => "that night",
            (ActsOn::Night, _) => "the night after it",
            (ActsOn::Pain, 0) => "pain on that day",
            (ActsOn::Pain, _) => "pain on the next day",
        };
        lines.push(format!(
            "{} and {on}: {} {}; known for {}, not for {}",
            covariate.name,
            interval(&covariate.effect),
            covariate.unit,
            covariate.known,
            covariate.unknown
        ));
    }
    for channel in &beside.channels {
        let offset = channel.offset.as_ref().map_or_else(String::new, |offset| {
            format!("{} {} more than the main channel; ", interval(offset), channel.unit)
        });
        lines.push(format!(
            "{} ({} nights, {} shared): {offset}moves by {} with one unit of it; error {} {}",
            channel.name,
            channel.nights,
            channel.shared,
            interval(&channel.loading),
            interval(&channel.error),
            channel.unit
        ));
    }
    if let Some(correlation) = &beside.rating_correlation {
        lines
            .push(format!("Errors of what is rated in one minute are correlated: {}", interval(correlation)));
    }
    if let Some(level) = &beside.local_level {
        lines.push(format!(
            "Levels wander in 30 days by: sleep {}, pain {}",
            interval(&level.sleep),
            interval(&level.pain)
        ));
    }
    if let Some(curve) = &beside.curve {
        lines.push(format!(
            "Bend around {:.1} hours: {} {}, probability of its sign {:.2} (told of above 0.95)",
            curve.around,
            interval(&curve.effect),
            curve.unit,
            curve.p_sign
        ));
    }
    lines
}

const fn maturity(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Prior => "prior (mostly what is known from other people)",
        Maturity::Emerging => "emerging (partly your data, partly what is known from other people)",
        Maturity::Measured => "measured (mostly your own data)",
    }
}

fn interval(summary: &Summary) -> String {
    format!("{:.2} (90 % interval {:.2} to {:.2})", summary.median, summary.ci90.low, summary.ci90.high)
}

fn paragraph(text: &mut String, sentence: &str, style: Style) {
    let _ = writeln!(text, "{}", wrapped(sentence, style.width, "  "));
}
