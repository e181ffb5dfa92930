//! Lines from the workers' buffers to the event log, on a thread that waits for the disk so that nothing else does; and
//! which credentials were used, for control.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use firstclass_decide::Facts;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::clock;
use crate::engine::Engine;
use crate::event_buffer::Lines;
use crate::event_log::EventLog;
use crate::events::Lane;
use crate::log;

/// Lines wait no longer for the disk.
const TURN: Duration = Duration::from_millis(400);
/// A buffer that grew beyond this is given back.
const KEPT: usize = 1024 * 1024;

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
    /// A call was let in; a credential's use is told now and then, and each one in a query.
    pub fn note(&self, facts: &Facts, at: u64) {
        let Some(credential) = &facts.credential else { return };
        let is_due = credential.is_use_due(at);
        if !is_due && !facts.key_in_query {
            return;
        }
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        if is_due {
            news.used.insert(credential.id.to_string(), at);
        }
        if facts.key_in_query {
            *news.in_query.entry(credential.id.to_string()).or_default() += 1;
        }
    }

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

/// Keeps lines until the last exchange has ended.
pub async fn run(engine: Arc<Engine>) {
    let mut keeping = Keeping::new(&engine);
    let mut turn = interval(TURN);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turn.tick() => {
                keeping.turn();
                keeping.settle();
            }
            () = engine.lines_wait.notified() => keeping.turn(),
            () = engine.served.wait() => {
                keeping.turn();
                keeping.settle();
                return;
            }
        }
    }
}

struct Keeping {
    engine: Arc<Engine>,
    logs: [(Lane, EventLog); Lane::ALL.len()],
    lines: Lines,
    /// Lines that the disk has refused since it last took some; None: it takes them.
    lost: Option<u64>,
}

impl Keeping {
    fn new(engine: &Arc<Engine>) -> Self {
        let logs = Lane::ALL.map(|lane| {
            let most_bytes = engine.config.limits.event_log_bytes / lane.share();
            (lane, EventLog::new(&engine.config.events, lane.suffix(), most_bytes))
        });
        Self { engine: Arc::clone(engine), logs, lines: Lines::default(), lost: None }
    }

    fn turn(&mut self) {
        for worker in self.engine.workers() {
            for (lane, log) in &mut self.logs {
                worker.events.take(*lane, &mut self.lines);
                if self.lines.count > 0 && !keep(log, &self.lines, &mut self.lost) {
                    worker.events.count_dropped(self.lines.count);
                }
                if self.lines.bytes.capacity() > KEPT {
                    self.lines.bytes = Vec::new();
                }
            }
        }
    }

    /// What waits for more lines is written without them.
    fn settle(&mut self) {
        for (_, log) in &mut self.logs {
            if let Err(error) = log.settle() {
                not_kept(&error, 0, &mut self.lost);
            }
        }
    }
}

/// Write them; false: the disk did not take them.
fn keep(log: &mut EventLog, lines: &Lines, lost: &mut Option<u64>) -> bool {
    match log.append(&lines.bytes, clock::unix_milliseconds()) {
        Ok(()) => {
            if let Some(lost) = lost.take() {
                log::line("info", "events_kept_again", json!({"lost": lost}));
            }
            true
        }
        Err(error) => {
            not_kept(&error, lines.count, lost);
            false
        }
    }
}

/// The disk refuses lines: said once, until it takes some again.
fn not_kept(error: &std::io::Error, count: u64, lost: &mut Option<u64>) {
    if lost.is_none() {
        let hint = "calls go on; firstclass_events_dropped_total counts what is lost";
        log::line("error", "events_not_kept", json!({"problem": error.to_string(), "hint": hint}));
    }
    *lost = Some(lost.unwrap_or(0) + count);
}
