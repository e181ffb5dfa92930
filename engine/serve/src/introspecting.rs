//! Questions about opaque tokens on their way to control, which asks the provider (RFC 7662): the engine calls nobody. A
//! call waits without holding up its worker; calls with the same token wait for one answer. Strangers' inventions are
//! bounded, and have their own bound, so that they keep nobody out whose token was good a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_decide::{Question, QuestionDigest, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use crate::clock;
use crate::engine::Engine;
use crate::frames::{IntrospectedFrame, Verifier};
use crate::limits::Limits;

/// Questions at once to one provider about tokens that were active, and as many about others: one that is slow keeps out
/// nobody whose token is another's.
const MOST_OPEN: usize = 256;
/// Calls that wait for one answer.
const MOST_WAITING: usize = 256;

/// All that is asked now.
#[derive(Debug)]
pub struct Questions {
    open: Mutex<Open>,
    /// There is something to send.
    pub news: Notify,
    patience: Duration,
}

#[derive(Debug)]
struct Open {
    asked: HashMap<QuestionDigest, Asked>,
    unsent: Vec<QuestionDigest>,
    /// By provider, and whether the token was active: as many as are configured.
    allowances: HashMap<(Arc<str>, bool), Allowance>,
    per_second: u32,
}

#[derive(Debug)]
struct Asked {
    question: Question,
    since: Instant,
    waiting: Vec<oneshot::Sender<()>>,
}

/// So many a second, and as many at once.
#[derive(Debug)]
struct Allowance {
    per_second: f64,
    left: f64,
    filled: Instant,
}

impl Allowance {
    fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self { per_second, left: per_second, filled: Instant::now() }
    }

    fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.left = (self.left + passed * self.per_second).min(self.per_second);
        self.filled = now;
        let is_there = self.left >= 1.0;
        if is_there {
            self.left -= 1.0;
        }
        is_there
    }
}

impl Questions {
    /// Nothing is asked.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            open: Mutex::new(Open {
                asked: HashMap::new(),
                unsent: Vec::new(),
                allowances: HashMap::new(),
                per_second: limits.introspections_per_second,
            }),
            news: Notify::new(),
            patience: Duration::from_millis(limits.introspection_milliseconds),
        }
    }

    /// A place among those who wait for the answer; None: there is no room, or too much is asked.
    fn enter(&self, question: &Question) -> Option<oneshot::Receiver<()>> {
        let (now, (answer, answered)) = (Instant::now(), oneshot::channel());
        let mut open = self.open();
        open.asked.retain(|_, asked| now.duration_since(asked.since) < self.patience);
        if let Some(asked) = open.asked.get_mut(&question.digest) {
            if asked.waiting.len() >= MOST_WAITING {
                return None;
            }
            asked.waiting.push(answer);
            return Some(answered);
        }
        let (provider, was_active) = (&question.issuer.name, question.was_active);
        let is_alike = |other: &Question| other.was_active == was_active && other.issuer.name == *provider;
        let alike = open.asked.values().filter(|asked| is_alike(&asked.question)).count();
        let per_second = if was_active { open.per_second.saturating_mul(4) } else { open.per_second };
        let allowance =
            open.allowances.entry((Arc::clone(provider), was_active)).or_insert_with(|| Allowance::new(per_second));
        if alike >= MOST_OPEN || !allowance.take(now) {
            return None;
        }
        let asked = Asked { question: question.clone(), since: now, waiting: vec![answer] };
        open.asked.insert(question.digest, asked);
        open.unsent.push(question.digest);
        drop(open);
        self.news.notify_one();
        Some(answered)
    }

    /// Append to `out` what control has to be asked.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut open = self.open();
        for digest in std::mem::take(&mut open.unsent) {
            // Who asked may have given up meanwhile.
            let Some(asked) = open.asked.get(&digest) else { continue };
            let Question { issuer, token, was_active, .. } = &asked.question;
            let frame = json!({
                "kind": "introspect", "question": URL_SAFE_NO_PAD.encode(digest), "issuer": &*issuer.name,
                "token": &**token, "known": was_active,
            });
            out.extend_from_slice(frame.to_string().as_bytes());
            out.push(b'\n');
        }
    }

    fn take(&self, digest: &QuestionDigest) -> Option<Asked> {
        self.open().asked.remove(digest)
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wait until something is known about the token of this refusal.
///
/// # Errors
/// The refusal itself: nobody answered in time, or too much is asked already.
pub async fn ask(engine: &Arc<Engine>, refusal: Box<Refusal>) -> Result<(), Box<Refusal>> {
    let answered = refusal.question.as_ref().and_then(|question| engine.questions.enter(question));
    let Some(answered) = answered else { return Err(refusal) };
    match timeout(engine.questions.patience, answered).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(refusal),
    }
}

