//! A believed foreign issuer, ready to verify: its keys parsed once, when the directory changes.

use std::sync::Arc;

use firstclass_bundle::directory::Issuer;

use crate::error::DirectoryError;
use crate::jws::{Algorithm, VerifyKey};

/// An entry of `issuers` with its keys as control fetched them.
#[derive(Debug)]
pub struct IssuerEntry {
    /// Name of the entry.
    pub name: Arc<str>,
    pub(crate) source: Issuer,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) keys: Vec<VerifyKey>,
}

impl IssuerEntry {
    /// Prepares an issuer. Keys that are not for verifying with an algorithm known here are left out, as RFC 7517 §5
    /// asks; an algorithm that is not known refuses the entry.
    ///
    /// # Errors
    /// [`DirectoryError::Invalid`] names the entry.
    pub fn new(name: Arc<str>, source: &Issuer) -> Result<Self, DirectoryError> {
        let mut algorithms = Vec::new();
        for text in &source.algorithms {
            match Algorithm::find(text) {
                Some(algorithm) => algorithms.push(algorithm),
                None => {
                    return Err(DirectoryError::invalid(&*name, format!("{text:?} is no algorithm to verify with")));
                }
            }
        }
        if source.issuer.is_empty() || source.audience_claim.is_empty() {
            return Err(DirectoryError::invalid(&*name, "an issuer and its claim of an audience are not empty"));
        }
        let names = source.audience.list().iter().chain(source.application_claim.list());
        let needed = source.required_claims.iter().any(|required| required.claims.is_empty());
        if needed || names.into_iter().any(String::is_empty) {
            return Err(DirectoryError::invalid(&*name, "an audience or a claim is not empty"));
        }
        if source.audience.list().is_empty() && source.application_claim.list().is_empty() {
            return Err(DirectoryError::invalid(&*name, "without an audience, tokens must name their application"));
        }
        let keys = source.keys.iter().filter_map(VerifyKey::from_jwk).collect();
        Ok(Self { name, source: source.clone(), algorithms, keys })
    }

    /// Exact value of `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.source.issuer
    }

    /// Whose entry it is.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.source.tenant
    }

    /// Its tokens name no audience: whose they are is known by their application alone.
    #[must_use]
    pub fn is_without_audience(&self) -> bool {
        self.source.audience.list().is_empty()
    }

    /// Its tokens are opaque: their issuer is asked about each.
    #[must_use]
    pub fn is_introspecting(&self) -> bool {
        self.source.introspection.is_some()
    }

    /// How long its answers are believed, in milliseconds.
    #[must_use]
    pub fn introspection_ms(&self) -> u64 {
        self.source.introspection.as_ref().map_or(0, |introspection| introspection.cache_seconds.saturating_mul(1000))
    }

    /// How many of its keys can be used.
    #[must_use]
    pub fn usable_keys(&self) -> usize {
        self.keys.len()
    }
}
