//! Puts what was found beside the loop into natural units and words.

use nightmend_domain::beside::{ActsOn, Beside, ChannelEstimate, CovariateEstimate, Curve, LocalLevel};
use nightmend_domain::estimate::{MeanSd, Standardisation};
use nightmend_infer::{Draws, draws};

use super::density::BesideDensity;
use super::form::Form;
use super::layout::Layout;
use super::plan::{Column, Kind, Plan};
use crate::data::{Series, SleepMeasure};
use crate::explain::summarise;
use crate::words;

/// Above this probability of one sign a bend is told of.
const SURE_SIGN: f64 = 0.95;

/// What a fit found beside the loop.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The names of all parameters.
    pub names: Vec<String>,
    /// Their priors.
    pub priors: Vec<MeanSd>,
    /// The series without what is explained beside the loop, at the posterior mean: what the plain loop's own checks
    /// look at.
    pub less: Series,
    /// What leaves the crate.
    pub beside: Beside,
}

/// Gathers it from the draws, whose coefficients are the effects themselves.
pub(super) fn found<F: Form<N>, const N: usize, const S: usize, const C: usize>(
    series: &Series,
    spread: &Standardisation,
    mut density: BesideDensity<F, N, S, C>,
    draws: &Draws,
) -> Found {
    let mut centre: Vec<f64> =
        (0..draws.dimension()).map(|index| draws::mean(&draws.column(index))).collect();
    density.shrink(&mut centre);
    let less = less(series, spread, &mut density, &centre);
    let beside = beside(series, spread, density.plan(), density.layout(), draws);
    Found { names: density.names(), priors: density.priors().to_vec(), less, beside }
}

/// Returns a series without what is explained beside the loop at one place.
pub(super) fn less<F: Form<N>, const N: usize, const S: usize, const C: usize>(
    series: &Series,
    spread: &Standardisation,
    density: &mut BesideDensity<F, N, S, C>,
    centre: &[f64],
) -> Series {
    let explained = density.explained(centre).unwrap_or_default();
    let part = |day: usize, state: usize| explained.get(day).and_then(|states| states.get(state).copied());
    series.less(|day| {
        let of = |state: usize, sd: f64| part(day, state).unwrap_or(0.0) * sd;
        [of(0, spread.sleep.sd), of(1, spread.pain.sd), of(2, spread.pain.sd)]
    })
}

/// Puts what stands beside the loop into natural units; `spread` is what the draws are standardised by.
pub(crate) fn beside(
    series: &Series,
    spread: &Standardisation,
    plan: &Plan,
    layout: Layout,
    draws: &Draws,
) -> Beside {
    let column_of = |place: usize| draws.column(place);
    let columns = || plan.columns.iter().zip(layout.columns..);
    let covariates = columns()
        .filter_map(|(column, place)| covariate(series, spread, column, &column_of(place)))
        .collect();
    let curve = columns().find_map(|(column, place)| curve(series, spread, column, &column_of(place)));
    let channels = (0..plan.channels.len())
        .map(|place| {
            let at = layout.channels + 3 * place;
            let scale = plan.channels[place].scale;
            channel(series, spread, place, scale, [0, 1, 2].map(|part| column_of(at + part)))
        })
        .collect();
    let wandering = |place: usize, sd: f64| summarise(&draws.derive(|draw| sd * draw[place].exp()));
    Beside {
        covariates,
        shrunk: plan.shrunk.is_some(),
        channels,
        rating_correlation: layout.correlation.map(|place| summarise(&column_of(place))),
        local_level: layout.local.map(|place| LocalLevel {
            sleep: wandering(place, spread.sleep.sd),
            pain: wandering(place + 1, spread.pain.sd),
        }),
        curve,
    }
}

fn covariate(
    series: &Series,
    spread: &Standardisation,
    column: &Column,
    draws_of_it: &[f64],
) -> Option<CovariateEstimate> {
    let Kind::Covariate { index, on, days_before, spread: own, known, unknown } = column.kind else {
        return None;
    };
    let covariate = &series.covariates()[index];
    let hours = matches!(series.sleep_measure, SleepMeasure::HoursDiary | SleepMeasure::HoursDevice);
    let (outcome, factor) = match (on, hours) {
        (ActsOn::Night, true) => ("minutes of sleep".to_owned(), 60.0 * spread.sleep.sd),
        (ActsOn::Night, false) => (words::sleep_unit(series).many, spread.sleep.sd),
        (ActsOn::Pain, _) => (words::pain_unit(series).many, spread.pain.sd),
    };
    let per =
        covariate.unit.as_ref().map_or_else(|| ", yes against no".to_owned(), |unit| format!(" per {unit}"));
    Some(CovariateEstimate {
        name: covariate.name.clone(),
        on,
        days_before,
        unit: format!("{outcome}{per}"),
        effect: summarise(&draws_of_it.iter().map(|value| value * factor / own).collect::<Vec<_>>()),
        standardised: MeanSd { mean: draws::mean(draws_of_it), sd: draws::standard_deviation(draws_of_it) },
        known,
        unknown,
    })
}

fn channel(
    series: &Series,
    spread: &Standardisation,
    place: usize,
    scale: MeanSd,
    [offset, loading, ln_error]: [Vec<f64>; 3],
) -> ChannelEstimate {
    let channel = &series.channels()[place];
    let hours =
        |measure: &SleepMeasure| matches!(measure, SleepMeasure::HoursDiary | SleepMeasure::HoursDevice);
    let one_unit = hours(&channel.measure) && hours(&series.sleep_measure);
    let unit = match &channel.measure {
        SleepMeasure::HoursDiary | SleepMeasure::HoursDevice => "hours".to_owned(),
        SleepMeasure::Rating { .. } | SleepMeasure::PoorNightTick { .. } => "points".to_owned(),
        SleepMeasure::Index { unit, .. } => unit.clone(),
    };
    let times = |values: &[f64], factor: f64| values.iter().map(|value| value * factor).collect::<Vec<_>>();
    let both = channel.values.iter().zip(series.sleep()).filter(|(one, two)| one.is_some() && two.is_some());
    ChannelEstimate {
        name: words::sleep_label(&channel.measure),
        nights: channel.values.iter().flatten().count() as u32,
        shared: both.count() as u32,
        offset: one_unit.then(|| summarise(&times(&offset, scale.sd))),
        unit,
        loading: summarise(&times(&loading, scale.sd / spread.sleep.sd)),
        error: summarise(&ln_error.iter().map(|value| scale.sd * value.exp()).collect::<Vec<_>>()),
    }
}

fn curve(series: &Series, spread: &Standardisation, column: &Column, draws_of_it: &[f64]) -> Option<Curve> {
    let Kind::Curve { around } = column.kind else { return None };
    let effect = summarise(&draws_of_it.iter().map(|value| value * spread.pain.sd).collect::<Vec<_>>());
    let above = draws_of_it.iter().filter(|value| **value > 0.0).count() as f64 / draws_of_it.len() as f64;
    let p_sign = above.max(1.0 - above);
    let unit = format!("{} per squared hour", words::pain_unit(series).many);
    let sentence = (p_sign > SURE_SIGN).then(|| words::curve(series, around, &effect));
    Some(Curve { effect, unit, around, p_sign, sentence })
}
