//! Ninth stage: what the head of the API's answer allows. An answer that the contract does not declare is replaced; of
//! its headers only known and declared ones pass, each of these judged by its schema.

use firstclass_body::{Fault, Scratch, Verdict, Violation as Found};
use firstclass_bundle::{MediaKind, Reason, ResponseHeader, SchemaIndex, Shape, StatusPattern, Style};
use firstclass_framing::header::PASSES_RESPONSE;
use firstclass_framing::{BodyLength, Header, KnownHeader, ResponseHead};

use crate::caching;
use crate::judge::Judge;
use crate::media_type;
use crate::policy::Operation;
use crate::query::Coding;
use crate::refusal::{Recorded, Refusal, Rule, Violation, Where};
use crate::request::{Fate, Workspace};
use crate::response::Response;
use crate::styles::{Written, append_value};
use crate::undeclared_status;

/// What to do with the answer whose head this is.
#[derive(Debug, Clone)]
pub enum AnswerPlan {
    /// No body leaves. Whatever body the origin sends is thrown away.
    Empty,
    /// Hold the body whole and hand it to `judge_answer_body`; more than `max_bytes` is `response_invalid`.
    Hold(Hold),
    /// Pass the body on as it comes; beyond `max_bytes` it ends without a clean end.
    Stream { max_bytes: Option<u64> },
    /// Answer this instead; no byte of the origin's leaves, but for its challenges where it alone checks credentials.
    Replace(Box<Refusal>),
}

/// An answer that is to be judged once it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub max_bytes: u64,
    pub(crate) status: u16,
    /// The origin named no media type: there must turn out to be no body.
    pub(crate) empty: bool,
    /// No response declares this status: it is judged as another one's.
    pub(crate) undeclared: bool,
    pub(crate) schema: usize,
    pub(crate) response: usize,
}

/// One answer, and by whose rules it is judged.
pub(crate) struct Answer<'a> {
    pub head: &'a ResponseHead,
    pub bytes: &'a [u8],
    pub operation: &'a Operation,
    pub judge: Judge<'a>,
    /// The request was a HEAD.
    pub to_head: bool,
    /// This caller's answers are not held to conformance.
    pub observed: bool,
}

/// Judges a head; what becomes of each header is left in the workspace.
pub(crate) fn check(answer: &Answer<'_>, workspace: &mut Workspace, recorded: &mut Vec<Recorded>) -> AnswerPlan {
    workspace.fates.clear();
    workspace.values.clear();
    workspace.cache_control = "";
    match plan(answer, workspace, recorded) {
        Ok(plan) => {
            if answer.operation.is_private {
                caching::keep_private(answer.head, answer.bytes, workspace);
            }
            plan
        }
        Err(refusal) => {
            let mut refusal = refusal.of_answer(answer.head.status);
            if refusal.reason == Reason::UpstreamError {
                refusal.challenges.extend(answer.challenges());
            }
            AnswerPlan::Replace(refusal)
        }
    }
}

fn plan(
    answer: &Answer<'_>,
    workspace: &mut Workspace,
    recorded: &mut Vec<Recorded>,
) -> Result<AnswerPlan, Box<Refusal>> {
    let status = answer.head.status;
    let ranked = answer.operation.responses.iter().filter_map(|response| Some((response.rank(status)?, response)));
    let Some((_, response)) = ranked.max_by_key(|(rank, _)| *rank) else {
        return undeclared_status::check(answer, workspace, recorded);
    };
    // What was asked for is no redirect, whatever is declared of all of these.
    if status == 304 && answer.operation.conditional && response.status == StatusPattern::Class(3) {
        return undeclared_status::check(answer, workspace, recorded);
    }
    // Ranges are never asked for: a part of something was not judged as a whole.
    if status == 206 {
        let rule = Rule::Response(answer.operation.index, response.index);
        return Err(answer.unfit(rule, Where::Status("206".to_owned()), "range"));
    }
    let plan = body_plan(answer, response, recorded)?;
    judge_headers(answer, response, workspace, recorded)?;
    Ok(plan)
}

