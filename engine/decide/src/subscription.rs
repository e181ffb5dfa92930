//! Third stage: whether the application may call this operation, and which categories it sees unmasked.

use std::sync::Arc;

use firstclass_bundle::{Access, Reason};

use crate::directory::{Directory, SubscriptionEntry};
use crate::facts::Facts;
use crate::plan::PlanEntry;
use crate::policy::{Operation, Policy};
use crate::refusal::{Refusal, Rule};

/// What the subscriptions of an application add up to.
#[derive(Debug, Default)]
pub(crate) struct Granted<'a> {
    /// The set of categories that they unmask.
    pub unmask: u64,
    /// Their plans; empty where one of them has none.
    pub plans: Vec<(&'a SubscriptionEntry, &'a Arc<PlanEntry>)>,
}

/// What all matching subscriptions grant; public operations, and calls that the contract lets in without any application,
/// are unmasked nothing and have no plan.
pub(crate) fn check<'a>(
    policy: &Policy,
    operation: &Operation,
    directory: &'a Directory,
    facts: &Facts,
    now_ms: u64,
) -> Result<Granted<'a>, Box<Refusal>> {
    if matches!(operation.declared.access, Access::Public {}) || facts.without_application {
        return Ok(Granted::default());
    }
    let refused = || Refusal::by(Reason::NotSubscribed, Rule::Access(operation.index));
    let application = facts.application.as_ref().ok_or_else(refused)?;
    let mut granted = Granted::default();
    let (mut is_granted, mut is_unlimited) = (false, false);
    for subscription in directory.granted(&application.id) {
        if !covers(subscription, policy, operation, now_ms) {
            continue;
        }
        match &subscription.plan {
            None => is_unlimited = true,
            // A plan that nobody has told us about may say anything: it grants nothing.
            Some(name) => match directory.find_plan(name).filter(|plan| plan.tenant == subscription.tenant) {
                Some(plan) => granted.plans.push((subscription, plan)),
                None => continue,
            },
        }
        is_granted = true;
        granted.unmask |= policy.category_bits(&subscription.unmask);
    }
    if is_unlimited {
        granted.plans.clear();
    }
    if is_granted { Ok(granted) } else { Err(refused()) }
}

fn covers(subscription: &SubscriptionEntry, policy: &Policy, operation: &Operation, now_ms: u64) -> bool {
    *subscription.api == *policy.api.name
        && *subscription.tenant == *policy.api.tenant
        && subscription.until.is_none_or(|until| now_ms < until)
        && subscription.operations.binary_search_by(|granted| (**granted).cmp(&operation.id)).is_ok()
}
