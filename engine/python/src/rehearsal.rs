//! Decisions about calls that only an access log remembers, by the engine's own stages.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use firstclass_bundle::Document;
use firstclass_decide::{
    Directory, Introspections, Peppers, Policy, Refusal, RequestView, Routes, Sessions, Workspace, World, rehearse,
};
use firstclass_framing::{HeadLimits, Progress, RequestHead, Target, request, target};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Operation, reason, and the first violation: its place, name and keyword. No reason: the call is let in.
type Verdict = (Option<String>, Option<&'static str>, Option<(&'static str, String, &'static str)>);

/// The contracts to rehearse against, and memory that is used again.
#[pyclass]
pub struct Rehearsal {
    world: World,
    workspace: Workspace,
    raw: Vec<u8>,
    head: RequestHead,
    target: Target,
}

#[pymethods]
impl Rehearsal {
    /// From the texts of bundles; a text that an engine would refuse is a `ValueError`.
    #[new]
    fn new(payloads: Vec<String>) -> PyResult<Self> {
        let mut policies = Vec::with_capacity(payloads.len());
        for payload in &payloads {
            let document = Document::parse(payload.as_bytes()).map_err(refused)?;
            policies.push(Arc::new(Policy::compile(document, String::new()).map_err(refused)?));
        }
        let world = World {
            apis: Arc::new(Routes::new(policies).map_err(refused)?),
            directory: Arc::new(Directory::new()),
            peppers: Arc::new(Peppers::new([])),
            sessions: Arc::new(Sessions::new(&[])),
            introspections: Arc::new(Introspections::new(0)),
            mask_key: Arc::from(&[][..]),
            public_url: Arc::from(""),
            told_public: None,
        };
        let (head, target) = (RequestHead::new(), Target::default());
        Ok(Self { world, workspace: Workspace::new(), raw: Vec::new(), head, target })
    }

    /// What becomes of a call with this method and target.
    fn decide(&mut self, method: &str, target: &str) -> Verdict {
        // A log may have written anything: what would end the line is no part of a target.
        if method.bytes().chain(target.bytes()).any(|byte| byte <= b' ' || byte == 0x7f) {
            return (None, Some("bad_framing"), None);
        }
        self.raw.clear();
        for part in [method, " ", target, " HTTP/1.1\r\nHost: rehearsal\r\n\r\n"] {
            self.raw.extend_from_slice(part.as_bytes());
        }
        self.head.reset();
        match request::parse(&self.raw, &HeadLimits::REQUEST, &mut self.head) {
            Ok(Progress::Complete { .. }) => {}
            Ok(Progress::Partial) => return (None, Some("bad_framing"), None),
            Err(error) => return (None, Some(error.reason().code()), None),
        }
        if let Err(error) = target::normalise(self.head.target.of(&self.raw), &mut self.target) {
            return (None, Some(error.reason().code()), None);
        }
        let view = RequestView {
            head: &self.head,
            bytes: &self.raw,
            target: &self.target,
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            request_id: "",
            secure: false,
        };
        match rehearse(&view, &self.world, &mut self.workspace) {
            Ok(facts) => (facts.operation_id().map(str::to_owned), None, None),
            Err(refusal) => verdict(&refusal),
        }
    }

    /// The path of a target with everything in it that may be a value taken out.
    #[staticmethod]
    fn path_shape(target: &str) -> String {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        firstclass_serve::path_shape(path.as_bytes())
    }
}

fn verdict(refusal: &Refusal) -> Verdict {
    let first = refusal.violations.first();
    let violation = first.map(|v| (v.place.place(), v.place.name().to_owned(), v.keyword));
    (refusal.facts.operation_id().map(str::to_owned), Some(refusal.reason.word()), violation)
}

fn refused(problem: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(problem.to_string())
}
