//! The record of one call, gathered while it runs and turned into counters and an event when it ends.

use std::time::{Duration, Instant};

use firstclass_bundle::RuleClass;
use firstclass_decide::{
    Admission, Facts, LeftOut, Reason, Recorded, Refusal, Rule, UNDECLARED_STATUS, Violation, holds_key,
};
use firstclass_framing::{KnownHeader, Method};

use crate::connection::Connection;
use crate::events::{Event, StageTimes, path_shape};
use crate::kit::Kit;
use crate::metrics;
use crate::observed::{ANSWERS, Verdict, class_of};
use crate::request_id;
use crate::stock;

/// A user agent is kept up to here.
const MOST_USER_AGENT: usize = 256;

/// One call, from its head to its end.
#[derive(Debug)]
pub struct Call {
    pub id_text: [u8; request_id::LENGTH],
    pub unix_milliseconds: u64,
    pub started: Instant,
    forwarded: Option<Instant>,
    answered: Option<Instant>,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub status: u16,
    facts: Facts,
    reason: Option<Reason>,
    rule: Rule,
    violations: Vec<Violation>,
    recorded: Vec<Recorded>,
    left_out: Vec<LeftOut>,
    /// An answer was refused for nothing but conformance.
    conformance: bool,
}

impl Call {
    /// A call begins now.
    #[must_use]
    pub fn begin(connection: &Connection) -> Self {
        let started = Instant::now();
        let unix_milliseconds = connection.worker.clock.wall(started);
        let id = stock::request_id(unix_milliseconds);
        Self {
            id_text: id.text(),
            unix_milliseconds,
            started,
            forwarded: None,
            answered: None,
            bytes_in: 0,
            bytes_out: 0,
            status: 0,
            facts: Facts::default(),
            reason: None,
            rule: Rule::None,
            violations: Vec::new(),
            recorded: Vec::new(),
            left_out: Vec::new(),
            conformance: false,
        }
    }

    /// The request id as text.
    #[must_use]
    pub fn id(&self) -> &str {
        std::str::from_utf8(&self.id_text).unwrap_or_default()
    }

    /// The request is on its way to the origin.
    pub fn forwarded(&mut self) {
        self.forwarded = Some(Instant::now());
    }

    /// The head of the origin's answer is here.
    pub fn answered(&mut self) {
        self.answered = Some(Instant::now());
    }

    /// The call was refused.
    pub fn refused(&mut self, refusal: Refusal) {
        self.left_out = LeftOut::by_refusal(&refusal).into_iter().collect();
        self.reason = Some(refusal.reason);
        self.rule = refusal.rule;
        self.conformance = refusal.conformance;
        self.violations = refusal.violations;
        if refusal.facts.policy.is_some() {
            self.facts = refusal.facts;
        }
    }

    /// The call was let in; whatever became of it, this is who called what. Nothing was left out of what never left, but
    /// for the body of a failure.
    pub fn admitted(&mut self, admission: Admission) {
        self.recorded = admission.recorded;
        if self.reason.is_none() {
            self.left_out = admission.left_out;
        }
        self.facts = admission.facts;
    }

    /// Count the call and write its event.
    pub fn end(self, connection: &Connection, kit: &Kit, bytes: &[u8]) {
        let worker = &connection.worker;
        let total = self.started.elapsed();
        let upstream = self.forwarded.zip(self.answered).map(|(sent, answered)| answered.duration_since(sent));
        worker.metrics.count(&metrics::Call {
            api: self.facts.api(),
            operation: self.facts.operation_id(),
            application: self.facts.application_id(),
            decision: if self.reason.is_some() { "deny" } else { "allow" },
            reason: self.reason.map(Reason::word),
            total,
            upstream,
        });
        let is_refusal = self.reason.is_some() || !self.recorded.is_empty();
        if is_refusal {
            self.observe(connection, kit);
        }
        if !self.left_out.is_empty() {
            worker.engine.observed.count_left_out(&self.facts, &self.left_out);
        }
        if self.reason.is_none() {
            worker.engine.uses.note(&self.facts, self.unix_milliseconds);
        }
        if worker.events.push(&self.event(connection, kit, bytes, total, upstream)) {
            worker.engine.lines_wait.notify_one();
        }
    }

