//! A believed foreign issuer, as the directory describes it.

use serde::{Deserialize, Serialize};

/// An entry of `issuers`. `id` of the change is its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    pub tenant: String,
    /// Exact value of `iss`.
    pub issuer: String,
    /// One of these values must be the audience, alone or as one member of an array. None at all: its tokens name no
    /// audience, and are believed of registered applications only.
    pub audience: Names,
    /// Claim that holds the audience.
    #[serde(default = "aud")]
    pub audience_claim: String,
    /// Subset of ES256, EdDSA, PS256, RS256.
    pub algorithms: Vec<String>,
    /// Claims that name the application, the first that is there; none: its tokens speak for people only.
    pub application_claim: Names,
    /// Accepted `typ` header values in lower case ("at+jwt", "jwt", "" for absent).
    pub types: Vec<String>,
    /// What tells its access tokens from its other tokens; all of them must be met.
    #[serde(default)]
    pub required_claims: Vec<RequiredClaim>,
    /// Its tokens are opaque: control asks the issuer about each (RFC 7662).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection: Option<Introspection>,
    /// Public JWKs as control fetched them.
    pub keys: Vec<serde_json::Value>,
}

fn aud() -> String {
    "aud".to_owned()
}

/// How long the answers of an introspecting issuer are believed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Introspection {
    /// At most 30.
    pub cache_seconds: u64,
}

/// One of these claims must be there and, where values are listed, have one of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredClaim {
    pub claims: Vec<String>,
    pub values: Vec<String>,
}

/// Null, one name, or a list of names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(from = "OneOrMany", into = "OneOrMany")]
pub struct Names(pub Vec<String>);

impl Names {
    /// The names, in the order in which they are written.
    #[must_use]
    pub fn list(&self) -> &[String] {
        &self.0
    }
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
    Nothing(()),
}

impl From<OneOrMany> for Names {
    fn from(from: OneOrMany) -> Self {
        match from {
            OneOrMany::One(name) => Self(vec![name]),
            OneOrMany::Many(names) => Self(names),
            OneOrMany::Nothing(()) => Self(Vec::new()),
        }
    }
}

impl From<Names> for OneOrMany {
    fn from(mut names: Names) -> Self {
        match names.0.len() {
            0 => Self::Nothing(()),
            1 => Self::One(names.0.remove(0)),
            _ => Self::Many(names.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_null_one_or_a_list() {
        for (text, names) in [("null", &[][..]), (r#""a""#, &["a"]), (r#"["a","b"]"#, &["a", "b"])] {
            let read: Names = serde_json::from_str(text).expect("names");
            assert_eq!(read.list(), names);
            assert_eq!(serde_json::to_string(&read).expect("text"), text);
        }
        assert!(serde_json::from_str::<Names>("7").is_err());
    }
}
