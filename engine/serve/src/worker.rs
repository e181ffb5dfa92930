//! One worker: a thread with its own runtime, clock, upstream connections, counters and event queue. Workers share the
//! world, which they read through a pointer of their own, and the bounds on connections and memory.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use firstclass_decide::World;

use crate::clock::{Clock, TICK};
use crate::engine::Engine;
use crate::events::EventQueue;
use crate::kit::Kit;
use crate::listener::{self, Role};
use crate::metrics::Metrics;
use crate::pool::Pool;
use crate::request_id::{RequestId, RequestIds};

/// Buffers that wait for their next use; more are given back to the allocator.
const SPARE_BUFFERS: usize = 64;
/// Length of a buffer for requests: most heads fit.
pub const SMALL: usize = 8 * 1024;
/// Length of a buffer for answers: most fit whole.
pub const LARGE: usize = 64 * 1024;

/// The state of one worker.
#[derive(Debug)]
pub struct Worker {
    pub engine: Arc<Engine>,
    pub clock: Arc<Clock>,
    pub pool: Pool,
    pub events: EventQueue,
    pub metrics: Metrics,
    /// Exchanges that run now.
    pub busy: AtomicUsize,
    /// Turns of the clock; `/livez` looks at it.
    pub beats: AtomicU64,
    ids: Mutex<RequestIds>,
    world: Mutex<Arc<Seen>>,
    small: Mutex<Vec<Vec<u8>>>,
    large: Mutex<Vec<Vec<u8>>>,
    #[allow(clippy::vec_box, reason = "a kit is handed out as the box that it lives in")]
    kits: Mutex<Vec<Box<Kit>>>,
}

/// The world as one worker sees it, with a reference count of that worker's own: a shared count would be fought over by
/// all cores.
#[derive(Debug)]
pub struct Seen(Arc<World>);

impl std::ops::Deref for Seen {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Worker {
    /// A worker that does not run yet.
    #[must_use]
    pub fn new(engine: &Arc<Engine>) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::new(Clock::new()),
            pool: Pool::default(),
            events: EventQueue::new(engine.config.limits.event_queue, engine.config.limits.refusal_event_queue),
            metrics: Metrics::default(),
            busy: AtomicUsize::new(0),
            beats: AtomicU64::new(0),
            ids: Mutex::new(RequestIds::new()),
            world: Mutex::new(Arc::new(Seen(engine.world.load_full()))),
            small: Mutex::default(),
            large: Mutex::default(),
            kits: Mutex::default(),
            engine: Arc::clone(engine),
        })
    }

    /// The world as it is now. An exchange keeps the one that it began with.
    pub fn world(&self) -> Arc<Seen> {
        let mut mine = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.engine.world.load();
        if !Arc::ptr_eq(&mine.0, &current) {
            *mine = Arc::new(Seen(Arc::clone(&current)));
        }
        Arc::clone(&mine)
    }

    /// A new request id.
    pub fn request_id(&self, unix_milliseconds: u64) -> RequestId {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(unix_milliseconds)
    }

    /// A buffer for a request.
    pub fn take_small(&self) -> Vec<u8> {
        take(&self.small, SMALL)
    }

    /// Give back what [`Self::take_small`] gave.
    pub fn give_small(&self, buffer: Vec<u8>) {
        give(&self.small, buffer, SMALL);
    }

    /// A buffer for an answer.
    pub fn take_large(&self) -> Vec<u8> {
        take(&self.large, LARGE)
    }

    /// Give back what [`Self::take_large`] gave.
    pub fn give_large(&self, buffer: Vec<u8>) {
        give(&self.large, buffer, LARGE);
    }

    /// A kit for an exchange.
    pub fn take_kit(&self) -> Box<Kit> {
        self.kits.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Give back what [`Self::take_kit`] gave.
    pub fn give_kit(&self, kit: Box<Kit>) {
        let mut kits = self.kits.lock().unwrap_or_else(PoisonError::into_inner);
        if kits.len() < SPARE_BUFFERS
            && let Some(kit) = kit.cleaned()
        {
            kits.push(kit);
        }
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

fn take(from: &Mutex<Vec<Vec<u8>>>, length: usize) -> Vec<u8> {
    from.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(|| vec![0; length])
}

fn give(to: &Mutex<Vec<Vec<u8>>>, buffer: Vec<u8>, length: usize) {
    // One that has grown is worth less than the memory that it holds.
    if buffer.len() == length {
        let mut spare = to.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE_BUFFERS {
            spare.push(buffer);
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
