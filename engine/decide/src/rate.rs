//! Rates: token buckets in memory, shared by all cores, bounded. A bucket starts full, so that "3 per minute" lets
//! exactly 3 through at once and then one every 20 seconds. Arithmetic is exact: credit is counted in token-nanoseconds.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ahash::RandomState;

const SHARDS: usize = 64;
pub(crate) const NANOSECONDS: u64 = 1_000_000_000;

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

    /// Takes one call, if there is credit for it.
    fn take(&mut self, now: u64) -> Taken {
        self.refill(now);
        match self.credit.checked_sub(u128::from(self.period)) {
            Some(rest) => {
                self.credit = rest;
                let (left, part) = divided(rest, self.period);
                Taken::Yes { left, next: (self.period - part).div_ceil(self.count) }
            }
            None => Taken::No((self.period - narrow(self.credit)).div_ceil(self.count)),
        }
    }
}

/// Quotient, as far as it can be told, and remainder. Nearly all credit is a small number, which divides ten times as fast.
fn divided(credit: u128, period: u64) -> (u64, u64) {
    match u64::try_from(credit) {
        Ok(credit) => (credit / period, credit % period),
        Err(_) => (narrow(credit / u128::from(period)), narrow(credit % u128::from(period))),
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
pub(crate) struct Buckets {
    shards: Vec<Mutex<Shard>>,
    room: usize,
}

/// What one bucket said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// One call; so many more fit at once, and one more after as many nanoseconds.
    Yes { left: u64, next: u64 },
    /// Nanoseconds until one call fits again.
    No(u64),
    /// No room for another caller.
    NoRoom,
}

impl Buckets {
    /// Room for `limit` buckets (of some 80 bytes each). Where it is used up, new callers are refused until old buckets
    /// are full again and can be forgotten: memory is bounded and a flood resets nobody's bucket.
    pub fn new(limit: usize) -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), room: limit.div_ceil(SHARDS).max(1) }
    }

    /// Buckets held now.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).buckets.len()).sum()
    }

    fn shard(&self, key: u128) -> MutexGuard<'_, Shard> {
        lock(&self.shards[key as usize % SHARDS])
    }

    /// Takes one call of `count` per `period_seconds`.
    pub fn take(&self, key: u128, count: u64, period_seconds: u64, now: u64) -> Taken {
        let period = period_seconds.saturating_mul(NANOSECONDS);
        let mut shard = self.shard(key);
        if let Some(bucket) = shard.buckets.get_mut(&key) {
            return bucket.take(now);
        }
        if shard.buckets.len() >= self.room {
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
        shard.buckets.entry(key).or_insert(Bucket::full(count, period, now)).take(now)
    }

    /// A call that another rate refused does not count.
    pub fn give_back(&self, key: u128) {
        if let Some(bucket) = self.shard(key).buckets.get_mut(&key) {
            bucket.credit = (bucket.credit + u128::from(bucket.period)).min(bucket.capacity());
        }
    }
}

fn narrow(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
