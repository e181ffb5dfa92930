//! What the compiler asks of Rust: a contract's text as a tree with positions, and whether a translated pattern is one
//! that the engine can hold.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyString, PyTuple};

use crate::tree::{Fault, Node, Value};
use crate::{json, yaml};

/// The same bound as the engine's own: a pattern that needs more would make a bundle that no engine loads.
const PATTERN_SIZE_LIMIT: usize = 10 * (1 << 20);

/// `text` as nested tuples `(kind, line, column, value)`; see `_native.pyi`. Raises `ValueError` with the arguments
/// (code, message, line, column).
#[pyfunction]
pub fn load_yaml<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let looks_like_json = matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['));
    let node = match if looks_like_json { json::read(text).ok() } else { None } {
        Some(node) => node,
        None => yaml::read(text).map_err(|fault| raise(&fault))?,
    };
    to_python(py, &node)
}

/// As [`load_yaml`], for a text that says it is JSON.
#[pyfunction]
pub fn load_json<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let node = json::read(text).map_err(|fault| raise(&fault))?;
    to_python(py, &node)
}

/// None, or why the engine cannot hold this pattern (already in the syntax of the `regex` crate).
#[pyfunction]
pub fn check_pattern(regex: &str) -> Option<String> {
    compile(regex).err().map(|problem| problem.to_string())
}

/// Whether the pattern matches somewhere in `text`, as the engine would judge it.
#[pyfunction]
pub fn pattern_matches(regex: &str, text: &str) -> PyResult<bool> {
    let pattern = compile(regex).map_err(|problem| PyValueError::new_err(problem.to_string()))?;
    Ok(pattern.is_match(text))
}

fn compile(regex: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(regex).size_limit(PATTERN_SIZE_LIMIT).build()
}

fn raise(fault: &Fault) -> PyErr {
    PyValueError::new_err((fault.code, fault.message.clone(), fault.line, fault.column))
}

/// Kinds: "scalar" (None, bool, int, str), "decimal" (its text), "list", "map" (tuples of key, line, column, node).
fn to_python<'py>(py: Python<'py>, node: &Node) -> PyResult<Bound<'py, PyAny>> {
    let (kind, value): (&str, Bound<'py, PyAny>) = match &node.value {
        Value::Null => ("scalar", py.None().into_bound(py)),
        Value::Boolean(value) => ("scalar", value.into_pyobject(py)?.to_owned().into_any()),
        Value::Integer(text) => (
            "scalar",
            py.get_type::<PyInt>().call1((text.as_str(),)).map_err(|_| {
                raise(&Fault::new("not_json", "the number has too many digits", node.line, node.column))
            })?,
        ),
        Value::Decimal(text) => ("decimal", PyString::new(py, text).into_any()),
        Value::Text(text) => ("scalar", PyString::new(py, text).into_any()),
        Value::List(items) => {
            let items = items.iter().map(|item| to_python(py, item)).collect::<PyResult<Vec<_>>>()?;
            ("list", PyList::new(py, items)?.into_any())
        }
        Value::Map(entries) => {
            let mut items = Vec::with_capacity(entries.len());
            for entry in entries {
                let node = to_python(py, &entry.node)?;
                items.push((entry.key.as_str(), entry.line, entry.column, node).into_pyobject(py)?);
            }
            ("map", PyList::new(py, items)?.into_any())
        }
    };
    Ok(PyTuple::new(
        py,
        [
            PyString::intern(py, kind).into_any(),
            node.line.into_pyobject(py)?.into_any(),
            node.column.into_pyobject(py)?.into_any(),
            value,
        ],
    )?
    .into_any())
}
