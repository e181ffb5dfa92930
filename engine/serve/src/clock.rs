//! Time: a coarse clock per worker that its ticker turns, deadlines that cost one store to re-arm, and wall time as text.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often a worker's clock turns: the resolution of every timeout.
pub const TICK: Duration = Duration::from_millis(50);

/// Wall time in milliseconds since 1970.
#[must_use]
pub fn unix_milliseconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// `2026-01-31T12:00:00.123Z`.
#[must_use]
pub fn rfc3339(milliseconds: u64) -> String {
    let (days, rest) = (milliseconds / 86_400_000, milliseconds % 86_400_000);
    // Days to a civil date, in 400-year eras that begin in March (Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1_000)
}

/// Milliseconds on a monotonic scale, as of the last tick.
#[derive(Debug)]
pub struct Clock {
    origin: Instant,
    now: AtomicU64,
    /// Wall time at the origin, in milliseconds, as seen at the last tick: it moves when somebody sets the clock.
    wall: AtomicU64,
    deadlines: Mutex<Vec<Arc<Deadline>>>,
}

/// One connection's deadline. Its task looks at it whenever it is polled; the ticker wakes the task once it has passed.
#[derive(Debug)]
pub struct Deadline {
    at: AtomicU64,
    waker: Mutex<Option<Waker>>,
}

impl Clock {
    /// A clock that starts at zero.
    #[must_use]
    pub fn new() -> Self {
        let wall = AtomicU64::new(unix_milliseconds());
        Self { origin: Instant::now(), now: AtomicU64::new(0), wall, deadlines: Mutex::new(Vec::new()) }
    }

    /// Milliseconds since the clock started, as of the last tick.
    pub fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Wall time at an instant, in milliseconds; one reading of the monotonic clock serves both.
    pub fn wall(&self, at: Instant) -> u64 {
        let since = u64::try_from(at.saturating_duration_since(self.origin).as_millis()).unwrap_or(u64::MAX);
        self.wall.load(Ordering::Relaxed).saturating_add(since)
    }

    /// Turn the clock and wake every task whose deadline has passed.
    pub fn tick(&self) {
        let now = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.now.store(now, Ordering::Relaxed);
        self.wall.store(unix_milliseconds().saturating_sub(now), Ordering::Relaxed);
        let mut deadlines = self.deadlines.lock().unwrap_or_else(PoisonError::into_inner);
        deadlines.retain(|deadline| {
            if deadline.at.load(Ordering::Relaxed) <= now
                && let Some(waker) = deadline.waker.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
            {
                waker.wake_by_ref();
            }
            Arc::strong_count(deadline) > 1
        });
    }

    /// Wake every task, whatever its deadline.
    pub fn wake_all(&self) {
        for deadline in self.deadlines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if let Some(waker) = deadline.waker.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                waker.wake_by_ref();
            }
        }
    }

    /// A deadline for the current task, not armed yet.
    pub fn deadline(&self) -> Arc<Deadline> {
        let deadline = Arc::new(Deadline { at: AtomicU64::new(u64::MAX), waker: Mutex::new(None) });
        self.deadlines.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&deadline));
        deadline
    }

    /// How many deadlines exist: connections that this worker has open.
    pub fn open(&self) -> usize {
        self.deadlines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Arm `deadline` to pass in `milliseconds` from the last tick.
    pub fn arm(&self, deadline: &Deadline, milliseconds: u64) {
        deadline.at.store(self.now().saturating_add(milliseconds), Ordering::Relaxed);
    }

    /// Whether `deadline` has passed. The first call ties it to the task that asks.
    pub fn passed(&self, deadline: &Deadline, context: &Context<'_>) -> bool {
        if deadline.at.load(Ordering::Relaxed) <= self.now() {
            return true;
        }
        let mut waker = deadline.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if !waker.as_ref().is_some_and(|w| w.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
        false
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_is_written_as_rfc_3339_says() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_709_210_096_789), "2024-02-29T12:34:56.789Z");
        assert_eq!(rfc3339(4_107_542_399_000), "2100-02-28T23:59:59.000Z");
    }

    #[test]
    fn a_deadline_passes_only_after_its_time() {
        let clock = Clock::new();
        let deadline = clock.deadline();
        let context = Context::from_waker(Waker::noop());
        assert!(!clock.passed(&deadline, &context));
        clock.arm(&deadline, 5);
        assert!(!clock.passed(&deadline, &context));
        std::thread::sleep(Duration::from_millis(6));
        clock.tick();
        assert!(clock.passed(&deadline, &context));
    }

    #[test]
    fn deadlines_of_ended_connections_are_forgotten() {
        let clock = Clock::new();
        drop(clock.deadline());
        clock.tick();
        assert_eq!(clock.open(), 0);
    }
}
