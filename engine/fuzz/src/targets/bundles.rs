//! Bundles and directories: any bytes are an error or something that serves requests, and never a panic.
//!
//! The first byte says what follows: a bundle, or changes of the directory.

use std::sync::Arc;

use firstclass_bundle::Document;
use firstclass_bundle::directory::Changes;
use firstclass_decide::{Directory, Policy, Routes};

use crate::choices::Choices;

/// Judge one input.
pub fn run(input: &[u8]) {
    let mut choices = Choices(input);
    if choices.byte() & 1 == 0 {
        load(choices.0);
        return;
    }
    let Ok(changes) = serde_json::from_slice::<Changes>(choices.0) else { return };
    let Ok(directory) = Directory::new().apply(&changes) else { return };
    assert_eq!(directory.sequence(), changes.to);
    let (applications, credentials, subscriptions) = directory.counts();
    assert!(applications + credentials + subscriptions <= changes.changes.len());
}

/// A bundle from its bytes to its routes; what it compiles to is asked for a few paths.
pub fn load(bytes: &[u8]) {
    let Ok(document) = Document::parse(bytes) else { return };
    let Ok(policy) = Policy::compile(document, "0".repeat(64)) else { return };
    let Ok(routes) = Routes::new(vec![Arc::new(policy)]) else { return };
    for path in [&b"/"[..], b"/v1/", b"/v1/cards/7", b"/v1/cards/7/lines/8"] {
        let _ = routes.find(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_begins_from_a_bundle_that_loads() {
        let whole = &include_bytes!("../../corpus/bundles/whole")[1..];
        let document = Document::parse(whole).expect("a sound bundle");
        Policy::compile(document, "0".repeat(64)).expect("an enforceable bundle");
    }

    #[test]
    fn and_from_changes_that_apply() {
        let all = &include_bytes!("../../corpus/bundles/changes-all")[1..];
        let changes: Changes = serde_json::from_slice(all).expect("changes in their form");
        assert_eq!(Directory::new().apply(&changes).expect("a snapshot").counts(), (1, 1, 1));
    }
}
