//! Writes the equations and the methods section of a paper for exactly the form of the model that was fitted.
//!
//! The text is Markdown with TeX. [`methods`] takes its numbers from the answer; `reference` is the same without
//! numbers, for every form, and is kept as `docs/reference/model.md`.

use std::fmt::Write as _;

use nightmend_domain::beside::{Beside, CovariateEstimate};
use nightmend_domain::estimate::{ArrowEstimate, LoopEstimate, MeasurementError, Record, Told};

use crate::beside::SHRUNK_BEYOND;
use crate::claim::{CLEAR, WEAK_ARROW_SD};
use crate::explicit::{FEW_VALUES, MOST_DAYS, SHARE_AT_END};
use crate::half_day::DAYS_FOR_HALF_DAY;
use crate::half_day::claim::CLEAR_HALF_DAY;

/// What decides which equations hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    half_day: bool,
    ordered: bool,
    student: bool,
    with_error: bool,
}

/// Returns the methods section for the form and the numbers of this answer.
#[must_use]
pub fn methods(estimate: &LoopEstimate) -> String {
    let form = Form {
        half_day: estimate.half_day.is_some(),
        ordered: estimate.model.ordered,
        student: estimate.model.student,
        with_error: estimate.provenance.measurement_error != MeasurementError::None,
    };
    let mut text = String::from("# Methods\n\n");
    data(&mut text, estimate);
    text.push_str("## Model\n\n");
    equations(&mut text, form);
    beside(&mut text, &Stands::of(&estimate.beside), form);
    let _ = writeln!(text, "Choice of the form. {}\n", estimate.model.why);
    priors(&mut text, estimate);
    sampling(&mut text, estimate, form);
    claims(&mut text, estimate, form);
    results(&mut text, estimate);
    checks(&mut text, estimate);
    let provenance = &estimate.provenance;
    let _ = writeln!(
        text,
        "## Software\n\n{}; priors version and hash {}; seed {}. The same records, settings and seed give the same numbers.",
        provenance.engine, provenance.priors, provenance.seed
    );
    text
}

/// Returns the equations of every form, without numbers.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# The model\n\nWritten by the engine itself (`nightmend_loop::methods`), so that it says what the code does; \
         `nightmend loop --methods` prints the part that was used for an answer, with its numbers. Priors are in \
         `crates/loop/priors.toml`, on series standardised by the person's own mean and standard deviation.\n\n",
    );
    let plain = Form { half_day: false, ordered: false, student: false, with_error: true };
    let forms = [
        ("One pain a day", plain),
        ("Half-day: pain on waking and later", Form { half_day: true, ..plain }),
        ("Ordered scores", Form { ordered: true, ..plain }),
        ("Flares: Student-t innovations", Form { student: true, ..plain }),
    ];
    for (title, form) in forms {
        let _ = write!(text, "## {title}\n\n");
        equations(&mut text, form);
    }
    text.push_str("## Beside the loop\n\nIn every form, where it is there or asked for.\n\n");
    beside(&mut text, &Stands::all(), Form { ordered: true, ..plain });
    let _ = write!(
        text,
        "## Which form is used\n\nWith pain on waking and later on at least {DAYS_FOR_HALF_DAY} days with a night, the \
         half-day form. Ordered scores where they take at most {FEW_VALUES} values, where at least {:.0} % are at one end \
         of the scale, or where the mean of a 0 to 10 scale lies within one point of an end, up to {MOST_DAYS} days; then \
         one report a day. Student-t where the excess kurtosis of what the Gaussian form leaves over exceeds 17/√n. Each \
         can be overridden, and the answer says what was used and why.\n\n",
        100.0 * SHARE_AT_END
    );
    text.push_str("## When an arrow is told\n\n");
    rule(&mut text);
    text
}

fn data(text: &mut String, estimate: &LoopEstimate) {
    let (data, provenance) = (&estimate.data, &estimate.provenance);
    let span = match (data.from, data.to) {
        (Some(from), Some(to)) => format!(" between {from} and {to}"),
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "## Data\n\nOne person recorded {} nights ({}) and {} days of {} ({}){span}; {} pairs of a night and the day after \
         it, {} of a day and the night after it. Series were standardised by their own mean and standard deviation (sleep \
         {:.2}, SD {:.2}; pain {:.2}, SD {:.2}{}). Missing values were skipped by the likelihood (missing at random given \
         the past); whether days are left blank after bad ones was looked at (below).\n",
        data.nights,
        provenance.sleep,
        data.pain_days,
        provenance.pain,
        provenance.moment.as_word(),
        data.pairs_sleep_to_pain,
        data.pairs_pain_to_sleep,
        estimate.standardisation.sleep.mean,
        estimate.standardisation.sleep.sd,
        estimate.standardisation.pain.mean,
        estimate.standardisation.pain.sd,
        if estimate.model.ordered { "; of the latent scale" } else { "" }
    );
}