/// The signed text of an answer. `said` is null where the provider could not be asked.
#[derive(Debug, Deserialize)]
struct Answer {
    question: String,
    said: Option<Map<String, Value>>,
}

/// Take control's answer; a problem says why it is not believed.
///
/// # Errors
/// It is not control's, or not in its form.
pub fn accept(engine: &Engine, frame: &IntrospectedFrame, verifier: &Verifier) -> Result<(), String> {
    if !verifier.is_answer_signed(frame) {
        return Err("the signature is not control's".to_owned());
    }
    let answer: Answer = serde_json::from_str(&frame.payload).map_err(|error| error.to_string())?;
    let digest = URL_SAFE_NO_PAD.decode(&answer.question).ok().and_then(|digest| digest.try_into().ok());
    let digest: QuestionDigest = digest.ok_or_else(|| "an answer to no question".to_owned())?;
    // Too late, or never asked: nobody waits, and nothing is learnt.
    let Some(asked) = engine.questions.take(&digest) else { return Ok(()) };
    if let Some(said) = &answer.said {
        engine.world.load().introspections.answer(&asked.question, said, clock::unix_milliseconds());
        for waiting in asked.waiting {
            let _ = waiting.send(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use firstclass_bundle::directory::Issuer;
    use firstclass_decide::IssuerEntry;

    use super::*;

    fn question(number: u16, was_active: bool) -> Question {
        question_to("opaque", number, was_active)
    }

    fn question_to(provider: &str, number: u16, was_active: bool) -> Question {
        let source: Issuer = serde_json::from_value(json!({
            "tenant": "main", "issuer": "https://opaque.example", "audience": "notes", "algorithms": [],
            "application_claim": null, "types": [], "introspection": {"cache_seconds": 2}, "keys": [],
        }))
        .expect("an issuer");
        let issuer = Arc::new(IssuerEntry::new(provider.into(), &source).expect("an entry"));
        let mut digest = [0; 32];
        digest[..2].copy_from_slice(&number.to_be_bytes());
        digest[2] = u8::from(was_active);
        Question { digest, issuer, token: format!("token-{number}").into(), was_active }
    }

    #[test]
    fn inventions_take_no_place_of_a_token_that_was_active_and_control_is_told_which_is_which() {
        let questions = Questions::new(&Limits { introspections_per_second: 10_000, ..Limits::default() });
        let inventions: Vec<_> = (0..1000).filter_map(|number| questions.enter(&question(number, false))).collect();
        assert_eq!(inventions.len(), MOST_OPEN);
        let mut out = Vec::new();
        questions.write(&mut out);
        assert!(!String::from_utf8(out).expect("text").contains(r#""known":true"#));
        let known: Vec<_> = (0..1000).filter_map(|number| questions.enter(&question(number, true))).collect();
        assert_eq!(known.len(), MOST_OPEN);
        let mut out = Vec::new();
        questions.write(&mut out);
        assert_eq!(String::from_utf8(out).expect("text").matches(r#""known":true"#).count(), MOST_OPEN);
    }

    #[test]
    fn a_slow_provider_takes_no_place_of_another_ones_tokens() {
        let questions = Questions::new(&Limits { introspections_per_second: 10_000, ..Limits::default() });
        assert_eq!((0..1000).filter(|number| questions.enter(&question(*number, true)).is_some()).count(), MOST_OPEN);
        let mut others = question_to("another", 0, true);
        others.digest[3] = 1;
        assert!(questions.enter(&others).is_some());
    }

    #[test]
    fn an_allowance_is_so_many_a_second() {
        let mut allowance = Allowance::new(5);
        let start = allowance.filled;
        assert_eq!((0..10).filter(|_| allowance.take(start)).count(), 5);
        let later = start + Duration::from_millis(400);
        assert_eq!((0..10).filter(|_| allowance.take(later)).count(), 2);
        let much_later = start + Duration::from_secs(3600);
        assert_eq!((0..10).filter(|_| allowance.take(much_later)).count(), 5);
    }
}
