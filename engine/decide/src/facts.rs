//! What an event says about a call: gathered stage by stage, so that a refusal knows as much as was known.

use std::sync::Arc;

use crate::bearer::Token;
use crate::directory::{ApplicationEntry, CredentialEntry};
use crate::plan::PlanEntry;
use crate::policy::{Operation, Policy};
use crate::refusal::Rule;
use crate::sessions::SessionDigest;

/// Everything known about the caller and the operation. Cloning costs a few reference counts.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub policy: Option<Arc<Policy>>,
    /// Index into the policy's operations.
    pub operation: Option<usize>,
    pub application: Option<Arc<ApplicationEntry>>,
    pub credential: Option<Arc<CredentialEntry>>,
    /// A key of ours that is good no more came beside what let the caller in: whoever holds it is worth a look.
    pub refused_credential: Option<Arc<CredentialEntry>>,
    /// The key stood in the query: one of another gateway, on its way out.
    pub key_in_query: bool,
    pub token: Option<Arc<Token>>,
    /// The plan that was charged, or that refused.
    pub plan: Option<Arc<PlanEntry>>,
    /// The session that was presented, where the API has its own.
    pub session: Option<SessionDigest>,
    /// What let the caller in names no application: a session alone, or what the upstream alone checks.
    pub without_application: bool,
    /// The upstream's own credential that the contract asks for and the call came without: index into the schemes.
    pub missing: Option<usize>,
    /// `Authorization` passes on: the upstream checks it, alone or once more.
    pub authorization_passes: bool,
    /// The scheme whose header holds a key of class legacy that the upstream checks once more.
    pub key_passes: Option<usize>,
}

impl Facts {
    /// The API's name.
    #[must_use]
    pub fn api(&self) -> Option<&str> {
        self.policy.as_ref().map(|policy| &*policy.api.name)
    }

    /// The API's tenant.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.policy.as_ref().map(|policy| &*policy.api.tenant)
    }

    /// Hash of the bundle that decided.
    #[must_use]
    pub fn contract_hash(&self) -> Option<&str> {
        self.policy.as_ref().map(|policy| &*policy.hash)
    }

    /// The operation as the bundle describes it.
    #[must_use]
    pub fn find_operation(&self) -> Option<&Operation> {
        self.policy.as_ref()?.operations.get(self.operation?)
    }

    /// The contract's `operationId`.
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        self.find_operation().map(|operation| &*operation.id)
    }

    /// The path template below the base path.
    #[must_use]
    pub fn template(&self) -> Option<&str> {
        self.find_operation().map(|operation| &*operation.template)
    }

    /// Id of the application.
    #[must_use]
    pub fn application_id(&self) -> Option<&str> {
        self.application.as_ref().map(|application| &*application.id)
    }

    /// Name of the application, as the origin learns it.
    #[must_use]
    pub fn application_name(&self) -> Option<&str> {
        self.application.as_ref().map(|application| &*application.name)
    }

    /// Id of the API key that was presented, good or not.
    #[must_use]
    pub fn credential_id(&self) -> Option<&str> {
        let presented = self.credential.as_ref().or(self.refused_credential.as_ref());
        presented.map(|credential| &*credential.id)
    }

    /// The end user that the token speaks for. Events carry a keyed digest of it, never the text.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.token.as_ref()?.subject.as_deref()
    }

    /// Who says whom the token speaks for: the exact `iss`; empty for a session of the API's own.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.token.as_ref().map(|token| token.issuer_name())
    }

    /// The place of a rule as events name it: in the bundle, or in the plan of this call. Empty: none.
    #[must_use]
    pub fn place_of(&self, rule: Rule) -> String {
        match (rule, &self.plan) {
            (Rule::Limit(_), Some(plan)) => format!("plans/{}/{rule}", plan.name),
            _ => rule.to_string(),
        }
    }

    /// The application that a token names and nobody registered: the issuer's entry and the client id.
    #[must_use]
    pub fn unregistered(&self) -> Option<(&str, &str)> {
        let client = self.token.as_ref()?.client.as_ref()?;
        self.application.is_none().then(|| client.parts())
    }

    /// The credential tier that was presented: "key", "bearer", or none.
    #[must_use]
    pub fn tier(&self) -> Option<&'static str> {
        match (&self.credential, &self.token) {
            (_, Some(_)) => Some("bearer"),
            (Some(_), None) => Some("key"),
            (None, None) => None,
        }
    }
}
