//! A house to try decisions in: a bundle from a few lines of JSON, a directory, and exchanges as raw bytes.
#![allow(dead_code, reason = "each test file uses another part")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_bundle::Document;
use firstclass_bundle::directory::Changes;
use firstclass_decide::{
    Admission, AnswerBody, AnswerPlan, BodyPlan, Counters, Directory, ForwardedBody, Introspections, Now, Peppers,
    Policy, Reason, Refusal, RequestView, Routes, Sessions, TokenCache, Workspace, World, decide,
};
use firstclass_framing::{BodyLength, HeadLimits, RequestHead, ResponseHead, Target, request, response, target};
use ring::hmac;
use serde_json::{Value, json};

pub mod issuer;
pub mod written;

/// 2026-01-01
pub const NOW_MS: u64 = 1_767_225_600_000;
pub const PEPPER: &[u8] = b"pepper of the tests, 32 bytes...";
pub const KEY: &str = "fc_live_abcdefgh_0123456789012345678901234567890123456789012CCCCCC";

/// `value` with the members of `more` in place of its own.
pub fn with(mut value: Value, more: Value) -> Value {
    for (name, member) in more.as_object().expect("an object") {
        value[name] = member.clone();
    }
    value
}

/// An operation that needs the key of the fixture, unless `more` says otherwise.
pub fn operation(id: &str, method: &str, more: Value) -> Value {
    let plain = json!({
        "id": id, "method": method, "path": 0, "mode": "enforce", "access": {"any_of": [[{"scheme": 0, "scopes": []}]]},
        "parameters": [], "body": null, "responses": [{"status": "200", "headers": [], "media": [json_media(0)]}],
        "strict": true, "rates": [], "timeout_milliseconds": 5000, "max_response_bytes": 1_048_576,
    });
    with(plain, more)
}

pub fn public() -> Value {
    json!({"public": {}})
}

pub fn json_media(schema: usize) -> Value {
    json!({"media_type": "application/json", "kind": {"json": {"schema": schema}}})
}

/// A parameter of one type, in its place's default style.
pub fn parameter(place: &str, name: &str, kind: &str, schema: usize, more: Value) -> Value {
    let style = if matches!(place, "path" | "header") { "simple" } else { "form" };
    let plain = json!({
        "name": name, "in": place, "required": place == "path", "style": style, "explode": style == "form",
        "allow_reserved": false, "allow_empty": false, "json": false, "shape": {"scalar": [kind]}, "schema": schema,
        "owner": null, "object": null,
    });
    with(plain, more)
}

fn segments(template: &str) -> Value {
    let segment = |text: &str| {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest.find('}').expect("a closing brace");
            if open > 0 {
                parts.push(json!({"literal": &rest[..open]}));
            }
            parts.push(json!({"parameter": &rest[open + 1..close]}));
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(json!({"literal": rest}));
        }
        Value::Array(parts)
    };
    template[1..].split('/').map(segment).collect()
}

/// A bundle of the API "shop" at /v1: paths with their operations, and schemas. Scheme 0 is a key in X-API-Key, 1 a
/// token of the issuer "people", 2 of "partner", 3 a session of the API's own.
pub fn bundle(paths: Vec<(&str, Vec<Value>)>, schemas: Value) -> Value {
    let mut operations: Vec<Value> = Vec::new();
    let mut list = Vec::new();
    for (template, declared) in paths {
        let mut methods = Vec::new();
        for operation in declared {
            methods.push(json!([operation["method"], operations.len()]));
            operations.push(with(operation, json!({"path": list.len()})));
        }
        list.push(json!({"template": template, "segments": segments(template), "operations": methods}));
    }
    json!({
        "format": 1, "requires": [],
        "api": {"name": "shop", "tenant": "main", "title": "Shop", "version": "1", "base_path": "/v1",
                "upstream": "http://127.0.0.1:3000", "upstream_path": "/v1"},
        "categories": ["financial", "contact"], "patterns": [], "actions": [{"strategy": "full"}], "schemas": schemas,
        "schemes": [{"kind": "key", "name": "apiKey", "header": "x-api-key"},
                    {"kind": "bearer", "name": "person", "issuer": "people"},
                    {"kind": "bearer", "name": "partner", "issuer": "partner"},
                    {"kind": "session", "name": "session"}],
        "paths": list, "operations": operations,
    })
}

