//! The directory: changes are applied whole, in order, twice without harm, and fast however many keys there are.

mod support;

use std::time::Instant;

use firstclass_bundle::directory::Changes;
use firstclass_decide::{Directory, DirectoryError};
use serde_json::{Value, json};
use support::{application, changes, credential, subscription};

fn applied(directory: &Directory, from: u64, list: Vec<Value>) -> Directory {
    directory.apply(&changes(from, list)).expect("changes that follow")
}

#[test]
fn a_delta_follows_what_is_held() {
    let directory = applied(&Directory::new(), 0, vec![application("app_1", "desk")]);
    assert_eq!((directory.sequence(), directory.counts()), (1, (1, 0, 0)));
    let gap = directory.apply(&changes(2, vec![application("app_2", "x")]));
    assert!(matches!(gap, Err(DirectoryError::Gap { held: 1, from: 2 })));
    let next = applied(&directory, 1, vec![application("app_2", "x")]);
    assert_eq!((directory.counts().0, next.counts().0), (1, 2), "the last one is left as it was");
    assert!(next.find_application("app_2").is_some() && directory.find_application("app_2").is_none());
}

#[test]
fn a_snapshot_replaces_everything() {
    let directory =
        applied(&Directory::new(), 0, vec![application("app_1", "desk"), credential("key_1", "app_1", "k")]);
    let next = applied(&directory, 0, vec![application("app_2", "x")]);
    assert_eq!((next.counts(), next.find_application("app_1").is_none()), ((1, 0, 0), true));
}

#[test]
fn changes_may_come_twice_and_in_any_order_of_types() {
    let list =
        vec![subscription("sub_1", "app_1", &["a"]), credential("key_1", "app_1", "k"), application("app_1", "desk")];
    let once = applied(&Directory::new(), 0, list.clone());
    let twice = applied(&once, 1, list);
    assert_eq!((once.counts(), twice.counts()), ((1, 1, 1), (1, 1, 1)));
    let tombstones = ["application", "credential", "subscription", "issuer"]
        .map(|kind| json!({"type": kind, "id": "nobody", "value": null}));
    assert_eq!(applied(&twice, 2, tombstones.to_vec()).counts(), (1, 1, 1));
}

#[test]
fn what_is_not_understood_changes_nothing() {
    let directory = Directory::new();
    let mut bad_digest = credential("key_1", "app_1", "k");
    bad_digest["value"]["digest"] = json!("short");
    let control = application("app_1", "a\r\nb");
    let issuer = json!({"type": "issuer", "id": "i", "value": {"tenant": "main", "issuer": "https://i", "audience": "a",
        "algorithms": ["HS256"], "application_claim": null, "types": ["jwt"], "keys": []}});
    for change in [bad_digest, control, issuer] {
        assert!(matches!(directory.apply(&changes(0, vec![change])), Err(DirectoryError::Invalid { .. })));
    }
    let other: Changes =
        serde_json::from_value(json!({"format": 2, "snapshot": true, "from": 0, "to": 1, "changes": []}))
            .expect("its form");
    assert!(matches!(directory.apply(&other), Err(DirectoryError::Format(2))));
}

#[test]
fn keys_that_cannot_verify_are_left_out_of_an_issuer() {
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let issuer = json!({"type": "issuer", "id": "i", "value": {"tenant": "main", "issuer": "https://i", "audience": "a",
        "algorithms": ["EdDSA"], "application_claim": null, "types": ["jwt"], "keys": [key, {"kty": "oct", "k": "AA"}, 5, {}]}});
    let directory = applied(&Directory::new(), 0, vec![issuer]);
    assert_eq!(directory.issuers()[0].usable_keys(), 1);
}

#[test]
fn one_change_among_a_hundred_thousand_keys_is_quick() {
    let mut list = Vec::new();
    for number in 0..100_000 {
        let (key, app) = (format!("key_{number}"), format!("app_{}", number / 10));
        if number % 10 == 0 {
            list.push(application(&app, &app));
            list.push(subscription(&format!("sub_{number}"), &app, &["a", "b"]));
        }
        list.push(credential(&key, &app, &key));
    }
    let directory = applied(&Directory::new(), 0, list);
    assert_eq!(directory.counts(), (10_000, 100_000, 10_000));
    let revoked = json!({"type": "credential", "id": "key_77", "value": null});
    let next = applied(&directory, 1, vec![revoked.clone()]);
    assert_eq!((next.counts().1, directory.counts().1), (99_999, 100_000));
    // The best of many: a busy machine interrupts some of them.
    let revoked = changes(1, vec![revoked]);
    let took = |_| {
        let began = Instant::now();
        assert!(directory.apply(&revoked).is_ok());
        began.elapsed()
    };
    let best = (0..50).map(took).min().expect("fifty");
    assert!(best.as_millis() < 2, "{best:?}");
}
