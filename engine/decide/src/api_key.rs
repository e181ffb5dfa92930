//! API keys: the text of a key is digested with every pepper, whatever it looks like, and the digest is looked up. So a
//! known key and an unknown one cost the same work, and no secret is ever compared byte by byte (THREATS 21). While keys of
//! another gateway are known, each text is digested as one of these, too: they may look like anything.

use std::hint::black_box;
use std::sync::Arc;

use firstclass_bundle::Reason;
use firstclass_bundle::directory::{CredentialClass, CredentialState};
use ring::{digest, hmac};

use crate::directory::{ApplicationEntry, CredentialEntry, Directory};
use crate::request::KeyWork;

/// No key is longer, not even an imported one.
pub const MAX_KEY_BYTES: usize = 512;

/// Beginnings of our own keys; text like this in a URL is a leaked key.
pub(crate) const PREFIXES: [&str; 2] = ["fc_live_", "fc_test_"];

/// Whether one of our own keys stands somewhere in a text.
#[must_use]
pub fn holds_key(text: &[u8]) -> bool {
    // Each begins with two letters and an underscore, which is rare in what is looked at.
    let begins = |at: usize| PREFIXES.iter().any(|prefix| text[at..].starts_with(prefix.as_bytes()));
    memchr::memchr_iter(b'_', text).any(|underscore| begins(underscore.saturating_sub(2)))
}

/// What is digested for a key of class legacy begins with this: its SHA-256, which others may hold, is no key itself.
const LEGACY_LABEL: &[u8] = b"legacy key\n";

/// The keys under which digests were made, by keyring id.
pub struct Peppers {
    list: Vec<(Box<str>, hmac::Key)>,
}

impl Peppers {
    /// Prepares the keys of the keyring.
    pub fn new<'a>(peppers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let prepare = |(id, secret): (&str, &[u8])| (Box::from(id), hmac::Key::new(hmac::HMAC_SHA256, secret));
        Self { list: peppers.into_iter().map(prepare).collect() }
    }
}

impl std::fmt::Debug for Peppers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.list.iter().map(|(id, _)| id)).finish()
    }
}

/// The credential that this text is, if it is good now.
pub(crate) fn check(
    text: &[u8],
    directory: &Directory,
    peppers: &Arc<Peppers>,
    tenant: &str,
    now_ms: u64,
    memory: &mut KeyMemory,
    work: &mut KeyWork,
) -> Result<(Arc<CredentialEntry>, Arc<ApplicationEntry>), KeyFault> {
    let invalid = KeyFault { reason: Reason::CredentialInvalid, credential: None };
    let Some(credential) = find(text, directory, peppers, memory, work) else { return Err(invalid) };
    let application = directory.find_application(&credential.application);
    let application = application.filter(|application| *application.tenant == *tenant && *credential.tenant == *tenant);
    let Some(application) = application else { return Err(invalid) };
    let refused = |reason| KeyFault { reason, credential: Some(credential.clone()) };
    if credential.state == CredentialState::Revoked || !application.enabled {
        return Err(refused(Reason::CredentialRevoked));
    }
    if now_ms >= credential.expires_at {
        return Err(refused(Reason::CredentialExpired));
    }
    Ok((credential, application.clone()))
}

/// Why a key is not good; the credential is known if its text was right.
#[derive(Debug)]
pub(crate) struct KeyFault {
    pub reason: Reason,
    pub credential: Option<Arc<CredentialEntry>>,
}

/// The key text that this connection presented last, and its digests: a caller keeps its connection and its key, and
/// need not have it digested anew each time. What the digest stands for is looked up every time.
#[derive(Default)]
pub(crate) struct KeyMemory {
    text: Vec<u8>,
    peppers: Option<Arc<Peppers>>,
    /// One for each pepper, and then, where keys of class legacy are known, one more for each.
    digests: Vec<[u8; 32]>,
}

impl std::fmt::Debug for KeyMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyMemory")
    }
}

impl KeyMemory {
    fn holds(&self, text: &[u8], peppers: &Arc<Peppers>, count: usize) -> bool {
        self.peppers.as_ref().is_some_and(|held| Arc::ptr_eq(held, peppers))
            && self.digests.len() == count
            && equals(&self.text, text)
    }

    fn digest(&mut self, text: &[u8], peppers: &Arc<Peppers>, legacy: bool, work: &mut KeyWork) {
        let count = peppers.list.len() * if legacy { 2 } else { 1 };
        if self.holds(text, peppers, count) {
            return;
        }
        self.peppers = Some(peppers.clone());
        self.text.clear();
        self.text.extend_from_slice(text);
        self.digests.clear();
        for (_, key) in &peppers.list {
            self.push(&hmac::sign(key, text), work);
        }
        if legacy {
            let known = digest::digest(&digest::SHA256, text);
            for (_, key) in &peppers.list {
                let mut context = hmac::Context::with_key(key);
                context.update(LEGACY_LABEL);
                context.update(known.as_ref());
                self.push(&context.sign(), work);
            }
        }
    }

    fn push(&mut self, tag: &hmac::Tag, work: &mut KeyWork) {
        let mut digest = [0; 32];
        digest.copy_from_slice(tag.as_ref());
        self.digests.push(digest);
        work.digests += 1;
    }
}

fn find(
    text: &[u8],
    directory: &Directory,
    peppers: &Arc<Peppers>,
    memory: &mut KeyMemory,
    work: &mut KeyWork,
) -> Option<Arc<CredentialEntry>> {
    // The sender knows how long its text is: nothing is told by not digesting it.
    if text.is_empty() || text.len() > MAX_KEY_BYTES || text.contains(&b',') {
        return None;
    }
    memory.digest(text, peppers, directory.has_legacy(), work);
    let mut found = None;
    let kinds = [CredentialClass::Standard, CredentialClass::Legacy].into_iter();
    let made = kinds.flat_map(|class| peppers.list.iter().map(move |(id, _)| (class, id)));
    for ((class, id), digest) in made.zip(&memory.digests) {
        let entry = directory.find_digest(digest);
        let held = entry.map_or(&[0; 32], |entry| &entry.digest);
        let equal = equals(held, digest);
        work.comparisons += 1;
        if let Some(entry) = entry
            && equal
            && *entry.pepper == **id
            && entry.class == class
        {
            found = Some(entry.clone());
        }
    }
    found
}

/// Compares in time that depends on the lengths only.
fn equals(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b));
    a.len() == b.len() && black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_seen_wherever_it_stands() {
        for prefix in PREFIXES {
            for text in [format!("{prefix}x"), format!("a_{prefix}"), format!("__f{prefix}"), format!("fc_{prefix}é")]
            {
                assert!(holds_key(text.as_bytes()), "{text}");
            }
            for text in [&prefix[1..], &prefix[..prefix.len() - 1], &prefix.to_uppercase(), "_", "fc_", "x86_64", ""] {
                assert!(!holds_key(text.as_bytes()), "{text}");
            }
        }
    }
}
