//! The directory: what changes by the minute. A snapshot or a delta is a list of changes keyed by (type, id); an upsert
//! carries a value, a tombstone an explicit null. Applying the same change twice is harmless.

use serde::{Deserialize, Serialize};

pub use crate::issuer::Issuer;
use crate::mode::ApiModes;
use crate::plan::Plan;

/// Form of changes that this engine reads and writes.
pub const FORMAT: u32 = 1;

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

/// One upsert or tombstone. A change that forgets its value is an error: taken for a tombstone it would erase what it was
/// meant to set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    Application {
        id: String,
        #[serde(deserialize_with = "Option::deserialize")]
        value: Option<Application>,
    },
    Credential {
        id: String,
        #[serde(deserialize_with = "Option::deserialize")]
        value: Option<Credential>,
    },
    Subscription {
        id: String,
        #[serde(deserialize_with = "Option::deserialize")]
        value: Option<Subscription>,
    },
    Issuer {
        id: String,
        #[serde(deserialize_with = "Option::deserialize")]
        value: Option<Issuer>,
    },
    /// What was set at run time for an API; `id` is its name.
    Mode {
        id: String,
        #[serde(deserialize_with = "Option::deserialize")]
        value: Option<ApiModes>,
    },
    Plan {
        id: String,
        #[serde(deserialize_with = "Option::deserialize")]
        value: Option<Plan>,
    },
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
    /// base64url, no padding: HMAC-SHA-256(pepper, key text); of class legacy HMAC-SHA-256(pepper, "legacy key\n" and the
    /// 32 bytes of the text's SHA-256).
    pub digest: String,
    /// Keyring id of the pepper.
    pub pepper: String,
    pub state: CredentialState,
    /// Unix milliseconds.
    pub expires_at: u64,
    /// Absent: a key of ours.
    #[serde(default, skip_serializing_if = "CredentialClass::is_standard")]
    pub class: CredentialClass,
}

/// Whose form a key has, and so what is digested and where it may be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialClass {
    /// A key of ours: the digest is of its text, and it is taken from its header alone.
    #[default]
    Standard,
    /// A key of another gateway: the digest is of the SHA-256 of its text, and it is taken from the query, too, where the
    /// scheme names one.
    Legacy,
}

impl CredentialClass {
    fn is_standard(&self) -> bool {
        *self == Self::Standard
    }
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
    /// Name of the plan whose limits hold for it; None: no limit but the contract's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Name of the product that it is to: what the plan's limits count together. None: the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLICATION: &str = r#"{"tenant":"main","name":"desk","enabled":true,"clients":[]}"#;

    fn parse(members: &str) -> Result<Change, serde_json::Error> {
        serde_json::from_str(&format!(r#"{{"type":"application","id":"app_1"{members}}}"#))
    }

    #[test]
    fn an_upsert_carries_a_value_and_a_tombstone_an_explicit_null() {
        let upsert = parse(&format!(r#","value":{APPLICATION}"#)).expect("an upsert");
        assert!(matches!(upsert, Change::Application { value: Some(_), .. }));
        assert!(matches!(parse(r#","value":null"#), Ok(Change::Application { value: None, .. })));
    }

    #[test]
    fn a_change_without_a_value_is_no_tombstone() {
        let problem = parse("").expect_err("it lacks its value").to_string();
        assert!(problem.contains("missing field `value`"), "{problem}");
    }

    #[test]
    fn a_member_that_nobody_knows_or_that_comes_twice_is_an_error() {
        assert!(parse(r#","value":null,"until":5"#).is_err());
        assert!(parse(&format!(r#","value":{APPLICATION},"value":null"#)).is_err());
        assert!(parse(&format!(r#","value":{}"#, APPLICATION.replace('}', r#","more":1}"#))).is_err());
        assert!(serde_json::from_str::<Change>(r#"{"type":"wish","id":"1","value":null}"#).is_err());
    }
}