pub fn policy(document: &Value) -> Policy {
    let document = Document::parse(document.to_string().as_bytes()).expect("a sound bundle");
    Policy::compile(document, "0".repeat(64)).expect("an enforceable bundle")
}

pub fn digest(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, PEPPER), key.as_bytes()))
}

pub fn application(id: &str, name: &str) -> Value {
    json!({"type": "application", "id": id,
           "value": {"tenant": "main", "name": name, "enabled": true, "clients": []}})
}

pub fn credential(id: &str, application: &str, key: &str) -> Value {
    json!({"type": "credential", "id": id,
           "value": {"tenant": "main", "application": application, "digest": digest(key), "pepper": "p1",
                     "state": "active", "expires_at": NOW_MS + 1000}})
}

pub fn subscription(id: &str, application: &str, operations: &[&str]) -> Value {
    json!({"type": "subscription", "id": id,
           "value": {"tenant": "main", "application": application, "api": "shop", "operations": operations,
                     "unmask": [], "until": null}})
}

pub fn changes(from: u64, list: Vec<Value>) -> Changes {
    let changes = json!({"format": 1, "snapshot": from == 0, "from": from, "to": from + 1, "changes": list});
    serde_json::from_value(changes).expect("changes in their form")
}

pub struct House {
    pub world: World,
    pub counters: Counters,
    pub tokens: TokenCache,
    pub now: Now,
    pub peer: IpAddr,
    pub workspace: Workspace,
}

impl House {
    /// One API, and the application "desk" with [`KEY`] and a subscription to all of its operations.
    pub fn new(document: &Value) -> Self {
        let ids: Vec<&str> = document["operations"]
            .as_array()
            .expect("operations")
            .iter()
            .map(|operation| operation["id"].as_str().expect("an id"))
            .collect();
        let routes = Routes::new(vec![Arc::new(policy(document))]).expect("one API");
        let world = World {
            apis: Arc::new(routes),
            directory: Arc::new(Directory::new()),
            peppers: Arc::new(Peppers::new([("p1", PEPPER)])),
            sessions: Arc::new(Sessions::new(PEPPER)),
            introspections: Arc::new(Introspections::new(100)),
            mask_key: Arc::from(&b"mask key"[..]),
            public_url: Arc::from("https://api.example"),
            told_public: None,
        };
        let mut house = Self {
            world,
            counters: Counters::new(1000),
            tokens: TokenCache::new(1000),
            now: Now { unix_ms: NOW_MS, monotonic_ns: 1_000_000_000_000 },
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            workspace: Workspace::new(),
        };
        house.apply(vec![
            application("app_1", "desk"),
            credential("key_1", "app_1", KEY),
            subscription("sub_1", "app_1", &ids),
        ]);
        house
    }

    pub fn apply(&mut self, list: Vec<Value>) {
        let directory = &self.world.directory;
        let next = directory.apply(&changes(directory.sequence(), list)).expect("changes that follow");
        self.world.apis = Arc::new(self.world.apis.under(&next, &self.world.apis));
        self.world.directory = Arc::new(next);
    }

    /// Frames a raw request and decides about it.
    pub fn decide(&mut self, raw: &str) -> Result<Admission, Box<Refusal>> {
        self.with_view(raw, |view, house| {
            decide(&view, &house.world, &house.counters, &house.tokens, house.now, &mut house.workspace)
        })
    }

