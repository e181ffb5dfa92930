//! The one door to `engine/body`: a value, the schema that judges it and the caller it is judged for.

use firstclass_body::{Direction, Fault, Options, Scratch, Shadows, Verdict, Violation as Found, WriteBack};
use firstclass_bundle::SchemaIndex;

use crate::bearer::Token;
use crate::modes::Held;
use crate::policy::{Operation, Policy};
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
    /// Requests: faults are recorded only (`observe`).
    pub relaxed: bool,
    /// Requests: what becomes of masked values that come back.
    pub write_back: WriteBack,
    /// Requests: what undeclared members of a document of JSON must not be taken for.
    pub reserved: Option<&'a Shadows>,
    /// Answers: undeclared members that are left out are told.
    pub tell_left_out: bool,
}

impl<'a> Judge<'a> {
    /// Parameters are always judged strictly, and never rewritten.
    pub(crate) fn of_parameters(
        policy: &'a Policy,
        operation: &Operation,
        token: Option<&'a Token>,
        unmask: u64,
        mask_key: &'a [u8],
    ) -> Self {
        let write_back = if operation.writes { WriteBack::Refused } else { WriteBack::Unguarded };
        let direction = Direction::Request;
        Self {
            policy,
            token,
            direction,
            strict: true,
            unmask,
            mask_key,
            relaxed: false,
            write_back,
            reserved: None,
            tell_left_out: false,
        }
    }

    /// Of a merge patch masked values are left out.
    pub(crate) fn of_body(self, operation: &'a Operation, media: usize, held: Held) -> Self {
        let write_back = match self.write_back {
            WriteBack::Refused if operation.is_merge_patch(media) => WriteBack::LeftOut,
            other => other,
        };
        let reserved = Some(&operation.guarded.parameters);
        Self { write_back, reserved, relaxed: operation.relaxes_body(media, held), ..self }
    }

    /// The same, taking conformance for granted.
    pub(crate) fn lenient(self) -> Self {
        Self { strict: false, ..self }
    }

    pub(crate) fn check(&self, schema: SchemaIndex, json: &[u8], scratch: &mut Scratch) -> Verdict {
        self.check_by(schema, json, scratch, None)
    }

    /// The same with what is left of a budget; says what it cost, too.
    pub(crate) fn check_within(
        &self,
        schema: SchemaIndex,
        json: &[u8],
        scratch: &mut Scratch,
        steps: u64,
    ) -> (Verdict, u64) {
        let verdict = self.check_by(schema, json, scratch, Some(steps));
        (verdict, scratch.steps())
    }

    #[inline]
    fn check_by(&self, schema: SchemaIndex, json: &[u8], scratch: &mut Scratch, steps: Option<u64>) -> Verdict {
        let token = self.token;
        let claims = move |name: &str| token.and_then(|token| token.find_claim(name));
        let mut options = Options::new(self.direction);
        options.strict = self.strict;
        options.relaxed = self.relaxed;
        options.write_back = self.write_back;
        options.reserved = self.reserved;
        options.tell_left_out = self.tell_left_out;
        options.unmask = self.unmask;
        options.claims = &claims;
        options.hash_key = self.mask_key;
        options.max_violations = MAX_VIOLATIONS;
        if let Some(steps) = steps {
            options.max_steps = steps;
        }
        self.policy.program.check(schema, json, &options, scratch)
    }
}

/// What was wrong with a body, by pointer.
pub(crate) fn body_violations(scratch: &Scratch, fault: Option<Fault>) -> Vec<Violation> {
    let mut found: Vec<Violation> = by_pointer(scratch.violations()).collect();
    if found.is_empty() && fault == Some(Fault::Unreadable) {
        found.push(Violation { place: Where::Body(String::new()), keyword: "syntax", schema: None });
    }
    found
}

/// Places in a body.
pub(crate) fn by_pointer(found: &[Found]) -> impl Iterator<Item = Violation> {
    found.iter().map(|found| Violation {
        place: Where::Body(found.pointer.clone()),
        keyword: found.keyword,
        schema: Some(found.schema),
    })
}
