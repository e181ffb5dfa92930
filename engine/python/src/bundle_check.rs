//! What the engine itself says of a bundle, so that a contract that it would refuse is refused when it is checked.

use firstclass_bundle::Document;
use firstclass_decide::Policy;
use pyo3::prelude::*;

/// None, or why an engine would refuse this bundle (the payload's text).
#[pyfunction]
pub fn check_bundle(py: Python<'_>, payload: &str) -> Option<String> {
    py.detach(|| {
        let document = match Document::parse(payload.as_bytes()) {
            Ok(document) => document,
            Err(problem) => return Some(problem.to_string()),
        };
        Policy::compile(document, String::new()).err().map(|problem| problem.to_string())
    })
}
