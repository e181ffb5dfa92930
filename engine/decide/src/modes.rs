//! Which classes of rules one caller is held to. Where a class is enforced for a share of the callers, who is in it is
//! drawn by a keyed hash of who calls, so that one caller always sees one behaviour, on every engine and after a restart.

use std::net::IpAddr;

use firstclass_bundle::{Modes, RuleClass, Share};
use ring::hmac;

use crate::counted::network;
use crate::facts::Facts;

/// Keeps the draw apart from everything else that is made with the same secret.
const LABEL: &[u8] = b"firstclass share of callers";

/// The classes that are enforced for this call; the others are only observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held(u8);

impl Held {
    const ALL: Self = Self(0b1111);

    /// Whether a violation of this class is refused.
    #[must_use]
    pub fn to(self, class: RuleClass) -> bool {
        self.0 & bit(class) != 0
    }

    /// A body that nobody can read is let through only where bodies need not be judged either.
    pub(crate) fn to_media_types(self) -> bool {
        self.to(RuleClass::MediaTypes) || self.to(RuleClass::Bodies)
    }
}

fn bit(class: RuleClass) -> u8 {
    1 << class as u8
}

/// What `modes` mean for this caller: an application and its subject, or where nobody's subject is known the
/// application and the network that it calls from.
pub(crate) fn held(modes: Modes, facts: &Facts, peer: IpAddr, secret: &[u8]) -> Held {
    if modes == Modes::ENFORCE {
        return Held::ALL;
    }
    let shares = [modes.parameters, modes.media_types, modes.bodies, modes.conformance];
    let is_shared = shares.iter().any(|share| !matches!(*share, Share::NONE | Share::ALL));
    let drawn = if is_shared { draw(facts, peer, secret) } else { 0 };
    let mut held = Held(0);
    for (class, share) in RuleClass::ALL.into_iter().zip(shares) {
        if share.holds(drawn) {
            held.0 |= bit(class);
        }
    }
    held
}

/// A number below [`Share::WHOLE`], the same for every call of a caller to an API.
fn draw(facts: &Facts, peer: IpAddr, secret: &[u8]) -> u16 {
    let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), LABEL);
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()));
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(facts.api().unwrap_or_default().as_bytes());
    part(facts.application_id().unwrap_or_default().as_bytes());
    match (facts.token.as_ref(), facts.subject()) {
        (Some(token), Some(subject)) => {
            part(token.issuer_name().as_bytes());
            part(subject.as_bytes());
        }
        _ => part(&network(peer).to_be_bytes()),
    }
    let tag = context.sign();
    let head = tag.as_ref().iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    u16::try_from(head % u64::from(Share::WHOLE)).unwrap_or(0)
}
