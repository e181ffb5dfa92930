//! Python bindings: thin. What is decided here is decided in the crates below.

mod bundle_check;
mod contract_text;
mod json;
mod rehearsal;
mod run;
mod tree;
mod yaml;

use pyo3::prelude::*;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(contract_text::load_yaml, module)?)?;
    module.add_function(wrap_pyfunction!(contract_text::load_json, module)?)?;
    module.add_function(wrap_pyfunction!(contract_text::check_pattern, module)?)?;
    module.add_function(wrap_pyfunction!(contract_text::pattern_matches, module)?)?;
    module.add_function(wrap_pyfunction!(bundle_check::check_bundle, module)?)?;
    module.add_class::<rehearsal::Rehearsal>()?;
    module.add_function(wrap_pyfunction!(run::run_engine, module)?)?;
    Ok(())
}
