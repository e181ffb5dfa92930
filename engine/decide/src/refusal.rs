//! What a stage says when it says no: reason, the rule that decided, and what the answer must tell. Becomes a response
//! only in `problem.rs`.

use std::fmt;
use std::sync::Arc;

use firstclass_bundle::Reason;

use crate::challenge;
use crate::facts::Facts;
use crate::introspection::Question;
use crate::quotas::Wanted;

/// More violations than this are not listed.
pub const MAX_VIOLATIONS: usize = 20;

/// A refused exchange. Boxed everywhere, so that the path of an admission stays small.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub reason: Reason,
    /// The reason's status, or the upstream's own where `upstream_error` keeps it.
    pub status: u16,
    pub rule: Rule,
    pub violations: Vec<Violation>,
    /// Value of `Allow`, with a 405.
    pub allow: Option<Arc<str>>,
    pub retry: Option<Box<Retry>>,
    /// Values of `WWW-Authenticate`, with a 401.
    pub challenges: Vec<String>,
    /// An answer was refused for nothing but conformance: no confidential thing was in the way of it.
    pub conformance: bool,
    /// The connection must end after the response (framing faults).
    pub close: bool,
    /// Name of the issuer whose token named a key that the directory does not hold.
    pub keys_wanted: Option<Arc<str>>,
    /// A quota of which nothing is leased: wait for it and decide again; who cannot wait answers this.
    pub lease_wanted: Option<Box<Wanted>>,
    /// An opaque token whose provider has to be asked before there is a decision.
    pub question: Option<Box<Question>>,
    /// What was known about the call when it was refused.
    pub facts: Facts,
}

impl Refusal {
    /// A refusal without any detail; framing and upstream faults need no more.
    #[must_use]
    pub fn new(reason: Reason) -> Box<Self> {
        Box::new(Self {
            reason,
            status: reason.status(),
            rule: Rule::None,
            violations: Vec::new(),
            allow: None,
            retry: None,
            challenges: Vec::new(),
            conformance: false,
            close: false,
            keys_wanted: None,
            lease_wanted: None,
            question: None,
            facts: Facts::default(),
        })
    }

    /// A refusal decided by one place of the bundle.
    #[must_use]
    pub fn by(reason: Reason, rule: Rule) -> Box<Self> {
        let mut refusal = Self::new(reason);
        refusal.rule = rule;
        refusal
    }

    /// The same, with the one place where something is wrong that no schema judges.
    #[must_use]
    pub fn at(self: Box<Self>, place: Where, keyword: &'static str) -> Box<Self> {
        self.with_violations(vec![Violation { place, keyword, schema: None }])
    }

    /// The same, ending the connection.
    #[must_use]
    pub fn closing(mut self: Box<Self>) -> Box<Self> {
        self.close = true;
        self
    }

    /// The same, with what was invalid (at most [`MAX_VIOLATIONS`] are kept).
    #[must_use]
    pub fn with_violations(mut self: Box<Self>, mut violations: Vec<Violation>) -> Box<Self> {
        violations.truncate(MAX_VIOLATIONS);
        self.violations = violations;
        self
    }

    /// The same about an answer of this status. What is wrong with a failure keeps its body from leaving, not its status:
    /// callers act on that, and it tells nothing that an undeclared failure would not.
    pub(crate) fn of_answer(mut self: Box<Self>, status: u16) -> Box<Self> {
        if (400..=599).contains(&status) && matches!(self.reason, Reason::ResponseInvalid | Reason::ResponseUnreadable)
        {
            self.reason = Reason::UpstreamError;
            self.status = status;
        }
        self
    }

    /// The same, with what was known about the call, and with the challenges of its operation if that is what it is
    /// about.
    pub(crate) fn with_facts(mut self: Box<Self>, facts: Facts, public_url: &str) -> Box<Self> {
        if let (Some(policy), Some(operation)) = (&facts.policy, facts.find_operation()) {
            challenge::add(&mut self, policy, operation, public_url);
        }
        self.facts = facts;
        self
    }
}

/// What would have been refused, where the mode or the setting only records it.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub reason: Reason,
    pub rule: Rule,
    pub violations: Vec<Violation>,
}

/// When to come back, for 429.
#[derive(Debug, Clone)]
pub struct Retry {
    pub seconds: u64,
    /// Value of `RateLimit-Policy`.
    pub policy: String,
    /// Value of `RateLimit`.
    pub state: String,
}

/// The place in the bundle that decided; its text is a path that control's source map turns into file, line and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    #[default]
    None,
    /// What is below the API's base path and on none of its paths.
    Paths,
    Path(usize),
    Operation(usize),
    Access(usize),
    Parameter(usize, usize),
    Body(usize),
    Response(usize, usize),
    Rate(usize, usize),
    /// A limit of the plan that the facts name.
    Limit(usize),
    Schema(usize),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Paths => f.write_str("paths"),
            Self::Path(p) => write!(f, "paths/{p}"),
            Self::Operation(o) => write!(f, "operations/{o}"),
            Self::Access(o) => write!(f, "operations/{o}/access"),
            Self::Parameter(o, i) => write!(f, "operations/{o}/parameters/{i}"),
            Self::Body(o) => write!(f, "operations/{o}/body"),
            Self::Response(o, i) => write!(f, "operations/{o}/responses/{i}"),
            Self::Rate(o, i) => write!(f, "operations/{o}/rates/{i}"),
            Self::Limit(i) => write!(f, "limits/{i}"),
            Self::Schema(i) => write!(f, "schemas/{i}"),
        }
    }
}

/// Something that is not as the contract declares it. Never carries the offending value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub place: Where,
    /// The JSON Schema keyword, or `undeclared`, `syntax`, `repeated`.
    pub keyword: &'static str,
    /// Index of the schema node that says so.
    pub schema: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    Path(String),
    Query(String),
    Header(String),
    Cookie(String),
    /// JSON pointer.
    Body(String),
    /// Of an answer, a failure that nobody declared.
    Status(String),
    /// The same, where it is declared and its body is another one.
    Failure(String),
    /// The media type of an answer, as the API names it.
    MediaType(String),
}

impl Where {
    /// The value of the member `in`.
    #[must_use]
    pub fn place(&self) -> &'static str {
        match self {
            Self::Path(_) => "path",
            Self::Query(_) => "query",
            Self::Header(_) => "header",
            Self::Cookie(_) => "cookie",
            Self::Body(_) => "body",
            Self::Status(_) => "status",
            Self::Failure(_) => "failure",
            Self::MediaType(_) => "media_type",
        }
    }

    /// The name, or the pointer in a body, or the number of a status.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Path(name) | Self::Query(name) | Self::Header(name) | Self::Cookie(name) | Self::Body(name) => name,
            Self::Status(name) | Self::Failure(name) | Self::MediaType(name) => name,
        }
    }
}
