//! One record per call: what it says of the call, and in which lane of the event log it is kept.

use std::net::IpAddr;

use firstclass_decide::{Facts, LeftOut, Reason, Recorded, Rule, Violation};

use crate::request_id;

/// What is known about one finished call, borrowed from it.
#[derive(Debug)]
pub struct Event<'a> {
    /// Wall time of the request's first byte, milliseconds.
    pub time: u64,
    pub request_id: &'a [u8; request_id::LENGTH],
    pub facts: &'a Facts,
    pub method: &'static str,
    /// Of calls that match no operation; see [`path_shape`].
    pub path_shape: Option<String>,
    pub reason: Option<Reason>,
    pub rule: Rule,
    pub violations: &'a [Violation],
    /// What mode and settings let pass, though it is not as the contract declares it.
    pub recorded: &'a [Recorded],
    /// What was left out because the contract does not declare it, where that is told.
    pub left_out: &'a [LeftOut],
    pub times: StageTimes,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub status: u16,
    pub address: IpAddr,
    /// As it came, up to a bound.
    pub user_agent: Option<&'a [u8]>,
}

/// Microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct StageTimes {
    /// From the head to the forwarded request, the held body included.
    pub request: u32,
    /// From there to the answer's head.
    pub upstream: Option<u32>,
    /// All of the call.
    pub total: u32,
}

/// Where an event is kept. Each lane has its own share of memory and disk, so that nobody washes away the traces of
/// others: strangers not those of callers, and what was let in not what was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What known callers were let in with.
    Calls,
    /// What was refused to known callers, or would have been.
    Refusals,
    /// Whatever came without a good credential.
    Strangers,
}

impl Lane {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Calls, Self::Refusals, Self::Strangers];

    /// What the names of its segments end in.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Calls => ".jsonl",
            Self::Refusals => ".refusals.jsonl",
            Self::Strangers => ".strangers.jsonl",
        }
    }

    /// Its part of all that the log may hold: one of so many.
    #[must_use]
    pub fn share(self) -> u64 {
        match self {
            Self::Calls => 2,
            Self::Refusals | Self::Strangers => 4,
        }
    }
}

impl Event<'_> {
    /// Where it is kept.
    #[must_use]
    pub fn lane(&self) -> Lane {
        let is_known = self.facts.credential.is_some() || self.facts.token.is_some();
        if !is_known || self.reason.is_some_and(is_no_credential) {
            Lane::Strangers
        } else if self.reason.is_some() || !self.recorded.is_empty() {
            Lane::Refusals
        } else {
            Lane::Calls
        }
    }
}

#[cfg(test)]
impl<'a> Event<'a> {
    /// A call of a stranger, let in.
    pub fn some(facts: &'a Facts) -> Self {
        Event {
            time: 1_709_210_096_789,
            request_id: b"req_0192f0c1-a2b3-7000-8000-000000000000",
            facts,
            method: "GET",
            path_shape: None,
            reason: None,
            rule: Rule::None,
            violations: &[],
            recorded: &[],
            left_out: &[],
            times: StageTimes { request: 12, upstream: None, total: 345 },
            bytes_in: 0,
            bytes_out: u64::MAX,
            status: 200,
            address: [192, 0, 2, 77].into(),
            user_agent: None,
        }
    }
}

/// Whoever comes with what is good no more is a stranger: nobody knows who holds it.
fn is_no_credential(reason: Reason) -> bool {
    matches!(reason, Reason::CredentialInvalid | Reason::CredentialExpired | Reason::CredentialRevoked)
}

/// A path reduced to its shape: words stay, everything that may be a value becomes `{n}` (digits only) or `{s}`.
#[must_use]
pub fn path_shape(path: &[u8]) -> String {
    let mut shape = String::new();
    for segment in path.split(|byte| *byte == b'/').skip(1).take(12) {
        shape.push('/');
        let is_word =
            segment.len() <= 16 && segment.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b'.'));
        match std::str::from_utf8(segment) {
            Ok("") => {}
            Ok(word) if is_word => shape.push_str(word),
            Ok(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => shape.push_str("{n}"),
            _ => shape.push_str("{s}"),
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unmatched_path_shows_no_value() {
        for (path, shape) in [
            ("/v1/members/4711", "/{s}/members/{n}"),
            ("/login/ana@example.org", "/login/{s}"),
            ("/a/", "/a/"),
            ("/reset/abcdefghijklmnopq", "/reset/{s}"),
        ] {
            assert_eq!(path_shape(path.as_bytes()), shape);
        }
    }

    #[test]
    fn the_lanes_share_the_whole() {
        assert_eq!(Lane::ALL.iter().map(|lane| 100 / lane.share()).sum::<u64>(), 100);
    }
}
