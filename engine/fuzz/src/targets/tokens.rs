//! Tokens: nothing makes the verifier panic, and nothing that was not signed is believed.
//!
//! The first byte says what follows: a compact token; a header and, after a line end, a payload, which are encoded
//! here; or a JWK.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_decide::Reason;
use firstclass_decide::jws::{Algorithm, Jws, VerifyKey};
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::support::issuer::Provider;
use crate::support::{House, bundle, operation};

const ALL: [Algorithm; 4] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256];
const MOST: usize = 8 << 10;

struct Guarded {
    house: House,
    keys: Vec<VerifyKey>,
}

thread_local! {
    static GUARDED: RefCell<Guarded> = RefCell::new(guarded());
}

/// Judge one input.
pub fn run(input: &[u8]) {
    // The fuzzer measures each input against what it holds at that moment: what is made once is made before.
    GUARDED.with(|_| ());
    let mut choices = Choices(input);
    let token = match choices.byte() % 4 {
        0 | 1 => choices.0.to_vec(),
        2 => {
            let header = choices.line();
            let parts = [header, choices.0, &[0; 64]].map(|part| URL_SAFE_NO_PAD.encode(part));
            parts.join(".").into_bytes()
        }
        _ => {
            if let Ok(jwk) = serde_json::from_slice::<Value>(choices.0) {
                let _ = VerifyKey::from_jwk(&jwk);
            }
            return;
        }
    };
    GUARDED.with_borrow_mut(|guarded| {
        is_forged(&token, guarded);
        is_refused(&token, &mut guarded.house);
    });
}

fn is_forged(token: &[u8], guarded: &Guarded) {
    let Ok(jws) = Jws::parse(token) else { return };
    assert!(jws.verify(&guarded.keys, &ALL).is_err(), "nobody signed this");
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
    assert_eq!(parts.len(), 3);
    assert_eq!(URL_SAFE_NO_PAD.encode(&jws.payload).as_bytes(), parts[1], "canonical base64url");
    assert!(!jws.header.contains_key("crit") && !jws.header.contains_key("jwk"), "nothing that asks for more");
}

fn is_refused(token: &[u8], house: &mut House) {
    let Ok(text) = std::str::from_utf8(token) else { return };
    if text.len() > MOST || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    let raw = format!("GET /v1/partner HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {text}\r\n\r\n");
    let refusal = house.decide(&raw).expect_err("nobody signed this");
    let said = [Reason::CredentialMissing, Reason::CredentialInvalid, Reason::CredentialExpired];
    assert!(said.contains(&refusal.reason), "{:?}", refusal.reason);
}

fn guarded() -> Guarded {
    let provider = Provider::new("k1");
    let bearer = json!({"access": {"any_of": [[{"scheme": 2, "scopes": []}]]}});
    let mut house = House::new(&bundle(vec![("/partner", vec![operation("partner", "GET", bearer)])], json!([{}])));
    let entry = json!({"issuer": "https://login.partner.example", "application_claim": "client_id"});
    house.apply(vec![provider.entry("partner", entry)]);
    let keys = VerifyKey::from_jwk(&provider.jwk()).into_iter().collect();
    Guarded { house, keys }
}
