//! Calls that run at once, counted per caller: a place is given back when it is dropped, however the exchange ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ahash::RandomState;

const SHARDS: usize = 64;

/// The places of all callers. Bounded by the exchanges that run: a caller with none takes no memory.
#[derive(Debug)]
pub(crate) struct Slots {
    shards: Vec<Mutex<HashMap<u128, u64, RandomState>>>,
}

impl Default for Slots {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl Slots {
    fn shard(&self, key: u128) -> MutexGuard<'_, HashMap<u128, u64, RandomState>> {
        self.shards[key as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place among `count`; how many are left, or None: all are taken.
    fn take(&self, key: u128, count: u64) -> Option<u64> {
        let mut shard = self.shard(key);
        let taken = shard.get(&key).copied().unwrap_or(0);
        let left = count.checked_sub(taken + 1)?;
        shard.insert(key, taken + 1);
        Some(left)
    }

    fn give(&self, key: u128) {
        let mut shard = self.shard(key);
        match shard.get_mut(&key) {
            Some(taken) if *taken > 1 => *taken -= 1,
            _ => {
                shard.remove(&key);
            }
        }
    }
}

/// The places of one exchange.
#[derive(Debug)]
pub(crate) struct Places {
    slots: Arc<Slots>,
    keys: Vec<u128>,
}

impl Places {
    /// None yet.
    pub fn new(slots: &Arc<Slots>) -> Self {
        Self { slots: Arc::clone(slots), keys: Vec::new() }
    }

    /// True if none was taken.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// One more; how many the caller could still take, or None: there is none.
    pub fn take(&mut self, key: u128, count: u64) -> Option<u64> {
        let left = self.slots.take(key, count)?;
        self.keys.push(key);
        Some(left)
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        for key in &self.keys {
            self.slots.give(*key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_when_it_is_dropped_and_leaves_nothing_behind() {
        let slots = Arc::new(Slots::default());
        let mut first = Places::new(&slots);
        assert_eq!((first.take(7, 2), first.take(8, 1)), (Some(1), Some(0)));
        let mut second = Places::new(&slots);
        assert_eq!((second.take(7, 2), second.take(7, 2)), (Some(0), None));
        assert_eq!(Places::new(&slots).take(8, 1), None);
        drop(first);
        assert_eq!(Places::new(&slots).take(8, 1), Some(0));
        drop(second);
        assert!(slots.shards.iter().all(|shard| shard.lock().expect("sound").is_empty()));
    }

    #[test]
    fn a_lower_count_holds_at_once() {
        let slots = Arc::new(Slots::default());
        let mut places = Places::new(&slots);
        assert_eq!((places.take(7, 3), places.take(7, 3)), (Some(2), Some(1)));
        assert_eq!(Places::new(&slots).take(7, 2), None);
    }
}
