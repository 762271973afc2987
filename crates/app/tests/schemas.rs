//! Compares the public shapes with the JSON Schemas in docs/reference.

use std::path::PathBuf;

use nightmend_app::views;
use nightmend_testkit::golden::assert_golden;
use schemars::{JsonSchema, schema_for};

fn published<T: JsonSchema>(name: &str) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/reference/{name}.schema.json"));
    let mut schema = schema_for!(T);
    schema.insert("title".to_owned(), format!("nightmend.{name}/1").into());
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    assert_golden(path, &(text + "\n"));
}

#[test]
fn every_public_shape_is_published() {
    published::<views::NightsView>("nights");
    published::<views::WhyView>("why");
    published::<views::DaysView>("days");
    published::<views::LoopView>("loop");
    published::<views::ImportView>("import");
    published::<views::SavedView>("check-in");
    published::<views::HistoryView>("history");
    published::<views::UndoView>("undo");
    published::<views::SourcesView>("sources");
    published::<views::PersonsView>("persons");
    published::<views::MapView>("map");
    published::<views::EraseView>("erase");
    published::<views::StepsView>("steps");
    published::<views::OffersView>("offers");
    published::<views::StepGuideView>("step-guide");
    published::<views::PlanView>("plan");
    published::<views::ExperimentView>("experiment");
    published::<views::TonightView>("tonight");
    published::<views::AnswerView>("step-answer");
    published::<views::SafetyView>("safety");
    published::<views::StepResultView>("step-result");
    published::<nightmend_app::group::GroupView>("group");
}
