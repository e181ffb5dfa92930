//! All that decisions are made from, as one immutable value that the engine swaps as a whole.

use std::sync::Arc;

use crate::api_key::Peppers;
use crate::directory::Directory;
use crate::error::PolicyError;
use crate::introspection::Introspections;
use crate::policy::Policy;
use crate::sessions::Sessions;

/// The APIs, the directory and the secrets. Cloning is cheap: take one, change a part, swap it in.
#[derive(Debug, Clone)]
pub struct World {
    pub apis: Arc<Routes>,
    pub directory: Arc<Directory>,
    pub peppers: Arc<Peppers>,
    /// Sessions that were learnt at sign-in.
    pub sessions: Arc<Sessions>,
    /// What providers said about opaque tokens.
    pub introspections: Arc<Introspections>,
    /// Key of the masking strategy `hash`.
    pub mask_key: Arc<[u8]>,
    /// What callers see: scheme and authority, without a slash at the end.
    pub public_url: Arc<str>,
}

/// Which API a path belongs to: the longest base path that the path begins with, at a segment's end.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// Longest base path first.
    policies: Vec<Arc<Policy>>,
}

impl Routes {
    /// Routes to these APIs.
    ///
    /// # Errors
    /// [`PolicyError::BasePath`] if two of them have the same base path: which one is meant would be a guess.
    pub fn new(mut policies: Vec<Arc<Policy>>) -> Result<Self, PolicyError> {
        policies.sort_by(|a, b| {
            let (a, b) = (&a.api.base_path, &b.api.base_path);
            b.len().cmp(&a.len()).then_with(|| a.cmp(b))
        });
        for pair in policies.windows(2) {
            if pair[0].api.base_path == pair[1].api.base_path {
                return Err(PolicyError::BasePath(pair[0].api.base_path.clone()));
            }
        }
        Ok(Self { policies })
    }

    /// All APIs.
    #[must_use]
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// The API of a normalised path, and the path below its base path.
    #[must_use]
    pub fn find<'a>(&self, path: &'a [u8]) -> Option<(&Arc<Policy>, &'a [u8])> {
        self.policies.iter().find_map(|policy| {
            let below = path.strip_prefix(policy.api.base_path.as_bytes())?;
            below.starts_with(b"/").then_some((policy, below))
        })
    }
}
