//! Twins of the domain in public JSON: the shapes that the command line, the API and the pages share.
//!
//! Every shape carries its name and version in `schema`; a name is never changed within a version, fields may be
//! added. What is not known is absent, never null and never zero, unless a field says otherwise.

mod beside;
mod days;
mod import;
mod keeping;
mod loop_view;
mod nights;
mod step_result;
mod steps;

pub use beside::{BesideView, ChannelView, CovariateView, CurveView, LocalLevelView};
pub use days::{DayView, DaysView, EntryView, ValueView};
pub use import::{FileView, ImportView, PassedOverView, RefusedView};
pub use keeping::{
    ActView, EraseView, ErasedPersonView, HistoryView, MapView, PersonView, PersonsView, PriorityView,
    SavedView, SourceView, SourcesView, UndoView, ZoneView,
};
pub(crate) use loop_view::{Asked, nothing};
pub use loop_view::{
    CarryOverView, DataView, DaysNeededView, DiagnosticsView, EffectView, Effects, GainView, ImpulseDayView,
    LoopView, MeanSdView, ParameterView, PerArrow, PressView, PulseView, SettingsView,
};
pub(crate) use nights::range_view;
pub use nights::{
    DecisionView, NapView, NightView, NightsView, RangeView, RatingView, RegularityView, SpreadView,
    StagesView, WhyView,
};

pub use step_result::{
    EffectIntervalView, EveryNightView, InstrumentalView, LookView, PriorView, ScepticalView,
    StepCarryOverView, StepNightsView, StepOutcomeView, StepResultView, TrialIssueView,
};
pub use steps::{
    AnswerView, ArmView, CalendarNightView, ChosenView, ExperimentSummaryView, ExperimentView, KeptView,
    MoveView, OfferView, OfferedStepView, OffersDayView, OffersView, PauseView, PlanView, PowerView,
    QuestionView, ReferenceView, SafetyQuestionView, SafetyView, SectionView, StepGuideView, StepSummaryView,
    StepsView, StopView, TonightView, WaitsForView,
};

/// A number as it is written in JSON: at most four decimals, so that a sum of thirds does not end in a tail of nines.
pub(crate) fn rounded(value: f64) -> f64 {
    let scaled = (value * 1e4).round() / 1e4;
    if scaled == 0.0 { 0.0 } else { scaled }
}

/// A number with its unit, as people say it: 1 point, 0.5 points.
#[must_use]
pub fn measured(value: f64, unit: &str) -> String {
    let one = if rounded(value) == 1.0 { unit.strip_suffix('s').unwrap_or(unit) } else { unit };
    format!("{value} {one}")
}

#[cfg(test)]
mod tests {
    use super::{measured, rounded};

    #[test]
    fn one_of_a_unit_is_one() {
        assert_eq!([measured(1.0, "points"), measured(0.5, "hours")], ["1 point", "0.5 hours"]);
    }

    #[test]
    fn numbers_are_written_short_and_without_a_negative_nothing() {
        assert_eq!(rounded(0.1 + 0.2), 0.3);
        assert!(rounded(-0.000_001).is_sign_positive());
    }
}
