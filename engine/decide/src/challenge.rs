//! What a refusal says would be accepted (RFC 9110 §11.6.1), and where tokens are to be had (RFC 9728 §5.1).

use firstclass_bundle::{Access, Reason};

use crate::metadata::WELL_KNOWN;
use crate::policy::{Operation, Policy, ReadyScheme};
use crate::refusal::Refusal;

/// Adds the challenges of every credential that the operation takes, where the refusal is about credentials.
pub(crate) fn add(refusal: &mut Refusal, policy: &Policy, operation: &Operation, public_url: &str) {
    let error = match refusal.reason {
        Reason::CredentialMissing | Reason::SubjectUnknown => "",
        Reason::ScopeMissing => ", error=\"insufficient_scope\"",
        reason if reason.status() == 401 => ", error=\"invalid_token\"",
        _ => return,
    };
    let Access::AnyOf(alternatives) = &operation.declared.access else { return };
    for requirement in alternatives.iter().flatten() {
        let challenge = match &policy.schemes[requirement.scheme] {
            ReadyScheme::Key { header, .. } => format!("ApiKey header=\"{}\"", header.text()),
            ReadyScheme::Bearer { .. } => {
                let base = &policy.api.base_path;
                format!("Bearer resource_metadata=\"{public_url}{WELL_KNOWN}{base}\"{error}")
            }
            // Where it is to be had is the API's own business. One that nobody knows has to be begun anew.
            ReadyScheme::Session => {
                let error = if refusal.reason == Reason::SubjectUnknown { ", error=\"invalid_token\"" } else { error };
                format!("Bearer realm=\"{}\"{error}", policy.api.name)
            }
        };
        if !refusal.challenges.contains(&challenge) {
            refusal.challenges.push(challenge);
        }
    }
}
