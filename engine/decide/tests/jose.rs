//! The JOSE vectors: half of Wycheproof's JWS set, the IETF cookbook and RFC 8037, judged by the verifier itself. They
//! are read from `FIRSTCLASS_TEST_DATA` (default: beside the repository) and skipped where they are absent.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "says what was skipped and how many were read")]

use std::path::{Path, PathBuf};

use firstclass_decide::jws::{Algorithm, Jws, VerifyKey};
use serde_json::Value;

const ALL: [Algorithm; 4] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256];

fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("FIRSTCLASS_TEST_DATA").map_or_else(beside, PathBuf::from);
    let folder = root.join("jose");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no test data at {}", folder.display());
    None
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

fn accepts(token: &str, key: &Value, allowed: &[Algorithm]) -> bool {
    let keys: Vec<VerifyKey> = VerifyKey::from_jwk(key).into_iter().collect();
    Jws::parse(token.as_bytes()).is_ok_and(|jws| jws.verify(&keys, allowed).is_ok())
}

/// The algorithm that the token's header names, where it can be read at all.
fn algorithm(token: &str) -> Option<String> {
    let jws = Jws::parse(token.as_bytes()).ok()?;
    jws.header.get("alg")?.as_str().map(str::to_owned)
}

#[test]
fn the_wycheproof_vectors_get_the_right_verdict() {
    let Some(folder) = folder() else { return };
    let file = read(&folder.join("wycheproof_jws_subset.json"));
    let (mut accepted, mut refused, mut not_ours) = (0, 0, 0);
    for group in file["testGroups"].as_array().expect("groups") {
        let key = if group["public"].is_object() { &group["public"] } else { &group["private"] };
        for test in group["tests"].as_array().expect("tests") {
            let number = &test["tcId"];
            let token = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
            let valid = test["result"] == "valid";
            // Valid elsewhere, but not with one of the four algorithms, or not with the key's own.
            let ours = algorithm(&token)
                .is_some_and(|name| Algorithm::find(&name).is_some() && key["alg"].as_str() == Some(&*name));
            let verdict = accepts(&token, key, &ALL);
            assert_eq!(verdict, valid && ours, "tcId {number}: {}", test["comment"]);
            match (valid, verdict) {
                (true, true) => accepted += 1,
                (true, false) => not_ours += 1,
                _ => refused += 1,
            }
        }
    }
    println!("accepted {accepted}, refused {refused}, valid with an algorithm that is not ours {not_ours}");
    assert!(accepted >= 7 && refused >= 170, "the vectors were read");
}

#[test]
fn the_cookbook_signatures_are_accepted_where_the_algorithm_is_ours() {
    let Some(folder) = folder() else { return };
    let (mut accepted, mut seen) = (0, 0);
    for folder in [folder.join("jws"), folder.join("curve25519"), folder.join("rfc7797")] {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let example = read(&entry.path());
            let (Some(token), key) = (example["output"]["compact"].as_str(), &example["input"]["key"]) else {
                continue;
            };
            seen += 1;
            let ours = example["input"]["alg"].as_str().is_some_and(|name| Algorithm::find(name).is_some());
            assert_eq!(accepts(token, key, &ALL), ours, "{}", entry.path().display());
            accepted += usize::from(ours);
            let others: Vec<Algorithm> =
                ALL.into_iter().filter(|one| Some(one.name()) != example["input"]["alg"].as_str()).collect();
            assert!(!accepts(token, key, &others), "an algorithm that is not allowed");
        }
    }
    println!("{accepted} of {seen} accepted");
    assert!(accepted >= 2 && seen > accepted);
}

#[test]
fn a_key_for_something_else_is_no_key() {
    let Some(folder) = folder() else { return };
    let public = read(&folder.join("jwk/3_3.rsa_public_key.json"));
    let key = |name: &str, value: Value| {
        let mut key = public.clone();
        key[name] = value;
        VerifyKey::from_jwk(&key).is_some()
    };
    assert!(VerifyKey::from_jwk(&public).is_some());
    assert!(!key("use", Value::from("enc")));
    assert!(!key("key_ops", serde_json::json!(["encrypt"])));
    assert!(!key("key_ops", Value::from("verify")));
    assert!(!key("kty", Value::from("oct")));
    assert!(!key("n", Value::from("AQAB")), "a short modulus");
    assert!(!key("n", Value::from(1)));
    assert!(!key("kid", Value::from(1)));
}
