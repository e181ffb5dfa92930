//! An event as a line of the event log (schema version 1). Written by hand, on the worker's own thread and into its own
//! buffer: it is a twentieth of what a call may cost, and a tree of values would be a fifth.

use std::borrow::Cow;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_decide::{Facts, LeftOut, Reason, Recorded, Rule, Violation};
use ring::hmac;
use serde_json::{Value, json};

use crate::clock;
use crate::events::{Event, StageTimes};
use crate::told_names::told;

/// How many operations' texts are at hand; the next one in a place takes it.
const TEXTS: usize = 64;

/// Writes events; one for each worker.
#[derive(Debug)]
pub struct EventWriter {
    subjects: hmac::Key,
    /// What is the same for all calls of an operation, at its number modulo [`TEXTS`].
    operations: Vec<OperationText>,
    /// Beginning of the second that the last event was of, in milliseconds, and as text up to the dot.
    second: u64,
    second_text: String,
}

impl EventWriter {
    /// `mask_key` keys the digests of subjects, under a label of its own.
    #[must_use]
    pub fn new(mask_key: &[u8]) -> Self {
        let label = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, mask_key), b"firstclass event subject");
        let subjects = hmac::Key::new(hmac::HMAC_SHA256, label.as_ref());
        let operations = vec![OperationText::default(); TEXTS];
        Self { subjects, operations, second: u64::MAX, second_text: String::new() }
    }

    /// Append the event as JSON, and the line's end.
    pub fn write(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let facts = event.facts;
        let mut line = Line { out };
        line.raw("{\"schema\":1,\"time\":\"");
        self.write_time(event.time, &mut line);
        line.raw("\",\"request_id\":\"");
        line.out.extend_from_slice(event.request_id);
        line.raw("\"");
        match (&facts.policy, facts.operation) {
            (Some(policy), Some(operation)) => {
                let text = &mut self.operations[operation % TEXTS];
                if text.operation != operation || text.hash != *policy.hash {
                    *text = OperationText::new(event, operation, &policy.hash);
                }
                line.out.extend_from_slice(&text.members);
            }
            _ => line.operation(event),
        }
        line.text(",\"method\":", Some(event.method));
        line.text(",\"application\":", facts.application_id());
        line.text(",\"credential\":", facts.credential_id());
        line.text(",\"tier\":", facts.tier());
        line.text(",\"install\":null,\"subject_digest\":", self.subject_digest(facts).as_deref());
        line.decision(event);
        line.values(",\"violations\":", event.violations, |found| violation(found, facts));
        line.values(",\"would_refuse\":", event.recorded, |noted| recorded(noted, facts));
        line.values(",\"left_out\":", event.left_out, |left| left_out(left, facts));
        line.stage_times(event.times);
        line.number(",\"bytes_in\":", event.bytes_in);
        line.number(",\"bytes_out\":", event.bytes_out);
        line.number(",\"status\":", event.status.into());
        line.network(
            ",\"records\":null,\"fields_by_category\":null,\"objects\":null,\"ja4\":null,\"network\":",
            event.address,
        );
        line.text(",\"user_agent\":", event.user_agent.map(readable).as_deref());
        line.raw("}\n");
    }

    /// `2026-01-31T12:00:00.123Z`; most events are of the same second as the one before.
    fn write_time(&mut self, milliseconds: u64, line: &mut Line<'_>) {
        let part = milliseconds % 1_000;
        if milliseconds - part != self.second {
            self.second = milliseconds - part;
            self.second_text = clock::rfc3339(self.second);
            self.second_text.truncate(self.second_text.len() - "000Z".len());
        }
        line.raw(&self.second_text);
        let digit = |divisor: u64| b'0' + (part / divisor % 10) as u8;
        line.out.extend_from_slice(&[digit(100), digit(10), digit(1), b'Z']);
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

/// Members of a line that follow from the operation alone.
#[derive(Debug, Clone, Default)]
struct OperationText {
    operation: usize,
    /// The bundle that it is of: equal hashes, equal texts.
    hash: String,
    members: Vec<u8>,
}

impl OperationText {
    fn new(event: &Event<'_>, operation: usize, hash: &str) -> Self {
        let mut members = Vec::new();
        Line { out: &mut members }.operation(event);
        Self { operation, hash: hash.to_owned(), members }
    }
}

/// A line that is being written. What it appends to a member's name is one JSON value, whatever text it is given.
struct Line<'a> {
    out: &'a mut Vec<u8>,
}