    /// Counts by place what was refused, and what would have been.
    fn observe(&self, connection: &Connection, kit: &Kit) {
        let observed = &connection.worker.engine.observed;
        if matches!(self.reason, Some(Reason::UnknownOperation | Reason::MethodNotAllowed)) {
            let path = self.template().unwrap_or_else(|| self.shape(kit.target.path()));
            observed.count_undeclared(&self.facts, method(kit.head.method), &path);
        }
        let strict = self.facts.find_operation().is_some_and(|operation| operation.declared.strict);
        if !self.recorded.is_empty() {
            let verdicts = self.recorded.iter().filter_map(|recorded| {
                let class = class_of(recorded.reason, &recorded.violations)?.word();
                let refuses = strict || recorded.reason != Reason::ResponseInvalid || is_undeclared_status(recorded);
                Some(Verdict { reason: recorded.reason, class, violations: &recorded.violations, refuses })
            });
            observed.count(&self.facts, "allow", verdicts);
        }
        let class = match self.reason {
            Some(Reason::ResponseUnreadable) => Some(ANSWERS),
            // What confidentiality refuses belongs to no class.
            Some(Reason::ResponseInvalid) if !self.conformance => Some(ANSWERS),
            reason => reason.and_then(|reason| class_of(reason, &self.violations)).map(RuleClass::word),
        };
        if let (Some(reason), Some(class)) = (self.reason, class) {
            let verdict = Verdict { reason, class, violations: &self.violations, refuses: true };
            observed.count(&self.facts, "deny", std::iter::once(verdict));
        }
    }

    /// The contract's own path, where it has the path and not the method.
    fn template(&self) -> Option<String> {
        let (policy, Rule::Path(index)) = (self.facts.policy.as_ref()?, self.rule) else { return None };
        Some(format!("{}{}", policy.api.base_path, policy.template(index)?))
    }

    /// A path without values; that of the API, which is none, stays.
    fn shape(&self, path: &[u8]) -> String {
        let base = self.facts.policy.as_ref().map_or("", |policy| &*policy.api.base_path);
        match path.strip_prefix(base.as_bytes()) {
            Some(below) => format!("{base}{}", path_shape(below)),
            None => path_shape(path),
        }
    }

    fn event<'a>(
        &'a self,
        connection: &Connection,
        kit: &Kit,
        bytes: &'a [u8],
        total: Duration,
        upstream: Option<Duration>,
    ) -> Event<'a> {
        let is_matched = self.facts.operation.is_some();
        let path_shape = (!is_matched && !kit.target.path().is_empty()).then(|| self.shape(kit.target.path()));
        let agent = kit.head.headers.find(KnownHeader::UserAgent).map(|span| span.of(bytes));
        let times = StageTimes {
            request: microseconds(self.forwarded.map_or(total, |at| at.duration_since(self.started))),
            upstream: upstream.map(microseconds),
            total: microseconds(total),
        };
        Event {
            time: self.unix_milliseconds,
            request_id: &self.id_text,
            facts: &self.facts,
            method: method(kit.head.method),
            path_shape,
            reason: self.reason,
            rule: self.rule,
            violations: &self.violations,
            recorded: &self.recorded,
            left_out: &self.left_out,
            times,
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            status: self.status,
            address: connection.peer.ip(),
            // A key of ours stands in no log.
            user_agent: agent.map(|value| &value[..value.len().min(MOST_USER_AGENT)]).filter(|value| !holds_key(value)),
        }
    }
}

/// It is refused whether answers are strict or not.
fn is_undeclared_status(recorded: &Recorded) -> bool {
    recorded.violations.iter().any(|violation| violation.keyword == UNDECLARED_STATUS)
}

fn microseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

/// Methods that nobody knows are values of a stranger's choice.
fn method(method: Method) -> &'static str {
    match method {
        Method::Other => "other",
        known => known.name(),
    }
}
