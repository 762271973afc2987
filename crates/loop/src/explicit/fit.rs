//! Fits the loop with its states written out, and reports its effects in points that a person can read.
//!
//! Effects on a latent scale mean nothing to a person. Every draw therefore carries by how many points its expected score
//! rises with one latent unit of pain, averaged over the person's own days (the average marginal effect), and arrows,
//! pulse and press are given in those points: what an hour goes with at this person's typical level.

use nightmend_domain::Progress;
use nightmend_domain::estimate::{
    BadDays, Latent, LoopEstimate, MeanSd, MeasurementError, ParameterSummary, Standardisation,
};
use nightmend_infer::diagnostics::{self, Convergence};
use nightmend_infer::nuts::{self, Whitening};
use nightmend_infer::{Draws, draws, laplace};

use super::Chosen;
use super::model::ExplicitDensity;
use super::scale::{Steps, threshold};
use crate::bad_days;
use crate::beside::{self, Found, Layout, Plan};
use crate::checks;
use crate::claim;
use crate::data::Series;
use crate::explain::{self, summarise};
use crate::fit::{self, FitError, Fitted, LoopSettings, Seed, Stage};
use crate::model::{LoopDensity, Parameter};
use crate::priors::SeriesPriors;
use crate::unfold::Unfolded;
use crate::words;

/// How wide a state is taken to be before the sampler has seen it, in units of its own.
const STATE_WIDTH: f64 = 0.9;

