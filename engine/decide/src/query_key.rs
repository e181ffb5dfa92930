//! Keys in a URL. A key of class legacy may stand in the query parameter that its scheme names: it is taken out before
//! anything else reads the query, so that no stage, no log and no upstream sees it. Any other key in a URL is in every log
//! already, and is refused.

use crate::api_key::PREFIXES;
use crate::headers::Found;
use crate::policy::{Operation, Policy, ReadyScheme};
use crate::query::Pairs;
use crate::request::{RequestView, Workspace};

/// What was taken out of the query. The text lives as long as the exchange, in memory that is used again.
#[derive(Default)]
pub(crate) struct QueryKey {
    text: Vec<u8>,
    name: String,
    count: usize,
}

impl std::fmt::Debug for QueryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QueryKey({})", self.count)
    }
}

impl QueryKey {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.name.clear();
        self.count = 0;
    }

    /// The key that stands in this parameter.
    pub(crate) fn find(&self, name: Option<&str>) -> Option<&[u8]> {
        (self.count > 0 && name == Some(&*self.name)).then_some(&*self.text)
    }
}

/// Takes every pair out of the query that one of the API's schemes names for keys of class legacy. One of our own keys
/// stays where it is, to be refused.
pub(crate) fn take(policy: &Policy, workspace: &mut Workspace) {
    for scheme in &policy.schemes {
        if let ReadyScheme::Key { query: Some(name), .. } = scheme {
            take_named(name, &mut workspace.pairs, &mut workspace.query_key);
        }
    }
}

fn take_named(name: &str, pairs: &mut Pairs, key: &mut QueryKey) {
    let mut at = 0;
    while let Some(pair) = pairs.list.get(at) {
        if pairs.name(pair) != name || is_ours(pairs.value(pair)) {
            at += 1;
            continue;
        }
        key.text.clear();
        key.text.extend_from_slice(pairs.value(pair).as_bytes());
        key.name.clear();
        key.name.push_str(name);
        key.count += 1;
        pairs.list.remove(at);
    }
}

fn is_ours(text: &str) -> bool {
    PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

/// One of our own keys, anywhere in the URL: it is in every log already, and on its way into another.
pub(crate) fn has_ours(workspace: &Workspace) -> bool {
    let mut segments = workspace.path.split(|&byte| byte == b'/');
    workspace.pairs.iter().any(|(name, value)| is_ours(value) || is_ours(name))
        || segments.any(|segment| PREFIXES.iter().any(|prefix| segment.starts_with(prefix.as_bytes())))
}

/// A key in the URL that nobody may send there: one of ours anywhere, any under the name of a key header, or a token.
pub(crate) fn has_other(policy: &Policy, operation: &Operation, workspace: &Workspace) -> bool {
    let names_key = |name: &str| {
        policy.schemes.iter().any(|scheme| match scheme {
            ReadyScheme::Key { header, .. } => header.text().eq_ignore_ascii_case(name),
            ReadyScheme::Bearer { .. } | ReadyScheme::Session => {
                name.eq_ignore_ascii_case("access_token") && operation.query.find(name).is_none()
            }
            // Where it stands is between its callers and the upstream.
            ReadyScheme::Own(_) => false,
        })
    };
    has_ours(workspace) || workspace.pairs.names_of_no_scheme().any(names_key)
}

/// More than one key (THREATS 16): twice in the query, or there and in a header. Whose call it is would be a guess.
pub(crate) fn is_ambiguous(policy: &Policy, view: &RequestView<'_>, workspace: &Workspace) -> bool {
    let in_header = |scheme: &ReadyScheme| match scheme {
        ReadyScheme::Key { header, .. } => header.find(view) != Found::Nothing,
        ReadyScheme::Bearer { .. } | ReadyScheme::Session | ReadyScheme::Own(_) => false,
    };
    match workspace.query_key.count {
        0 => false,
        1 => policy.schemes.iter().any(in_header),
        _ => true,
    }
}
