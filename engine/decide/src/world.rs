//! All that decisions are made from, as one immutable value that the engine swaps as a whole.

use std::sync::Arc;

use firstclass_bundle::{ApiModes, Modes, Share};

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
    /// What origins are told of it; None: nobody said what callers see, and origins are told what each caller said.
    pub told_public: Option<Arc<PublicOrigin>>,
}

/// Where callers call, as the operator says: no caller has a say in the links that an API makes of it.
#[derive(Debug)]
pub struct PublicOrigin {
    /// `http` or `https`.
    pub scheme: Box<str>,
    /// Host, and port where it is not the scheme's own.
    pub authority: Box<str>,
}

impl PublicOrigin {
    /// Of a URL; None if it is none of http or https, or has more than a header may hold.
    #[must_use]
    pub fn of_url(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let own_port = match &*scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.strip_suffix(own_port).unwrap_or(authority);
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        let is_good = !authority.is_empty() && authority.bytes().all(is_host);
        is_good.then(|| Self { scheme: scheme.into(), authority: authority.to_ascii_lowercase().into() })
    }
}

/// Which API a path belongs to: the longest base path that the path begins with, at a segment's end.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    /// Longest base path first.
    apis: Vec<Routed>,
}

/// One API, and the modes of its operations as they are now.
#[derive(Debug, Clone)]
pub struct Routed {
    pub policy: Arc<Policy>,
    /// By the index of the operation.
    modes: Arc<[Modes]>,
    /// What of them was set at run time.
    set: Option<Arc<ApiModes>>,
}

impl Routed {
    /// The modes of an operation.
    pub(crate) fn modes(&self, operation: usize) -> Modes {
        self.modes.get(operation).copied().unwrap_or(Modes::ENFORCE)
    }

    /// With what the directory has set. Where conformance is observed anyway, nothing is stepped back any more.
    fn under(&self, directory: &Directory) -> Self {
        let policy = &self.policy;
        let found = directory.find_modes(&policy.api.name).filter(|set| set.tenant == policy.api.tenant);
        let mut modes = policy.modes.to_vec();
        for (modes, operation) in modes.iter_mut().zip(&policy.operations) {
            if let Some(set) = found.and_then(|found| found.operations.get(&*operation.id)) {
                *modes = modes.under(set);
            }
            if modes.conformance == Share::NONE && operation.step_back.is_back() {
                operation.step_back.forget();
            }
        }
        Self { policy: policy.clone(), modes: modes.into(), set: found.cloned() }
    }

    fn is_under(&self, policy: &Arc<Policy>, directory: &Directory) -> bool {
        let same = match (&self.set, directory.find_modes(&policy.api.name)) {
            (Some(set), Some(found)) => Arc::ptr_eq(set, found),
            (set, found) => set.is_none() && found.is_none(),
        };
        same && Arc::ptr_eq(&self.policy, policy)
    }
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
        let apis = policies.into_iter().map(|policy| Routed { modes: policy.modes.clone(), policy, set: None });
        Ok(Self { apis: apis.collect() })
    }

    /// The same APIs in the modes that the directory has set; what is as it was in `before` is taken from there.
    #[must_use]
    pub fn under(&self, directory: &Directory, before: &Self) -> Self {
        let apis = self.apis.iter().map(|routed| {
            let held = before.apis.iter().find(|held| held.is_under(&routed.policy, directory));
            held.cloned().unwrap_or_else(|| routed.under(directory))
        });
        Self { apis: apis.collect() }
    }

    /// All APIs.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.apis.iter().map(|routed| &routed.policy)
    }

    /// The API of a normalised path, and the path below its base path.
    #[must_use]
    pub fn find<'a>(&self, path: &'a [u8]) -> Option<(&Routed, &'a [u8])> {
        self.apis.iter().find_map(|routed| {
            let below = path.strip_prefix(routed.policy.api.base_path.as_bytes())?;
            below.starts_with(b"/").then_some((routed, below))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PublicOrigin;

    #[test]
    fn an_origin_is_read_off_a_url_or_not_at_all() {
        for (url, scheme, authority) in [
            ("https://api.example.com", "https", "api.example.com"),
            ("HTTPS://API.example.com:443/v1", "https", "api.example.com"),
            ("http://api.example.com:443/", "http", "api.example.com:443"),
            ("http://[::1]:80", "http", "[::1]"),
        ] {
            let origin = PublicOrigin::of_url(url).expect(url);
            assert_eq!((&*origin.scheme, &*origin.authority), (scheme, authority), "{url}");
        }
        for url in [
            "",
            "api.example.com",
            "ftp://a",
            "https://",
            "https:///x",
            "https://u@a",
            "https://a b",
            "https://a\r\nX: y",
        ] {
            assert!(PublicOrigin::of_url(url).is_none(), "{url}");
        }
    }
}
