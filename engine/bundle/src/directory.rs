//! The directory: what changes by the minute. A snapshot or a delta is a list of changes keyed by (type, id); an upsert
//! carries a value, a tombstone none. Applying the same change twice is harmless.

use serde::{Deserialize, Serialize};

/// A signed payload of changes. `snapshot`: replaces everything; else `from` must equal the sequence held.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    pub format: u32,
    pub snapshot: bool,
    /// Sequence that these changes follow; 0 in a snapshot.
    pub from: u64,
    /// Sequence reached when all are applied.
    pub to: u64,
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Change {
    Application { id: String, value: Option<Application> },
    Credential { id: String, value: Option<Credential> },
    Subscription { id: String, value: Option<Subscription> },
    Issuer { id: String, value: Option<Issuer> },
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    pub tenant: String,
    pub name: String,
    /// False: every credential of it is refused as revoked.
    pub enabled: bool,
    /// Names in foreign issuers' tokens.
    pub clients: Vec<Client>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Name of the issuer's entry in `firstclass.yaml`.
    pub issuer: String,
    pub client_id: String,
}

/// An API key, as far as the engine may know it: the peppered digest of the whole key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    pub tenant: String,
    /// Application id.
    pub application: String,
    /// base64url, no padding: HMAC-SHA-256(pepper, key text).
    pub digest: String,
    /// Keyring id of the pepper.
    pub pepper: String,
    pub state: CredentialState,
    /// Unix milliseconds.
    pub expires_at: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    Active,
    Revoked,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    pub tenant: String,
    /// Application id.
    pub application: String,
    pub api: String,
    pub operations: Vec<String>,
    pub unmask: Vec<String>,
    /// Unix milliseconds; None: no end.
    pub until: Option<u64>,
}

/// A believed foreign issuer. `id` of the change is its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    pub tenant: String,
    /// Exact value of `iss`.
    pub issuer: String,
    /// Exactly this value must be `aud`, alone or as one member of an array.
    pub audience: String,
    /// Subset of ES256, EdDSA, PS256, RS256.
    pub algorithms: Vec<String>,
    /// Claim that names the application; None: its tokens speak for people only.
    pub application_claim: Option<String>,
    /// Accepted `typ` header values in lower case ("at+jwt", "jwt", "" for absent).
    pub types: Vec<String>,
    /// Public JWKs as control fetched them.
    pub keys: Vec<serde_json::Value>,
}
