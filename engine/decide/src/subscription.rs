//! Third stage: whether the application may call this operation, and which categories it sees unmasked.

use firstclass_bundle::{Access, Reason};

use crate::directory::{Directory, SubscriptionEntry};
use crate::facts::Facts;
use crate::policy::{Operation, Policy};
use crate::refusal::{Refusal, Rule};

/// The set of categories that all matching subscriptions unmask; public operations unmask nothing.
pub(crate) fn check(
    policy: &Policy,
    operation: &Operation,
    directory: &Directory,
    facts: &Facts,
    now_ms: u64,
) -> Result<u64, Box<Refusal>> {
    if matches!(operation.declared.access, Access::Public {}) {
        return Ok(0);
    }
    let refused = || Refusal::by(Reason::NotSubscribed, Rule::Access(operation.index));
    let application = facts.application.as_ref().ok_or_else(refused)?;
    let mut unmask = None;
    for subscription in directory.granted(&application.id) {
        if covers(subscription, policy, operation, now_ms) {
            unmask = Some(unmask.unwrap_or(0) | policy.category_bits(&subscription.unmask));
        }
    }
    unmask.ok_or_else(refused)
}

fn covers(subscription: &SubscriptionEntry, policy: &Policy, operation: &Operation, now_ms: u64) -> bool {
    *subscription.api == *policy.api.name
        && *subscription.tenant == *policy.api.tenant
        && subscription.until.is_none_or(|until| now_ms < until)
        && subscription.operations.binary_search_by(|granted| (**granted).cmp(&operation.id)).is_ok()
}
