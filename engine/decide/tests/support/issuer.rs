//! A foreign identity provider: one ES256 key, tokens good and bad.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::{NOW_MS, with};

pub const URL: &str = "https://accounts.people.example";
pub const AUDIENCE: &str = "the-api";

pub struct Provider {
    pub kid: String,
    random: SystemRandom,
    pair: EcdsaKeyPair,
}

impl Provider {
    pub fn new(kid: &str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).expect("it");
        Self { kid: kid.to_owned(), random, pair }
    }

    pub fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({"kty": "EC", "crv": "P-256", "kid": self.kid, "use": "sig", "alg": "ES256",
               "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])})
    }

    /// Its entry in the directory.
    pub fn entry(&self, name: &str, more: Value) -> Value {
        let value = json!({
            "tenant": "main", "issuer": URL, "audience": AUDIENCE, "algorithms": ["ES256", "EdDSA", "PS256", "RS256"],
            "application_claim": null, "types": ["at+jwt", "jwt", ""], "keys": [self.jwk()],
        });
        json!({"type": "issuer", "id": name, "value": with(value, more)})
    }

    pub fn claims() -> Value {
        let now = NOW_MS / 1000;
        json!({"iss": URL, "aud": AUDIENCE, "sub": "7", "client_id": "acme-7", "iat": now, "exp": now + 300})
    }

    /// A token with these members in place of the honest ones.
    pub fn token(&self, header: Value, claims: Value) -> String {
        let header = with(json!({"alg": "ES256", "typ": "at+jwt", "kid": self.kid}), header);
        self.sign(&header.to_string(), &with(Self::claims(), claims).to_string())
    }

    /// A token of this very header and payload.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.pair.sign(&self.random, text.as_bytes()).expect("a signature");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
