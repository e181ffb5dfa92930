//! Every bound that keeps memory and time finite, with defaults for the open internet. `limits` in the engine's
//! configuration overrides them by name; an unknown name refuses to start.

use std::time::Duration;

use firstclass_framing::HeadLimits;
use serde::Deserialize;

/// Bounds of one engine process.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Client connections at once, over all listeners. Also bounded by half of the process's descriptors.
    pub connections: usize,
    /// Client connections at once from one address (IPv6: from one /64). Load balancers share one address: raise it there.
    pub connections_per_address: usize,
    /// Exchanges at once per worker; the excess is refused as `overloaded` at once rather than served late.
    pub exchanges: usize,
    /// Bytes of a request head, the request line included.
    pub head_bytes: usize,
    /// Header fields of a request.
    pub header_count: usize,
    /// Bytes of a request target.
    pub target_bytes: usize,
    /// Bytes of an answer's head.
    pub answer_head_bytes: usize,
    /// Header fields of an answer.
    pub answer_header_count: usize,
    /// Interim answers (1xx) before the final one.
    pub interim_answers: usize,
    /// Bytes of all bodies held in memory at once, in both directions; beyond it calls are refused as `overloaded`.
    pub held_bytes: usize,
    /// Bytes of a streamed request body where the contract names no bound.
    pub streamed_request_bytes: u64,
    /// Bytes of an unread request body that are read and thrown away to keep a connection.
    pub drained_bytes: usize,
    /// From a request's first byte to the end of its head; slower heads end the connection.
    pub head_milliseconds: u64,
    /// Without any byte of a request body that is being read.
    pub body_stall_milliseconds: u64,
    /// For a whole request body that is held.
    pub body_milliseconds: u64,
    /// Between two requests on a kept connection, and before the first.
    pub idle_milliseconds: u64,
    /// Without the other side taking a byte of a message.
    pub write_stall_milliseconds: u64,
    /// Slowest pace of a body or an answer, over all of it, beyond the time that it may take anyway: a byte now and then
    /// must not hold memory or a connection for ever.
    pub slowest_bytes_per_second: u64,
    /// For a connection to an upstream.
    pub connect_milliseconds: u64,
    /// Idle connections kept per upstream and worker.
    pub upstream_idle: usize,
    /// How long an upstream connection is kept idle.
    pub upstream_idle_milliseconds: u64,
    /// How long a connection lingers after an error, so that the client can read the answer.
    pub linger_milliseconds: u64,
    /// From SIGTERM to the end, whatever is still running.
    pub drain_milliseconds: u64,
    /// Rate buckets, and quotas, held at once, of some 80 bytes each; beyond them new callers of limited operations are `overloaded`.
    pub rate_buckets: usize,
    /// How long a call waits for its quota to be leased from the disk; beyond it, it is `overloaded`.
    pub quota_lease_milliseconds: u64,
    /// Verified tokens that are remembered, so that a signature is checked once.
    pub cached_tokens: usize,
    /// Sessions of APIs that have their own, of some 500 bytes each; the oldest goes when there are more.
    pub sessions: usize,
    /// The same for one user of one API, so that nobody pushes out the sessions of others.
    pub sessions_per_subject: usize,
    /// Answers about opaque tokens that are remembered.
    pub cached_introspections: usize,
    /// Tokens that nothing is known of, per second, about which control is asked; more are `overloaded`. Tokens that were
    /// active at the last answer have four times as many places of their own.
    pub introspections_per_second: u32,
    /// How long a call waits for the answer; then it is `overloaded`.
    pub introspection_milliseconds: u64,
    /// Bytes of events that wait for the disk, per worker and lane; more are dropped and counted.
    pub event_buffer_bytes: usize,
    /// All segments of the event log; the oldest go first. Half is for what callers were let in with, a quarter for what
    /// was refused to them, and a quarter for strangers.
    pub event_log_bytes: u64,
    /// How long a starting engine waits for control's word before it serves what is on its disk: what was revoked while
    /// it was away must not pass for a moment.
    pub first_word_milliseconds: u64,
    /// Without word from control, after which the directory counts as stale.
    pub directory_stale_seconds: u64,
    /// Without word from control, after which replayable credentials are refused.
    pub directory_cut_off_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_address: 2_048,
            exchanges: 4_096,
            head_bytes: 32 * 1024,
            header_count: 100,
            target_bytes: 8 * 1024,
            answer_head_bytes: 64 * 1024,
            answer_header_count: 200,
            interim_answers: 8,
            held_bytes: 256 << 20,
            streamed_request_bytes: 1 << 30,
            drained_bytes: 64 * 1024,
            head_milliseconds: 10_000,
            body_stall_milliseconds: 10_000,
            body_milliseconds: 60_000,
            idle_milliseconds: 60_000,
            write_stall_milliseconds: 30_000,
            slowest_bytes_per_second: 4_096,
            connect_milliseconds: 2_000,
            upstream_idle: 256,
            upstream_idle_milliseconds: 15_000,
            linger_milliseconds: 1_000,
            drain_milliseconds: 10_000,
            rate_buckets: 262_144,
            quota_lease_milliseconds: 5_000,
            cached_tokens: 32_768,
            sessions: 100_000,
            sessions_per_subject: 100,
            cached_introspections: 16_384,
            introspections_per_second: 50,
            introspection_milliseconds: 3_000,
            event_buffer_bytes: 4 << 20,
            event_log_bytes: 1 << 30,
            first_word_milliseconds: 1_000,
            directory_stale_seconds: 60,
            directory_cut_off_seconds: 86_400,
        }
    }
}

impl Limits {
    /// Milliseconds that this many bytes may take at the slowest pace.
    #[must_use]
    pub fn slowest(&self, bytes: u64) -> u64 {
        bytes.saturating_mul(1000) / self.slowest_bytes_per_second.max(1)
    }

    /// Bounds of a request's head.
    #[must_use]
    pub fn request_head(&self) -> HeadLimits {
        HeadLimits { bytes: self.head_bytes, fields: self.header_count, target: self.target_bytes, interim: 0 }
    }

    /// Bounds of an answer's head.
    #[must_use]
    pub fn answer_head(&self) -> HeadLimits {
        let (bytes, fields) = (self.answer_head_bytes, self.answer_header_count);
        HeadLimits { bytes, fields, target: 0, interim: self.interim_answers }
    }

    /// How long a drain may take.
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_milliseconds)
    }
}
