//! Verified tokens, so that a signature is checked once per token and not once per request. Bounded; a token leaves by
//! expiry, when its issuer's entry changes, or when newer ones need the room.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ring::digest::{SHA256, digest};

use crate::bearer::{Token, TokenFault, verify_token};
use crate::issuer::IssuerEntry;

const SHARDS: usize = 16;

/// Longer tokens are verified each time, so that the bound in tokens is one in bytes too.
const MAX_CACHED_BYTES: usize = 4096;

type Generation = HashMap<[u8; 32], Arc<Token>, ahash::RandomState>;

/// Two generations: when the young one is full, the old one goes and the young one becomes the old.
#[derive(Debug, Default)]
struct Shard {
    young: Generation,
    old: Generation,
}

/// A cache for all cores. Keyed by the SHA-256 of the token's bytes: a token that differs in one byte is another one.
#[derive(Debug)]
pub struct TokenCache {
    shards: [Mutex<Shard>; SHARDS],
    /// Tokens per generation and shard.
    room: usize,
}

impl TokenCache {
    /// A cache of at most `limit` tokens (and at least 32).
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), room: (limit / SHARDS / 2).max(1) }
    }

    /// Tokens held now.
    #[must_use]
    pub fn len(&self) -> usize {
        let count = |shard: &Mutex<Shard>| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.young.len() + shard.old.len()
        };
        self.shards.iter().map(count).sum()
    }

    /// True if no token is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The claims of a token that is valid now, verified by one of these issuers as they are now.
    ///
    /// # Errors
    /// As [`verify_token`].
    pub fn get(
        &self,
        token: &[u8],
        issuers: &[Arc<IssuerEntry>],
        wanted: Option<&str>,
        now_ms: u64,
    ) -> Result<Arc<Token>, TokenFault> {
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, token).as_ref());
        let shard = &self.shards[usize::from(key[0]) % SHARDS];
        if let Some(held) = find(&mut shard.lock().unwrap_or_else(PoisonError::into_inner), &key) {
            // An issuer that was replaced has other keys, or other rules: what it vouched for is verified again.
            let by = held.issuer.as_ref();
            let current = by.is_some_and(|by| issuers.iter().any(|issuer| Arc::ptr_eq(issuer, by)));
            let meant = wanted.is_none_or(|wanted| by.is_some_and(|by| *by.name == *wanted));
            if current && meant && !held.is_expired(now_ms) {
                return Ok(held);
            }
        }
        let verified = verify_token(token, issuers, wanted, now_ms).map(Arc::new);
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        match verified {
            Ok(verified) => {
                if token.len() <= MAX_CACHED_BYTES {
                    insert(&mut shard, key, verified.clone(), self.room);
                }
                Ok(verified)
            }
            Err(fault) => {
                shard.young.remove(&key);
                shard.old.remove(&key);
                Err(fault)
            }
        }
    }
}

fn find(shard: &mut Shard, key: &[u8; 32]) -> Option<Arc<Token>> {
    shard.young.get(key).or_else(|| shard.old.get(key)).cloned()
}

fn insert(shard: &mut Shard, key: [u8; 32], token: Arc<Token>, room: usize) {
    if shard.young.len() >= room && !shard.young.contains_key(&key) {
        shard.old = std::mem::take(&mut shard.young);
    }
    shard.young.insert(key, token);
}
