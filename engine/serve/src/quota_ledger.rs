//! Who leases quotas: a thread of its own, so that no worker waits for a disk. Whatever is asked for while one fsync runs
//! shares the next.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use ahash::RandomState;
use firstclass_decide::Wanted;
use serde_json::json;
use tokio::sync::oneshot;

use crate::clock;
use crate::engine::Engine;
use crate::log;
use crate::quota_file::{Digest, QuotaFile};

/// Leases that share one fsync.
const MOST_AT_ONCE: usize = 1_024;

#[derive(Debug)]
enum Ask {
    /// Somebody may wait for it: true, once it is worth trying again.
    Lease(Wanted, Option<oneshot::Sender<bool>>),
    /// The last one: give back what is not spent.
    Settle,
}

/// Where leases are asked for.
#[derive(Debug)]
pub struct Ledger {
    asks: Sender<Ask>,
}

impl Ledger {
    /// A ledger, and what its keeper reads.
    #[must_use]
    pub fn new() -> (Self, Asks) {
        let (asks, keeper) = mpsc::channel();
        (Self { asks }, Asks(keeper))
    }

    /// Lease ahead; nobody waits.
    pub fn ask(&self, wanted: Wanted) {
        let _ = self.asks.send(Ask::Lease(wanted, None));
    }

    /// Wait until the quota may have changed; false: nothing can be leased now.
    pub async fn lease(&self, wanted: Wanted, patience: Duration) -> bool {
        let (reply, word) = oneshot::channel();
        if self.asks.send(Ask::Lease(wanted, Some(reply))).is_err() {
            return false;
        }
        matches!(tokio::time::timeout(patience, word).await, Ok(Ok(true)))
    }

    /// Give back what is not spent, and end the keeper.
    pub fn settle(&self) {
        let _ = self.asks.send(Ask::Settle);
    }
}

/// What was asked for.
#[derive(Debug)]
pub struct Asks(Receiver<Ask>);

/// Keeps the file, until it is told to settle.
#[derive(Debug)]
pub struct Keeper {
    engine: Arc<Engine>,
    file: QuotaFile,
    /// Digests of the counters that were leased in this process.
    digests: HashMap<u128, Digest, RandomState>,
    is_failing: bool,
}

/// A lease that is on its way to the disk.
struct Lease {
    wanted: Wanted,
    leased: u64,
    units: u64,
}

impl Keeper {
    /// The keeper of this file.
    #[must_use]
    pub fn new(engine: Arc<Engine>, file: QuotaFile) -> Self {
        engine.counters.quotas.advance(file.latest().saturating_mul(1000));
        Self { engine, file, digests: HashMap::default(), is_failing: false }
    }

    /// Lease what is asked for until the end.
    pub fn run(mut self, asks: &Asks) {
        while let Ok(first) = asks.0.recv() {
            let more = std::iter::from_fn(|| asks.0.try_recv().ok()).take(MOST_AT_ONCE);
            let mut waiting = Vec::new();
            let mut leases: HashMap<u128, Option<Lease>, RandomState> = HashMap::default();
            let mut is_last = false;
            for ask in std::iter::once(first).chain(more) {
                match ask {
                    Ask::Lease(wanted, reply) => {
                        let key = wanted.key;
                        waiting.extend(reply.map(|reply| (key, reply)));
                        leases.entry(key).or_insert_with(|| self.prepare(wanted));
                    }
                    Ask::Settle => is_last = true,
                }
            }
            let is_written = self.commit(&leases);
            for (key, reply) in waiting {
                let is_had = leases.get(&key).is_some_and(Option::is_some);
                let _ = reply.send(is_written && is_had);
            }
            if is_last {
                return self.settle();
            }
        }
    }

    fn now(&self) -> u64 {
        self.engine.counters.quotas.advance(clock::unix_milliseconds())
    }

    /// What is to be written for a lease; None: it cannot be had.
    fn prepare(&mut self, wanted: Wanted) -> Option<Lease> {
        let (now, room) = (self.now(), self.engine.config.limits.rate_buckets);
        let quotas = &self.engine.counters.quotas;
        let digest = self.file.digest(&wanted.text);
        if !self.file.has_room(&digest, room, now) {
            quotas.decline(&wanted);
            return None;
        }
        let Some(leased) = self.file.leased(&digest, wanted.start) else {
            return Some(Lease { wanted, leased: u64::MAX, units: 0 });
        };
        let units = quotas.shortfall(&wanted, leased);
        if units > 0 {
            self.file.write(digest, (wanted.start, wanted.end), leased + units);
        }
        if self.digests.len() >= 2 * room {
            self.digests.clear();
        }
        self.digests.insert(wanted.key, digest);
        Some(Lease { wanted, leased: leased + units, units })
    }

    /// Write the leases down, then grant them.
    fn commit(&mut self, leases: &HashMap<u128, Option<Lease>, RandomState>) -> bool {
        let is_written = leases.values().flatten().all(|lease| lease.units == 0) || self.write();
        for lease in leases.values().flatten() {
            if is_written {
                self.engine.counters.quotas.grant(&lease.wanted, lease.leased, lease.units);
            } else {
                self.engine.counters.quotas.decline(&lease.wanted);
            }
        }
        is_written
    }

    fn write(&mut self) -> bool {
        let written = self.file.commit(self.now());
        let is_failing = written.is_err();
        if is_failing != self.is_failing {
            match &written {
                Err(error) => log::line(
                    "error",
                    "quotas_not_leased",
                    json!({"problem": error.to_string(), "hint": "calls with a quota are refused as overloaded"}),
                ),
                Ok(()) => log::line("info", "quotas_leased_again", json!({})),
            }
        }
        self.is_failing = is_failing;
        written.is_ok()
    }

    /// The end: what was leased and not spent belongs to the callers.
    fn settle(mut self) {
        for (key, start, spent) in self.engine.counters.quotas.settle() {
            if let Some(digest) = self.digests.get(&key).copied() {
                self.file.give_back(digest, start, spent);
            }
        }
        self.write();
    }
}