    pub fn with_view<T>(&mut self, raw: &str, act: impl FnOnce(RequestView<'_>, &mut Self) -> T) -> T {
        let (mut head, mut normal) = (RequestHead::new(), Target::default());
        request::parse(raw.as_bytes(), &HeadLimits::REQUEST, &mut head).expect("a request that frames");
        target::normalise(head.target.of(raw.as_bytes()), &mut normal).expect("a target in normal form");
        let view = RequestView {
            head: &head,
            bytes: raw.as_bytes(),
            target: &normal,
            peer: self.peer,
            request_id: "req_1",
            secure: false,
        };
        act(view, self)
    }

    pub fn reason(&mut self, raw: &str) -> Option<Reason> {
        self.decide(raw).err().map(|refusal| refusal.reason)
    }

    /// The head that the origin gets.
    pub fn forwarded(&mut self, raw: &str) -> String {
        self.with_view(raw, |view, house| {
            let admission =
                decide(&view, &house.world, &house.counters, &house.tokens, house.now, &mut house.workspace);
            let admission = admission.unwrap_or_else(|refusal| panic!("refused: {refusal:?}"));
            let body = match admission.body_plan() {
                BodyPlan::None => BodyLength::None,
                _ => view.head.body,
            };
            let mut out = Vec::new();
            admission.write_forward_head(&mut out, &view, body, &mut house.workspace).expect("a writable head");
            String::from_utf8(out).expect("text")
        })
    }

    /// Decides about a request whose body lies behind its head.
    pub fn sent(&mut self, raw: &str) -> Result<Admission, Box<Refusal>> {
        let mut admission = self.decide(raw)?;
        if let BodyPlan::Hold { .. } = admission.body_plan() {
            let body = raw.split_once("\r\n\r\n").expect("a head").1;
            admission.judge_body(body.as_bytes(), &mut self.workspace)?;
        }
        Ok(admission)
    }

    /// The body that the origin gets of a request whose body is held, and what was recorded.
    pub fn written(&mut self, raw: &str) -> Result<(String, Admission), Box<Refusal>> {
        let mut admission = self.decide(raw)?;
        let body = raw.split_once("\r\n\r\n").expect("a head").1;
        let text = match admission.judge_body(body.as_bytes(), &mut self.workspace)? {
            ForwardedBody::Unchanged => body.to_owned(),
            ForwardedBody::Rewritten => String::from_utf8(self.workspace.scratch.take_output()).expect("text"),
        };
        Ok((text, admission))
    }

    /// The whole answer that the caller gets, and what was recorded on the way.
    pub fn answered(&mut self, raw: &str, origin: &str) -> (String, Admission) {
        let mut admission = self.decide(raw).expect("an admitted request");
        let mut head = ResponseHead::new();
        let origin = origin.as_bytes();
        let parsed = response::parse(origin, admission.to_head(), &HeadLimits::RESPONSE, &mut head);
        let Ok(request::Progress::Complete { head_len }) = parsed else { panic!("an answer that frames: {parsed:?}") };
        let plan = admission.judge_answer_head(&head, origin, &mut self.workspace);
        let held = origin[head_len..].to_vec();
        let mut out = Vec::new();
        let body = match &plan {
            AnswerPlan::Empty => Vec::new(),
            AnswerPlan::Stream { .. } => held,
            AnswerPlan::Replace(refusal) => {
                refusal.write_response(&mut out, "req_1", admission.to_head(), true);
                return (String::from_utf8(out).expect("text"), admission);
            }
            AnswerPlan::Hold(hold) => match admission.judge_answer_body(hold, &held, &mut self.workspace) {
                Ok(AnswerBody::Unchanged) => held,
                Ok(AnswerBody::Rewritten) => self.workspace.scratch.output().to_vec(),
                Err(refusal) => {
                    refusal.write_response(&mut out, "req_1", admission.to_head(), true);
                    return (String::from_utf8(out).expect("text"), admission);
                }
            },
        };
        let length = BodyLength::Length(body.len() as u64);
        admission
            .write_answer_head(&mut out, &plan, &head, origin, length, "req_1", true, &self.workspace)
            .expect("a writable head");
        out.extend_from_slice(&body);
        (String::from_utf8(out).expect("text"), admission)
    }
}

/// A request with the fixture's key.
pub fn get(target: &str) -> String {
    call("GET", target, "")
}

pub fn call(method: &str, target: &str, fields: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: api.example\r\nX-API-Key: {KEY}\r\n{fields}\r\n")
}

/// A request with the fixture's key and a body.
pub fn post(target: &str, media_type: &str, body: &str) -> String {
    let fields = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
    call("POST", target, &fields) + body
}

/// An answer of the origin.
pub fn answer(status: u16, fields: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} x\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The violations of a refusal as "in name keyword".
pub fn violations(refusal: &Refusal) -> Vec<String> {
    let text = |v: &firstclass_decide::Violation| format!("{} {} {}", v.place.place(), v.place.name(), v.keyword);
    refusal.violations.iter().map(text).collect()
}
