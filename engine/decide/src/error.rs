//! Why a bundle or a change of the directory is refused as a whole; the last good one stays.

/// A bundle that parsed, but that this engine cannot turn into ready objects.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("schemas: {0}")]
    Schemas(#[from] firstclass_body::CompileError),
    #[error("api/upstream: {0:?} is not http:// with a host and an optional port")]
    Upstream(String),
    #[error("{place}: {problem}")]
    Invalid { place: String, problem: String },
    #[error("two APIs have the base path {0:?}")]
    BasePath(String),
}

impl PolicyError {
    pub(crate) fn invalid(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), problem: problem.into() }
    }
}

/// Changes that do not follow, or are not understood.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("format {0} is not one that this engine reads")]
    Format(u32),
    #[error("changes from {from} to {to} are no sequence")]
    Sequence { from: u64, to: u64 },
    #[error("the directory is at {held}, the changes follow {from}")]
    Gap { held: u64, from: u64 },
    #[error("{id}: {problem}")]
    Invalid { id: String, problem: String },
}

impl DirectoryError {
    pub(crate) fn invalid(id: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { id: id.into(), problem: problem.into() }
    }
}
