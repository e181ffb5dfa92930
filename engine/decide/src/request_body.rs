//! Seventh and eighth stage: whether a body may be sent, of which media type and length, and, once it is whole, whether
//! it is as the contract declares it.

use std::borrow::Cow;

use firstclass_body::{Fault, Scratch, Verdict};
use firstclass_bundle::{Body, MediaKind, Reason, RuleClass, SchemaIndex, Shape};
use firstclass_framing::{BodyLength, KnownHeader};

use crate::form_parts;
use crate::judge::{Judge, body_violations};
use crate::media_type;
use crate::modes::Held;
use crate::multipart;
use crate::owner;
use crate::parameters::MASKED;
use crate::policy::Operation;
use crate::query::Pairs;
use crate::refusal::{Recorded, Refusal, Rule, Violation, Where};
use crate::request::{RequestView, Workspace};
use crate::styles::{Entry, append_entries};
use crate::unjudged_body::{self, Kind};

/// What to do with the body that follows the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyPlan {
    /// There is none, and none is forwarded.
    None,
    /// Hold it whole, hand it to `judge_body`, forward exactly these bytes. More than `max_bytes` is `body_too_large`.
    Hold { max_bytes: u64 },
    /// Forward it as it comes. More than `max_bytes` is `body_too_large`.
    Stream { max_bytes: Option<u64> },
}

/// What is forwarded of a body that was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedBody {
    /// The bytes that were judged.
    Unchanged,
    /// `workspace.scratch.output()`: a merge patch without the masked values that it wrote back.
    Rewritten,
}

/// What a body that is held is judged as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// It is not held.
    Nothing,
    /// The media type among the declared ones.
    Declared(usize),
    /// Only by its names; also what is streamed, as it goes by.
    Unjudged(Kind),
}

/// The plan, and what follows from it.
pub(crate) type Planned = (BodyPlan, Content);

/// Judges all that the head says about the body. In `observe` what would be refused is recorded and passes, unless an
/// owner would then go unjudged.
pub(crate) fn plan(
    view: &RequestView<'_>,
    operation: &Operation,
    held: Held,
    recorded: &mut Vec<Recorded>,
    workspace: &mut Workspace,
) -> Result<Planned, Box<Refusal>> {
    let refusal = match strict_plan(view, operation, &mut workspace.boundary) {
        Ok(planned) => return Ok(planned),
        Err(refusal) => refusal,
    };
    let is_held = match refusal.reason {
        Reason::MediaTypeUnsupported => held.to_media_types(),
        _ => held.to(RuleClass::Bodies),
    };
    if is_held || operation.owned_media.contains(&true) {
        return Err(refusal);
    }
    let Some(planned) = unjudged_body::plan(view, operation, &mut workspace.boundary) else { return Err(refusal) };
    recorded.push(Recorded { reason: refusal.reason, rule: refusal.rule, violations: refusal.violations });
    Ok(planned)
}

fn strict_plan(view: &RequestView<'_>, operation: &Operation, between: &mut Vec<u8>) -> Result<Planned, Box<Refusal>> {
    let rule = Rule::Body(operation.index);
    let Some(body) = &operation.declared.body else {
        return match view.head.body {
            BodyLength::None => Ok((BodyPlan::None, Content::Nothing)),
            _ => Err(invalid(Rule::Operation(operation.index), "undeclared")),
        };
    };
    let length = match view.head.body {
        BodyLength::None if body.required => return Err(invalid(rule, "required")),
        BodyLength::None => return Ok((BodyPlan::None, Content::Nothing)),
        BodyLength::Length(length) => Some(length),
        BodyLength::Chunked | BodyLength::UntilClose => None,
    };
    let media = media(view, body).ok_or_else(|| Refusal::by(Reason::MediaTypeUnsupported, rule))?;
    let plan = match body.media[media].kind {
        MediaKind::Json { .. } | MediaKind::Form { .. } => BodyPlan::Hold { max_bytes: body.max_bytes },
        MediaKind::Multipart { .. } => {
            let written = view.head.headers.find(KnownHeader::ContentType).map_or(&[][..], |text| text.of(view.bytes));
            let found = multipart::boundary(written).map_err(|_| Refusal::by(Reason::MediaTypeUnsupported, rule))?;
            between.extend_from_slice(found);
            BodyPlan::Hold { max_bytes: body.max_bytes }
        }
        MediaKind::Opaque { max_bytes } => BodyPlan::Stream { max_bytes },
    };
    let limit = match plan {
        BodyPlan::Hold { max_bytes } => Some(max_bytes),
        BodyPlan::Stream { max_bytes } => max_bytes,
        BodyPlan::None => None,
    };
    match (length, limit) {
        (Some(length), Some(limit)) if length > limit => Err(Refusal::by(Reason::BodyTooLarge, rule)),
        _ => Ok((plan, Content::Declared(media))),
    }
}

