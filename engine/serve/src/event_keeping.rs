//! Records from the workers' queues to the event log, on a thread that waits for the disk so that nothing else does; and
//! which credentials were used, for control.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::clock;
use crate::engine::Engine;
use crate::event_log::EventLog;
use crate::events::{Event, EventWriter};
use crate::log;

const TURN: Duration = Duration::from_millis(400);
/// Records that are written at once, at most.
const BATCH: usize = 1_000;
/// A credential's use is told in steps of this, so that control does not hear of every call.
const USE_STEP_MILLISECONDS: u64 = 60_000;
/// Credentials whose last telling is remembered, about.
const MOST_TOLD: usize = 10_000;

/// What control has not heard yet of credentials' uses.
#[derive(Debug, Default)]
pub struct Uses {
    news: Mutex<News>,
}

/// Uses since the last look.
#[derive(Debug, Default)]
pub struct News {
    /// When it was last let through, Unix milliseconds.
    pub used: BTreeMap<String, u64>,
    /// How many calls carried it in a query.
    pub in_query: BTreeMap<String, u64>,
}

impl News {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.used.is_empty() && self.in_query.is_empty()
    }
}

impl Uses {
    /// Everything that was not told yet.
    pub fn take(&self) -> News {
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Take back what was not heard.
    pub fn give_back(&self, unheard: News) {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        for (credential, at) in unheard.used {
            let latest = news.used.entry(credential).or_default();
            *latest = at.max(*latest);
        }
        for (credential, times) in unheard.in_query {
            *news.in_query.entry(credential).or_default() += times;
        }
    }
}

/// Keeps records until the last exchange has ended.
pub async fn run(engine: Arc<Engine>) {
    let mut keeping = Keeping::new(&engine);
    let mut turn = interval(TURN);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turn.tick() => keeping.turn(),
            () = engine.served.wait() => {
                keeping.turn();
                return;
            }
        }
    }
}

struct Keeping {
    engine: Arc<Engine>,
    writer: EventWriter,
    log: EventLog,
    lines: Vec<u8>,
    /// When each credential's use was last told.
    told: HashMap<String, u64>,
    /// Records that the disk has refused since it last took some; None: it takes them.
    lost: Option<u64>,
}

impl Keeping {
    fn new(engine: &Arc<Engine>) -> Self {
        Self {
            engine: Arc::clone(engine),
            writer: EventWriter::new(engine.config.mask_key.bytes()),
            log: EventLog::new(&engine.config.events, engine.config.limits.event_log_bytes),
            lines: Vec::new(),
            told: HashMap::new(),
            lost: None,
        }
    }

    fn turn(&mut self) {
        if self.told.len() > MOST_TOLD {
            let now = clock::unix_milliseconds();
            self.told.retain(|_, told| now.saturating_sub(*told) <= USE_STEP_MILLISECONDS);
        }
        let engine = Arc::clone(&self.engine);
        for worker in engine.workers() {
            let events = worker.events.take();
            for batch in events.chunks(BATCH) {
                self.note_uses(batch);
                if !self.keep(batch) {
                    worker.events.count_dropped(batch.len() as u64);
                }
            }
        }
    }

    /// Write them; false: the disk did not take them.
    fn keep(&mut self, batch: &[Event]) -> bool {
        self.lines.clear();
        for event in batch {
            self.writer.write(event, &mut self.lines);
            self.lines.push(b'\n');
        }
        match self.log.append(&self.lines, clock::unix_milliseconds()) {
            Ok(()) => {
                if let Some(lost) = self.lost.take() {
                    log::line("info", "events_kept_again", json!({"lost": lost}));
                }
                true
            }
            Err(error) => {
                if self.lost.is_none() {
                    let hint = "calls go on; firstclass_events_dropped_total counts what is lost";
                    log::line("error", "events_not_kept", json!({"problem": error.to_string(), "hint": hint}));
                }
                self.lost = Some(self.lost.unwrap_or(0) + batch.len() as u64);
                false
            }
        }
    }

    fn note_uses(&mut self, batch: &[Event]) {
        let mut news = self.engine.uses.news.lock().unwrap_or_else(PoisonError::into_inner);
        for event in batch {
            let (None, Some(credential)) = (event.reason, event.facts.credential_id()) else { continue };
            if event.facts.key_in_query {
                *news.in_query.entry(credential.to_owned()).or_default() += 1;
            }
            let is_due = |told: &u64| event.time.saturating_sub(*told) > USE_STEP_MILLISECONDS;
            if self.told.get(credential).is_none_or(is_due) {
                self.told.insert(credential.to_owned(), event.time);
                news.used.insert(credential.to_owned(), event.time);
            }
        }
    }
}
