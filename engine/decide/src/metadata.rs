//! Where tokens for an API are to be had (RFC 9728): the document that a `WWW-Authenticate` points to.

use firstclass_body::text::append_json_string;

use crate::policy::{Policy, ReadyScheme};
use crate::world::World;

/// Beginning of the paths at which these documents lie (RFC 9728 §3.1).
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The JSON document at this normalised path, if it is one of an API that takes tokens.
#[must_use]
pub fn find_metadata(path: &[u8], world: &World) -> Option<Vec<u8>> {
    let base = path.strip_prefix(WELL_KNOWN.as_bytes())?;
    let policy = world.apis.policies().find(|policy| policy.api.base_path.as_bytes() == base)?;
    let issuers = issuers(policy, world);
    if issuers.is_empty() {
        return None;
    }
    let mut out = b"{\"resource\":".to_vec();
    append_json_string(&mut out, &format!("{}{}", world.public_url, policy.api.base_path));
    out.extend_from_slice(b",\"authorization_servers\":[");
    for (index, issuer) in issuers.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        append_json_string(&mut out, issuer);
    }
    out.extend_from_slice(b"],\"bearer_methods_supported\":[\"header\"]}");
    Some(out)
}

/// The issuers whose tokens some scheme of the API takes.
fn issuers<'a>(policy: &Policy, world: &'a World) -> Vec<&'a str> {
    let takes = |scheme: &ReadyScheme, name: &str| match scheme {
        ReadyScheme::Bearer { issuer, .. } => issuer.as_deref().is_none_or(|wanted| wanted == name),
        ReadyScheme::Key { .. } | ReadyScheme::Session | ReadyScheme::Own(_) => false,
    };
    let entries = world.directory.issuers().iter().filter(|entry| entry.tenant() == policy.api.tenant);
    let entries = entries.filter(|entry| policy.schemes.iter().any(|scheme| takes(scheme, &entry.name)));
    entries.map(|entry| entry.issuer()).collect()
}
