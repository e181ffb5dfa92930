//! Why the engine does not start, or stops.

/// Every error that `run` can return.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("engine configuration: {0}")]
    Config(String),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
}

impl ServeError {
    /// Wrap an I/O error with what was being done.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
