//! What is forwarded: a head written anew from what was decided. Only headers that are known or declared, identity that
//! the engine alone sets, and of credentials those alone that are the API's to check.

use std::io::Write as _;
use std::net::IpAddr;

use firstclass_framing::canonical::{HeadWriter, request_body};
use firstclass_framing::{BodyLength, FramingError, Header, KnownHeader};

use crate::facts::Facts;
use crate::policy::{Operation, Policy, ReadyScheme};
use crate::request::{RequestView, Workspace};
use crate::world::PublicOrigin;

/// Appends the head of the request to the origin, its empty line included.
#[allow(clippy::too_many_arguments, reason = "each is another fact about one message")]
pub(crate) fn write_head(
    out: &mut Vec<u8>,
    view: &RequestView<'_>,
    policy: &Policy,
    operation: &Operation,
    facts: &Facts,
    public: Option<&PublicOrigin>,
    body: BodyLength,
    workspace: &mut Workspace,
) -> Result<(), FramingError> {
    write_target(view, policy, workspace);
    let method = view.head.method_span.of(view.bytes);
    let mut writer = HeadWriter::request(out, method, &workspace.target, policy.upstream.authority.as_bytes());
    for header in &view.head.headers {
        let passes = match header.known {
            // Without a body it describes nothing, and yet some APIs answer 415 to a call that comes without it.
            KnownHeader::ContentType => {
                body != BodyLength::None || policy.pass.has(header.known) && !view.head.headers.repeats(header.known)
            }
            // Only where an answer that is not rewritten declares `ETag`: elsewhere these would ask about bytes that the
            // caller never sees.
            KnownHeader::IfMatch | KnownHeader::IfNoneMatch => operation.conditional,
            KnownHeader::IfModifiedSince | KnownHeader::IfUnmodifiedSince => false,
            // The API's own session, which came once and is known; what the contract says that the API checks, alone or
            // once more. No other credential passes on.
            KnownHeader::Authorization => facts.session.is_some() || facts.authorization_passes,
            _ => is_declared(policy, operation, header, view.bytes) || passes_key(policy, facts, header, view.bytes),
        };
        if passes {
            writer.copy(header, view.bytes);
        }
    }
    if !workspace.cookies.is_empty() {
        writer.known(KnownHeader::Cookie, &workspace.cookies)?;
    }
    if let Some(name) = facts.application_name() {
        writer.known(KnownHeader::FirstclassApplication, name.as_bytes())?;
    }
    if let Some(subject) = facts.subject() {
        writer.known(KnownHeader::FirstclassSubject, subject.as_bytes())?;
    }
    writer.known(KnownHeader::FirstclassOperation, operation.id.as_bytes())?;
    writer.known(KnownHeader::FirstclassRequestId, view.request_id.as_bytes())?;
    let (text, length) = address(view.peer);
    writer.known(KnownHeader::XForwardedFor, &text[..length])?;
    let (scheme, host) = match public {
        Some(public) => (public.scheme.as_bytes(), public.authority.as_bytes()),
        None if view.secure => (&b"https"[..], view.head.host.of(view.bytes)),
        None => (&b"http"[..], view.head.host.of(view.bytes)),
    };
    writer.known(KnownHeader::XForwardedProto, scheme)?;
    writer.known(KnownHeader::XForwardedHost, host)?;
    writer.end(request_body(view.head.method, body));
    Ok(())
}

/// Whether a header passes that no rule of its own speaks about.
pub(crate) fn is_declared(policy: &Policy, operation: &Operation, header: &Header, bytes: &[u8]) -> bool {
    policy.pass.has(header.known)
        || operation.headers.iter().any(|(name, _)| name.names(header, bytes))
        || operation.passes_own(header, bytes)
}

/// The key of class legacy that let the caller in, where the API checks it once more.
fn passes_key(policy: &Policy, facts: &Facts, header: &Header, bytes: &[u8]) -> bool {
    facts.key_passes.is_some_and(|index| match &policy.schemes[index] {
        ReadyScheme::Key { header: key, .. } => key.names(header, bytes),
        _ => false,
    })
}

/// The upstream's path prefix, the path below the base path as it was normalised, the query as it was judged.
fn write_target(view: &RequestView<'_>, policy: &Policy, workspace: &mut Workspace) {
    let target = &mut workspace.target;
    target.clear();
    target.extend_from_slice(policy.api.upstream_path.as_bytes());
    target.extend_from_slice(view.target.path().get(policy.api.base_path.len()..).unwrap_or_default());
    if !workspace.query.is_empty() {
        target.push(b'?');
        target.extend_from_slice(&workspace.query);
    }
}

/// The longest address in text takes 45 bytes.
fn address(peer: IpAddr) -> ([u8; 48], usize) {
    let mut text = [0; 48];
    let mut rest = &mut text[..];
    let written = match peer.to_canonical() {
        IpAddr::V4(address) => append_octets(address.octets(), &mut rest),
        IpAddr::V6(address) => write!(rest, "{address}"),
    };
    let length = 48 - rest.len();
    (text, if written.is_ok() { length } else { 0 })
}

/// The formatting machinery takes longer than all other headers together.
fn append_octets(octets: [u8; 4], out: &mut &mut [u8]) -> std::io::Result<()> {
    for (index, octet) in octets.into_iter().enumerate() {
        let digits = [b'.', b'0' + octet / 100, b'0' + octet / 10 % 10, b'0' + octet % 10];
        let first = if octet >= 100 {
            1
        } else if octet >= 10 {
            2
        } else {
            3
        };
        if index > 0 {
            out.write_all(&digits[..1])?;
        }
        out.write_all(&digits[first..])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses_are_written_as_everywhere() {
        for text in ["0.0.0.0", "9.10.99.100", "192.0.2.255", "2001:db8::1", "::"] {
            let (written, length) = address(text.parse().expect("an address"));
            assert_eq!(&written[..length], text.as_bytes());
        }
        let (written, length) = address("::ffff:192.0.2.1".parse().expect("an address"));
        assert_eq!(&written[..length], b"192.0.2.1");
    }
}
