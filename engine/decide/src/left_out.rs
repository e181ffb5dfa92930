//! What the gateway takes away from a call because the contract does not declare it: headers and cookies of requests,
//! headers of answers and members of their bodies. It refuses nothing and is so in every mode; while a class of rules is
//! only observed it is told, so that people see it before their callers miss it; that the body of a failure was replaced
//! always is, since nothing else tells it. Names only, never a value.

use firstclass_body::{LEFT_OUT, Scratch};
use firstclass_bundle::{Reason, RuleClass};
use firstclass_framing::header::Class;
use firstclass_framing::{BodyLength, Header, KnownHeader};

use crate::answer_head::{Answer, AnswerPlan};
use crate::cookies::cookies;
use crate::facts::Facts;
use crate::forward;
use crate::headers::KnownSet;
use crate::judge;
use crate::modes::Held;
use crate::parameters::ECHOED;
use crate::policy::{Operation, Policy, ReadyScheme};
use crate::refusal::{Refusal, Rule, Violation, Where};
use crate::request::{Fate, RequestView};

/// One thing that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Of a request: parameters; of an answer: conformance.
    pub class: RuleClass,
    /// By the keyword [`LEFT_OUT`], which is no fault.
    pub found: Violation,
}

impl LeftOut {
    /// What a refusal took away that is none to the caller: the status of the API's failure stays, its body does not.
    #[must_use]
    pub fn by_refusal(refusal: &Refusal) -> Option<Self> {
        if refusal.reason != Reason::UpstreamError {
            return None;
        }
        let status = refusal.status.to_string();
        let place = match refusal.rule {
            Rule::Operation(_) => Where::Status(status),
            _ => Where::Failure(status),
        };
        Some(Self { class: RuleClass::Conformance, found: Violation { place, keyword: LEFT_OUT, schema: None } })
    }
}

/// Of the head of a request, and of that of an answer, no more are told.
const MOST: usize = 16;
/// Cookies of one header that are looked at.
const MOST_COOKIES: usize = 64;

/// What every client sends, whatever it calls: nobody misses it.
const SENT_BY_ALL: KnownSet = KnownSet::new(&[
    KnownHeader::AcceptEncoding,
    KnownHeader::ContentType,
    KnownHeader::ContentEncoding,
    KnownHeader::CacheControl,
    KnownHeader::Date,
    KnownHeader::IfModifiedSince,
    KnownHeader::IfNoneMatch,
    KnownHeader::IfRange,
    KnownHeader::Origin,
    KnownHeader::Range,
    KnownHeader::Referer,
    KnownHeader::Via,
]);
const SENT_BY_ALL_TOO: [&str; 7] =
    ["dnt", "pragma", "priority", "save-data", "true-client-ip", "upgrade-insecure-requests", "x-real-ip"];
/// Of browsers, and of proxies before this one.
const SENT_BY_ALL_BEGINS: [&str; 5] = ["access-control-request-", "cdn-", "cf-", "sec-", "x-forwarded-"];

/// What servers say of themselves, and of bytes that are no longer the ones they sent.
const SAID_BY_ALL: KnownSet = KnownSet::new(&[
    KnownHeader::AcceptRanges,
    KnownHeader::Age,
    KnownHeader::ContentEncoding,
    KnownHeader::ContentRange,
    KnownHeader::ContentType,
    KnownHeader::Date,
    KnownHeader::Digest,
    KnownHeader::ETag,
    KnownHeader::RateLimit,
    KnownHeader::RateLimitPolicy,
    KnownHeader::Server,
    KnownHeader::Via,
]);
const SAID_BY_ALL_TOO: [&str; 7] =
    ["alt-svc", "nel", "pragma", "report-to", "server-timing", "x-powered-by", "x-runtime"];
const SAID_BY_ALL_BEGINS: [&str; 2] = ["cf-", "x-forwarded-"];

/// Undeclared headers and cookies of a request, as far as its caller's parameters are only observed.
pub(crate) fn of_request(
    view: &RequestView<'_>,
    policy: &Policy,
    operation: &Operation,
    facts: &Facts,
    held: Held,
) -> Vec<LeftOut> {
    let mut told = Vec::new();
    if held.to(RuleClass::Parameters) {
        return told;
    }
    for header in &view.head.headers {
        let name = header.name.of(view.bytes);
        let is_told = match header.known {
            KnownHeader::Cookie => {
                let sent = cookies(header.value.of(view.bytes)).take(MOST_COOKIES);
                let undeclared = sent.filter(|(name, _)| !operation.passes_cookie(policy, name));
                for (name, _) in undeclared {
                    add(&mut told, RuleClass::Parameters, Where::Cookie(cut(name)));
                }
                false
            }
            // A credential that no scheme asked for: an API that reads it never sees it.
            KnownHeader::Authorization => {
                !facts.authorization_passes && facts.token.is_none() && facts.session.is_none()
            }
            KnownHeader::XApiKey => !operation.passes_own(header, view.bytes) && !is_key(policy, header, view.bytes),
            known if known.class() != Class::Content || SENT_BY_ALL.has(known) => false,
            KnownHeader::IfMatch => !operation.conditional,
            KnownHeader::Other if is_one_of(name, &SENT_BY_ALL_TOO, &SENT_BY_ALL_BEGINS) => false,
            _ => !forward::is_declared(policy, operation, header, view.bytes) && !is_key(policy, header, view.bytes),
        };
        if is_told {
            add(&mut told, RuleClass::Parameters, Where::Header(alike(name)));
        }
    }
    told
}

