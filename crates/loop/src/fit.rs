//! Fits the loop to a series: mode, draws, diagnostics, claims, and the numbers that follow from them.

use nightmend_domain::estimate::{
    CannotTell, LoopDiagnostics, LoopOutcome, MeanSd, MeasurementError, ModelChoice, Preview, Record,
    Standardisation, Told,
};
use nightmend_domain::{Moment, Progress};
use nightmend_infer::diagnostics::{self, Convergence};
use nightmend_infer::laplace;
use nightmend_infer::nuts::{self, NutsSettings, SampleError, Whitening};
use nightmend_infer::{Draws, LogDensity, draws};

use crate::beside::{self, Found, Run};
use crate::checks::Finding;
use crate::claim::{self, BothArrows, CLEAR, Clear, Evidence};
use crate::data::Series;
use crate::explain;
use crate::explicit::{self, Innovations, PainModel};
use crate::half_day::{self, DAYS_FOR_HALF_DAY};
use crate::model::{LoopDensity, Parameter};
use crate::pack::{PackError, PriorPack};
use crate::preview;
use crate::priors::{Priors, SeriesPriors};
use crate::unfold::Unfolded;
use crate::words;

/// The number that all random draws of a fit follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(pub u64);

/// How to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopSettings {
    /// The priors.
    pub priors: Priors,
    /// How the record is looked at.
    pub record: Record,
    /// How much measurement error is allowed for.
    pub measurement_error: MeasurementError,
    /// Chains, draws and threads.
    pub nuts: NutsSettings,
    /// Which form of the model.
    pub form: Form,
    /// How pain is modelled.
    pub pain_model: PainModel,
    /// How the innovations of pain are spread.
    pub innovations: Innovations,
    /// The value of pain from which on a day is bad; `None` for the worst fifth of the person's own days.
    pub bad_day: Option<f64>,
    /// Whether the posterior is sampled in full or looked at quickly.
    pub method: Method,
    /// What the level of either side does.
    pub level: Level,
    /// Whether a bend in hours slept is looked for.
    pub curve: bool,
    /// What a group has in common, in the place of the priors that it holds, for estimates and not for claims. The
    /// one-pain-a-day form is fitted then, because packs are of that form.
    pub pack: Option<PriorPack>,
}

/// How the posterior is come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Method {
    /// NUTS, until the chains agree.
    #[default]
    Full,
    /// Importance sampling around the mode: a first answer in a few milliseconds, refused where it cannot be trusted.
    Preview,
}

/// What the level of sleep and of pain does over the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Level {
    /// It runs along a straight line.
    #[default]
    Linear,
    /// It wanders around a straight line, a little each day.
    Local,
}

/// Which form of the model is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Form {
    /// The half-day form from [`DAYS_FOR_HALF_DAY`] days with both reports on, else one pain a day.
    #[default]
    Automatic,
    /// One pain a day, whatever else there is.
    OnePain,
    /// The half-day form wherever both reports exist at all, however few: below that number the two arrows of a night
    /// are hardly told apart.
    HalfDay,
}

impl Default for LoopSettings {
    /// Returns the built-in priors, an archive, the expected measurement error, and four chains of 500 + 1000.
    fn default() -> Self {
        Self {
            priors: Priors::built_in(),
            record: Record::Archive,
            measurement_error: MeasurementError::Prior,
            nuts: NutsSettings::default(),
            form: Form::Automatic,
            pain_model: PainModel::Automatic,
            innovations: Innovations::Automatic,
            bad_day: None,
            method: Method::Full,
            level: Level::default(),
            curve: false,
            pack: None,
        }
    }
}

impl LoopSettings {
    /// Returns the default for a record of that many days: a long one has a narrow posterior, of which 4 × 400 draws
    /// say as much as a person can use, and years of nights should not keep anybody waiting.
    #[must_use]
    pub fn for_days(days: usize) -> Self {
        const LONG: usize = 1_000;
        let mut settings = Self::default();
        if days > LONG {
            (settings.nuts.warmup, settings.nuts.draws) = (300, 400);
        }
        settings
    }
}

/// Why a fit broke off. Too little data is not an error but an answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// The listener asked to stop.
    #[error("the fit was stopped as asked; start it again to get an answer")]
    Cancelled,
    /// The sampler failed.
    #[error(transparent)]
    Sampling(SampleError),
    /// The prior pack does not speak of what the series holds.
    #[error(transparent)]
    Pack(PackError),
    /// A quick first answer cannot be trusted for this record.
    #[error("no quick first answer can be trusted for this record (k-hat {k_hat:.2}); ask for the full fit")]
    PreviewRefused {
        /// The shape of the tail of the importance weights; up to 0.7 can be trusted.
        k_hat: f64,
    },
}

impl From<SampleError> for FitError {
    fn from(error: SampleError) -> Self {
        match error {
            SampleError::Cancelled => Self::Cancelled,
            other => Self::Sampling(other),
        }
    }
}

