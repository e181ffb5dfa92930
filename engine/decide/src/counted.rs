//! What a limit tells apart: application, subject or network of a caller.

use std::net::IpAddr;

use firstclass_bundle::RateKey;

use crate::facts::Facts;

/// One thing that calls are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part<'a> {
    Application(&'a str),
    /// Issuer and subject: two issuers may call two people the same.
    Subject(&'a str, &'a str),
    /// API and subject: so may two APIs, each of which signs people in by itself.
    Session(&'a str, &'a str),
    Network(u128),
}

/// The parts of a caller's key. Where no application or subject is known, its network stands for it.
pub(crate) fn parts<'a>(by: &'a [RateKey], facts: &'a Facts, peer: IpAddr) -> impl Iterator<Item = Part<'a>> {
    by.iter().map(move |key| {
        let part = match key {
            RateKey::Application => facts.application_id().map(Part::Application),
            RateKey::Subject => {
                facts.token.as_ref().zip(facts.subject()).map(|(token, subject)| match token.issuer_name() {
                    "" => Part::Session(facts.api().unwrap_or_default(), subject),
                    issuer => Part::Subject(issuer, subject),
                })
            }
            RateKey::Address => None,
        };
        part.unwrap_or_else(|| Part::Network(network(peer)))
    })
}

/// One subscriber's network: an IPv6 caller has at least a /64 to draw addresses from.
pub(crate) fn network(peer: IpAddr) -> u128 {
    match peer.to_canonical() {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits() >> 64 | 1 << 127,
    }
}

/// Bytes that say the same after a restart, unlike what a seeded hasher makes of them.
#[derive(Debug, Default)]
pub(crate) struct Durable(pub Vec<u8>);

impl Durable {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    /// Appends text under a label; labels keep different things apart.
    pub fn text(&mut self, label: u8, text: &str) {
        self.0.push(label);
        self.write(text.as_bytes());
    }

    /// Appends what the caller is counted by.
    pub fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Application(id) => self.text(b'a', id),
            Part::Subject(issuer, subject) => {
                self.text(b'i', issuer);
                self.text(b's', subject);
            }
            Part::Session(api, subject) => {
                self.text(b'e', api);
                self.text(b's', subject);
            }
            Part::Network(network) => {
                self.0.push(b'n');
                self.write(&network.to_be_bytes());
            }
        }
    }
}
