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
use crate::beside;
use crate::checks;
use crate::claim;
use crate::data::Series;
use crate::explain::{self, summarise};
use crate::fit::{self, FitError, Fitted, LoopSettings, Seed, Stage};
use crate::model::{LoopDensity, PARAMETERS, Parameter};
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
    let density = ExplicitDensity::new(series, &spread, own, priors.explicit(), steps, chosen.student);
    let mut unfolded = Unfolded::of_explicit(density);
    let whitening = start(series, &spread, own, &unfolded);
    let sampled = nuts::sample(&unfolded, &whitening, nuts, seed.0, &Stage { progress });
    let mut sampled = sampled.map_err(FitError::from)?;
    sampled.transform(|draw| unfolded.fold(draw));
    let density = unfolded.inner();
    let found = reduce(density, &sampled, &spread);
    // The claim looks at the data through the Gaussian form, whose rate of false findings is measured for such scores too.
    let evidence =
        beside::weigh_one_pain(series, settings).unwrap_or_else(|_| fit::divided_out(&found.readable, &own));
    let posterior = [Parameter::SleepToPain, Parameter::PainToSleep]
        .map(|arrow| draws::mean(&found.readable.column(arrow.index())));
    let told = fit::tell(series, &evidence, posterior, *record, &claim::CLEAR, |life| {
        beside::weigh_one_pain(life, settings).ok()
    });
    let innovations = last_draw(&sampled).and_then(|draw| density.innovations_of_pain(draw).ok());
    let freedom = density.ln_freedom().map(|place| draws::mean(&sampled.derive(|draw| draw[place].exp())));
    let findings = checks::written_out(
        series,
        &plain,
        of(&plain),
        &innovations.unwrap_or_default(),
        freedom,
        steps.is_some(),
    );
    let curvature = density.curvature();
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
        beside: None,
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
    let mut gaussian = Unfolded::new(LoopDensity::new(series, spread, priors));
    let mut centre: Vec<f64> = priors.parameters.iter().map(|prior| prior.mean).collect();
    let scale: Vec<f64> = priors.parameters.iter().map(|prior| prior.sd).collect();
    gaussian.unfold(&mut centre);
    let factor = match laplace::find_mode(&mut gaussian, &centre, &scale) {
        Ok(mode) => {
            centre = mode.position;
            mode.scale
        }
        Err(_) => nightmend_infer::linear::Square::diagonal(&scale),
    };
    let density = target.inner_ref();
    let (more, states) = (density.parameters() - PARAMETERS, 2 * series.len());
    if density.curvature().is_some() {
        centre.push(0.0);
    }
    if density.ln_freedom().is_some() {
        centre.push(10.0_f64.ln());
    }
    centre.resize(PARAMETERS + more + states, 0.0);
    let mut widths = vec![STATE_WIDTH; more + states];
    widths[..more].fill(0.3);
    Whitening::partly_dense(centre, factor, widths)
}

/// What is kept of the draws once the states have been used.
struct Reduced {
    /// The fourteen parameters, pain in units in which one is `spread.pain.sd` points at this person's level.
    readable: Draws,
    convergence: Vec<Convergence>,
    parameters: Vec<ParameterSummary>,
    latent: Latent,
    /// Latent units of pain to readable ones, on average.
    ratio: f64,
}

fn reduce(density: &mut ExplicitDensity, sampled: &Draws, spread: &Standardisation) -> Reduced {
    let count = density.parameters();
    let slopes: Vec<f64> = sampled
        .iter()
        .map(|draw| density.points_per_unit(draw).ok().flatten().unwrap_or(spread.pain.sd))
        .collect();
    let per_chain = sampled.per_chain();
    let mut chains = vec![Vec::with_capacity(per_chain * PARAMETERS); sampled.chains()];
    for (number, (draw, slope)) in sampled.iter().zip(&slopes).enumerate() {
        let mut kept = draw[..PARAMETERS].to_vec();
        make_readable(&mut kept, slope / spread.pain.sd);
        chains[number / per_chain].extend(kept);
    }
    let mut readable = Draws::from_chains(PARAMETERS, &chains);
    (readable.divergences, readable.edge_contacts) = (sampled.divergences, sampled.edge_contacts);
    let convergence: Vec<Convergence> =
        (0..count).map(|index| diagnostics::convergence(&sampled.column(index), sampled.chains())).collect();
    let (priors, extra) = (density.priors().parameters, density.extra_priors());
    let parameters = density.names().into_iter().enumerate().map(|(index, name)| {
        let column = sampled.column(index);
        ParameterSummary {
            name: name.to_owned(),
            mean: draws::mean(&column),
            sd: draws::standard_deviation(&column),
            prior: priors
                .get(index)
                .or_else(|| extra.get(index - PARAMETERS))
                .copied()
                .unwrap_or(MeanSd { mean: f64::NAN, sd: f64::NAN }),
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

/// Turns latent units of pain into readable ones.
fn make_readable(draw: &mut [f64], ratio: f64) {
    PAIN_UNITS.iter().for_each(|parameter| draw[parameter.index()] *= ratio);
    draw[Parameter::PainToSleep.index()] /= ratio;
    for log in [Parameter::LnSigmaPain, Parameter::LnErrorPain] {
        draw[log.index()] += ratio.ln();
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
