//! Answers of a status that the contract does not declare. A failure keeps its status and loses its body. A success or a
//! redirect is refused; where conformance is only observed it passes, as far as nothing confidential can be in it: no
//! header but those that always pass, and where it leads if the contract classifies nothing; of its body what the one
//! declared success lets out, masked as there. Where that is not one, or cannot judge it, no body leaves.

use firstclass_bundle::{MediaKind, Reason, StatusPattern};
use firstclass_framing::header::PASSES_RESPONSE;
use firstclass_framing::{BodyLength, KnownHeader};

use crate::answer_head::{Answer, AnswerPlan, Hold};
use crate::media_type;
use crate::refusal::{Recorded, Refusal, Rule, Violation, Where};
use crate::request::{Fate, Workspace};

/// The keyword of a status that nobody declared.
pub const UNDECLARED_STATUS: &str = "status";

pub(crate) fn check(
    answer: &Answer<'_>,
    workspace: &mut Workspace,
    recorded: &mut Vec<Recorded>,
) -> Result<AnswerPlan, Box<Refusal>> {
    let rule = Rule::Operation(answer.operation.index);
    match answer.head.status {
        304 if answer.operation.conditional => {
            pass_headers(answer, workspace, |known| {
                known == KnownHeader::ETag || known != KnownHeader::ContentType && PASSES_RESPONSE.has(known)
            });
            Ok(AnswerPlan::Empty)
        }
        status @ 400..=599 => {
            let mut refusal = Refusal::by(Reason::UpstreamError, rule);
            refusal.status = status;
            Err(refusal)
        }
        // A part of something cannot be judged as a whole, and nobody asked whether something had changed.
        status @ 200..=399 if !matches!(status, 206 | 304) => {
            let violations =
                vec![Violation { place: Where::Body(String::new()), keyword: UNDECLARED_STATUS, schema: None }];
            if !answer.observed {
                let mut refusal = answer.invalid(rule).with_violations(violations);
                refusal.conformance = true;
                return Err(refusal);
            }
            recorded.push(Recorded { reason: Reason::ResponseInvalid, rule, violations });
            let declared = |known: KnownHeader| {
                let mut headers = answer.operation.responses.iter().flat_map(|response| &response.headers);
                headers.any(|(name, _)| name.known == known)
            };
            // What a declared response says of a header holds for that response; nobody says it of this one.
            let leads =
                matches!(answer.head.status, 201 | 202 | 300..=399) && answer.judge.policy.categories.is_empty();
            pass_headers(answer, workspace, |known| {
                (PASSES_RESPONSE.has(known) || leads && known == KnownHeader::Location) && !declared(known)
            });
            Ok(like_the_declared_success(answer).map_or(AnswerPlan::Empty, AnswerPlan::Hold))
        }
        status => Err(answer.unfit(rule, Where::Status(status.to_string()), UNDECLARED_STATUS)),
    }
}

fn pass_headers(answer: &Answer<'_>, workspace: &mut Workspace, passes: impl Fn(KnownHeader) -> bool) {
    let fates =
        answer.head.headers.iter().map(|header| if passes(header.known) { Fate::Pass } else { Fate::Undeclared });
    workspace.fates.extend(fates);
}

/// How the body is judged: as that of the declared successes, if one schema judges them all.
fn like_the_declared_success(answer: &Answer<'_>) -> Option<Hold> {
    let (head, operation) = (answer.head, answer.operation);
    if head.status >= 300 || head.body == BodyLength::None || answer.is_coded() {
        return None;
    }
    let is_success = |status| matches!(status, StatusPattern::Exact(200..=299) | StatusPattern::Class(2));
    let mut successes = operation.responses.iter().filter(|response| is_success(response.status));
    let (first, None) = (successes.next()?, successes.next()) else { return None };
    let media = &operation.declared.responses[first.index].media;
    if head.headers.repeats(KnownHeader::ContentType) {
        return None;
    }
    let text = head.headers.find(KnownHeader::ContentType)?.of(answer.bytes);
    let MediaKind::Json { schema } = media[media_type::find(text, media)?].kind else { return None };
    let max_bytes = operation.declared.max_response_bytes;
    let fits = head.content_length.is_none_or(|length| length <= max_bytes);
    let response = first.index;
    fits.then_some(Hold { max_bytes, status: head.status, empty: false, undeclared: true, schema, response })
}
