//! What other programs compute (tests/golden/drift.py).

use serde_json::Value;

/// `tests/golden/drift.json`.
pub(super) fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/drift.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file is there")).expect("it is JSON")
}

/// The numbers of an array.
pub(super) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("an array").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The counts of an array.
pub(super) fn counts(value: &Value) -> Vec<u64> {
    value.as_array().expect("an array").iter().map(|x| x.as_u64().expect("a count")).collect()
}
