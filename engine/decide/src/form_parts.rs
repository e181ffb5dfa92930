//! The parts of a `multipart/form-data` body against those that the contract names: which may stand, how often, of
//! which media type, and each part's content by its own schema.

use firstclass_body::{Fault, Scratch, Verdict};
use firstclass_bundle::{FormPart, PartContent, Reason};

use crate::judge::{Judge, body_violations};
use crate::media_type::MediaType;
use crate::multipart::{Part, split};
use crate::owner;
use crate::parameters::ECHOED;
use crate::policy::Operation;
use crate::refusal::{MAX_VIOLATIONS, Refusal, Rule, Violation, Where};
use crate::styles::append_scalar;
use crate::unjudged_body::hides;

/// None: every part is as declared. Whether it is refused in every mode is told, too.
pub(crate) fn check(
    bytes: &[u8],
    boundary: &[u8],
    declared: &[FormPart],
    operation: &Operation,
    judge: Judge<'_>,
    scratch: &mut Scratch,
    json: &mut Vec<u8>,
) -> Option<(Box<Refusal>, bool)> {
    let (guarded, rule) = (&operation.guarded, Rule::Body(operation.index));
    let Ok(parts) = split(bytes, boundary) else {
        let refusal = refusal(Reason::BodyInvalid, rule, vec![violation("", "syntax")]);
        return Some((refusal, hides(bytes, guarded)));
    };
    // A part is no document that is merged with the parameters; its name is.
    let judge = Judge { reserved: None, ..judge };
    let mut is_firm = false;
    let mut counts = vec![0_usize; declared.len()];
    let (mut violations, mut written_back) = (Vec::new(), Vec::new());
    for part in &parts {
        let told = violations.len() + written_back.len();
        if told >= MAX_VIOLATIONS && !judge.relaxed {
            break;
        }
        let Some(known) = declared.iter().position(|known| known.name == part.name) else {
            if guarded.forbids(part.name) {
                is_firm = true;
                violations.truncate(MAX_VIOLATIONS - 1);
            }
            violations.push(violation(&echoed(part.name), "undeclared"));
            continue;
        };
        counts[known] += 1;
        match content(part, &declared[known], judge, scratch, json) {
            Ok(()) => {}
            Err(Some(Fault::Foreign)) => return Some((Refusal::by(owner::foreign(judge.token), rule), true)),
            Err(Some(Fault::WrittenBack)) => written_back.extend(faults(part, scratch, Fault::WrittenBack)),
            Err(Some(fault)) => violations.extend(faults(part, scratch, fault)),
            Err(None) => violations.push(violation(part.name, "content")),
        }
        violations.truncate(MAX_VIOLATIONS);
        written_back.truncate(MAX_VIOLATIONS);
    }
    if !written_back.is_empty() {
        return Some((refusal(Reason::MaskedValueWritten, rule, written_back), true));
    }
    for (known, count) in declared.iter().zip(counts) {
        if count < known.least {
            violations.push(violation(&known.name, if count == 0 { "required" } else { "minItems" }));
        } else if known.most.is_some_and(|most| count > most) {
            violations.push(violation(&known.name, "maxItems"));
        }
    }
    (!violations.is_empty()).then(|| (refusal(Reason::BodyInvalid, rule, violations), is_firm))
}

/// What is wrong with a part: a fault that its schema found, or none where it was not even held against one.
fn content(
    part: &Part<'_>,
    declared: &FormPart,
    judge: Judge<'_>,
    scratch: &mut Scratch,
    json: &mut Vec<u8>,
) -> Result<(), Option<Fault>> {
    let is_binary = matches!(declared.content, PartContent::Binary { .. });
    if !fits(part.media_type, declared) || (part.has_filename && !is_binary) {
        return Err(None);
    }
    let verdict = match &declared.content {
        PartContent::Binary { max_bytes } => {
            let is_small = max_bytes.is_none_or(|most| part.content.len() as u64 <= most);
            return if is_small { Ok(()) } else { Err(None) };
        }
        PartContent::Json { schema } => judge.check(*schema, part.content, scratch),
        PartContent::Text { schema, types } => {
            let text = std::str::from_utf8(part.content).map_err(|_| None)?;
            json.clear();
            append_scalar(types, text, json);
            judge.check(*schema, json, scratch)
        }
    };
    match verdict {
        Verdict::Unchanged if scratch.violations().is_empty() => Ok(()),
        // What is only recorded is told all the same.
        Verdict::Unchanged => Err(Some(Fault::Invalid)),
        Verdict::Refused(fault) => Err(Some(fault)),
        // A form is no merge patch: nothing of it is left out.
        Verdict::Rewritten => Err(None),
    }
}

/// Whether the part's media type is one that the contract gives it; without a word of the contract, the one that its
/// content has anyway.
fn fits(written: Option<&[u8]>, declared: &FormPart) -> bool {
    let Some(written) = written else {
        // RFC 7578 §4.4: without a Content-Type a part is text.
        return match declared.content {
            PartContent::Binary { .. } => declared.types.is_empty(),
            _ => true,
        };
    };
    let Some(media_type) = MediaType::parse(written) else { return false };
    if !matches!(declared.content, PartContent::Binary { .. }) && media_type.foreign_charset {
        return false;
    }
    if !declared.types.is_empty() {
        return declared.types.iter().any(|known| media_type.is(known));
    }
    match declared.content {
        PartContent::Binary { .. } => true,
        PartContent::Json { .. } => media_type.is("application/json") || media_type.essence.ends_with(b"+json"),
        PartContent::Text { .. } => media_type.is("text/plain"),
    }
}

fn faults(part: &Part<'_>, scratch: &Scratch, fault: Fault) -> Vec<Violation> {
    let mut found = body_violations(scratch, Some(fault));
    for violation in &mut found {
        if let Where::Body(pointer) = &mut violation.place {
            *pointer = format!("{}{pointer}", pointer_to(part.name));
        }
    }
    found
}

/// So much of an undeclared name as is told to who sent it.
fn echoed(name: &str) -> String {
    name.chars().take(ECHOED).collect()
}

fn pointer_to(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("/{}", name.replace('~', "~0").replace('/', "~1")) }
}

fn violation(name: &str, keyword: &'static str) -> Violation {
    Violation { place: Where::Body(pointer_to(name)), keyword, schema: None }
}

fn refusal(reason: Reason, rule: Rule, violations: Vec<Violation>) -> Box<Refusal> {
    let rule = violations.first().and_then(|violation| violation.schema).map_or(rule, Rule::Schema);
    Refusal::by(reason, rule).with_violations(violations)
}
