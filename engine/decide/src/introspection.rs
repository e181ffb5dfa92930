//! What providers said about opaque tokens (RFC 7662), for a short while. Nobody is asked from here: a token that nothing
//! is known about is a question in the refusal, and decided about again once there is an answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use crate::bearer::{Token, TokenFault, verify_introspected};
use crate::issuer::IssuerEntry;

/// An answer is believed no longer than this, in milliseconds.
const LONGEST_MS: u64 = 30_000;
/// Nobody is asked about longer ones.
const MOST_TOKEN_BYTES: usize = 4096;
/// A call that had to wait for its answer is judged by the time at which it came.
const SLACK_MS: u64 = 10_000;

/// How a question is known: the SHA-256 of the token and of the entry that is asked.
pub type QuestionDigest = [u8; 32];

/// A token whose provider has to be asked. Its `Debug` hides the token.
#[derive(Clone)]
pub struct Question {
    pub digest: QuestionDigest,
    pub issuer: Arc<IssuerEntry>,
    pub token: Box<str>,
    /// It was active at the last answer: asking again must not wait behind strangers' inventions.
    pub was_active: bool,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Question({})", self.issuer.name)
    }
}

/// What is known about an opaque token now.
#[derive(Debug)]
pub(crate) enum Known {
    Active(Arc<Token>),
    Refused(TokenFault),
    /// Its provider has to be asked.
    Nothing(Box<Question>),
}

type Verdict = Result<Arc<Token>, TokenFault>;

struct Held {
    issuer: Arc<IssuerEntry>,
    verdict: Verdict,
    until_ms: u64,
}

type Generation = HashMap<QuestionDigest, Held, ahash::RandomState>;

/// Answers for all cores, bounded: when the young generation is full, the old one goes.
#[derive(Default)]
pub struct Introspections {
    held: Mutex<(Generation, Generation)>,
    room: usize,
}

impl std::fmt::Debug for Introspections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Introspections")
    }
}

impl Introspections {
    /// At most `limit` answers.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { held: Mutex::default(), room: (limit / 2).max(1) }
    }

    /// What is known about a token of this issuer.
    pub(crate) fn get(&self, token: &[u8], issuer: &Arc<IssuerEntry>, now_ms: u64) -> Known {
        let Ok(text) = std::str::from_utf8(token) else { return Known::Refused(TokenFault::Malformed) };
        if token.len() > MOST_TOKEN_BYTES {
            return Known::Refused(TokenFault::Malformed);
        }
        let key = question_digest(issuer, token);
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let found = held.0.get(&key).or_else(|| held.1.get(&key));
        let found = found.filter(|found| Arc::ptr_eq(&found.issuer, issuer));
        match found {
            // Earlier than it was learnt: the clock was set back, and nobody knows how old it is.
            Some(found) if now_ms < found.until_ms && found.until_ms <= now_ms + LONGEST_MS + SLACK_MS => {
                match &found.verdict {
                    Ok(token) if token.is_expired(now_ms) => Known::Refused(TokenFault::Expired),
                    Ok(token) => Known::Active(token.clone()),
                    Err(fault) => Known::Refused(fault.clone()),
                }
            }
            found => {
                let was_active = found.is_some_and(|found| found.verdict.is_ok());
                Known::Nothing(Box::new(Question {
                    digest: key,
                    issuer: issuer.clone(),
                    token: text.into(),
                    was_active,
                }))
            }
        }
    }

    /// Keeps what the provider said: the members of its answer.
    pub fn answer(&self, question: &Question, said: &Map<String, Value>, now_ms: u64) {
        let verdict = verify_introspected(said, &question.issuer, now_ms).map(Arc::new);
        let until_ms = now_ms + question.issuer.introspection_ms().min(LONGEST_MS);
        let fresh = Held { issuer: question.issuer.clone(), verdict, until_ms };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (young, old) = &mut *held;
        if young.len() >= self.room && !young.contains_key(&question.digest) {
            *old = std::mem::take(young);
        }
        young.insert(question.digest, fresh);
    }
}

fn question_digest(issuer: &IssuerEntry, token: &[u8]) -> QuestionDigest {
    let mut text = Vec::with_capacity(issuer.name.len() + token.len() + 1);
    text.extend_from_slice(issuer.name.as_bytes());
    text.push(0);
    text.extend_from_slice(token);
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, &text).as_ref());
    key
}