/// The declared media type that the body is said to have. A coded body is no media type that we could judge.
fn media(view: &RequestView<'_>, body: &Body) -> Option<usize> {
    let headers = &view.head.headers;
    if let Some(coding) = headers.find(KnownHeader::ContentEncoding)
        && (headers.repeats(KnownHeader::ContentEncoding) || !coding.of(view.bytes).eq_ignore_ascii_case(b"identity"))
    {
        return None;
    }
    if headers.repeats(KnownHeader::ContentType) {
        return None;
    }
    let text = headers.find(KnownHeader::ContentType)?;
    media_type::find(text.of(view.bytes), &body.media)
}

fn invalid(rule: Rule, keyword: &'static str) -> Box<Refusal> {
    let violation = Violation { place: Where::Body(String::new()), keyword, schema: None };
    Refusal::by(Reason::BodyInvalid, rule).with_violations(vec![violation])
}

/// Judges a whole body. What is forwarded afterwards is these bytes, or what was rewritten.
pub(crate) fn check(
    bytes: &[u8],
    judge: Judge<'_>,
    operation: &Operation,
    media: usize,
    workspace: &mut Workspace,
    recorded: &mut Vec<Recorded>,
) -> Result<ForwardedBody, Box<Refusal>> {
    let rule = Rule::Body(operation.index);
    let Workspace { scratch, pairs, json, boundary, .. } = workspace;
    let guarded = &operation.guarded;
    // In every mode.
    let mut is_firm = false;
    let Some(body) = &operation.declared.body else { return Err(invalid(rule, "undeclared")) };
    let (found, forwarded) = match &body.media[media].kind {
        // A chunked body says only at its end that there is none.
        _ if bytes.is_empty() && !body.required => return Ok(ForwardedBody::Unchanged),
        _ if bytes.is_empty() => (Some(invalid(rule, "required")), ForwardedBody::Unchanged),
        MediaKind::Json { schema } => {
            let verdict = judge.check(*schema, bytes, scratch);
            is_firm = match verdict {
                Verdict::Refused(Fault::Unreadable) => judge.relaxed && unjudged_body::hides(bytes, guarded),
                verdict => verdict == Verdict::Refused(Fault::Shadow),
            };
            let found = find_fault(verdict, scratch, judge, rule);
            let patched = operation.patched(media);
            let of_patch = match verdict {
                Verdict::Refused(Fault::Foreign | Fault::WrittenBack | Fault::Unreadable) => None,
                _ if patched.is_empty() || (found.is_some() && !judge.relaxed) => None,
                _ => judge.policy.documents.check(bytes, patched, judge, rule, scratch),
            };
            if of_patch.is_some() {
                is_firm = true;
                (of_patch, ForwardedBody::Unchanged)
            } else if verdict != Verdict::Rewritten {
                (found, ForwardedBody::Unchanged)
            } else if found.is_none() && !is_good_without(judge, *schema, scratch) {
                let violation = Violation { place: Where::Body(String::new()), keyword: MASKED, schema: Some(*schema) };
                let refusal = Refusal::by(Reason::MaskedValueWritten, Rule::Schema(*schema));
                (Some(refusal.with_violations(vec![violation])), ForwardedBody::Unchanged)
            } else {
                (found, ForwardedBody::Rewritten)
            }
        }
        MediaKind::Form { schema, shape } => {
            let judge = Judge { reserved: None, ..judge };
            let found = if read_form(bytes, shape, pairs, json) {
                find_fault(judge.check(*schema, json, scratch), scratch, judge, rule)
            } else {
                Some(invalid(rule, "syntax"))
            };
            let looks = found.is_none() || judge.relaxed;
            let firm = if looks { form_fault(bytes, pairs, operation, media, judge.relaxed) } else { None };
            is_firm = firm.is_some();
            (firm.or(found), ForwardedBody::Unchanged)
        }
        MediaKind::Multipart { parts } => {
            let found = form_parts::check(bytes, boundary, parts, operation, judge, scratch, json).unzip();
            is_firm = found.1 == Some(true);
            (found.0, ForwardedBody::Unchanged)
        }
        MediaKind::Opaque { .. } => (None, ForwardedBody::Unchanged),
    };
    let Some(refusal) = found else { return Ok(forwarded) };
    if !judge.relaxed || is_firm || refusal.reason != Reason::BodyInvalid {
        return Err(refusal);
    }
    recorded.push(Recorded { reason: refusal.reason, rule: refusal.rule, violations: refusal.violations });
    Ok(forwarded)
}