/// Fits the loop. The answer depends on the series, the settings and the seed alone, not on the threads.
///
/// # Errors
/// [`FitError`] when stopped or when the sampler fails; never for want of data.
pub fn fit(
    series: &Series,
    settings: &LoopSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<LoopOutcome, FitError> {
    if let Some(pack) = &settings.pack {
        pack.fits(series).map_err(FitError::Pack)?;
    }
    let data = series.account();
    let (reason, spread) = (series.cannot_tell(), series.standardisation());
    let spread = match (reason, spread) {
        (None, Some(spread)) => spread,
        (reason, _) => {
            // Values that differ by less than rounding cannot be standardised either.
            let reason = reason.unwrap_or_else(|| series.never_varies());
            let sentence = words::cannot_tell(series, &reason);
            return Ok(LoopOutcome::CannotTell(CannotTell { data, reason, sentence }));
        }
    };
    let plain = settings.pack.as_ref().map(|_| LoopSettings {
        form: Form::OnePain,
        pain_model: PainModel::Gaussian,
        innovations: Innovations::Gaussian,
        ..settings.clone()
    });
    // A pack speaks of the one-pain form with normal scores.
    let settings = plain.as_ref().unwrap_or(settings);
    let half_day = spread_for_half_day(series, settings.form);
    let chosen = explicit::choose(series, &spread, settings, half_day.is_some());
    let estimate = if chosen.is_explicit() {
        explicit::fit(series, spread, chosen, settings, seed, progress)?
    } else if let Some(spread) = half_day {
        half_day::fit(series, spread, chosen.choice, settings, seed, progress)?
    } else {
        explain::estimate(&fit_standardised(series, spread, chosen.choice, settings, seed, progress)?)
    };
    Ok(LoopOutcome::Estimated(Box::new(estimate)))
}

/// Returns the spread of both reports together where the half-day form is to be used.
fn spread_for_half_day(series: &Series, form: Form) -> Option<Standardisation> {
    let needed = match form {
        Form::OnePain => return None,
        Form::Automatic => DAYS_FOR_HALF_DAY,
        Form::HalfDay => 1,
    };
    let enough = series.moment == Moment::Waking && series.days_with_both_reports() >= needed;
    enough.then(|| half_day::standardisation(series)).flatten()
}

/// Everything that a fit found, before it is put into natural units and words.
#[derive(Debug, Clone)]
pub(crate) struct Fitted<'a> {
    pub series: &'a Series,
    pub settings: &'a LoopSettings,
    pub seed: Seed,
    pub spread: Standardisation,
    pub priors: SeriesPriors,
    pub draws: Draws,
    pub convergence: Vec<Convergence>,
    pub preview: Option<Preview>,
    pub evidence: BothArrows,
    pub told: [Told; 2],
    /// What was found beside the plain loop.
    pub beside: Option<Found>,
    /// What the checks found, where they are not those of the Gaussian form at the posterior mean.
    pub findings: Option<Vec<Finding>>,
    pub choice: ModelChoice,
}

impl Fitted<'_> {
    /// Returns the series that the plain loop's checks look at: without what was found beside it.
    pub fn looked_at(&self) -> &Series {
        self.beside.as_ref().map_or(self.series, |found| &found.less)
    }
}

fn fit_standardised<'a>(
    series: &'a Series,
    spread: Standardisation,
    choice: ModelChoice,
    settings: &'a LoopSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<Fitted<'a>, FitError> {
    let LoopSettings { priors, record, measurement_error, .. } = settings;
    let built_in = priors.for_series(&series.sleep_measure, series.pain_measure, &spread, *measurement_error);
    let priors = settings.pack.as_ref().map_or(built_in, |pack| pack.over(built_in));
    // A pack is of the plain loop.
    let beside = match settings.pack {
        None => beside::run_one_pain(series, &spread, &priors, settings, seed, progress)?,
        Some(_) => None,
    };
    if let Some(run) = beside {
        let Run { drawn, evidence, told, found } = run;
        let (Drawn { draws, convergence, preview }, beside) = (drawn, Some(found));
        return Ok(Fitted {
            series,
            settings,
            seed,
            spread,
            priors,
            draws,
            convergence,
            preview,
            evidence,
            told,
            beside,
            findings: None,
            choice,
        });
    }
    let mut density = Unfolded::new(LoopDensity::new(series, &spread, priors));
    let Drawn { draws, convergence, preview } =
        draw(&mut density, &priors.parameters, settings, seed, progress)?;
    // The claim rule knows nothing of packs.
    let evidence = claim::weigh(series, built_in).unwrap_or_else(|_| divided_out(&draws, &priors));
    let posterior = [Parameter::SleepToPain, Parameter::PainToSleep]
        .map(|arrow| draws::mean(&draws.column(arrow.index())));
    let told = tell(series, &evidence, posterior, *record, &CLEAR, |life| evidence_at(life, settings));
    Ok(Fitted {
        series,
        settings,
        seed,
        spread,
        priors,
        draws,
        convergence,
        preview,
        evidence,
        told,
        beside: None,
        findings: None,
        choice,
    })
}

/// Draws of a posterior with what they are worth.
pub(crate) struct Drawn {
    pub draws: Draws,
    pub convergence: Vec<Convergence>,
    pub preview: Option<Preview>,
}