impl Line<'_> {
    /// JSON, as it is.
    fn raw(&mut self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }

    fn number(&mut self, member: &str, number: u64) {
        self.raw(member);
        self.raw(itoa::Buffer::new().format(number));
    }

    fn text(&mut self, member: &str, text: Option<&str>) {
        self.raw(member);
        match text {
            Some(text) => self.quoted(&[text]),
            None => self.raw("null"),
        }
    }

    /// The parts as one string.
    fn quoted(&mut self, parts: &[&str]) {
        self.raw("\"");
        for part in parts {
            self.raw(&escaped(part));
        }
        self.raw("\"");
    }

    fn values<T>(&mut self, member: &str, of: &[T], value: impl Fn(&T) -> Value) {
        self.raw(member);
        if of.is_empty() {
            return self.raw("[]");
        }
        self.raw(&Value::from_iter(of.iter().map(value)).to_string());
    }

    /// What is known of the operation, and of the contract that has it, or has it not.
    fn operation(&mut self, event: &Event<'_>) {
        let facts = event.facts;
        self.text(",\"tenant\":", facts.tenant());
        self.text(",\"api\":", facts.api());
        self.text(",\"operation\":", facts.operation_id());
        self.path_shape(event);
        self.text(",\"contract_hash\":", facts.contract_hash());
    }

    fn path_shape(&mut self, event: &Event<'_>) {
        match (&event.facts.policy, event.facts.template()) {
            (Some(policy), Some(template)) => {
                self.raw(",\"path_shape\":");
                self.quoted(&[&policy.api.base_path, template]);
            }
            _ => self.text(",\"path_shape\":", event.path_shape.as_deref()),
        }
    }

    fn decision(&mut self, event: &Event<'_>) {
        if event.reason.is_none() && event.rule == Rule::None {
            return self.raw(",\"decision\":\"allow\",\"reason\":null,\"stage\":null,\"rule\":null");
        }
        let rule = event.facts.place_of(event.rule);
        self.raw(if event.reason.is_some() { ",\"decision\":\"deny\"" } else { ",\"decision\":\"allow\"" });
        self.text(",\"reason\":", event.reason.map(Reason::word));
        self.text(",\"stage\":", event.reason.map(Reason::stage));
        self.text(",\"rule\":", (!rule.is_empty()).then_some(&*rule));
    }

    fn stage_times(&mut self, times: StageTimes) {
        self.number(",\"stage_times\":{\"request\":", times.request.into());
        match times.upstream {
            Some(upstream) => self.number(",\"upstream\":", upstream.into()),
            None => self.raw(",\"upstream\":null"),
        }
        self.number(",\"total\":", times.total.into());
        self.raw("}");
    }

    /// The network of an address: enough to see a pattern, too little to name a person.
    fn network(&mut self, member: &str, address: IpAddr) {
        self.raw(member);
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                self.number("\"", a.into());
                self.number(".", b.into());
                self.number(".", c.into());
                self.raw(".0/24\"");
            }
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                self.text("", Some(&format!("{a:x}:{b:x}:{c:x}::/48")));
            }
        }
    }
}

/// Text, whatever was sent; what is none is replaced.
fn readable(sent: &[u8]) -> Cow<'_, str> {
    // Nearly always it is text, and that is quicker to see than where it would not be.
    std::str::from_utf8(sent).map_or_else(|_| String::from_utf8_lossy(sent), Cow::Borrowed)
}

/// What stands between the quotes of a JSON string.
fn escaped(text: &str) -> Cow<'_, str> {
    // All of it, without an early end: that is one look at many bytes at a time.
    let is_plain = |byte: u8| (byte >= b' ') & (byte != b'"') & (byte != b'\\');
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        return Cow::Borrowed(text);
    }
    let quoted = Value::from(text).to_string();
    Cow::Owned(quoted[1..quoted.len() - 1].to_owned())
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

#[cfg(test)]
#[path = "event_line_tests.rs"]
mod tests;
