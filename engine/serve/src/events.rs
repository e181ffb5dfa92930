//! One record per call. A worker only moves what it has into a bounded queue; another thread turns it into JSON for the event log. A full
//! queue drops the record and counts it: events never hold up a request.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_decide::{Facts, LeftOut, Reason, Recorded, Rule, Violation};
use ring::hmac;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock;
use crate::request_id::RequestId;
use crate::told_names::told;

/// What is known about one finished call.
#[derive(Debug)]
pub struct Event {
    /// Wall time of the request's first byte, milliseconds.
    pub time: u64,
    pub request_id: RequestId,
    pub facts: Facts,
    pub method: &'static str,
    /// Of calls that match no operation; see [`path_shape`].
    pub path_shape: Option<String>,
    pub reason: Option<Reason>,
    pub rule: Rule,
    pub violations: Vec<Violation>,
    /// What mode and settings let pass, though it is not as the contract declares it.
    pub recorded: Vec<Recorded>,
    /// What was left out because the contract does not declare it, where that is told.
    pub left_out: Vec<LeftOut>,
    pub times: StageTimes,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub status: u16,
    pub address: IpAddr,
    pub user_agent: Option<Box<str>>,
}

/// Microseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct StageTimes {
    /// From the head to the forwarded request, the held body included.
    pub request: u32,
    /// From there to the answer's head.
    pub upstream: Option<u32>,
    /// All of the call.
    pub total: u32,
}

/// Turns whose unused share is saved up, so that a burst of calls leaves all its records.
const BURST_TURNS: usize = 8;

/// The bounded queue of one worker, emptied a few times a second. Refusals have room of their own: they are what people
/// ask about.
#[derive(Debug)]
pub struct EventQueue {
    waiting: Mutex<Waiting>,
    per_turn: usize,
    most_refusals: usize,
    dropped: AtomicU64,
}

#[derive(Debug)]
struct Waiting {
    events: Vec<Event>,
    refusals: usize,
    /// Events of calls that were let in for which there is room now.
    room: usize,
    /// Calls that ended, whether or not there was room for their record.
    seen: u64,
}

impl EventQueue {
    /// A queue for so many events of calls that were let in, each turn in the long run, and of refusals.
    #[must_use]
    pub fn new(per_turn: usize, most_refusals: usize) -> Self {
        let waiting = Waiting { events: Vec::new(), refusals: 0, room: per_turn * BURST_TURNS, seen: 0 };
        Self { waiting: Mutex::new(waiting), per_turn, most_refusals, dropped: AtomicU64::new(0) }
    }

    /// Queue the event that `make` makes, or count it as dropped without making it.
    pub fn push(&self, is_refusal: bool, make: impl FnOnce() -> Event) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.seen += 1;
        let has_room = if is_refusal { waiting.refusals < self.most_refusals } else { waiting.room > 0 };
        if has_room {
            waiting.refusals += usize::from(is_refusal);
            waiting.room -= usize::from(!is_refusal);
            waiting.events.push(make());
        } else {
            self.count_dropped(1);
        }
    }

    /// Everything that waits; once a turn.
    pub fn take(&self) -> Vec<Event> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.refusals = 0;
        waiting.room = (waiting.room + self.per_turn).min(self.per_turn * BURST_TURNS);
        std::mem::take(&mut waiting.events)
    }

    /// How many calls have ended.
    pub fn seen(&self) -> u64 {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).seen
    }

    /// Count events that were lost elsewhere.
    pub fn count_dropped(&self, count: u64) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
    }

    /// How many were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Writes events as the event log has them.
#[derive(Debug)]
pub struct EventWriter {
    subjects: hmac::Key,
}

impl EventWriter {
    /// `mask_key` keys the digests of subjects, under a label of its own.
    #[must_use]
    pub fn new(mask_key: &[u8]) -> Self {
        let label = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, mask_key), b"firstclass event subject");
        Self { subjects: hmac::Key::new(hmac::HMAC_SHA256, label.as_ref()) }
    }

    /// Append the event as JSON.
    pub fn write(&self, event: &Event, out: &mut Vec<u8>) {
        let facts = &event.facts;
        let rule = facts.place_of(event.rule);
        let request_id = event.request_id.text();
        let record = Record {
            schema: 1,
            time: clock::rfc3339(event.time),
            request_id: std::str::from_utf8(&request_id).unwrap_or_default(),
            tenant: facts.tenant(),
            api: facts.api(),
            operation: facts.operation_id(),
            method: event.method,
            path_shape: self.path_shape(event),
            application: facts.application_id(),
            credential: facts.credential_id(),
            tier: facts.tier(),
            install: (),
            subject_digest: self.subject_digest(facts),
            decision: if event.reason.is_some() { "deny" } else { "allow" },
            reason: event.reason.map(Reason::word),
            stage: event.reason.map(Reason::stage),
            rule: (!rule.is_empty()).then_some(rule),
            violations: event.violations.iter().map(|found| violation(found, facts)).collect(),
            would_refuse: event.recorded.iter().map(|noted| recorded(noted, facts)).collect(),
            left_out: event.left_out.iter().map(|left| left_out(left, facts)).collect(),
            stage_times: event.times,
            bytes_in: event.bytes_in,
            bytes_out: event.bytes_out,
            status: event.status,
            records: (),
            fields_by_category: (),
            objects: (),
            ja4: (),
            network: network(event.address),
            user_agent: event.user_agent.as_deref(),
            contract_hash: facts.contract_hash(),
        };
        // Writing to memory does not fail, and nothing in a record refuses to be written.
        let _ = serde_json::to_writer(out, &record);
    }

    fn path_shape(&self, event: &Event) -> Option<String> {
        match (&event.facts.policy, event.facts.template()) {
            (Some(policy), Some(template)) => Some(format!("{}{template}", policy.api.base_path)),
            _ => event.path_shape.clone(),
        }
    }

    /// One for each person: two issuers, or two APIs with sessions of their own, may call two people the same.
    fn subject_digest(&self, facts: &Facts) -> Option<String> {
        let (subject, issuer) = (facts.subject()?, facts.issuer().unwrap_or_default());
        let api = if issuer.is_empty() { facts.api().unwrap_or_default() } else { "" };
        let mut context = hmac::Context::with_key(&self.subjects);
        for part in [facts.tenant().unwrap_or_default(), issuer, api, subject] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        Some(URL_SAFE_NO_PAD.encode(&context.sign().as_ref()[..16]))
    }
}

