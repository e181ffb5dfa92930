//! What the engine tells control of its own accord: events, counters, and issuers whose keys it lacks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firstclass_decide::SessionCalls;
use serde_json::json;

use crate::engine::Engine;
use crate::events::{Event, EventWriter};
use crate::metrics::{self, Counter, CounterKey};
use crate::mode_reports::ModeReports;

/// Events of one frame, at most.
const BATCH: usize = 1_000;
/// Counters go with every second report: they are sums, nothing is lost between.
const COUNTERS_EVERY: u32 = 2;
/// One issuer is asked for at most this often, whatever strangers send.
const KEYS_EVERY: Duration = Duration::from_secs(30);

/// What was reported, so that only news is.
#[derive(Debug)]
pub struct Reports {
    engine: Arc<Engine>,
    writer: EventWriter,
    lines: Vec<u8>,
    counted: BTreeMap<CounterKey, u64>,
    sessions: Vec<SessionCalls>,
    asked: HashMap<Arc<str>, Instant>,
    modes: ModeReports,
    turn: u32,
    events_unsent: u64,
}

impl Reports {
    /// Nothing was reported yet.
    #[must_use]
    pub fn new(engine: &Arc<Engine>) -> Self {
        Self {
            engine: Arc::clone(engine),
            writer: EventWriter::new(engine.config.mask_key.bytes()),
            lines: Vec::new(),
            counted: BTreeMap::new(),
            sessions: Vec::new(),
            asked: HashMap::new(),
            modes: ModeReports::new(engine),
            turn: 0,
            events_unsent: 0,
        }
    }

    /// Append to `out` what is new.
    pub fn write(&mut self, out: &mut Vec<u8>) {
        let engine = Arc::clone(&self.engine);
        for worker in engine.workers() {
            let events = worker.events.take();
            for batch in events.chunks(BATCH) {
                self.write_events(batch, out);
            }
        }
        self.turn = self.turn.wrapping_add(1);
        if self.turn % COUNTERS_EVERY == 1 || self.engine.stopping.is_set() {
            self.write_counters(out);
            self.modes.write(out);
            self.write_sessions(out);
            if let Some(frame) = self.engine.unregistered.take() {
                line(out, &frame);
            }
        }
        for issuer in self.engine.take_keys_wanted() {
            if self.asked.get(&issuer).is_none_or(|last| last.elapsed() >= KEYS_EVERY) {
                line(out, &json!({"kind": "keys_wanted", "issuer": &*issuer}));
                self.asked.insert(issuer, Instant::now());
            }
        }
    }

    /// A line that says how many bytes of events follow, then the events, one a line: control keeps them as they are.
    fn write_events(&mut self, batch: &[Event], out: &mut Vec<u8>) {
        let mut lines = std::mem::take(&mut self.lines);
        let mut used: BTreeMap<&str, u64> = BTreeMap::new();
        let mut in_query: BTreeMap<&str, u64> = BTreeMap::new();
        for event in batch {
            self.writer.write(event, &mut lines);
            lines.push(b'\n');
            if let (None, Some(credential)) = (event.reason, event.facts.credential_id()) {
                used.insert(credential, event.time);
                if event.facts.key_in_query {
                    *in_query.entry(credential).or_default() += 1;
                }
            }
        }
        let (count, bytes) = (batch.len(), lines.len());
        line(out, &json!({"kind": "events", "count": count, "bytes": bytes, "used": used, "in_query": in_query}));
        out.extend_from_slice(&lines);
        lines.clear();
        self.lines = lines;
        self.events_unsent += batch.len() as u64;
    }

    /// Some of what was written reached control; with `all`, everything.
    pub fn sent(&mut self, all: bool) {
        if all {
            self.events_unsent = 0;
        }
    }

    /// The link ended. A new control process may remember nothing, so all counters go out again; events that were under
    /// way count as dropped.
    pub fn session_ended(&mut self, is_something_unsent: bool) {
        if is_something_unsent && let Some(worker) = self.engine.workers().first() {
            worker.events.count_dropped(self.events_unsent);
        }
        self.events_unsent = 0;
        self.counted.clear();
        self.modes.session_ended();
        self.sessions.clear();
        self.turn = 0;
    }

    /// By API, how many calls came with a session that is known, and that is not: cumulative since the engine started.
    fn write_sessions(&mut self, out: &mut Vec<u8>) {
        let calls = self.engine.sessions.held().calls();
        if calls == self.sessions {
            return;
        }
        let told = calls.iter().map(|calls| json!({"api": calls.api, "known": calls.known, "unknown": calls.unknown}));
        let held = self.engine.sessions.held().len();
        line(out, &json!({"kind": "sessions", "held": held, "apis": told.collect::<Vec<_>>()}));
        self.sessions = calls;
    }

    fn write_counters(&mut self, out: &mut Vec<u8>) {
        let all = metrics::counters(self.engine.workers().iter().map(|worker| &worker.metrics));
        let news: Vec<Counter> =
            all.into_iter().filter(|counter| self.counted.get(&counter.key) != Some(&counter.count)).collect();
        if news.is_empty() {
            return;
        }
        line(out, &json!({"kind": "counters", "counters": news}));
        self.counted.extend(news.into_iter().map(|counter| (counter.key, counter.count)));
    }
}

pub(crate) fn line(out: &mut Vec<u8>, frame: &serde_json::Value) {
    out.extend_from_slice(frame.to_string().as_bytes());
    out.push(b'\n');
}
