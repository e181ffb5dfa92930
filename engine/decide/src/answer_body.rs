//! Last stage: the body of a held answer, projected, masked and judged. Nothing of it has left yet.

use firstclass_body::{Fault, Scratch, Verdict};
use firstclass_bundle::Reason;

use crate::answer_head::Hold;
use crate::judge::{Judge, body_violations};
use crate::left_out::{self, LeftOut};
use crate::policy::Operation;
use crate::refusal::{Recorded, Refusal, Rule, Violation, Where};

/// What leaves in place of the origin's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerBody {
    /// The bytes that were judged.
    Unchanged,
    /// `workspace.scratch.output()`.
    Rewritten,
}

/// Judges a whole body. The refusal lists no violations to the caller: what the API did wrong is not its business.
pub(crate) fn check(
    hold: &Hold,
    bytes: &[u8],
    judge: Judge<'_>,
    operation: &Operation,
    scratch: &mut Scratch,
    recorded: &mut Vec<Recorded>,
    told: &mut Vec<LeftOut>,
) -> Result<AnswerBody, Box<Refusal>> {
    let rule = Rule::Response(operation.index, hold.response);
    if hold.empty {
        return absent(hold, bytes, judge, rule, recorded);
    }
    // Nobody said that a body is owed there.
    if hold.undeclared && bytes.is_empty() {
        return Ok(AnswerBody::Unchanged);
    }
    let verdict = judge.check(hold.schema, bytes, scratch);
    let body = match verdict {
        Verdict::Unchanged => AnswerBody::Unchanged,
        Verdict::Rewritten => AnswerBody::Rewritten,
        Verdict::Refused(fault) => {
            let violations = body_violations(scratch, Some(fault));
            let node = violations.first().and_then(|violation| violation.schema);
            let rule = node.map_or(rule, Rule::Schema);
            let reason = match fault {
                Fault::Foreign => Reason::ForeignObject,
                Fault::Invalid | Fault::Unreadable | Fault::WrittenBack | Fault::Shadow => Reason::ResponseInvalid,
            };
            return Err(Refusal::by(reason, rule).with_violations(violations).of_answer(hold.status));
        }
    };
    left_out::of_answer_body(scratch, told);
    if !scratch.violations().is_empty() {
        let violations = body_violations(scratch, None);
        let node = violations.first().and_then(|violation| violation.schema);
        recorded.push(Recorded { reason: Reason::ResponseInvalid, rule: node.map_or(rule, Rule::Schema), violations });
    }
    Ok(body)
}

/// A body that its head did not announce: there must be none. That one is owed is a fault of conformance.
fn absent(
    hold: &Hold,
    bytes: &[u8],
    judge: Judge<'_>,
    rule: Rule,
    recorded: &mut Vec<Recorded>,
) -> Result<AnswerBody, Box<Refusal>> {
    let violations = vec![Violation { place: Where::Body(String::new()), keyword: "required", schema: None }];
    if judge.strict || !bytes.is_empty() {
        return Err(Refusal::by(Reason::ResponseInvalid, rule).with_violations(violations).of_answer(hold.status));
    }
    recorded.push(Recorded { reason: Reason::ResponseInvalid, rule, violations });
    Ok(AnswerBody::Unchanged)
}
