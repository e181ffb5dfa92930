//! What the stages are given besides the world: one framed request, the time, and memory that is used again.

use std::net::IpAddr;

use firstclass_body::Scratch;
use firstclass_framing::{RequestHead, Target};

use crate::api_key::KeyMemory;
use crate::query::Pairs;
use crate::query_key::QueryKey;
use crate::refusal::{Rule, Violation};

/// A request as framing delimited it. `bytes` is the buffer that the head's offsets point into.
#[derive(Debug, Clone, Copy)]
pub struct RequestView<'a> {
    pub head: &'a RequestHead,
    pub bytes: &'a [u8],
    pub target: &'a Target,
    /// The other end of the connection; nothing that a header says.
    pub peer: IpAddr,
    /// `req_…`, made by the engine.
    pub request_id: &'a str,
    /// It came over TLS.
    pub secure: bool,
}

/// The time, read once per exchange.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Wall clock, Unix milliseconds: for what carries a date.
    pub unix_ms: u64,
    /// Monotonic clock, nanoseconds: for windows.
    pub monotonic_ns: u64,
}

/// A buffer that grew beyond this is not kept between requests.
const KEPT_BYTES: usize = 64 * 1024;

/// Memory of one connection, used again from request to request. It belongs to one exchange from `decide` until the
/// answer's head is written.
#[derive(Debug, Default)]
pub struct Workspace {
    /// Judges bodies and parameters; after `judge_answer_body` holds the rewritten body.
    pub scratch: Scratch,
    /// Digests of key texts computed so far, and comparisons made: the same for known and unknown keys (THREATS 21).
    pub key_work: KeyWork,
    pub(crate) key_memory: KeyMemory,
    /// The key that was taken out of the query.
    pub(crate) query_key: QueryKey,
    /// The decoded path below the base path, and where the path parameters lie in it.
    pub(crate) path: Vec<u8>,
    pub(crate) captures: Vec<(u32, u32)>,
    pub(crate) pairs: Pairs,
    pub(crate) text: Vec<u8>,
    pub(crate) json: Vec<u8>,
    /// What stands between the parts of the body that follows.
    pub(crate) boundary: Vec<u8>,
    pub(crate) violations: Vec<Violation>,
    pub(crate) rule: Rule,
    /// The query and the cookies as they are forwarded.
    pub(crate) query: Vec<u8>,
    pub(crate) cookies: Vec<u8>,
    /// The target as it is forwarded.
    pub(crate) target: Vec<u8>,
    /// What becomes of each header of the answer, and the values that masking wrote.
    pub(crate) fates: Vec<Fate>,
    pub(crate) values: Vec<u8>,
    /// Value of the `Cache-Control` that is added to the answer; empty: none.
    pub(crate) cache_control: &'static str,
    pub(crate) limits: LimitFields,
}

/// What the answer says about limits.
#[derive(Debug, Default)]
pub(crate) struct LimitFields {
    /// Values of `RateLimit-Policy` and `RateLimit`; empty where nothing is limited.
    pub policy: String,
    pub state: String,
}

impl LimitFields {
    pub fn clear(&mut self) {
        self.policy.clear();
        self.state.clear();
    }

    /// What is left of one limit, and for how many seconds that is all.
    pub fn add(&mut self, name: &str, left: u64, seconds: Option<u64>) {
        let state = &mut self.state;
        state.push_str(if state.is_empty() { "\"" } else { ", \"" });
        state.push_str(name);
        state.push_str("\";r=");
        state.push_str(itoa::Buffer::new().format(left));
        if let Some(seconds) = seconds {
            state.push_str(";t=");
            state.push_str(itoa::Buffer::new().format(seconds));
        }
    }
}

impl Workspace {
    /// Empty memory; it grows to what ordinary requests need and is kept.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives back what only a large body needed: what a connection keeps is bounded. The rewritten body is gone then.
    pub fn trim(&mut self) {
        self.scratch.trim();
        if self.json.capacity() > KEPT_BYTES {
            self.json = Vec::new();
            self.pairs = Pairs::default();
        }
    }

    pub(crate) fn begin(&mut self) {
        self.trim();
        self.path.clear();
        self.captures.clear();
        self.pairs.clear();
        self.query_key.clear();
        self.boundary.clear();
        self.violations.clear();
        self.rule = Rule::None;
        self.query.clear();
        self.cookies.clear();
        self.fates.clear();
        self.values.clear();
        self.cache_control = "";
        self.limits.clear();
    }
}

/// Work done to look keys up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeyWork {
    pub digests: u64,
    pub comparisons: u64,
}

/// What becomes of one header of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Drop,
    /// Left behind because the answer's contract does not name it.
    Undeclared,
    Pass,
    /// Written anew: offsets into `values`.
    Rewritten(u32, u32),
}
