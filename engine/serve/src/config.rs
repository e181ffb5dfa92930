//! The engine's configuration: one JSON object, parsed once at the border (LINK.md, "The engine's configuration").

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::error::ServeError;
use crate::limits::Limits;

/// What the supervisor hands over.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Directory of the engine's own files; created if absent.
    pub data: PathBuf,
    /// Directory of the event log; created with the first event.
    pub events: PathBuf,
    /// Control's Unix socket.
    pub link: PathBuf,
    /// Inherited descriptors that already listen.
    pub listeners: Listeners,
    /// Threads that serve, one runtime each.
    pub workers: usize,
    /// Ed25519 public keys that bundles and directories are signed with.
    pub verify_keys: BTreeMap<String, Key>,
    /// Peppers of API key digests.
    pub peppers: BTreeMap<String, Key>,
    /// Keys the masks by hash and the digests of subjects.
    pub mask_key: Key,
    /// What callers see, without a slash at the end.
    pub public_url: String,
    /// Somebody said so: origins are told it, rather than what each caller calls us.
    #[serde(default)]
    pub tells_public_url: bool,
    /// APIs that the configuration names: not ready without their bundles, whatever control says.
    #[serde(default)]
    pub apis: Vec<String>,
    /// Age of the directory beyond which `/readyz` says 503; None: never.
    pub ready_max_directory_age_seconds: Option<u64>,
    /// Overrides of [`Limits`].
    #[serde(default)]
    pub limits: Limits,
    /// Gives freed memory back to the system, where the allocator of this process would keep it: called once much was
    /// freed at a time, as after the snapshot of a large directory.
    #[serde(skip)]
    pub give_back: Option<fn()>,
}

/// Descriptors by what they serve.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listeners {
    pub traffic: Vec<i32>,
    pub status: Vec<i32>,
    pub control: Vec<i32>,
}

/// Key bytes, written as base64url without padding. Its `Debug` hides them.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// The bytes themselves.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim_end_matches('='))
            .map_err(|_| serde::de::Error::custom("a key is base64url"))?;
        Ok(Self(bytes))
    }
}

impl Config {
    /// Read the configuration's text.
    ///
    /// # Errors
    /// [`ServeError::Config`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ServeError> {
        let config: Self = serde_json::from_str(text).map_err(|e| ServeError::Config(e.to_string()))?;
        if config.workers == 0 || config.workers > 1024 {
            return Err(ServeError::Config("workers must be between 1 and 1024".to_owned()));
        }
        if config.verify_keys.values().any(|key| key.bytes().len() != 32) {
            return Err(ServeError::Config("a verify key has 32 bytes".to_owned()));
        }
        if config.mask_key.bytes().len() < 16 {
            return Err(ServeError::Config("mask_key is too short".to_owned()));
        }
        Ok(config)
    }

    /// See [`Config::give_back`].
    pub fn give_back_memory(&self) {
        if let Some(give_back) = self.give_back {
            give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"data": "d", "events": "e", "link": "l", "listeners": {"traffic": [5]}, "workers": 1, "verify_keys": {},
        "peppers": {"1": "AAAA"}, "mask_key": "AAAAAAAAAAAAAAAAAAAAAAAA", "public_url": "http://x",
        "ready_max_directory_age_seconds": null, "limits": {"head_bytes": 1000}}"#;

    #[test]
    fn limits_are_overridden_by_name() {
        let config = Config::parse(TEXT).unwrap();
        assert_eq!((config.limits.head_bytes, config.limits.header_count), (1000, Limits::default().header_count));
    }

    #[test]
    fn a_misspelt_limit_refuses_to_start() {
        assert!(Config::parse(&TEXT.replace("head_bytes", "head_byte")).is_err());
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        assert!(!format!("{:?}", Config::parse(TEXT).unwrap()).contains("AAAA"));
    }
}
