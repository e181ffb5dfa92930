//! The bundle document: one compiled contract, language-neutral JSON, flat tables addressed by index.
//! `bundle/bundle.schema.json` describes the same form; a test holds the two together.

use serde::Deserialize;

use crate::operation::{Operation, Path, Scheme};
use crate::schema::{Action, Pattern, Schema};
use crate::validate;

/// Formats this engine reads (N and N-1; there is no format 0).
pub const FORMATS: &[u32] = &[1];

/// Features that this engine enforces; a bundle that `requires` another one is refused.
pub const FEATURES: &[&str] = &[
    "key",
    "key-query",
    "bearer",
    "subject",
    "subscription",
    "rate",
    "parameters",
    "owner",
    "body-json",
    "body-form",
    "body-multipart",
    "crossing-paths",
    "body-opaque",
    "projection",
    "masking",
    "strict-responses",
    "observe",
    "login",
    "write-back",
    "reveals",
    "ignore",
    "modes",
    "value-or-list",
    "own-credentials",
    "passed-credentials",
    "json-patch",
];

/// A compiled contract as it stands in `bundle.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub format: u32,
    pub requires: Vec<String>,
    pub api: Api,
    /// Categories of classified data, by index (at most 64: a subscription's unmask set is one machine word).
    pub categories: Vec<String>,
    pub patterns: Vec<Pattern>,
    pub actions: Vec<Action>,
    pub schemas: Vec<Schema>,
    pub schemes: Vec<Scheme>,
    pub paths: Vec<Path>,
    pub operations: Vec<Operation>,
}

/// What the contract and `firstclass.yaml` say about the API as a whole.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    pub name: String,
    pub tenant: String,
    pub title: String,
    pub version: String,
    /// Path prefix that callers use: "" or "/v1"; never ends in a slash.
    pub base_path: String,
    /// Where requests go: scheme and authority, "http://127.0.0.1:3000".
    pub upstream: String,
    /// Path prefix that replaces `base_path` when forwarding: "" or "/v1".
    pub upstream_path: String,
}

/// Why a bundle or a directory change is refused as a whole; the last good one stays.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("not JSON of the bundle's form: {0}")]
    Json(#[from] serde_json::Error),
    #[error("format {0} is not one that this engine reads")]
    Format(u32),
    #[error("requires the feature {0:?}, which this engine does not have")]
    Feature(String),
    #[error("{place}: {problem}")]
    Invalid { place: String, problem: String },
}

impl Document {
    /// Parse the exact bytes of a bundle and check every index and combination in it.
    ///
    /// # Errors
    /// [`BundleError`] names the first thing that is not understood.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let document: Self = serde_json::from_slice(bytes)?;
        if !FORMATS.contains(&document.format) {
            return Err(BundleError::Format(document.format));
        }
        if let Some(unknown) = document.requires.iter().find(|f| !FEATURES.contains(&f.as_str())) {
            return Err(BundleError::Feature(unknown.clone()));
        }
        validate::document(&document)?;
        Ok(document)
    }
}
