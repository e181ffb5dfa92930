//! Bodies that no contract describes and that `observe` lets pass: what an upstream's framework would read of them as
//! parameters must neither be taken for what an owner was judged by nor change the method. Only the names are looked at.

use std::borrow::Cow;

use firstclass_body::{Fault, Scratch, Verdict};
use firstclass_bundle::Reason;
use firstclass_framing::{BodyLength, KnownHeader};

use crate::guarded::Guarded;
use crate::judge::Judge;
use crate::media_type::MediaType;
use crate::multipart;
use crate::parameters::ECHOED;
use crate::policy::Operation;
use crate::refusal::{Refusal, Rule, Violation, Where};
use crate::request::RequestView;
use crate::request_body::{BodyPlan, Content, Planned};

/// So much is held at least: what is too large for the contract passes in `observe`.
const MAX_BYTES: u64 = 1 << 20;

/// What frameworks make parameters of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Form,
    Multipart,
    Json,
}

/// By all that the head says; None: nobody makes parameters of it. Without a media type Rack takes it for a form.
fn kind(view: &RequestView<'_>) -> Option<Kind> {
    let headers = &view.head.headers;
    let Some(first) = headers.find(KnownHeader::ContentType) else { return Some(Kind::Form) };
    let text = first.of(view.bytes).to_ascii_lowercase();
    let says = |word: &str| memchr::memmem::find(&text, word.as_bytes()).is_some();
    match () {
        // Whoever takes the last of two knows what it is; the first one alone says nothing.
        () if headers.repeats(KnownHeader::ContentType) || says("urlencoded") => Some(Kind::Form),
        () if says("multipart") => Some(Kind::Multipart),
        () if says("json") => Some(Kind::Json),
        () => None,
    }
}

/// What becomes of a body that `observe` lets pass unjudged; None: it is refused all the same. Where something has an
/// owner it has to be readable and small enough to be held.
pub(crate) fn plan(view: &RequestView<'_>, operation: &Operation, between: &mut Vec<u8>) -> Option<Planned> {
    let length = match view.head.body {
        BodyLength::None => return Some((BodyPlan::None, Content::Nothing)),
        BodyLength::Length(length) => Some(length),
        BodyLength::Chunked | BodyLength::UntilClose => None,
    };
    let stream = BodyPlan::Stream { max_bytes: None };
    let Some(kind) = kind(view) else { return Some((stream, Content::Nothing)) };
    let max_bytes = operation.declared.body.as_ref().map_or(MAX_BYTES, |body| body.max_bytes.max(MAX_BYTES));
    let holds = (BodyPlan::Hold { max_bytes }, Content::Unjudged(kind));
    let readable = is_readable(view, kind, between);
    let is_small = length.is_some_and(|length| length <= max_bytes);
    if !operation.guarded.parameters.is_empty() {
        return (readable && (length.is_none() || is_small)).then_some(holds);
    }
    let headers = &view.head.headers;
    let is_plain = headers.find(KnownHeader::ContentEncoding).is_none();
    let is_typed = headers.find(KnownHeader::ContentType).is_some();
    match kind {
        Kind::Form if is_plain && (length.is_none() || is_small) => Some(holds),
        Kind::Form if is_typed => None,
        Kind::Multipart | Kind::Json if is_plain && is_small => Some(holds),
        _ if is_plain => Some((stream, Content::Unjudged(kind))),
        _ => Some((stream, Content::Nothing)),
    }
}

fn is_readable(view: &RequestView<'_>, kind: Kind, between: &mut Vec<u8>) -> bool {
    let headers = &view.head.headers;
    let coding = headers.find(KnownHeader::ContentEncoding).map(|coding| coding.of(view.bytes));
    let is_coded = coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"identity"));
    if is_coded || headers.repeats(KnownHeader::ContentEncoding) || headers.repeats(KnownHeader::ContentType) {
        return false;
    }
    let Some(written) = headers.find(KnownHeader::ContentType).map(|text| text.of(view.bytes)) else { return true };
    match kind {
        Kind::Multipart => {
            between.clear();
            multipart::boundary(written).map(|found| between.extend_from_slice(found)).is_ok()
        }
        Kind::Form | Kind::Json => MediaType::parse(written).is_some_and(|found| !found.foreign_charset),
    }
}