fn body_plan(
    answer: &Answer<'_>,
    response: &Response,
    recorded: &mut Vec<Recorded>,
) -> Result<AnswerPlan, Box<Refusal>> {
    let rule = Rule::Response(answer.operation.index, response.index);
    let media = &answer.operation.declared.responses[response.index].media;
    let head = answer.head;
    if head.body == BodyLength::None {
        let owed = !media.is_empty()
            && response.anything.is_none()
            && !answer.to_head
            && !matches!(head.status, 204 | 205 | 304);
        if owed {
            answer.nonconforming(rule, Where::Body(String::new()), "required", recorded)?;
        }
        return Ok(AnswerPlan::Empty);
    }
    if media.is_empty() {
        // As of a failure that nobody declared, unless its headers say something: these leave with no body.
        let is_silent = response.headers.is_empty() && head.headers.find(KnownHeader::RetryAfter).is_none();
        if (400..=599).contains(&head.status) && head.body != BodyLength::Length(0) && is_silent {
            let mut refusal = Refusal::by(Reason::UpstreamError, rule);
            refusal.status = head.status;
            return Err(refusal);
        }
        return Ok(AnswerPlan::Empty);
    }
    if answer.is_coded() {
        return Err(unreadable(rule, Where::Header("content-encoding".to_owned()), "coding"));
    }
    let untyped = |keyword| answer.unfit(rule, Where::Header("content-type".to_owned()), keyword);
    let too_large = || answer.unfit(rule, Where::Body(String::new()), "maxLength");
    if head.headers.repeats(KnownHeader::ContentType) {
        return Err(untyped("repeated"));
    }
    let hold = |max_bytes, schema| Hold {
        max_bytes,
        status: head.status,
        empty: false,
        undeclared: false,
        schema,
        response: response.index,
    };
    let text = head.headers.find(KnownHeader::ContentType).map(|text| text.of(answer.bytes));
    let found = match (text, response.anything) {
        (None, Some(anything)) => anything,
        // Some servers end an answer without content by a last chunk, or by closing; only its end tells.
        (None, None) if !matches!(head.body, BodyLength::Length(1..)) => {
            return Ok(AnswerPlan::Hold(Hold { empty: true, ..hold(0, 0) }));
        }
        (None, None) => return Err(untyped("required")),
        (Some(text), _) => media_type::find(text, media).ok_or_else(|| {
            answer.unfit(rule, Where::MediaType(media_type::told(text)), media_type::fault(text, media))
        })?,
    };
    match media[found].kind {
        MediaKind::Json { schema } => {
            let max_bytes = answer.operation.declared.max_response_bytes;
            if head.content_length.is_some_and(|length| length > max_bytes) {
                return Err(too_large());
            }
            Ok(AnswerPlan::Hold(hold(max_bytes, schema)))
        }
        MediaKind::Opaque { max_bytes } => match (head.content_length, max_bytes) {
            (Some(length), Some(limit)) if length > limit => Err(too_large()),
            _ => Ok(AnswerPlan::Stream { max_bytes }),
        },
        // Nothing projects or masks a form.
        MediaKind::Form { .. } | MediaKind::Multipart { .. } => {
            Err(unreadable(rule, Where::MediaType(media_type::told(text.unwrap_or_default())), "unreadable"))
        }
    }
}

fn unreadable(rule: Rule, place: Where, keyword: &'static str) -> Box<Refusal> {
    Refusal::by(Reason::ResponseUnreadable, rule).at(place, keyword)
}

fn judge_headers(
    answer: &Answer<'_>,
    response: &Response,
    workspace: &mut Workspace,
    recorded: &mut Vec<Recorded>,
) -> Result<(), Box<Refusal>> {
    let declared = &answer.operation.declared.responses[response.index].headers;
    for header in &answer.head.headers {
        let named = response.headers.iter().find(|(name, _)| name.names(header, answer.bytes));
        let fate = match named {
            Some((_, index)) => match judge_header(answer, response, &declared[*index], header, workspace, recorded) {
                // It is written anew where need be, and `no-store` is true of any answer.
                Err(refusal) if header.known == KnownHeader::CacheControl && answer.operation.is_private => {
                    let Refusal { reason, rule, violations, .. } = *refusal;
                    recorded.push(Recorded { reason, rule, violations });
                    Fate::Drop
                }
                judged => judged?,
            },
            None if PASSES_RESPONSE.has(header.known) || answer.is_challenge(header) => Fate::Pass,
            None => Fate::Undeclared,
        };
        workspace.fates.push(fate);
    }
    for (name, index) in &response.headers {
        let there = || answer.head.headers.iter().any(|header| name.names(header, answer.bytes));
        if declared[*index].required && !there() {
            let rule = Rule::Response(answer.operation.index, response.index);
            answer.nonconforming(rule, Where::Header(name.text().to_owned()), "required", recorded)?;
        }
    }
    Ok(())
}