/// Fits a series in the form that was chosen.
///
/// # Errors
/// [`FitError`] when stopped or when the sampler fails.
pub(crate) fn fit(
    series: &Series,
    plain: Standardisation,
    chosen: Chosen,
    settings: &LoopSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<LoopEstimate, FitError> {
    let pain = chosen.steps.as_ref().map_or(plain.pain, |steps| steps.latent);
    let spread = Standardisation { sleep: plain.sleep, pain };
    let LoopSettings { priors, record, measurement_error, nuts, .. } = settings;
    let of = |spread: &Standardisation| {
        priors.for_series(&series.sleep_measure, series.pain_measure, spread, *measurement_error)
    };
    let own = of(&spread);
    let steps = chosen.steps.as_ref();
    let plan = Plan::new(series, &spread, settings, false);
    let density = ExplicitDensity::new(series, &spread, own, priors.explicit(), steps, chosen.student)
        .with_beside(plan);
    let mut unfolded = Unfolded::of_explicit(density);
    let whitening = start(series, &spread, own, &unfolded);
    let sampled = nuts::sample(&unfolded, &whitening, nuts, seed.0, &Stage { progress });
    let mut sampled = sampled.map_err(FitError::from)?;
    sampled.transform(|draw| unfolded.fold(draw));
    let density = unfolded.inner();
    let less = beside::less_one_pain(series, &plain, settings);
    let innovations = last_draw(&sampled).and_then(|draw| density.innovations_of_pain(draw).ok());
    let found = reduce(density, &mut sampled, &spread);
    // The claim looks at the data through the Gaussian form, whose rate of false findings is measured for such scores too.
    let evidence =
        beside::weigh_one_pain(series, settings).unwrap_or_else(|_| fit::divided_out(&found.readable, &own));
    let posterior = [Parameter::SleepToPain, Parameter::PainToSleep]
        .map(|arrow| draws::mean(&found.readable.column(arrow.index())));
    let told = fit::tell(series, &evidence, posterior, *record, &claim::CLEAR, |life| {
        beside::weigh_one_pain(life, settings).ok()
    });
    let freedom = density.ln_freedom().map(|place| draws::mean(&sampled.derive(|draw| draw[place].exp())));
    let looked_at = less.as_ref().unwrap_or(series);
    let findings = checks::written_out(
        [looked_at, series],
        &plain,
        of(&plain),
        &innovations.unwrap_or_default(),
        freedom,
        steps.is_some(),
    );
    let curvature = density.curvature();
    let beside = (!density.plan().is_empty()).then(|| Found {
        names: density.names().drain(..density.layout().size).collect(),
        priors: density.all_priors().drain(..density.layout().size).collect(),
        less: less.unwrap_or_else(|| series.clone()),
        beside: beside::in_natural_units(series, &spread, density.plan(), density.layout(), &found.readable),
    });
    let fitted = Fitted {
        series,
        settings,
        seed,
        spread,
        priors: readable_priors(own, &found),
        draws: found.readable,
        convergence: found.convergence,
        preview: None,
        evidence,
        told,
        beside,
        findings: Some(findings),
        choice: chosen.choice,
    };
    let mut estimate = explain::estimate(&fitted);
    estimate.diagnostics.divergences = sampled.divergences;
    estimate.diagnostics.edge_contacts = sampled.edge_contacts;
    estimate.parameters = found.parameters;
    estimate.sentences.push(estimate.model.why.clone());
    if let Some(steps) = steps {
        estimate.latent = Some(found.latent);
        estimate.bad_days = bad_days(series, steps, &spread, settings, &sampled, curvature);
    }
    Ok(estimate)
}

/// Counts bad days on the latent scale, where a score becomes a bad one at a threshold.
fn bad_days(
    series: &Series,
    steps: &Steps,
    spread: &Standardisation,
    settings: &LoopSettings,
    sampled: &Draws,
    curvature: Option<usize>,
) -> Option<BadDays> {
    let at = bad_days::threshold(series.pain(), settings.bad_day)?;
    let border = bad_days::border(at, steps.step(), spread);
    let change = explain::pulse_change(series, spread);
    let words = words::pulse_change(series, change);
    let with_error = settings.measurement_error != MeasurementError::None;
    let bent = |draw: &[f64]| threshold(border, curvature.map_or(0.0, |place| draw[place])).0;
    bad_days::bad_days(series, at, &words, sampled, bent, |draw| {
        Some(explain::outlook(draw, change / spread.sleep.sd, with_error))
    })
}

fn last_draw(draws: &Draws) -> Option<&[f64]> {
    draws.iter().last()
}

/// Starts from the mode of the Gaussian form, whose filter integrates the states out, with states a little narrower than
/// their prior.
fn start(
    series: &Series,
    spread: &Standardisation,
    priors: SeriesPriors,
    target: &Unfolded<ExplicitDensity>,
) -> Whitening {
    let density = target.inner_ref();
    let (mut centre, factor) = if density.plan().is_empty() {
        let mut gaussian = Unfolded::new(LoopDensity::new(series, spread, priors));
        let mut centre: Vec<f64> = priors.parameters.iter().map(|prior| prior.mean).collect();
        let scale: Vec<f64> = priors.parameters.iter().map(|prior| prior.sd).collect();
        gaussian.unfold(&mut centre);
        match laplace::find_mode(&mut gaussian, &centre, &scale) {
            Ok(mode) => (mode.position, mode.scale),
            Err(_) => (centre, nightmend_infer::linear::Square::diagonal(&scale)),
        }
    } else {
        beside::start_one_pain(series, spread, density.plan(), &priors)
    };
    let (more, states) = (density.parameters() - centre.len(), density.states());
    if density.curvature().is_some() {
        centre.push(0.0);
    }
    if density.ln_freedom().is_some() {
        centre.push(10.0_f64.ln());
    }
    centre.resize(centre.len() + states, 0.0);
    let mut widths = vec![STATE_WIDTH; more + states];
    widths[..more].fill(0.3);
    Whitening::partly_dense(centre, factor, widths)
}

/// What is kept of the draws once the states have been used.
struct Reduced {
    /// The parameters of the loop and of what stands beside it, pain in units in which one is `spread.pain.sd` points at
    /// this person's level.
    readable: Draws,
    convergence: Vec<Convergence>,
    parameters: Vec<ParameterSummary>,
    latent: Latent,
    /// Latent units of pain to readable ones, on average.
    ratio: f64,
}

/// Reduces the draws to what a person can read, and leaves them with the coefficients themselves where those are shrunk
/// together.
fn reduce(density: &mut ExplicitDensity, sampled: &mut Draws, spread: &Standardisation) -> Reduced {
    let count = density.parameters();
    let slopes: Vec<f64> = sampled
        .iter()
        .map(|draw| density.points_per_unit(draw).ok().flatten().unwrap_or(spread.pain.sd))
        .collect();
    sampled.transform(|draw| density.unshrink(draw));
    let (layout, per_chain) = (density.layout(), sampled.per_chain());
    let mut chains = vec![Vec::with_capacity(per_chain * layout.size); sampled.chains()];
    for (number, (draw, slope)) in sampled.iter().zip(&slopes).enumerate() {
        let mut kept = draw[..layout.size].to_vec();
        make_readable(&mut kept, density.plan(), layout, slope / spread.pain.sd);
        chains[number / per_chain].extend(kept);
    }
    let mut readable = Draws::from_chains(layout.size, &chains);
    (readable.divergences, readable.edge_contacts) = (sampled.divergences, sampled.edge_contacts);
    let convergence: Vec<Convergence> =
        (0..count).map(|index| diagnostics::convergence(&sampled.column(index), sampled.chains())).collect();
    let parameters = density.names().into_iter().zip(density.all_priors()).enumerate();
    let parameters = parameters.map(|(index, (name, prior))| {
        let column = sampled.column(index);
        ParameterSummary {
            name,
            mean: draws::mean(&column),
            sd: draws::standard_deviation(&column),
            prior,
            rhat: convergence[index].rhat,
            ess_bulk: convergence[index].ess_bulk,
        }
    });
    let parameters = parameters.collect();
    let latent = Latent {
        points_per_unit: summarise(&slopes),
        sleep_to_pain: summarise(&sampled.column(Parameter::SleepToPain.index())),
        pain_to_sleep: summarise(&sampled.column(Parameter::PainToSleep.index())),
    };
    let ratio = draws::mean(&slopes) / spread.pain.sd;
    Reduced { readable, convergence, parameters, latent, ratio }
}

const PAIN_UNITS: [Parameter; 4] =
    [Parameter::MeanPain, Parameter::TrendPain, Parameter::WeekendPain, Parameter::SleepToPain];

/// Turns latent units of pain into readable ones: of the loop, and of what pushes or moves pain beside it.
fn make_readable(draw: &mut [f64], plan: &Plan, layout: Layout, ratio: f64) {
    PAIN_UNITS.iter().for_each(|parameter| draw[parameter.index()] *= ratio);
    draw[Parameter::PainToSleep.index()] /= ratio;
    for log in [Parameter::LnSigmaPain, Parameter::LnErrorPain] {
        draw[log.index()] += ratio.ln();
    }
    for (column, place) in plan.columns.iter().zip(layout.columns..) {
        if column.state == 1 {
            draw[place] *= ratio;
        }
    }
    if let Some(place) = layout.local {
        draw[place + 1] += ratio.ln();
    }
}

/// Turns the priors with the draws, so that how much of an estimate is prior stays what it is.
fn readable_priors(mut priors: SeriesPriors, found: &Reduced) -> SeriesPriors {
    let scaled = |prior: MeanSd, by: f64| MeanSd { mean: prior.mean * by, sd: prior.sd * by };
    let there = &mut priors.parameters[Parameter::SleepToPain.index()];
    *there = scaled(*there, found.ratio);
    let back = &mut priors.parameters[Parameter::PainToSleep.index()];
    *back = scaled(*back, found.ratio.recip());
    priors
}
