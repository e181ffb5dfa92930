//! The one door to `engine/body`: a value, the schema that judges it and the caller it is judged for.

use firstclass_body::{Direction, Fault, Options, Scratch, Verdict};
use firstclass_bundle::SchemaIndex;

use crate::bearer::Token;
use crate::policy::Policy;
use crate::refusal::{MAX_VIOLATIONS, Violation, Where};

/// For whom, and how, values of one exchange are judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub policy: &'a Policy,
    pub token: Option<&'a Token>,
    pub direction: Direction,
    pub strict: bool,
    pub unmask: u64,
    pub mask_key: &'a [u8],
}

impl<'a> Judge<'a> {
    /// A request is always judged strictly and never rewritten.
    pub(crate) fn of_request(policy: &'a Policy, token: Option<&'a Token>) -> Self {
        Self { policy, token, direction: Direction::Request, strict: true, unmask: 0, mask_key: &[] }
    }

    /// The same, taking conformance for granted.
    pub(crate) fn lenient(self) -> Self {
        Self { strict: false, ..self }
    }

    pub(crate) fn check(&self, schema: SchemaIndex, json: &[u8], scratch: &mut Scratch) -> Verdict {
        let token = self.token;
        let claims = move |name: &str| token.and_then(|token| token.find_claim(name));
        let mut options = Options::new(self.direction);
        options.strict = self.strict;
        options.unmask = self.unmask;
        options.claims = &claims;
        options.hash_key = self.mask_key;
        options.max_violations = MAX_VIOLATIONS;
        self.policy.program.check(schema, json, &options, scratch)
    }
}

/// What was wrong with a body, by pointer.
pub(crate) fn body_violations(scratch: &Scratch, fault: Option<Fault>) -> Vec<Violation> {
    let found = scratch.violations().iter().map(|violation| Violation {
        place: Where::Body(violation.pointer.clone()),
        keyword: violation.keyword,
        schema: Some(violation.schema),
    });
    let mut found: Vec<Violation> = found.collect();
    if found.is_empty() && fault == Some(Fault::Unreadable) {
        found.push(Violation { place: Where::Body(String::new()), keyword: "syntax", schema: None });
    }
    found
}
