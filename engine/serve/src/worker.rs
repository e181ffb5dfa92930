//! One worker: a thread with its own runtime, clock, upstream connections, counters and events. Workers share the
//! world and the bounds on connections and memory. What no other thread ever looks at is in [`crate::stock`].

use std::future::poll_fn;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;

use crate::clock::{Clock, TICK};
use crate::engine::Engine;
use crate::event_buffer::EventBuffer;
use crate::event_line::EventWriter;
use crate::listener::{self, Role};
use crate::metrics::Metrics;
use crate::pool::Pool;

/// The state of one worker.
#[derive(Debug)]
pub struct Worker {
    pub engine: Arc<Engine>,
    pub clock: Arc<Clock>,
    pub pool: Pool,
    pub events: EventBuffer,
    pub metrics: Metrics,
    /// Exchanges that run now.
    pub busy: AtomicUsize,
    /// Turns of the clock; `/livez` looks at it.
    pub beats: AtomicU64,
}

impl Worker {
    /// A worker that does not run yet.
    #[must_use]
    pub fn new(engine: &Arc<Engine>) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::new(Clock::new()),
            pool: Pool::default(),
            events: EventBuffer::new(
                engine.config.limits.event_buffer_bytes,
                EventWriter::new(engine.config.mask_key.bytes()),
            ),
            metrics: Metrics::default(),
            busy: AtomicUsize::new(0),
            beats: AtomicU64::new(0),
            engine: Arc::clone(engine),
        })
    }

    /// Serve until the engine stops and all connections have ended, or the time for that is over.
    pub async fn run(self: Arc<Self>, listeners: Vec<(TcpListener, Role)>) {
        let ticker = tokio::spawn(turn_clock(Arc::clone(&self)));
        self.wait_for_word().await;
        let mut accepting = Vec::new();
        for (listener, role) in listeners {
            accepting.push(tokio::spawn(listener::accept(Arc::clone(&self), listener, role)));
        }
        self.engine.stopping.wait().await;
        for task in accepting {
            task.abort();
        }
        // Idle connections look up, see that the engine stops, and end.
        self.clock.wake_all();
        let end = tokio::time::Instant::now() + self.engine.config.limits.drain();
        while self.clock.open() > 0 && tokio::time::Instant::now() < end {
            tokio::time::sleep(TICK / 2).await;
        }
        ticker.abort();
    }
}

impl Worker {
    /// Where other exchanges run, let every task that is ready go first. Messages of many exchanges then leave close
    /// together, and those who read them, where they run on this machine, are woken once for all and not once for each.
    pub async fn after_others(&self) {
        if self.busy.load(Ordering::Relaxed) < 2 {
            return;
        }
        let mut waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Before the first connection: control's word, or the end of the time that it has. Who calls meanwhile waits in the
    /// listener's queue.
    async fn wait_for_word(&self) {
        let patience = self.engine.config.limits.first_word_milliseconds;
        while !self.engine.link.may_serve(patience) && !self.engine.stopping.is_set() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }
}

async fn turn_clock(worker: Arc<Worker>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        interval.tick().await;
        worker.clock.tick();
        if worker.beats.fetch_add(1, Ordering::Relaxed) % 20 == 0 {
            worker.pool.sweep(worker.clock.now(), worker.engine.config.limits.upstream_idle_milliseconds);
        }
    }
}

/// A place among the exchanges of a worker, given back when it is dropped.
#[derive(Debug)]
pub struct Busy(Arc<Worker>);

impl Busy {
    /// A place; None: there are as many exchanges as may be.
    #[must_use]
    pub fn take(worker: &Arc<Worker>) -> Option<Self> {
        let busy = Self(Arc::clone(worker));
        let count = worker.busy.fetch_add(1, Ordering::Relaxed);
        (count < worker.engine.config.limits.exchanges).then_some(busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
