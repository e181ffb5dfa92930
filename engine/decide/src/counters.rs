//! All that is counted per caller: rates, quotas, and the calls that run now. Shared by all cores.

use std::hash::Hash;
use std::sync::Arc;

use ahash::RandomState;

use crate::quotas::Quotas;
use crate::rate::Buckets;
use crate::slots::Slots;

/// The counters of all callers.
#[derive(Debug)]
pub struct Counters {
    seeds: (RandomState, RandomState),
    pub(crate) rates: Buckets,
    /// Of callers that are counted by their network: anybody can have many, and they take nobody else's room.
    pub(crate) stranger_rates: Buckets,
    /// What callers have spent of their quotas.
    pub quotas: Quotas,
    pub(crate) slots: Arc<Slots>,
}

impl Counters {
    /// Room for `limit` rate buckets of known callers, as many of strangers, and as many quotas (of some 80 bytes each).
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            seeds: (RandomState::new(), RandomState::new()),
            rates: Buckets::new(limit),
            stranger_rates: Buckets::new(limit),
            quotas: Quotas::new(limit),
            slots: Arc::default(),
        }
    }

    /// Rate buckets held now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rates.len() + self.stranger_rates.len()
    }

    /// True if no bucket is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A key in memory: 128 bits of hash with secret seeds, so that nobody outside can make two callers share a counter.
    pub(crate) fn key(&self, what: &impl Hash) -> u128 {
        u128::from(self.seeds.0.hash_one(what)) << 64 | u128::from(self.seeds.1.hash_one(what))
    }
}
