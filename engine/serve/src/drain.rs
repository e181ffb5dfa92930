//! The end of an engine: SIGTERM, a supervisor that is gone, or a test that asks for it.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::descriptors;

/// Set once, seen by everybody.
#[derive(Debug, Default)]
pub struct Stopping {
    is_set: AtomicBool,
    notify: Notify,
}

impl Stopping {
    /// Begin the drain.
    pub fn set(&self) {
        self.is_set.store(true, Ordering::Release);
        self.notify.notify_waiters();
    }

    /// Whether the drain has begun.
    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// Wait for the drain to begin.
    pub async fn wait(&self) {
        let notified = self.notify.notified();
        tokio::pin!(notified);
        // Registered before the flag is looked at, so that a `set` in between is not missed.
        notified.as_mut().enable();
        if !self.is_set() {
            notified.await;
        }
    }
}

/// Wait until nobody reads our standard output any more: the supervisor has died. Where standard output is no pipe or
/// socket, this never ends.
pub async fn supervisor_gone() {
    use std::os::fd::AsFd as _;
    use tokio::io::Interest;

    let watched = std::io::stdout().as_fd().try_clone_to_owned().and_then(descriptors::watch_for_end);
    match watched {
        Ok(watched) => {
            let _ = watched.ready(Interest::ERROR).await;
        }
        Err(_) => std::future::pending().await,
    }
}