/// Headers of an answer that the contract does not declare, and a body where it declares none, after the head was judged.
pub(crate) fn of_answer_head(answer: &Answer<'_>, plan: &AnswerPlan, fates: &[Fate], told: &mut Vec<LeftOut>) {
    // Where no content is declared no body leaves, whatever the origin sends.
    let has_content = matches!(answer.head.body, BodyLength::Length(1..) | BodyLength::Chunked);
    if has_content && matches!(plan, AnswerPlan::Empty) {
        let place = match answer.head.status {
            status @ 400..=599 => Where::Failure(status.to_string()),
            _ => Where::Body(String::new()),
        };
        add(told, RuleClass::Conformance, place);
    }
    for (header, fate) in answer.head.headers.iter().zip(fates) {
        let name = header.name.of(answer.bytes);
        let is_told = matches!(fate, Fate::Undeclared)
            && header.known.class() == Class::Content
            && !SAID_BY_ALL.has(header.known)
            && !is_one_of(name, &SAID_BY_ALL_TOO, &SAID_BY_ALL_BEGINS);
        if is_told {
            add(told, RuleClass::Conformance, Where::Header(alike(name)));
        }
    }
}

/// Members of an answer's body, after it was judged.
pub(crate) fn of_answer_body(scratch: &Scratch, told: &mut Vec<LeftOut>) {
    let found = judge::by_pointer(scratch.left_out());
    told.extend(found.map(|found| LeftOut { class: RuleClass::Conformance, found }));
}

fn add(told: &mut Vec<LeftOut>, class: RuleClass, place: Where) {
    let is_new = told.iter().all(|known| known.class != class || known.found.place != place);
    let of_class = told.iter().filter(|known| known.class == class).count();
    if is_new && of_class < MOST {
        told.push(LeftOut { class, found: Violation { place, keyword: LEFT_OUT, schema: None } });
    }
}

fn is_one_of(name: &[u8], names: &[&str], begins: &[&str]) -> bool {
    let has_begin =
        |begin: &&str| name.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin.as_bytes()));
    names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)) || begins.iter().any(has_begin)
}

/// A header that a key stands in is a credential, whatever it is called.
fn is_key(policy: &Policy, header: &Header, bytes: &[u8]) -> bool {
    let mut schemes = policy.schemes.iter();
    schemes.any(|scheme| matches!(scheme, ReadyScheme::Key { header: key, .. } if key.names(header, bytes)))
}

/// Names of headers are one name in any case. Only as people write them they are written alike: the letters of a key that
/// somebody put there stay mixed, by which whoever tells the name knows it for what it is.
fn alike(name: &[u8]) -> String {
    let is_shouted = !name.iter().any(u8::is_ascii_lowercase);
    let begins_words = |(at, byte): (usize, &u8)| !byte.is_ascii_uppercase() || at == 0 || name[at - 1] == b'-';
    let text = cut(name);
    if is_shouted || name.iter().enumerate().all(begins_words) { text.to_ascii_lowercase() } else { text }
}

fn cut(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(ECHOED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_without_its_body_is_told_by_its_status_alone() {
        let failure = |rule| {
            let mut refusal = Refusal::by(Reason::UpstreamError, rule);
            refusal.status = 404;
            LeftOut::by_refusal(&refusal).map(|told| told.found.place)
        };
        assert_eq!(failure(Rule::Operation(3)), Some(Where::Status("404".to_owned())));
        assert_eq!(failure(Rule::Response(3, 1)), Some(Where::Failure("404".to_owned())));
        assert_eq!(LeftOut::by_refusal(&Refusal::by(Reason::ResponseInvalid, Rule::Operation(3))), None);
    }

    #[test]
    fn names_of_headers_are_written_alike_and_letters_of_keys_stay_mixed() {
        for name in ["X-Tenant-Id", "x-tenant-id", "X-TENANT-ID"] {
            assert_eq!(alike(name.as_bytes()), "x-tenant-id");
        }
        for name in ["X-dGhpUyBpcyBBIFNl", "fc_live_aB3dE9fGhJkL", "X-RequestID"] {
            assert_eq!(alike(name.as_bytes()), name);
        }
        assert_eq!(alike("x".repeat(100).as_bytes()).len(), ECHOED);
    }
}