/// An event as it stands in the log (schema version 1). `()` is null: known to the schema, and not gathered yet.
#[derive(Serialize)]
struct Record<'a> {
    schema: u32,
    time: String,
    request_id: &'a str,
    tenant: Option<&'a str>,
    api: Option<&'a str>,
    operation: Option<&'a str>,
    method: &'a str,
    path_shape: Option<String>,
    application: Option<&'a str>,
    credential: Option<&'a str>,
    tier: Option<&'a str>,
    install: (),
    subject_digest: Option<String>,
    decision: &'a str,
    reason: Option<&'a str>,
    stage: Option<&'a str>,
    rule: Option<String>,
    violations: Vec<Value>,
    would_refuse: Vec<Value>,
    left_out: Vec<Value>,
    stage_times: StageTimes,
    bytes_in: u64,
    bytes_out: u64,
    status: u16,
    records: (),
    fields_by_category: (),
    objects: (),
    ja4: (),
    network: String,
    user_agent: Option<&'a str>,
    contract_hash: Option<&'a str>,
}

fn recorded(recorded: &Recorded, facts: &Facts) -> Value {
    let violations: Vec<_> = recorded.violations.iter().map(|found| violation(found, facts)).collect();
    let (reason, rule) = (recorded.reason, recorded.rule.to_string());
    json!({"reason": reason.word(), "stage": reason.stage(), "rule": rule, "violations": violations})
}

fn left_out(left_out: &LeftOut, facts: &Facts) -> Value {
    let mut told = violation(&left_out.found, facts);
    told["class"] = left_out.class.word().into();
    told
}

/// Who sent a name is told it as it came; an event outlives the call, and others read it.
fn violation(violation: &Violation, facts: &Facts) -> Value {
    let place = violation.place.place();
    let member = if place == "body" { "pointer" } else { "name" };
    let name = told(violation, facts.policy.as_deref(), true);
    let schema = violation.schema.map(|index| format!("schemas/{index}"));
    json!({"in": place, member: name, "keyword": violation.keyword, "rule": schema})
}

/// The network of an address: enough to see a pattern, too little to name a person.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// A path reduced to its shape: words stay, everything that may be a value becomes `{n}` (digits only) or `{s}`.
#[must_use]
pub fn path_shape(path: &[u8]) -> String {
    let mut shape = String::new();
    for segment in path.split(|byte| *byte == b'/').skip(1).take(12) {
        shape.push('/');
        let is_word =
            segment.len() <= 16 && segment.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b'.'));
        match std::str::from_utf8(segment) {
            Ok("") => {}
            Ok(word) if is_word => shape.push_str(word),
            Ok(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => shape.push_str("{n}"),
            _ => shape.push_str("{s}"),
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_event() -> Event {
        Event {
            time: 0,
            request_id: crate::request_id::RequestIds::new().next(0),
            facts: Facts::default(),
            method: "GET",
            path_shape: None,
            reason: None,
            rule: Rule::None,
            violations: Vec::new(),
            recorded: Vec::new(),
            left_out: Vec::new(),
            times: StageTimes::default(),
            bytes_in: 0,
            bytes_out: 0,
            status: 200,
            address: [192, 0, 2, 1].into(),
            user_agent: None,
        }
    }

    #[test]
    fn a_burst_leaves_all_its_records_and_a_lasting_rush_its_share() {
        let queue = EventQueue::new(3, 1);
        let push = |count: usize| (0..count).for_each(|_| queue.push(false, some_event));
        push(24);
        assert_eq!((queue.take().len(), queue.dropped()), (24, 0));
        push(10);
        assert_eq!((queue.take().len(), queue.dropped()), (3, 7), "one turn's share came back");
        queue.push(true, some_event);
        assert_eq!((queue.take().len(), queue.dropped()), (1, 7), "refusals have room of their own");
        (0..100).for_each(|_| drop(queue.take()));
        push(25);
        assert_eq!((queue.take().len(), queue.dropped()), (24, 8), "saved up, and no more than that");
        assert_eq!(queue.seen(), 24 + 10 + 1 + 25);
    }

    #[test]
    fn an_unmatched_path_shows_no_value() {
        for (path, shape) in [
            ("/v1/members/4711", "/{s}/members/{n}"),
            ("/login/ana@example.org", "/login/{s}"),
            ("/a/", "/a/"),
            ("/reset/abcdefghijklmnopq", "/reset/{s}"),
        ] {
            assert_eq!(path_shape(path.as_bytes()), shape);
        }
    }

    #[test]
    fn networks_are_cut_off_addresses() {
        assert_eq!(network([192, 0, 2, 77].into()), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::3".parse().unwrap()), "2001:db8:1::/48");
        assert_eq!(network("::ffff:192.0.2.77".parse().unwrap()), "192.0.2.0/24");
    }
}
