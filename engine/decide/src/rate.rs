//! Rates: token buckets in memory, shared by all cores, bounded. A bucket starts full, so that "3 per minute" lets
//! exactly 3 through at once and then one every 20 seconds. Arithmetic is exact: credit is counted in token-nanoseconds.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ahash::RandomState;
use firstclass_bundle::{Rate, RateKey, Reason};

use crate::facts::Facts;
use crate::policy::{Operation, Policy};
use crate::refusal::{Refusal, Retry, Rule};

const SHARDS: usize = 64;
const NANOSECONDS: u64 = 1_000_000_000;

/// How often a full shard looks for buckets that it may forget.
const SWEEP_NANOSECONDS: u64 = NANOSECONDS;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Monotonic time at which `credit` was right.
    at: u64,
    /// One call costs `period`, a nanosecond brings `count`.
    credit: u128,
    count: u64,
    period: u64,
}

impl Bucket {
    fn full(count: u64, period: u64, now: u64) -> Self {
        Self { at: now, credit: u128::from(count) * u128::from(period), count, period }
    }

    fn capacity(&self) -> u128 {
        u128::from(self.count) * u128::from(self.period)
    }

    fn refill(&mut self, now: u64) {
        let elapsed = now.saturating_sub(self.at);
        self.credit = (self.credit + u128::from(elapsed) * u128::from(self.count)).min(self.capacity());
        self.at = self.at.max(now);
    }
}

#[derive(Debug, Default)]
struct Shard {
    /// Keys are 128-bit hashes with secret seeds: nobody outside can make two callers share a bucket.
    buckets: HashMap<u128, Bucket, RandomState>,
    swept_at: u64,
}

/// The buckets of all callers.
#[derive(Debug)]
pub struct Counters {
    seeds: (RandomState, RandomState),
    shards: Vec<Mutex<Shard>>,
    room: usize,
}

/// What one bucket said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Yes,
    /// Nanoseconds until one call fits again.
    No(u64),
    /// No room for another caller.
    NoRoom,
}

impl Counters {
    /// Room for `limit` buckets (of some 80 bytes each). Where it is used up, new callers are refused until old buckets
    /// are full again and can be forgotten: memory is bounded and a flood resets nobody's bucket.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            seeds: (RandomState::new(), RandomState::new()),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            room: limit.div_ceil(SHARDS).max(1),
        }
    }

    /// Buckets held now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).buckets.len()).sum()
    }

    /// True if no bucket is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: u128) -> MutexGuard<'_, Shard> {
        lock(&self.shards[key as usize % SHARDS])
    }

    fn take(&self, key: u128, rate: &Rate, now: u64) -> Taken {
        let period = rate.period_seconds.saturating_mul(NANOSECONDS);
        let mut shard = self.shard(key);
        if !shard.buckets.contains_key(&key) && shard.buckets.len() >= self.room {
            if now < shard.swept_at.saturating_add(SWEEP_NANOSECONDS) && shard.swept_at != 0 {
                return Taken::NoRoom;
            }
            shard.swept_at = now.max(1);
            shard.buckets.retain(|_, bucket| {
                bucket.refill(now);
                bucket.credit < bucket.capacity()
            });
            if shard.buckets.len() >= self.room {
                return Taken::NoRoom;
            }
        }
        let bucket = shard.buckets.entry(key).or_insert_with(|| Bucket::full(rate.count, period, now));
        bucket.refill(now);
        let cost = u128::from(bucket.period);
        match bucket.credit.checked_sub(cost) {
            Some(rest) => {
                bucket.credit = rest;
                Taken::Yes
            }
            None => {
                let wait = (cost - bucket.credit).div_ceil(u128::from(bucket.count));
                Taken::No(u64::try_from(wait).unwrap_or(u64::MAX))
            }
        }
    }

    /// A call that another rate refused does not count.
    fn give_back(&self, key: u128) {
        if let Some(bucket) = self.shard(key).buckets.get_mut(&key) {
            bucket.credit = (bucket.credit + u128::from(bucket.period)).min(bucket.capacity());
        }
    }

    fn key(&self, policy: &Policy, operation: &Operation, index: usize, facts: &Facts, peer: IpAddr) -> u128 {
        let rate = &operation.declared.rates[index];
        let half = |seed: &RandomState| {
            let mut hasher = seed.build_hasher();
            (&*policy.api.name, &*operation.id, index, rate.count, rate.period_seconds).hash(&mut hasher);
            for by in &rate.by {
                match by {
                    RateKey::Application => match facts.application_id() {
                        Some(id) => (0u8, id).hash(&mut hasher),
                        None => (2u8, network(peer)).hash(&mut hasher),
                    },
                    RateKey::Subject => match (facts.token.as_ref(), facts.subject()) {
                        (Some(token), Some(subject)) => (1u8, token.issuer_name(), subject).hash(&mut hasher),
                        _ => (2u8, network(peer)).hash(&mut hasher),
                    },
                    RateKey::Address => (2u8, network(peer)).hash(&mut hasher),
                }
            }
            hasher.finish()
        };
        u128::from(half(&self.seeds.0)) << 64 | u128::from(half(&self.seeds.1))
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One subscriber's network: an IPv6 caller has at least a /64 to draw addresses from.
fn network(peer: IpAddr) -> u128 {
    match peer.to_canonical() {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits() >> 64 | 1 << 127,
    }
}

/// Charges every rate of the operation, or none.
pub(crate) fn check(
    policy: &Policy,
    operation: &Operation,
    counters: &Counters,
    facts: &Facts,
    peer: IpAddr,
    now: u64,
) -> Result<(), Box<Refusal>> {
    for (index, rate) in operation.declared.rates.iter().enumerate() {
        let key = counters.key(policy, operation, index, facts, peer);
        let refusal = match counters.take(key, rate, now) {
            Taken::Yes => continue,
            Taken::No(wait) => exceeded(operation, index, wait),
            Taken::NoRoom => Refusal::by(Reason::Overloaded, Rule::Rate(operation.index, index)),
        };
        for paid in 0..index {
            counters.give_back(counters.key(policy, operation, paid, facts, peer));
        }
        return Err(refusal);
    }
    Ok(())
}

/// With the fields of draft-ietf-httpapi-ratelimit-headers: every policy, and the state of the one that refused.
fn exceeded(operation: &Operation, index: usize, wait: u64) -> Box<Refusal> {
    let seconds = wait.div_ceil(NANOSECONDS).max(1);
    let mut refusal = Refusal::by(Reason::RateExceeded, Rule::Rate(operation.index, index));
    let mut policy = String::new();
    for (number, rate) in operation.declared.rates.iter().enumerate() {
        let comma = if number == 0 { "" } else { ", " };
        let _ = write!(policy, "{comma}\"{}\";q={};w={}", name(number), rate.count, rate.period_seconds);
    }
    let state = format!("\"{}\";r=0;t={seconds}", name(index));
    refusal.retry = Some(Box::new(Retry { seconds, policy, state }));
    refusal
}

fn name(index: usize) -> String {
    if index == 0 { "default".to_owned() } else { format!("default-{}", index + 1) }
}
