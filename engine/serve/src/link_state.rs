//! What the engine knows about its link: has it ever been told everything, and how old is what it knows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Hash by API, and sequence of the directory, as they are effective.
#[derive(Debug, Clone, Default)]
pub struct Effective {
    pub bundles: BTreeMap<String, String>,
    /// APIs that control took back.
    pub removed: BTreeSet<String>,
    pub directory_sequence: u64,
}

/// Shared between the link, the status port and the workers.
#[derive(Debug)]
pub struct LinkState {
    origin: Instant,
    /// Milliseconds from `origin` at which the directory was known to be current.
    current_at: AtomicU64,
    /// Age in milliseconds that the directory already had when the engine started.
    age_at_start: AtomicU64,
    is_filled: AtomicBool,
    is_synced: AtomicBool,
    is_refusing: AtomicBool,
    effective: Mutex<Effective>,
    /// APIs that there ought to be a bundle of, beside those of the configuration.
    expected: Mutex<BTreeSet<String>>,
}

impl LinkState {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
            current_at: AtomicU64::new(0),
            age_at_start: AtomicU64::new(0),
            is_filled: AtomicBool::new(false),
            is_synced: AtomicBool::new(false),
            is_refusing: AtomicBool::new(false),
            effective: Mutex::new(Effective::default()),
            expected: Mutex::default(),
        }
    }

    /// The directory came from disk and was current this many milliseconds ago.
    pub fn loaded(&self, age_milliseconds: u64) {
        self.age_at_start.store(age_milliseconds, Ordering::Relaxed);
        self.is_filled.store(true, Ordering::Release);
    }

    /// Control said that everything has been sent.
    pub fn synced(&self) {
        self.note_current();
        self.is_filled.store(true, Ordering::Release);
        self.is_synced.store(true, Ordering::Release);
    }

    /// Control said that this directory is the current one.
    pub fn note_current(&self) {
        let now = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.current_at.store(now, Ordering::Relaxed);
        self.age_at_start.store(0, Ordering::Relaxed);
    }

    /// Whether there is something to serve from.
    pub fn is_filled(&self) -> bool {
        self.is_filled.load(Ordering::Acquire)
    }

    /// Whether calls may be served: control has told us everything, or has had `patience_milliseconds` to do so.
    pub fn may_serve(&self, patience_milliseconds: u64) -> bool {
        self.is_synced.load(Ordering::Acquire) || self.origin.elapsed().as_millis() >= u128::from(patience_milliseconds)
    }

    /// Seconds since the directory was known to be current; counted by a monotonic clock.
    pub fn age_seconds(&self) -> u64 {
        let now = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let since = now.saturating_sub(self.current_at.load(Ordering::Relaxed));
        since.saturating_add(self.age_at_start.load(Ordering::Relaxed)) / 1000
    }

    /// Note whether what control sent of the directory last could be made effective: while it cannot, nothing that came
    /// later is, no revocation either.
    pub fn set_refusing(&self, is_refusing: bool) {
        self.is_refusing.store(is_refusing, Ordering::Release);
    }

    /// Whether the directory cannot follow what control sends.
    pub fn is_refusing(&self) -> bool {
        self.is_refusing.load(Ordering::Acquire)
    }

    /// Publish what is effective. What control took back just now is expected no more, until control says so.
    pub fn set_effective(&self, effective: Effective) {
        let mut before = self.effective.lock().unwrap_or_else(PoisonError::into_inner);
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.retain(|api| before.removed.contains(api) || !effective.removed.contains(api));
        *before = effective;
    }

    /// These APIs are to be served: the disk says so at first, then control.
    pub fn expect(&self, apis: BTreeSet<String>) {
        *self.expected.lock().unwrap_or_else(PoisonError::into_inner) = apis;
    }

    /// APIs that are to be served, those of the configuration among them, and have no bundle in effect.
    pub fn missing(&self, configured: &[String]) -> BTreeSet<String> {
        let effective = self.effective();
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        // The configuration is as old as this process: an API of it may have been taken back since.
        let configured = configured.iter().filter(|api| !effective.removed.contains(*api));
        let is_missing = |api: &&String| !effective.bundles.contains_key(*api);
        expected.iter().chain(configured).filter(is_missing).cloned().collect()
    }

    /// What is effective.
    pub fn effective(&self) -> Effective {
        self.effective.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Default for LinkState {
    fn default() -> Self {
        Self::new()
    }
}