/// Looks for such a name in a whole body.
pub(crate) fn check(
    bytes: &[u8],
    kind: Kind,
    boundary: &[u8],
    operation: &Operation,
    judge: Judge<'_>,
    scratch: &mut Scratch,
) -> Result<(), Box<Refusal>> {
    let guarded = &operation.guarded;
    let rule = Rule::Operation(operation.index);
    let refused = |name: &str, keyword| Err(refusal(rule, name, keyword));
    let unreadable = |bytes: &[u8]| match hides(bytes, guarded) {
        true => refused("", "syntax"),
        false => Ok(()),
    };
    match kind {
        Kind::Form => find_field(bytes, guarded, |_| false).map_or(Ok(()), |name| refused(&name, "undeclared")),
        Kind::Multipart => match multipart::split(bytes, boundary) {
            Ok(parts) => {
                let found = parts.iter().find(|part| guarded.forbids(part.name));
                found.map_or(Ok(()), |part| refused(part.name, "undeclared"))
            }
            Err(multipart::Malformed) => unreadable(bytes),
        },
        Kind::Json => {
            let judge = Judge { relaxed: true, reserved: Some(&guarded.parameters), ..judge };
            match judge.check(judge.policy.program.anything(), bytes, scratch) {
                Verdict::Refused(Fault::Shadow) => {
                    let pointer = scratch.violations().last().map_or("", |violation| &violation.pointer);
                    refused(pointer.trim_start_matches('/'), "undeclared")
                }
                Verdict::Refused(Fault::Unreadable) => unreadable(bytes),
                _ => Ok(()),
            }
        }
    }
}

/// Whether a body that we cannot read may hold such a name for who can.
pub(crate) fn hides(bytes: &[u8], guarded: &Guarded) -> bool {
    !guarded.parameters.is_empty() || memchr::memmem::find(bytes, b"_method").is_some()
}

/// The first field that nobody declares and that must not be there, however the form is read: whether `;` ends a pair or
/// not, and whether all of it can be decoded or not.
pub(crate) fn find_field<'a>(
    bytes: &'a [u8],
    guarded: &Guarded,
    is_declared: impl Fn(&str) -> bool,
) -> Option<Cow<'a, str>> {
    let pairs = bytes.split(|byte| matches!(byte, b'&' | b';'));
    let names = pairs.map(|pair| lenient(&pair[..memchr::memchr(b'=', pair).unwrap_or(pair.len())]));
    names.into_iter().find(|name| !is_declared(name) && guarded.forbids(name))
}

/// A name as who refuses nothing decodes it.
fn lenient(raw: &[u8]) -> Cow<'_, str> {
    if !raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return String::from_utf8_lossy(raw);
    }
    let hex = |at: usize| raw.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut text = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        let code = if byte == b'%' { hex(at + 1).zip(hex(at + 2)) } else { None };
        text.push(match (byte, code) {
            (_, Some((high, low))) => (high << 4 | low) as u8,
            (b'+', None) => b' ',
            (other, None) => other,
        });
        at += if code.is_some() { 3 } else { 1 };
    }
    Cow::Owned(String::from_utf8_lossy(&text).into_owned())
}

pub(crate) fn refusal(rule: Rule, name: &str, keyword: &'static str) -> Box<Refusal> {
    let name: String = name.chars().take(ECHOED).collect();
    let pointer = if name.is_empty() { name } else { format!("/{}", name.replace('~', "~0").replace('/', "~1")) };
    let violation = Violation { place: Where::Body(pointer), keyword, schema: None };
    Refusal::by(Reason::BodyInvalid, rule).with_violations(vec![violation])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_is_broken_still_shows_its_names() {
        let guarded = Guarded::default();
        for body in
            ["_method=DELETE", "a=%zz&%5Fmethod=x", "a=1;_method=x", "a=M%FCller&_%6dethod", "%_method=1", "+_method=1"]
        {
            assert!(find_field(body.as_bytes(), &guarded, |_| false).is_some(), "{body}");
        }
        for body in ["", "method=card", "a=_method", "a=%zz", "=_method"] {
            assert_eq!(find_field(body.as_bytes(), &guarded, |_| false), None, "{body}");
        }
        assert_eq!(
            find_field(b"_method=x", &guarded, |name| name == "_method"),
            None,
            "a declared one is the contract's"
        );
    }
}
