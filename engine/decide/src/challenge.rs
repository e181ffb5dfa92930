//! What a refusal says would be accepted (RFC 9110 §11.6.1), and where tokens are to be had (RFC 9728 §5.1).

use firstclass_bundle::{Access, Reason};

use crate::media_type::is_token;
use crate::metadata::WELL_KNOWN;
use crate::own::{Own, OwnPlace};
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
            ReadyScheme::Own(own) => own_challenge(own, &policy.api.name),
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

/// What the upstream would say, as far as the contract tells.
fn own_challenge(own: &Own, realm: &str) -> String {
    match &own.place {
        OwnPlace::Header { word: Some(word), .. } => {
            let (first, rest) = word.split_at(1);
            format!("{}{rest} realm=\"{realm}\"", first.to_ascii_uppercase())
        }
        OwnPlace::Header { name, word: None } => format!("ApiKey header=\"{}\"", name.text()),
        OwnPlace::Query(name) if is_token(name.as_bytes()) => format!("ApiKey query=\"{name}\""),
        OwnPlace::Query(_) => "ApiKey in=\"query\"".to_owned(),
        OwnPlace::Cookie(name) => format!("ApiKey cookie=\"{name}\""),
    }
}
