//! What a successful answer to a sign-in says, as the origin sent it: the session token and whom it speaks for. An answer
//! that says it in any other form than the declared one teaches nothing.

use firstclass_body::{Scratch, Sought, seek};
use firstclass_bundle::login::{Login, Pointer};

use crate::refusal::MAX_VIOLATIONS;
use crate::subject::is_subject;

/// Longer ones could not be presented, or not be forwarded.
const MOST_TOKEN_BYTES: usize = 4096;
const MOST_SUBJECT_BYTES: usize = 255;

/// A session that begins, once it is kept. Its `Debug` hides the token.
pub struct SignIn {
    pub tenant: String,
    pub api: String,
    pub token: String,
    pub subject: String,
    pub lifetime_ms: u64,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("api", &self.api).field("lifetime_ms", &self.lifetime_ms).finish_non_exhaustive()
    }
}

/// What an answer teaches that was read and judged just now, with `scratch`.
pub(crate) fn read(login: &Login, tenant: &str, api: &str, body: &[u8], scratch: &Scratch) -> Option<SignIn> {
    // Beyond this many, nobody knows what else was wrong.
    if scratch.violations().len() >= MAX_VIOLATIONS {
        return None;
    }
    // What is wrong with a whole that one of them is part of may be wrong with the part.
    let is_declared =
        |pointer: &Pointer| !scratch.violations().iter().any(|found| holds(&found.pointer, pointer.text()));
    if !is_declared(&login.token) || !is_declared(&login.subject) {
        return None;
    }
    let Some(Sought::Text(token)) = seek(body, login.token.tokens()) else { return None };
    if token.is_empty() || token.len() > MOST_TOKEN_BYTES || !token.bytes().all(is_token_byte) {
        return None;
    }
    let subject = match seek(body, login.subject.tokens())? {
        Sought::Text(text) => text.into_owned(),
        Sought::Number(digits) if is_integer(digits) => digits.to_owned(),
        Sought::Number(_) | Sought::Other => return None,
    };
    if subject.len() > MOST_SUBJECT_BYTES || !is_subject(&subject) {
        return None;
    }
    let lifetime_ms = lifetime_ms(login, body)?;
    Some(SignIn { tenant: tenant.to_owned(), api: api.to_owned(), token: token.into_owned(), subject, lifetime_ms })
}

/// Whether a pointer names a place or something that it lies in.
fn holds(outer: &str, place: &str) -> bool {
    place.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What `Authorization: Bearer` can carry (RFC 6750 §2.1).
pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

/// One spelling for each: it is compared as text.
fn is_integer(digits: &str) -> bool {
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// None: it has ended already.
fn lifetime_ms(login: &Login, body: &[u8]) -> Option<u64> {
    let said = login.expires.as_ref().and_then(|pointer| seek(body, pointer.tokens()));
    let seconds = match said {
        Some(Sought::Number(digits)) => {
            let seconds: f64 = digits.parse().ok()?;
            if seconds < 1.0 {
                return None;
            }
            // A cast from a float saturates.
            (seconds as u64).min(login.max_lifetime_seconds)
        }
        _ => login.lifetime_seconds,
    };
    Some(seconds * 1000)
}
