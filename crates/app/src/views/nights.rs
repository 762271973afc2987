//! Shapes `nights --json`: nights, naps, and what holds over a range of them.

use nightmend_domain::{
    Decision, Minutes, Nap, Night, OffsetTimestamp, Percent, Rating, ScaleDirection, SleepMethod,
};
use nightmend_sleep::{DateRange, FreeDays, Regularity, summarise};
use schemars::JsonSchema;
use serde::Serialize;

use super::rounded;

/// `nightmend.nights/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NightsView {
    /// Always `nightmend.nights/1`.
    pub schema: &'static str,
    /// Whose nights.
    pub person: String,
    /// The nights, oldest first.
    pub nights: Vec<NightView>,
    /// The naps, oldest first.
    pub naps: Vec<NapView>,
    /// What holds over the whole range.
    pub range: RangeView,
}

/// One night.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NightView {
    /// Date of waking.
    pub date: String,
    /// Into bed (RFC 3339, or a civil time where no zone is known).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_bed: Option<String>,
    /// Tried to sleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub try_sleep: Option<String>,
    /// First asleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sleep_onset: Option<String>,
    /// Last awakening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_awakening: Option<String>,
    /// Out of bed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_bed: Option<String>,
    /// TST, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tst_min: Option<f64>,
    /// WASO, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waso_min: Option<f64>,
    /// SOL, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sol_min: Option<f64>,
    /// TIB, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tib_min: Option<f64>,
    /// SPT, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spt_min: Option<f64>,
    /// SE = TST / TIB, percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub se_percent: Option<f64>,
    /// SME = TST / SPT, percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sme_percent: Option<f64>,
    /// Awakenings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awakenings: Option<u32>,
    /// Minutes in each stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stages: Option<StagesView>,
    /// Quality as rated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<RatingView>,
    /// Told more than seven days later: left out of fits and claims.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recalled: bool,
    /// The source whose sleep was taken.
    pub source: String,
    /// `diary`, `device` or `unstated`.
    pub method: &'static str,
}

/// Minutes in each stage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StagesView {
    /// Deep sleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deep_min: Option<f64>,
    /// Light sleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub light_min: Option<f64>,
    /// REM sleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rem_min: Option<f64>,
    /// Awake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wake_min: Option<f64>,
}

/// A rating on its own scale.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RatingView {
    /// The value as given.
    pub value: f64,
    /// Lower end of the scale.
    pub minimum: f64,
    /// Upper end of the scale.
    pub maximum: f64,
    /// `better` or `worse`.
    pub higher_is: &'static str,
}

/// One nap.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NapView {
    /// The date on which it ended.
    pub date: String,
    /// Its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Minutes asleep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tst_min: Option<f64>,
    /// The source that tells it.
    pub source: String,
}

/// What holds over a range of nights.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RangeView {
    /// First night of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Last night of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Nights in it.
    pub nights: usize,
    /// TST, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tst_min: Option<SpreadView>,
    /// Regularity of sleep.
    pub regularity: RegularityView,
}

/// A mean with its spread.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SpreadView {
    /// Mean.
    pub mean: f64,
    /// Standard deviation; absent for one value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// Values it rests on.
    pub count: usize,
}

/// Regularity over a range; every number is absent where too little is recorded for it.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct RegularityView {
    /// SRI, −100 to 100 (Phillips 2017).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sri: Option<f64>,
    /// Pairs of days that the SRI rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sri_day_pairs: Option<f64>,
    /// Mean mid-sleep, clock time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mid_sleep: Option<String>,
    /// Spread of mid-sleep, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mid_sleep_sd_min: Option<f64>,
    /// Social jet lag, minutes: mid-sleep of free days minus work days (weekends count as free).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_jet_lag_min: Option<f64>,
}

/// `nights --why DATE --json`: `nightmend.why/1`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WhyView {
    /// Always `nightmend.why/1`.
    pub schema: &'static str,
    /// Whose night.
    pub person: String,
    /// Date of waking.
    pub date: String,
    /// The night, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<NightView>,
    /// Every decision, in order.
    pub decisions: Vec<DecisionView>,
}

