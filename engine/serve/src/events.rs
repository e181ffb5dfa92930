//! One record per call. A worker only moves what it has into a bounded queue; the link's thread turns it into JSON. A full
//! queue drops the record and counts it: events never hold up a request.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_decide::{Facts, Reason, Recorded, Rule, Violation};
use ring::hmac;
use serde_json::{Value, json};

use crate::clock;
use crate::request_id::RequestId;

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
    pub times: StageTimes,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub status: u16,
    pub address: IpAddr,
    pub user_agent: Option<Box<str>>,
}

/// Microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct StageTimes {
    /// From the head to the forwarded request, the held body included.
    pub request: u32,
    /// From there to the answer's head.
    pub upstream: Option<u32>,
    /// All of the call.
    pub total: u32,
}

/// The bounded queue of one worker.
#[derive(Debug)]
pub struct EventQueue {
    waiting: Mutex<Vec<Event>>,
    most: usize,
    dropped: AtomicU64,
}

impl EventQueue {
    /// A queue for `most` events.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { waiting: Mutex::new(Vec::new()), most, dropped: AtomicU64::new(0) }
    }

    /// Queue an event, or drop and count it.
    pub fn push(&self, event: Event) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < self.most {
            waiting.push(event);
        } else {
            self.count_dropped(1);
        }
    }

    /// Everything that waits.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
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

/// Writes events as control reads them.
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

    /// The event as JSON.
    #[must_use]
    pub fn write(&self, event: &Event) -> Value {
        let facts = &event.facts;
        let violations: Vec<_> = event.violations.iter().map(violation).collect();
        let rule = event.rule.to_string();
        let base_path = facts.policy.as_ref().map_or("", |policy| &*policy.api.base_path);
        let template = facts.template().map(|template| format!("{base_path}{template}"));
        json!({
            "schema": 1,
            "time": clock::rfc3339(event.time),
            "request_id": event.request_id.to_string(),
            "tenant": facts.tenant(),
            "api": facts.api(),
            "operation": facts.operation_id(),
            "method": event.method,
            "path_shape": template.or_else(|| event.path_shape.clone()),
            "application": facts.application_id(),
            "credential": facts.credential_id(),
            "tier": facts.tier(),
            "install": null,
            "subject_digest": facts.subject().map(|subject| self.digest(facts.tenant().unwrap_or_default(), subject)),
            "decision": if event.reason.is_some() { "deny" } else { "allow" },
            "reason": event.reason.map(Reason::word),
            "stage": event.reason.map(Reason::stage),
            "rule": (!rule.is_empty()).then_some(rule),
            "violations": violations,
            "would_refuse": event.recorded.iter().map(recorded).collect::<Vec<_>>(),
            "stage_times": {"request": event.times.request, "upstream": event.times.upstream, "total": event.times.total},
            "bytes_in": event.bytes_in,
            "bytes_out": event.bytes_out,
            "status": event.status,
            "records": null,
            "fields_by_category": null,
            "objects": null,
            "ja4": null,
            "network": network(event.address),
            "user_agent": event.user_agent,
            "contract_hash": facts.contract_hash(),
        })
    }

    fn digest(&self, tenant: &str, subject: &str) -> String {
        let tag = hmac::sign(&self.subjects, format!("{tenant}\0{subject}").as_bytes());
        URL_SAFE_NO_PAD.encode(&tag.as_ref()[..16])
    }
}

fn recorded(recorded: &Recorded) -> Value {
    let violations: Vec<_> = recorded.violations.iter().map(violation).collect();
    let (reason, rule) = (recorded.reason, recorded.rule.to_string());
    json!({"reason": reason.word(), "stage": reason.stage(), "rule": rule, "violations": violations})
}

fn violation(violation: &Violation) -> Value {
    let place = violation.place.place();
    let name = if place == "body" { "pointer" } else { "name" };
    let schema = violation.schema.map(|index| format!("schemas/{index}"));
    json!({"in": place, name: violation.place.name(), "keyword": violation.keyword, "rule": schema})
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
        let is_word = segment.len() <= 16 && segment.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b'.'));
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
