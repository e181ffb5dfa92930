//! Running the engine inside a Python process: one call that lasts until the engine has drained.

use pyo3::prelude::*;

/// Python's own allocator does not serve Rust; this one keeps the engine's short-lived buffers cheap.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Run an engine with this configuration (a JSON object) until it has drained. Returns its exit code; why it did not
/// start stands in the log on standard error.
#[pyfunction]
pub fn run_engine(py: Python<'_>, config_json: &str) -> i32 {
    let code = py.detach(|| firstclass_serve::run_to_exit_code(config_json, give_back));
    // A Ctrl-C that ended the engine has done its work: Python need not hear of it again.
    let _ = py.check_signals();
    code
}

/// Give freed memory back to the system now: the allocator would do so only as more is asked of it.
#[allow(unsafe_code)]
fn give_back() {
    // SAFETY: takes no pointer, and may be called by any thread at any time; it frees only what is free already.
    unsafe { libmimalloc_sys::mi_collect(true) }
}