fn equations(text: &mut String, form: Form) {
    text.push_str("Night $t$ ends on the waking date before day $t$. With $s_t$ and $p_t$ the deviations from their levels,\n\n$$\n");
    if form.half_day {
        text.push_str(
            "\\begin{aligned}\ns_t &= \\phi_s s_{t-1} + b_{ps} d_{t-1} + e^s_t, & e^s_t &\\sim N(0, \\sigma_s^2) \\\\\n\
             m_t &= \\lambda d_{t-1} + b_{sm} s_t + e^m_t, & e^m_t &\\sim N(0, \\sigma_m^2) \\\\\n\
             d_t &= \\phi_p m_t + b_{sd} s_t + e^d_t, & e^d_t &\\sim N(0, \\sigma_d^2)\n\\end{aligned}\n",
        );
    } else {
        let innovation =
            if form.student { "e^p_t / \\sigma_p &\\sim t_\\nu" } else { "e^p_t &\\sim N(0, \\sigma_p^2)" };
        let _ = write!(
            text,
            "\\begin{{aligned}}\ns_t &= \\phi_s s_{{t-1}} + b_{{ps}} p_{{t-1}} + e^s_t, & e^s_t &\\sim N(0, \\sigma_s^2) \\\\\n\
             p_t &= \\phi_p p_{{t-1}} + b_{{sp}} s_t + e^p_t, & {innovation}\n\\end{{aligned}}\n"
        );
    }
    text.push_str("$$\n\n");
    let pain = if form.half_day { "m_t$ (with an offset $\\delta$ for mornings) and $d_t" } else { "p_t" };
    let _ = write!(
        text,
        "Levels are a mean, a linear trend per 30 days around the middle and a shift on days off, for each side: \
         $\\mu_t = \\mu + \\beta (t - \\bar t)/30 + w\\,\\mathrm{{off}}_t$. "
    );
    let error = if form.with_error {
        " with errors $N(0, r^2)$, $r_s$ and $r_p$ estimated under informative priors"
    } else {
        " without error"
    };
    if form.ordered {
        let _ = write!(
            text,
            "Sleep is observed as $\\mu^s_t + s_t${error}. The score of pain is ordered: it is $c$ where \
             $\\tau_{{c-1}} < \\mu^p_t + p_t + r_p \\eta_t < \\tau_c$ with $\\eta_t \\sim N(0, 1)$ (ordered probit); the thresholds \
             are $\\tau(u) = (e^{{\\kappa u}} - 1)/\\kappa$ at the borders $u$ halfway between neighbouring scores, on the latent \
             scale of the person, so that they are equally spaced at $\\kappa = 0$. Effects are given in points: the latent \
             effect times the slope of the expected score, $\\sum_c \\varphi((\\mu^p_t + p_t - \\tau_c)/r_p)/r_p$, averaged over \
             the person's own days (average marginal effect). "
        );
    } else {
        let _ = write!(text, "Both are observed as level plus ${pain}${error}. ");
    }
    let radius = if form.half_day { "of nights and later reports " } else { "" };
    let _ = write!(
        text,
        "The first day's states are $N(0, 2^2)$; parameters at which the largest eigenvalue of the one-day transition {radius}\
         reaches 0.995 have density zero.{}\n\n",
        if form.student { " Degrees of freedom: $\\nu \\sim \\mathrm{Gamma}(2, 0.1)$." } else { "" }
    );
}

/// What stands beside the loop, as far as the equations go.
struct Stands {
    /// Their names, in the words of the records.
    covariates: Option<String>,
    shrunk: bool,
    channels: Option<String>,
    rating_correlation: bool,
    local_level: bool,
    curve: bool,
}

impl Stands {
    fn of(beside: &Beside) -> Self {
        let mut covariates: Vec<&str> = Vec::new();
        for covariate in &beside.covariates {
            if !covariates.contains(&covariate.name.as_str()) {
                covariates.push(&covariate.name);
            }
        }
        let channels: Vec<&str> = beside.channels.iter().map(|channel| channel.name.as_str()).collect();
        let listed = |names: Vec<&str>| {
            (!names.is_empty()).then(|| format!(" ({})", names.join(", ").replace('|', "/")))
        };
        Self {
            covariates: listed(covariates),
            shrunk: beside.shrunk,
            channels: listed(channels),
            rating_correlation: beside.rating_correlation.is_some(),
            local_level: beside.local_level.is_some(),
            curve: beside.curve.is_some(),
        }
    }

