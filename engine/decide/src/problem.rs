//! Refusals become responses here, and nowhere else: `application/problem+json` (RFC 9457). Never an offending value,
//! never a byte of the upstream's.

use std::io::Write as _;

use firstclass_body::text::append_json_string;
use firstclass_bundle::Reason;
use firstclass_framing::canonical::HeadWriter;
use firstclass_framing::{BodyLength, KnownHeader};

use crate::refusal::{Refusal, Violation, Where};

impl Refusal {
    /// Appends the whole response. `head_only` answers a HEAD. The connection ends afterwards if the refusal or the
    /// caller says so, and then the response says it too.
    pub fn write_response(&self, out: &mut Vec<u8>, request_id: &str, head_only: bool, keep_alive: bool) {
        // Where the upstream's own status was to be kept and is not known, all that can be said is that it failed.
        let status = if self.status == 0 { 502 } else { self.status };
        let body = self.body(status, request_id);
        let mut writer = HeadWriter::response(out, status);
        // Every value below is made of characters that a field can hold, or is left out.
        let mut field = |known: KnownHeader, value: &str| {
            let _ = writer.known(known, value.as_bytes());
        };
        field(KnownHeader::ContentType, "application/problem+json");
        field(KnownHeader::CacheControl, "no-store");
        field(KnownHeader::XRequestId, request_id);
        for challenge in &self.challenges {
            field(KnownHeader::WwwAuthenticate, challenge);
        }
        if let Some(allow) = &self.allow {
            field(KnownHeader::Allow, allow);
        }
        if let Some(retry) = &self.retry {
            field(KnownHeader::RetryAfter, &retry.seconds.to_string());
            field(KnownHeader::RateLimit, &retry.state);
            field(KnownHeader::RateLimitPolicy, &retry.policy);
        }
        if self.close || !keep_alive {
            writer.close();
        }
        writer.end(BodyLength::Length(body.len() as u64));
        if !head_only {
            out.extend_from_slice(&body);
        }
    }

    /// Violations that the caller is told: those of its own message. What an answer did wrong is evidence, not advice.
    fn told(&self) -> &[Violation] {
        match self.reason {
            Reason::ParameterInvalid | Reason::BodyInvalid | Reason::MaskedValueWritten => &self.violations,
            _ => &[],
        }
    }

    fn body(&self, status: u16, request_id: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let word = self.reason.word();
        // A write to memory does not fail.
        let _ = write!(out, "{{\"type\":\"urn:firstclass:reason:{word}\",\"title\":");
        append_json_string(&mut out, self.reason.title());
        let _ = write!(out, ",\"status\":{status},\"reason\":\"{word}\",\"request_id\":");
        append_json_string(&mut out, request_id);
        let told = self.told();
        if !told.is_empty() {
            out.extend_from_slice(b",\"violations\":[");
            for (index, violation) in told.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                let place = &violation.place;
                let member = if matches!(place, Where::Body(_)) { "pointer" } else { "name" };
                let _ = write!(out, "{{\"in\":\"{}\",\"{member}\":", place.place());
                append_json_string(&mut out, place.name());
                out.extend_from_slice(b",\"keyword\":");
                append_json_string(&mut out, violation.keyword);
                out.push(b'}');
            }
            out.push(b']');
        }
        out.push(b'}');
        out
    }
}
