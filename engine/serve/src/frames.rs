//! What control sends over the link, and the signatures that make it believable.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{digest, hmac, signature};
use serde::{Deserialize, Serialize};

use crate::config::Config;

/// Key id of what this engine wrote for itself when it compacted its log; accepted from its own disk only.
const OWN: &str = "(this engine)";

/// One line from control. An unknown kind ends the connection.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Frame {
    Bundle(BundleFrame),
    BundleRemoved(BundleFrame),
    Directory(DirectoryFrame),
    Synced {
        directory_sequence: u64,
        /// Names of the APIs that are live; None: control does not say.
        #[serde(default)]
        apis: Option<BTreeSet<String>>,
    },
    Ping {
        directory_sequence: u64,
    },
    Introspected(IntrospectedFrame),
}

/// What a provider said about an opaque token.
#[derive(Debug, Deserialize)]
pub struct IntrospectedFrame {
    pub payload: String,
    pub signature: Signature,
}

/// A bundle, or without a payload its removal. This is also what lies on disk.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct BundleFrame {
    pub api: String,
    pub sequence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    pub signature: Signature,
    /// Another bundle follows, and becomes effective together with this one.
    #[serde(default, skip_serializing)]
    pub more: bool,
}

/// Changes of the directory. This is also what lies on disk.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct DirectoryFrame {
    pub payload: String,
    pub signature: Signature,
}

/// A detached signature and the key it was made with.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Signature {
    pub key: String,
    pub value: String,
}

/// Checks signatures.
#[derive(Debug)]
pub struct Verifier {
    keys: Vec<(String, Vec<u8>)>,
    own: hmac::Key,
}

impl Verifier {
    /// A verifier for the keys of the configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let label = hmac::Key::new(hmac::HMAC_SHA256, config.mask_key.bytes());
        let own = hmac::sign(&label, b"firstclass engine directory");
        Self {
            keys: config.verify_keys.iter().map(|(id, key)| (id.clone(), key.bytes().to_vec())).collect(),
            own: hmac::Key::new(hmac::HMAC_SHA256, own.as_ref()),
        }
    }

    /// Whether control signed this bundle, or this removal.
    #[must_use]
    pub fn is_bundle_signed(&self, frame: &BundleFrame) -> bool {
        let what = if frame.payload.is_some() { "bundle" } else { "bundle removed" };
        let payload = frame.payload.as_deref().unwrap_or_default();
        self.is_signed(&frame.signature, &format!("firstclass {what}\n{}\n{}\n{payload}", frame.api, frame.sequence))
    }

    /// Whether control signed these changes.
    #[must_use]
    pub fn is_directory_signed(&self, frame: &DirectoryFrame) -> bool {
        self.is_signed(&frame.signature, &format!("firstclass directory\n{}", frame.payload))
    }

    /// Whether control signed what a provider said.
    #[must_use]
    pub fn is_answer_signed(&self, frame: &IntrospectedFrame) -> bool {
        self.is_signed(&frame.signature, &format!("firstclass introspected\n{}", frame.payload))
    }

    /// Whether these changes were compacted by this engine from signed ones.
    #[must_use]
    pub fn is_own(&self, frame: &DirectoryFrame) -> bool {
        frame.signature.key == OWN
            && URL_SAFE_NO_PAD
                .decode(&frame.signature.value)
                .is_ok_and(|value| hmac::verify(&self.own, frame.payload.as_bytes(), &value).is_ok())
    }

    /// Seal changes that this engine compacted.
    #[must_use]
    pub fn seal_own(&self, payload: String) -> DirectoryFrame {
        let value = URL_SAFE_NO_PAD.encode(hmac::sign(&self.own, payload.as_bytes()));
        DirectoryFrame { payload, signature: Signature { key: OWN.to_owned(), value } }
    }

    fn is_signed(&self, signature: &Signature, text: &str) -> bool {
        let Ok(value) = URL_SAFE_NO_PAD.decode(&signature.value) else { return false };
        self.keys.iter().filter(|(id, _)| *id == signature.key).any(|(_, key)| {
            signature::UnparsedPublicKey::new(&signature::ED25519, key).verify(text.as_bytes(), &value).is_ok()
        })
    }
}

/// Hexadecimal SHA-256 of a bundle's payload.
#[must_use]
pub fn hash(payload: &str) -> String {
    digest::digest(&digest::SHA256, payload.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