    fn all() -> Self {
        Self {
            covariates: Some(String::new()),
            shrunk: true,
            channels: Some(String::new()),
            rating_correlation: true,
            local_level: true,
            curve: true,
        }
    }
}

/// States what stands beside the loop: the same in every form, because what is pushed are states.
fn beside(text: &mut String, stands: &Stands, form: Form) {
    let Stands { covariates, shrunk, channels, rating_correlation, local_level, curve } = stands;
    let first_pain = if form.half_day { "m" } else { "p" };
    let mut parts: Vec<String> = Vec::new();
    if let Some(names) = covariates {
        let mut part = format!(
            "Covariates{names} push states: $\\sum_j \\gamma_j u_{{j,t}}$ is added to the equation of the night and to that of \
             the pain of its day, with $u$ standardised, and travels on like any other push; each acts only on what comes after \
             it. Days without a value stand at the mean; where they are at least 5 % and five, they also have a centred \
             indicator with a coefficient of its own."
        );
        if *shrunk {
            let _ = write!(
                part,
                " More than {SHRUNK_BEYOND} covariates share a scale: $\\gamma_j = w z_j$ with $z_j \\sim N(0, 1)$, \
                 $w = s \\tau / \\sqrt{{s^2 + \\tau^2}}$, $s$ the standard deviation that a single covariate's prior has, and $\\tau$ \
                 half-$t_3$ (a table of parameters gives the prior of $z$ and the posterior of $\\gamma$)."
            );
        }
        if form.ordered {
            part.push_str(
                " With ordered scores a covariate's effect on pain is given in points, as those of the arrows are.",
            );
        }
        parts.push(part);
    }
    if let Some(names) = channels {
        parts.push(format!(
            "Further channels of the same night{names} are observed as $a_k + l_k (\\mu^s_t + s_t)$ with an error of their own, \
             $N(0, r_k^2)$; offset $a_k$, loading $l_k$ and $r_k$ are estimated."
        ));
    }
    if *rating_correlation {
        parts.push(format!(
            "Where the night was rated in the minute of the pain, the errors of the rating and of ${first_pain}_t$ have the \
             correlation $\\rho$."
        ));
    }
    if *local_level {
        parts.push(
            "Both levels also wander: $\\ell_t = \\ell_{t-1} + N(0, \\omega^2/30)$ from zero on the first day, with an $\\omega$ for \
             each side."
                .to_owned(),
        );
    }
    if *curve {
        parts.push(format!(
            "A bend pushes the pain ${first_pain}_t$ by $b_2 ((h_t - \\bar h)^2 - c)$, $h_t$ the hours as observed and $c$ the mean \
             of the square."
        ));
    }
    if !parts.is_empty() {
        let _ = write!(text, "{}\n\n", parts.join(" "));
    }
}

fn priors(text: &mut String, estimate: &LoopEstimate) {
    text.push_str(
        "Priors (Gaussian, on standardised series; from a hierarchical fit of 131 adults with chronic pain where it has one) and \
         posteriors:\n\n| parameter | prior mean (SD) | posterior mean (SD) | R-hat | bulk ESS |\n|---|---|---|---|---|\n",
    );
    for parameter in &estimate.parameters {
        let _ = writeln!(
            text,
            "| {} | {:.2} ({:.2}) | {:.3} ({:.3}) | {:.3} | {:.0} |",
            parameter.name,
            parameter.prior.mean,
            parameter.prior.sd,
            parameter.mean,
            parameter.sd,
            parameter.rhat,
            parameter.ess_bulk
        );
    }
    text.push('\n');
}

fn sampling(text: &mut String, estimate: &LoopEstimate, form: Form) {
    let states = if form.ordered || form.student {
        "States were sampled with the parameters, each written as what a one-step filter would expect of it plus a standard \
         value"
    } else {
        "States were integrated out by the Kalman filter"
    };
    let diagnostics = &estimate.diagnostics;
    let how = estimate.preview.map_or_else(
        || {
            format!(
                "the No-U-Turn sampler (nuts-rs 0.19.1; Hoffman and Gelman 2014) drew {} chains of {} draws after warm-up; \
                 rank-normalised split R-hat was at most {:.3}, bulk and tail ESS at least {:.0} and {:.0}, \
                 and {} trajectories diverged",
                diagnostics.chains,
                diagnostics.draws_per_chain,
                diagnostics.rhat_max,
                diagnostics.ess_bulk_min,
                diagnostics.ess_tail_min,
                diagnostics.divergences
            )
        },
        |preview| {
            format!(
                "this is a preview by Pareto-smoothed importance sampling ({} draws worth {:.0}, k-hat {:.2}), which is not \
                 meant for a paper",
                preview.draws, preview.effective_draws, preview.k_hat
            )
        },
    );
    let _ = writeln!(
        text,
        "## Estimation\n\n{states}, with gradients derived by hand; {how}. Intervals are equal-tailed.\n"
    );
}

