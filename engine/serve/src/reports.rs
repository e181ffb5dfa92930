//! What the engine tells control of its own accord: counters, uses of credentials, and issuers whose keys it lacks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firstclass_decide::SessionCalls;
use serde_json::json;

use crate::engine::Engine;
use crate::event_keeping::News;
use crate::metrics::{self, Counter, CounterKey};
use crate::mode_reports::ModeReports;

/// Calls between two looks from which on there is much traffic: then sums are told less often, so that telling about
/// calls does not take more than serving them.
const MANY_CALLS: u64 = 1_000;
/// Control wakes for a report; nobody needs one more often.
const LEAST_APART: Duration = Duration::from_millis(700);
const EVERY_WITH_MANY: Duration = Duration::from_secs(10);
/// One issuer is asked for at most this often, whatever strangers send.
const KEYS_EVERY: Duration = Duration::from_secs(30);

/// What was reported, so that only news is.
#[derive(Debug)]
pub struct Reports {
    engine: Arc<Engine>,
    counted: BTreeMap<CounterKey, u64>,
    sessions: Vec<SessionCalls>,
    asked: HashMap<Arc<str>, Instant>,
    modes: ModeReports,
    /// Uses that were told last: perhaps nobody heard of them.
    uses: News,
    /// Calls that had ended at the last look.
    calls: u64,
    /// Calls have ended since the last report.
    has_news: bool,
    reported: Option<Instant>,
}

impl Reports {
    /// Nothing was reported yet.
    #[must_use]
    pub fn new(engine: &Arc<Engine>) -> Self {
        Self {
            engine: Arc::clone(engine),
            counted: BTreeMap::new(),
            sessions: Vec::new(),
            asked: HashMap::new(),
            modes: ModeReports::new(engine),
            uses: News::default(),
            calls: 0,
            has_news: false,
            reported: None,
        }
    }

    /// Whether sums are to be told now; to be asked a few times a second.
    pub fn is_due(&mut self) -> bool {
        let Some(since) = self.reported.map(|at| at.elapsed()) else { return true };
        let calls = self.engine.workers().iter().map(|worker| worker.events.seen()).sum();
        let fresh = calls - std::mem::replace(&mut self.calls, calls);
        self.has_news |= fresh > 0;
        since >= EVERY_WITH_MANY || (self.has_news && fresh < MANY_CALLS && since >= LEAST_APART)
    }

    /// Append to `out` what is new.
    pub fn write(&mut self, out: &mut Vec<u8>) {
        (self.reported, self.has_news) = (Some(Instant::now()), false);
        self.write_uses(out);
        self.write_counters(out);
        self.modes.write(out);
        self.write_sessions(out);
        if let Some(frame) = self.engine.unregistered.take() {
            line(out, &frame);
        }
    }

    /// Append to `out` what cannot wait for the next report.
    pub fn write_urgent(&mut self, out: &mut Vec<u8>) {
        for issuer in self.engine.take_keys_wanted() {
            if self.asked.get(&issuer).is_none_or(|last| last.elapsed() >= KEYS_EVERY) {
                line(out, &json!({"kind": "keys_wanted", "issuer": &*issuer}));
                self.asked.insert(issuer, Instant::now());
            }
        }
    }

    fn write_uses(&mut self, out: &mut Vec<u8>) {
        let news = self.engine.uses.take();
        if !news.is_empty() {
            line(out, &json!({"kind": "used", "used": news.used, "in_query": news.in_query}));
        }
        // A report of later was written because the link was up: what went before it has arrived.
        self.uses = news;
    }

    /// The link ended. A new control process may remember nothing, so all counters go out again.
    pub fn session_ended(&mut self) {
        self.engine.uses.give_back(std::mem::take(&mut self.uses));
        self.counted.clear();
        self.modes.session_ended();
        self.sessions.clear();
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