/// One decision behind a night.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DecisionView {
    /// What was decided.
    pub about: String,
    /// What was taken and why.
    pub reason: String,
}

/// What holds over these nights and naps.
pub(crate) fn range_view(nights: &[Night], naps: &[Nap]) -> RangeView {
    let (Some(first), Some(last)) = (nights.first(), nights.last()) else {
        return RangeView {
            from: None,
            to: None,
            nights: 0,
            tst_min: None,
            regularity: RegularityView::default(),
        };
    };
    let range = DateRange { from: first.date.date(), to: last.date.date() };
    let summary = summarise(nights, naps, range, &FreeDays::default());
    let (sri, sri_day_pairs) = match summary.regularity {
        Regularity::Known { index, days } => (Some(rounded(index)), days),
        Regularity::TooLittle { days } => (None, days),
    };
    RangeView {
        from: Some(range.from.to_string()),
        to: Some(range.to.to_string()),
        nights: nights.len(),
        tst_min: summary.tst.map(|tst| SpreadView {
            mean: rounded(tst.mean.get()),
            sd: minutes(tst.standard_deviation),
            count: tst.count as usize,
        }),
        regularity: RegularityView {
            sri,
            sri_day_pairs: Some(rounded(sri_day_pairs)),
            mid_sleep: summary.mid_sleep.map(|middle| middle.mean.strftime("%H:%M").to_string()),
            mid_sleep_sd_min: minutes(summary.mid_sleep.and_then(|middle| middle.standard_deviation)),
            social_jet_lag_min: summary.social_jet_lag.map(|lag| rounded(lag.signed_minutes)),
        },
    }
}

fn minutes(value: Option<Minutes>) -> Option<f64> {
    value.map(|value| rounded(value.get()))
}

fn percent(value: Option<Percent>) -> Option<f64> {
    value.map(|value| rounded(value.get()))
}

fn stamp(value: Option<OffsetTimestamp>) -> Option<String> {
    value.map(|value| value.to_string())
}

impl From<Rating> for RatingView {
    fn from(rating: Rating) -> Self {
        let scale = rating.scale();
        Self {
            value: rounded(rating.value()),
            minimum: scale.minimum(),
            maximum: scale.maximum(),
            higher_is: direction_word(scale.direction()),
        }
    }
}

/// The word for a direction in JSON.
pub(super) const fn direction_word(direction: ScaleDirection) -> &'static str {
    match direction {
        ScaleDirection::HigherIsBetter => "better",
        ScaleDirection::HigherIsWorse => "worse",
    }
}

impl From<&Night> for NightView {
    fn from(night: &Night) -> Self {
        Self {
            date: night.date.to_string(),
            in_bed: stamp(night.in_bed),
            try_sleep: stamp(night.try_sleep),
            sleep_onset: stamp(night.sleep_onset),
            final_awakening: stamp(night.final_awakening),
            out_of_bed: stamp(night.out_of_bed),
            tst_min: minutes(night.tst),
            waso_min: minutes(night.waso),
            sol_min: minutes(night.sol),
            tib_min: minutes(night.tib),
            spt_min: minutes(night.spt),
            se_percent: percent(night.se),
            sme_percent: percent(night.sme),
            awakenings: night.awakenings,
            stages: night.stages.map(|stages| StagesView {
                deep_min: minutes(stages.deep),
                light_min: minutes(stages.light),
                rem_min: minutes(stages.rem),
                wake_min: minutes(stages.wake),
            }),
            quality: night.quality.map(RatingView::from),
            recalled: night.recalled,
            source: night.source.to_string(),
            method: match night.method {
                SleepMethod::Diary => "diary",
                SleepMethod::Device => "device",
                SleepMethod::Unstated => "unstated",
            },
        }
    }
}

impl From<&Nap> for NapView {
    fn from(nap: &Nap) -> Self {
        Self {
            date: nap.date.to_string(),
            start: stamp(nap.start),
            end: stamp(nap.end),
            tst_min: minutes(nap.tst),
            source: nap.source.to_string(),
        }
    }
}

impl From<&Decision> for DecisionView {
    fn from(decision: &Decision) -> Self {
        Self { about: decision.about.clone(), reason: decision.reason.clone() }
    }
}