fn claims(text: &mut String, estimate: &LoopEstimate, form: Form) {
    let clear = if form.half_day { &CLEAR_HALF_DAY } else { &CLEAR };
    text.push_str("## Claims\n\n");
    rule(text);
    let used = match estimate.provenance.record {
        Record::Archive => format!("This was one look at a finished record (threshold {}).", clear.archive),
        Record::Living => format!(
            "This is a living record (threshold {} at the first two looks, {} at later ones).",
            clear.living, clear.later
        ),
    };
    let gaussian = if form.ordered || form.student {
        " The statistic was that of the Gaussian form, whose rate of false findings has been measured for such scores \
         (docs/validation/bounded.md)."
    } else {
        ""
    };
    let covariates = if estimate.beside.covariates.is_empty() {
        ""
    } else {
        " It was weighed with the covariates in the model, each with its own prior and none shrunk; $k$ counts their columns."
    };
    let _ = writeln!(text, "{used}{gaussian}{covariates}\n");
}

fn rule(text: &mut String) {
    let _ = write!(
        text,
        "Estimates and claims are kept apart. An arrow is told only if $|z| \\ge {}$ in one look at a finished record, or \
         $\\ge {}$ at the looks of a living one at nights 90 and 180 and {} at later ones, where $z$ is the signed root of the likelihood ratio between a free and a zero \
         arrow under weak priors (arrows $N(0, {WEAK_ARROW_SD})$), times $(1 + k/n)^{{-1/2}}$ for $k$ fitted quantities and $n$ \
         outcomes. No informative prior enters $z$. False findings over both arrows together were simulated \
         (docs/validation/false-findings.md). ",
        CLEAR.archive, CLEAR.living, CLEAR.later
    );
}

fn results(text: &mut String, estimate: &LoopEstimate) {
    text.push_str("## Estimates\n\n");
    for (name, arrow) in
        [("Sleep to pain", &estimate.sleep_to_pain), ("Pain to sleep", &estimate.pain_to_sleep)]
    {
        let ArrowEstimate { effect, unit, z, told, prior_share, .. } = arrow;
        let told = match told {
            Told::Clear if arrow.cautions.is_empty() => "clear",
            Told::Clear => "clear, to be taken with care",
            Told::CannotTellYet => "cannot tell yet",
        };
        let _ = writeln!(
            text,
            "- {name}: {:.3} {unit} (90 % interval {:.3} to {:.3}), $z$ = {z:.2}, {told}; posterior variance over prior \
             variance {prior_share:.2}.",
            effect.mean, effect.ci90.low, effect.ci90.high
        );
    }
    for covariate in &estimate.beside.covariates {
        let CovariateEstimate { name, on, days_before, unit, effect, known, unknown, .. } = covariate;
        let date = if *days_before == 0 { "same" } else { "next" };
        let _ = writeln!(
            text,
            "- {name}, on the {} of the {date} date: {:.3} {unit} (90 % interval {:.3} to {:.3}); known for {known}, \
             not for {unknown}. An estimate; no claim is made of covariates.",
            on.as_word(),
            effect.mean,
            effect.ci90.low,
            effect.ci90.high
        );
    }
    let gain = &estimate.loop_gain;
    let _ = writeln!(
        text,
        "- Loop gain: {:.3} (90 % interval {:.3} to {:.3}). {}",
        gain.mean, gain.ci90.low, gain.ci90.high, estimate.dominant_sentence
    );
    if let Some(bad) = &estimate.bad_days {
        let _ = writeln!(text, "- {}", bad.sentence);
    }
    if let Some(hidden) = &estimate.hidden_influence {
        let _ = writeln!(text, "- {}", hidden.sentence);
    }
    text.push_str(
        "\nThese are associations in the order of time within one person's records; an unrecorded influence may explain them.\n\n",
    );
}

fn checks(text: &mut String, estimate: &LoopEstimate) {
    if estimate.checks.is_empty() {
        return;
    }
    text.push_str("## Checks of the model\n\n");
    for check in &estimate.checks {
        let mark = if check.passed { "passed" } else { "**failed**" };
        let _ = writeln!(text, "- {} ({mark}): {}", check.name, check.sentence);
    }
    text.push('\n');
}
