//! Quotas: counts per window of the calendar that survive a restart. Only what was leased before is spent: whoever keeps
//! the ledger writes a block down first and grants it then, so that a crash forgets nothing that was let through. Pure:
//! what is to be leased is said ([`Wanted`]), and granted ([`Quotas::grant`]) by somebody else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ahash::RandomState;

const SHARDS: usize = 64;

/// How often a full shard looks for entries of windows that have passed.
const SWEEP_SECONDS: u64 = 1;

/// A block is the hundredth part of a quota, within these bounds: what a crash may cost a caller.
const BLOCK_PART: u64 = 100;
const LARGEST_BLOCK: u64 = 10_000;

/// How much may be leased and unspent: all that a crash can cost.
#[must_use]
pub fn block(count: u64) -> u64 {
    (count / BLOCK_PART).clamp(1, LARGEST_BLOCK)
}

/// A lease that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The entry in memory.
    pub key: u128,
    /// What is counted, in bytes that are the same after a restart.
    pub text: Vec<u8>,
    /// The window, in seconds since 1970: its first, and the one that follows its last.
    pub start: u64,
    pub end: u64,
    /// The quota.
    pub count: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Entry {
    start: u64,
    end: u64,
    /// Written down as spent in this window.
    leased: u64,
    /// Of that, not spent yet.
    left: u64,
    /// The ledger has said how much was leased before this process.
    is_known: bool,
    /// A lease ahead is under way.
    is_asked: bool,
}

impl Entry {
    fn spent(&self) -> u64 {
        self.leased.saturating_sub(self.left)
    }
}

#[derive(Debug, Default)]
struct Shard {
    entries: HashMap<u128, Entry, RandomState>,
    swept_at: u64,
}

/// What one quota said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spent {
    /// One call; `left` of the quota remain. `ahead`: it is time to lease more.
    Yes { left: u64, ahead: bool },
    /// The window's quota is used up.
    No,
    /// Nothing is leased: ask, wait, and try again.
    Wait,
    /// No room for another caller.
    NoRoom,
}

/// The quotas of all callers.
#[derive(Debug)]
pub struct Quotas {
    shards: Vec<Mutex<Shard>>,
    room: usize,
    /// The latest wall time seen, in milliseconds: a clock set back revives no window.
    latest_ms: AtomicU64,
}

impl Quotas {
    /// Room for `limit` callers (of some 80 bytes each).
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, room: limit.div_ceil(SHARDS).max(1), latest_ms: AtomicU64::new(0) }
    }

    fn shard(&self, key: u128) -> MutexGuard<'_, Shard> {
        self.shards[key as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by which windows are told apart, in seconds: it never goes back.
    pub fn advance(&self, unix_ms: u64) -> u64 {
        let before = self.latest_ms.load(Ordering::Relaxed);
        if unix_ms <= before {
            return before / 1000;
        }
        self.latest_ms.fetch_max(unix_ms, Ordering::Relaxed).max(unix_ms) / 1000
    }

    /// Spends one call, at `now` (in seconds), in the window from `start` to `end`.
    pub(crate) fn spend(&self, key: u128, count: u64, (start, end): (u64, u64), now: u64) -> Spent {
        let mut shard = self.shard(key);
        if !shard.entries.contains_key(&key) && !shard.has_room(self.room, now) {
            return Spent::NoRoom;
        }
        let entry = shard.entries.entry(key).or_default();
        if entry.start < start {
            *entry = Entry { start, end, ..Entry::default() };
        }
        if !entry.is_known {
            return Spent::Wait;
        }
        let Some(left) = count.checked_sub(entry.spent().saturating_add(1)) else { return Spent::No };
        let Some(rest) = entry.left.checked_sub(1) else { return Spent::Wait };
        entry.left = rest;
        let ahead = !entry.is_asked && rest <= block(count) / 2 && entry.leased < count;
        entry.is_asked |= ahead;
        Spent::Yes { left, ahead }
    }

    /// A call that another limit refused does not count.
    pub(crate) fn give_back(&self, key: u128, start: u64) {
        if let Some(entry) = self.shard(key).entries.get_mut(&key)
            && entry.start == start
            && entry.spent() > 0
        {
            entry.left += 1;
        }
    }

    /// How much is to be leased now, given what the ledger holds: a block less what is still unspent, and never beyond
    /// the quota.
    #[must_use]
    pub fn shortfall(&self, wanted: &Wanted, leased: u64) -> u64 {
        let shard = self.shard(wanted.key);
        let entry = shard.entries.get(&wanted.key).filter(|entry| entry.start == wanted.start);
        let left = entry.map_or(0, |entry| entry.left);
        let unspent = block(wanted.count).saturating_sub(left);
        unspent.min(wanted.count.saturating_sub(leased))
    }

    /// `units` more may be spent: `leased` in all are written down. With no units: that is all there is.
    pub fn grant(&self, wanted: &Wanted, leased: u64, units: u64) {
        if let Some(entry) = self.shard(wanted.key).entries.get_mut(&wanted.key)
            && entry.start == wanted.start
        {
            entry.leased = leased;
            entry.left = entry.left.saturating_add(units);
            entry.is_known = true;
            entry.is_asked = false;
        }
    }

    /// The lease cannot be had now; who asks next asks again.
    pub fn decline(&self, wanted: &Wanted) {
        if let Some(entry) = self.shard(wanted.key).entries.get_mut(&wanted.key) {
            entry.is_asked = false;
        }
    }

    /// The end of a process: what is unspent is taken out of every entry and said, as (key, window, spent).
    #[must_use]
    pub fn settle(&self) -> Vec<(u128, u64, u64)> {
        let mut unspent = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, entry) in shard.entries.iter_mut().filter(|(_, entry)| entry.left > 0) {
                unspent.push((*key, entry.start, entry.spent()));
                *entry = Entry { start: entry.start, end: entry.end, ..Entry::default() };
            }
        }
        unspent
    }
}

impl Shard {
    /// Whether another caller fits, once those of passed windows are forgotten.
    fn has_room(&mut self, room: usize, now: u64) -> bool {
        if self.entries.len() < room {
            return true;
        }
        if now >= self.swept_at.saturating_add(SWEEP_SECONDS) {
            self.swept_at = now;
            self.entries.retain(|_, entry| entry.end > now);
        }
        self.entries.len() < room
    }
}

#[cfg(test)]
#[path = "quotas_tests.rs"]
mod tests;