/// Samples a density in unfolded coordinates and hands the draws back in the model's own parameters.
pub(crate) fn draw<D: LogDensity>(
    density: &mut Unfolded<D>,
    priors: &[MeanSd],
    settings: &LoopSettings,
    seed: Seed,
    progress: &dyn Progress,
) -> Result<Drawn, FitError> {
    let whitening = whitening(density, priors);
    if settings.method == Method::Preview {
        return preview::draw(density, &whitening, seed, settings.nuts.threads);
    }
    let sampled = nuts::sample(density, &whitening, &settings.nuts, seed.0, &Stage { progress });
    let mut draws = sampled.map_err(FitError::from)?;
    draws.transform(|draw| density.fold(draw));
    let convergence = diagnostics::of_draws(&draws);
    Ok(Drawn { draws, convergence, preview: None })
}

/// Finds the mode to start from; where there is none, the priors themselves must do.
pub(crate) fn whitening<D: LogDensity>(density: &mut Unfolded<D>, priors: &[MeanSd]) -> Whitening {
    let mut start: Vec<f64> = priors.iter().map(|prior| prior.mean).collect();
    let scale: Vec<f64> = priors.iter().map(|prior| prior.sd).collect();
    density.unfold(&mut start);
    laplace::find_mode(density, &start, &scale)
        .map_or_else(|_| Whitening::diagonal(&start, &scale), |mode| Whitening::from_mode(&mode))
}

/// Divides each arrow's normal prior out of its posterior: the fallback where no best fit can be found.
pub(crate) fn divided_out(posterior: &Draws, priors: &SeriesPriors) -> BothArrows {
    let evidence = |arrow: Parameter| {
        let column = posterior.column(arrow.index());
        let (mean, sd) = (draws::mean(&column), draws::standard_deviation(&column));
        let prior = priors.parameters[arrow.index()];
        let nothing = Evidence { z: 0.0, effect: MeanSd { mean: 0.0, sd: claim::WEAK_ARROW_SD } };
        claim::prior_divided_out(MeanSd { mean, sd }, prior)
            .map_or(nothing, |effect| Evidence { z: effect.mean / effect.sd, effect })
    };
    BothArrows {
        sleep_to_pain: evidence(Parameter::SleepToPain),
        pain_to_sleep: evidence(Parameter::PainToSleep),
    }
}

/// Applies the claim rule to both arrows: an archive is judged once, on everything; a living record at its looks only.
pub(crate) fn tell(
    series: &Series,
    today: &BothArrows,
    posterior: [f64; 2],
    record: Record,
    clear: &Clear,
    evidence_at: impl Fn(&Series) -> Option<BothArrows>,
) -> [Told; 2] {
    let judged: Vec<(BothArrows, f64)> = match record {
        Record::Archive => vec![(*today, clear.archive)],
        Record::Living => clear
            .all_looks()
            .filter(|(look, _)| series.days_of_both() >= *look)
            .filter_map(|(look, clear)| Some((evidence_at(&series.known_at_look(look))?, clear)))
            .collect(),
    };
    let decide = |posterior: f64, of: fn(&BothArrows) -> f64| {
        let looks: Vec<(f64, f64)> = judged.iter().map(|(both, clear)| (of(both), *clear)).collect();
        claim::decide(&looks, of(today), posterior)
    };
    [decide(posterior[0], |both| both.sleep_to_pain.z), decide(posterior[1], |both| both.pain_to_sleep.z)]
}

pub(crate) fn evidence_at(series: &Series, settings: &LoopSettings) -> Option<BothArrows> {
    let spread = series.standardisation()?;
    let error = settings.measurement_error;
    let priors = settings.priors.for_series(&series.sleep_measure, series.pain_measure, &spread, error);
    claim::weigh(series, priors).ok()
}

/// Returns the diagnostics of all parameters together.
pub(crate) fn summarise_diagnostics(draws: &Draws, convergence: &[Convergence]) -> LoopDiagnostics {
    let largest = |of: fn(&Convergence) -> f64| convergence.iter().map(of).fold(f64::NAN, f64::max);
    let smallest = |of: fn(&Convergence) -> f64| convergence.iter().map(of).fold(f64::NAN, f64::min);
    LoopDiagnostics {
        rhat_max: largest(|figures| figures.rhat),
        ess_bulk_min: smallest(|figures| figures.ess_bulk),
        ess_tail_min: smallest(|figures| figures.ess_tail),
        divergences: draws.divergences,
        edge_contacts: draws.edge_contacts,
        chains: draws.chains() as u32,
        draws_per_chain: draws.per_chain() as u32,
    }
}

/// Passes the sampler's progress on under a name.
pub(crate) struct Stage<'a> {
    pub progress: &'a dyn Progress,
}

impl nightmend_infer::Progress for Stage<'_> {
    fn advance(&self, done: u64, total: u64) {
        self.progress.advance("fit", done, total);
    }

    fn is_cancelled(&self) -> bool {
        self.progress.cancelled()
    }
}
