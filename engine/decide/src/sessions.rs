//! Sessions of APIs that have their own: the keyed digest of a session token, and whom it speaks for. What is in here was
//! learnt at a declared sign-in, and is on disk already; what is not in here is nobody's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ring::hmac;

use crate::bearer::Token;

/// HMAC-SHA-256 of tenant, API and token: what is learnt of one API's session says nothing about another's.
pub type SessionDigest = [u8; 32];

const SHARDS: usize = 16;

type Shard = HashMap<SessionDigest, Arc<Token>, ahash::RandomState>;

/// The sessions of all APIs. How many there may be is the business of who puts them in.
pub struct Sessions {
    key: hmac::Key,
    shards: [Mutex<Shard>; SHARDS],
    calls: RwLock<Vec<Calls>>,
}

/// Calls that came with a session, by whether anybody knew it.
struct Calls {
    api: Box<str>,
    known: AtomicU64,
    unknown: AtomicU64,
}

/// The calls of one API that came with a session, since the engine started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCalls {
    pub api: Box<str>,
    pub known: u64,
    pub unknown: u64,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sessions({})", self.len())
    }
}

impl Sessions {
    /// No session. `secret` keys the digests, under a label of its own.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let label = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"firstclass session digest");
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, label.as_ref()),
            shards: std::array::from_fn(|_| Mutex::default()),
            calls: RwLock::default(),
        }
    }

    /// What a session token of this API is known by.
    #[must_use]
    pub fn digest(&self, tenant: &str, api: &str, token: &[u8]) -> SessionDigest {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [tenant.as_bytes(), api.as_bytes(), token] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }

    /// Whom a session speaks for, if it was learnt and has not ended.
    #[must_use]
    pub fn find(&self, digest: &SessionDigest, now_ms: u64) -> Option<Arc<Token>> {
        let mut shard = self.shard(digest);
        let held = shard.get(digest)?;
        if now_ms < held.expires_at {
            return Some(held.clone());
        }
        // A clock that is set back does not bring it back.
        shard.remove(digest);
        None
    }

    /// From now on this session speaks for this subject, until then.
    pub fn insert(&self, digest: SessionDigest, subject: &str, expires_at: u64) {
        self.shard(&digest).insert(digest, Arc::new(Token::of_session(subject, expires_at)));
    }

    /// From now on it is nobody's.
    pub fn remove(&self, digest: &SessionDigest) {
        self.shard(digest).remove(digest);
    }

    /// Sessions held, the expired ones that nobody has asked for included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// True if no session is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counts a call that came with a session.
    pub(crate) fn note(&self, api: &str, is_known: bool) {
        let count = |calls: &Calls| {
            let counter = if is_known { &calls.known } else { &calls.unknown };
            counter.fetch_add(1, Ordering::Relaxed);
        };
        {
            let calls = self.calls.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(calls) = calls.iter().find(|calls| *calls.api == *api) {
                return count(calls);
            }
        }
        let mut calls = self.calls.write().unwrap_or_else(PoisonError::into_inner);
        let at = calls.iter().position(|calls| *calls.api == *api).unwrap_or_else(|| {
            calls.push(Calls { api: api.into(), known: AtomicU64::new(0), unknown: AtomicU64::new(0) });
            calls.len() - 1
        });
        count(&calls[at]);
    }

    /// How many calls came with sessions that are known, and that are not.
    #[must_use]
    pub fn calls(&self) -> Vec<SessionCalls> {
        let calls = self.calls.read().unwrap_or_else(PoisonError::into_inner);
        let read = |calls: &Calls| SessionCalls {
            api: calls.api.clone(),
            known: calls.known.load(Ordering::Relaxed),
            unknown: calls.unknown.load(Ordering::Relaxed),
        };
        calls.iter().map(read).collect()
    }

    fn shard(&self, digest: &SessionDigest) -> MutexGuard<'_, Shard> {
        lock(&self.shards[usize::from(digest[0]) % SHARDS])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_differ_by_tenant_api_token_and_secret() {
        let sessions = Sessions::new(b"secret");
        let digest = sessions.digest("main", "shop", b"token");
        assert_eq!(digest, sessions.digest("main", "shop", b"token"));
        for other in [("mains", "hop", &b"token"[..]), ("main", "shopt", b"oken"), ("other", "shop", b"token")] {
            assert_ne!(digest, sessions.digest(other.0, other.1, other.2), "{other:?}");
        }
        assert_ne!(digest, Sessions::new(b"other").digest("main", "shop", b"token"));
    }

    #[test]
    fn an_expired_session_stays_nobodys_when_the_clock_is_set_back() {
        let sessions = Sessions::new(b"secret");
        let digest = sessions.digest("main", "shop", b"token");
        sessions.insert(digest, "7", 1000);
        assert!(sessions.find(&digest, 999).is_some());
        assert!(sessions.find(&digest, 1000).is_none());
        assert!(sessions.find(&digest, 500).is_none());
    }
}