/// A declared header's value is judged and masked like a value in a body.
fn judge_header(
    answer: &Answer<'_>,
    response: &Response,
    declared: &ResponseHeader,
    header: &Header,
    workspace: &mut Workspace,
    recorded: &mut Vec<Recorded>,
) -> Result<Fate, Box<Refusal>> {
    let rule = Rule::Response(answer.operation.index, response.index);
    let raw = header.value.of(answer.bytes);
    let written = Written { raw, name: "", style: Style::Simple, explode: false, coding: Coding::Plain };
    workspace.json.clear();
    if append_value(&declared.shape, written, &mut workspace.json).is_err() {
        return Err(answer.unfit(rule, Where::Header(declared.name.clone()), "syntax"));
    }
    let verdict = answer.judge.check(declared.schema, &workspace.json, &mut workspace.scratch);
    let violations = workspace.scratch.violations();
    match verdict {
        Verdict::Refused(Fault::Invalid) if is_left_out(violations, declared.schema, answer.judge.strict) => {
            Ok(Fate::Drop)
        }
        Verdict::Refused(_) => {
            let keyword = violations.first().map_or("schema", |violation| violation.keyword);
            let place = Where::Header(declared.name.clone());
            Err(answer.invalid(rule).with_violations(vec![Violation { place, keyword, schema: Some(declared.schema) }]))
        }
        Verdict::Unchanged | Verdict::Rewritten => {
            if let Some(first) = violations.first() {
                let place = Where::Header(declared.name.clone());
                recorded.push(Recorded {
                    reason: Reason::ResponseInvalid,
                    rule,
                    violations: vec![Violation { place, keyword: first.keyword, schema: Some(first.schema) }],
                });
            }
            if verdict == Verdict::Unchanged {
                return Ok(Fate::Pass);
            }
            Ok(rewritten(&declared.shape, &workspace.scratch, &mut workspace.values))
        }
    }
}

/// Whether all that keeps a value from leaving is its mask: a body cannot be left out, a header can. What else is wrong
/// with it counts where answers are strict.
fn is_left_out(violations: &[Found], schema: SchemaIndex, strict: bool) -> bool {
    let Some((last, before)) = violations.split_last() else { return false };
    let out = last.pointer.is_empty() && last.keyword == "undeclared" && last.schema == schema;
    out && (before.is_empty() || !strict)
}

/// The masked value as text; a value that was left out, or has no text, leaves the header out.
fn rewritten(shape: &Shape, scratch: &Scratch, values: &mut Vec<u8>) -> Fate {
    let start = values.len();
    let text = match (shape, serde_json::from_slice(scratch.output())) {
        (Shape::Scalar(_), Ok(serde_json::Value::String(text))) => text,
        (Shape::Scalar(_), Ok(serde_json::Value::Number(number))) => number.to_string(),
        _ => return Fate::Drop,
    };
    if text.chars().any(char::is_control) {
        return Fate::Drop;
    }
    values.extend_from_slice(text.as_bytes());
    Fate::Rewritten(start as u32, values.len() as u32)
}

impl Answer<'_> {
    /// Whether it asks for a credential that the upstream alone checks: without it nobody could answer.
    fn is_challenge(&self, header: &Header) -> bool {
        header.known == KnownHeader::WwwAuthenticate && self.head.status == 401 && self.operation.passes_challenges
    }

    fn challenges(&self) -> impl Iterator<Item = String> {
        let headers = self.head.headers.iter().filter(|header| self.is_challenge(header));
        headers.filter_map(|header| String::from_utf8(header.value.of(self.bytes).to_vec()).ok())
    }

    pub(crate) fn invalid(&self, rule: Rule) -> Box<Refusal> {
        Refusal::by(Reason::ResponseInvalid, rule)
    }

    /// What no mode lets through, and where it is; never a value but the name of a media type.
    pub(crate) fn unfit(&self, rule: Rule, place: Where, keyword: &'static str) -> Box<Refusal> {
        self.invalid(rule).at(place, keyword)
    }

    /// We ask for plain bytes; coded ones cannot be read, whatever the code is called.
    pub(crate) fn is_coded(&self) -> bool {
        let headers = &self.head.headers;
        headers.find(KnownHeader::ContentEncoding).is_some_and(|coding| {
            headers.repeats(KnownHeader::ContentEncoding) || !coding.of(self.bytes).eq_ignore_ascii_case(b"identity")
        })
    }

    /// A fault that lets nothing confidential out: refused where answers are strict, else recorded.
    fn nonconforming(
        &self,
        rule: Rule,
        place: Where,
        keyword: &'static str,
        recorded: &mut Vec<Recorded>,
    ) -> Result<(), Box<Refusal>> {
        let violations = vec![Violation { place, keyword, schema: None }];
        if self.judge.strict {
            return Err(self.invalid(rule).with_violations(violations));
        }
        recorded.push(Recorded { reason: Reason::ResponseInvalid, rule, violations });
        Ok(())
    }
}