/// Whether a patch from which masked members were left out is as the contract asks without them, too: what counts, requires
/// or tells branches apart by a member that is not forwarded would let through what it refuses.
fn is_good_without(judge: Judge<'_>, schema: SchemaIndex, scratch: &mut Scratch) -> bool {
    let rewritten = scratch.take_output();
    let verdict = judge.check(schema, &rewritten, scratch);
    let good = verdict == Verdict::Unchanged && (scratch.violations().is_empty() || judge.relaxed);
    scratch.put_output(rewritten);
    good
}

fn find_fault(verdict: Verdict, scratch: &Scratch, judge: Judge<'_>, rule: Rule) -> Option<Box<Refusal>> {
    let because = |reason, fault| {
        let violations = body_violations(scratch, fault);
        let node = violations.first().and_then(|violation| violation.schema);
        Refusal::by(reason, node.map_or(rule, Rule::Schema)).with_violations(violations)
    };
    match verdict {
        // What is only recorded refuses nothing, and is told all the same.
        Verdict::Unchanged | Verdict::Rewritten if scratch.violations().is_empty() => None,
        Verdict::Unchanged | Verdict::Rewritten => Some(because(Reason::BodyInvalid, None)),
        Verdict::Refused(Fault::Foreign) => Some(Refusal::by(owner::foreign(judge.token), rule)),
        Verdict::Refused(Fault::WrittenBack) => Some(because(Reason::MaskedValueWritten, None)),
        Verdict::Refused(fault) => Some(because(Reason::BodyInvalid, Some(fault))),
    }
}

/// What is refused of a form in every mode: a name that nobody declared and that may be read as what an owner was judged
/// by, and where there is an owner, what some servers read as two fields.
fn form_fault(bytes: &[u8], pairs: &Pairs, operation: &Operation, media: usize, relaxed: bool) -> Option<Box<Refusal>> {
    let (guarded, fields) = (&operation.guarded, operation.guarded.media.get(media)?);
    let rule = Rule::Body(operation.index);
    let has_semicolon = memchr::memchr(b';', bytes).is_some();
    if guarded.has_owner && (has_semicolon || pairs.fault.is_some()) {
        return Some(invalid(rule, "syntax"));
    }
    let declares = |name: &str| fields.declares(name);
    let found = if has_semicolon || pairs.fault.is_some() {
        unjudged_body::find_field(bytes, guarded, declares)
    } else if !relaxed && !fields.is_open {
        None
    } else {
        let mut names = pairs.iter().map(|(name, _)| name);
        names.find(|name| !declares(name) && guarded.forbids(name)).map(Cow::Borrowed)
    };
    found.map(|name| unjudged_body::refusal(rule, &name, "undeclared"))
}

/// A form as the JSON object that its schema judges.
fn read_form(bytes: &[u8], shape: &Shape, pairs: &mut Pairs, json: &mut Vec<u8>) -> bool {
    pairs.read(bytes);
    let Shape::Object { properties, additional } = shape else { return false };
    if pairs.fault.is_some() {
        return false;
    }
    let entries: Vec<Entry<'_>> = pairs.iter().map(|(name, value)| Entry { name, rest: "", value }).collect();
    json.clear();
    append_entries(properties, additional.as_deref(), &entries, json).is_ok()
}
