//! Compares docs/reference/model.md with what the engine writes of its own equations.

use std::path::PathBuf;

use nightmend_testkit::golden::assert_golden;

#[test]
fn the_model_is_documented_by_the_engine_itself() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/model.md");
    assert_golden(path, &nightmend_loop::methods::reference());
}
