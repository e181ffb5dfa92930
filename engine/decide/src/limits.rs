//! Fourth stage: the limits of the caller's plan and the rates of the contract; all of them are charged, or none. What
//! they say is written down for the answer: the fields of draft-ietf-httpapi-ratelimit-headers-11.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use firstclass_bundle::{Limit, Rate, RateKey, Reason};

use crate::counted::{Durable, Part, parts};
use crate::counters::Counters;
use crate::directory::SubscriptionEntry;
use crate::facts::Facts;
use crate::plan::PlanEntry;
use crate::policy::{Operation, Policy};
use crate::quotas::{Spent, Wanted};
use crate::rate::{Buckets, NANOSECONDS, Taken};
use crate::refusal::{Refusal, Retry, Rule};
use crate::request::{LimitFields, Now};
use crate::slots::Places;
use crate::subscription::Granted;
use crate::window;

/// A caller that has all places taken may come back after this: nobody knows when one becomes free.
const PLACE_SECONDS: u64 = 1;

/// What an exchange holds on to until it ends, and what is to be leased for those after it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Charged {
    /// Given back when the last holder drops them.
    pub places: Option<Arc<Places>>,
    pub ahead: Vec<Wanted>,
}

/// One call before its limits.
pub(crate) struct Stage<'a> {
    pub policy: &'a Policy,
    pub operation: &'a Operation,
    pub counters: &'a Counters,
    pub peer: IpAddr,
    pub now: Now,
}

/// Why a limit lets nobody through now.
enum Full {
    /// Come back after so many seconds.
    For(Reason, u64),
    /// A lease is to be waited for.
    Wanted(Wanted),
}

/// A plan and what its limits count together: the product, or the API.
struct Scope<'a> {
    plan: &'a PlanEntry,
    product: Option<&'a str>,
}

impl Stage<'_> {
    /// Charges the plan of one subscription, and every rate of the contract. Subscriptions add up: one that has no plan
    /// lets through what its contract does; of several plans the first that lets through is charged.
    pub fn check(
        &self,
        granted: &Granted<'_>,
        facts: &mut Facts,
        fields: &mut LimitFields,
    ) -> Result<Charged, Box<Refusal>> {
        let mut charged = Charged::default();
        let mut refused = None;
        let mut scope = None;
        for (subscription, plan) in &granted.plans {
            fields.clear();
            charged = Charged::default();
            match self.charge_plan(subscription, plan, facts, fields, &mut charged) {
                Ok(()) => {
                    scope = Some(Scope { plan, product: subscription.product.as_deref() });
                    refused = None;
                    facts.plan = Some(Arc::clone(plan));
                    break;
                }
                Err(refusal) if refusal.lease_wanted.is_some() => {
                    facts.plan = Some(Arc::clone(plan));
                    return Err(refusal);
                }
                Err(refusal) => refused = refused.or_else(|| Some((refusal, Arc::clone(plan)))),
            }
        }
        if let Some((refusal, plan)) = refused {
            facts.plan = Some(plan);
            return Err(refusal);
        }
        self.charge_rates(facts, fields).inspect_err(|_| {
            if let Some(scope) = scope {
                let paid = scope.plan.limits_of(&self.operation.id).list.len();
                self.give_back(&scope, paid, facts);
            }
        })?;
        Ok(charged)
    }

    fn charge_plan(
        &self,
        subscription: &SubscriptionEntry,
        plan: &PlanEntry,
        facts: &Facts,
        fields: &mut LimitFields,
        charged: &mut Charged,
    ) -> Result<(), Box<Refusal>> {
        let scope = Scope { plan, product: subscription.product.as_deref() };
        let limits = plan.limits_of(&self.operation.id);
        let mut places = Places::new(&self.counters.slots);
        for (position, (index, name)) in limits.list.iter().enumerate() {
            let limit = &plan.limits[*index];
            let full = match self.charge(&scope, limit, facts, &mut places, charged) {
                Ok((left, seconds)) => {
                    fields.add(name, left, seconds);
                    continue;
                }
                Err(full) => full,
            };
            self.give_back(&scope, position, facts);
            return Err(self.refuse(full, Rule::Limit(*index), name, &limits.policy));
        }
        fields.policy.push_str(&limits.policy);
        charged.places = (!places.is_empty()).then(|| Arc::new(places));
        Ok(())
    }

    /// Takes one call of a limit; what is left, and for how many seconds that is all.
    fn charge(
        &self,
        scope: &Scope<'_>,
        limit: &Limit,
        facts: &Facts,
        places: &mut Places,
        charged: &mut Charged,
    ) -> Result<(u64, Option<u64>), Full> {
        let key = self.key(scope, limit, facts);
        match limit {
            Limit::Rate { count, period_seconds, .. } => {
                let buckets = self.buckets(limit.by(), facts);
                match buckets.take(key, *count, *period_seconds, self.now.monotonic_ns) {
                    Taken::Yes { left, next } => Ok((left, Some(seconds(next)))),
                    Taken::No(wait) => Err(Full::For(Reason::RateExceeded, seconds(wait))),
                    Taken::NoRoom => Err(Full::For(Reason::Overloaded, PLACE_SECONDS)),
                }
            }
            Limit::Concurrency { count, .. } => match places.take(key, *count) {
                Some(left) => Ok((left, None)),
                None => Err(Full::For(Reason::ConcurrencyExceeded, PLACE_SECONDS)),
            },
            Limit::Quota { count, window, .. } => {
                let now = self.counters.quotas.advance(self.now.unix_ms);
                let (start, end) = window::bounds(*window, now);
                let wanted = || Wanted { key, text: self.text(scope, limit, facts), start, end, count: *count };
                match self.counters.quotas.spend(key, *count, (start, end), now) {
                    Spent::Yes { left, ahead } => {
                        if ahead {
                            charged.ahead.push(wanted());
                        }
                        Ok((left, Some(end.saturating_sub(now))))
                    }
                    Spent::No => Err(Full::For(Reason::QuotaExceeded, end.saturating_sub(now).max(1))),
                    Spent::Wait => Err(Full::Wanted(wanted())),
                    Spent::NoRoom => Err(Full::For(Reason::Overloaded, PLACE_SECONDS)),
                }
            }
        }
    }

    /// The first `paid` limits do not count this call. Places drop by themselves.
    fn give_back(&self, scope: &Scope<'_>, paid: usize, facts: &Facts) {
        for (index, _) in scope.plan.limits_of(&self.operation.id).list.iter().take(paid) {
            let limit = &scope.plan.limits[*index];
            let key = self.key(scope, limit, facts);
            match limit {
                Limit::Rate { .. } => self.buckets(limit.by(), facts).give_back(key),
                Limit::Quota { window, .. } => {
                    let now = self.counters.quotas.advance(self.now.unix_ms);
                    self.counters.quotas.give_back(key, window::bounds(*window, now).0);
                }
                Limit::Concurrency { .. } => {}
            }
        }
    }

    /// A limit's counter of this caller in memory. A changed rate begins anew; a changed quota or concurrency does not.
    fn key(&self, scope: &Scope<'_>, limit: &Limit, facts: &Facts) -> u128 {
        self.counters.key(&PlanKey { stage: self, scope, limit, facts })
    }

    /// The same in bytes that outlive a restart.
    fn text(&self, scope: &Scope<'_>, limit: &Limit, facts: &Facts) -> Vec<u8> {
        let mut text = Durable::default();
        text.text(b't', &self.policy.api.tenant);
        match scope.product {
            Some(product) => text.text(b'p', product),
            None => text.text(b'A', &self.policy.api.name),
        }
        text.text(b'P', &scope.plan.name);
        text.text(b'o', limit.operation().unwrap_or_default());
        if let Limit::Quota { window, .. } = limit {
            text.text(b'w', window_word(*window));
        }
        for part in parts(limit.by(), facts, self.peer) {
            text.part(part);
        }
        text.0
    }

    /// Charges every rate that the contract names, or none.
    fn charge_rates(&self, facts: &Facts, fields: &mut LimitFields) -> Result<(), Box<Refusal>> {
        let rates = &self.operation.declared.rates;
        for (index, rate) in rates.iter().enumerate() {
            let key = self.rate_key(index, rate, facts);
            let buckets = self.buckets(&rate.by, facts);
            let full = match buckets.take(key, rate.count, rate.period_seconds, self.now.monotonic_ns) {
                Taken::Yes { left, next } => {
                    fields.add(&rate_name(index), left, Some(seconds(next)));
                    continue;
                }
                Taken::No(wait) => Full::For(Reason::RateExceeded, seconds(wait)),
                Taken::NoRoom => Full::For(Reason::Overloaded, PLACE_SECONDS),
            };
            for (paid, rate) in rates.iter().enumerate().take(index) {
                let buckets = self.buckets(&rate.by, facts);
                buckets.give_back(self.rate_key(paid, rate, facts));
            }
            let (rule, policy) = (Rule::Rate(self.operation.index, index), &self.operation.rate_policy);
            return Err(self.refuse(full, rule, &rate_name(index), policy));
        }
        if !rates.is_empty() {
            fields.policy.push_str(if fields.policy.is_empty() { "" } else { ", " });
            fields.policy.push_str(&self.operation.rate_policy);
        }
        Ok(())
    }

    /// Where a caller that is counted `by` this has its buckets.
    fn buckets(&self, by: &[RateKey], facts: &Facts) -> &Buckets {
        let is_stranger = parts(by, facts, self.peer).any(|part| matches!(part, Part::Network(_)));
        if is_stranger { &self.counters.stranger_rates } else { &self.counters.rates }
    }

    fn rate_key(&self, index: usize, rate: &Rate, facts: &Facts) -> u128 {
        self.counters.key(&RateOf { stage: self, index, rate, facts })
    }

    /// Every limit of its kind, and the state of the one that refused.
    fn refuse(&self, full: Full, rule: Rule, name: &str, policy: &str) -> Box<Refusal> {
        match full {
            Full::Wanted(wanted) => {
                let mut refusal = Refusal::by(Reason::Overloaded, rule);
                refusal.lease_wanted = Some(Box::new(wanted));
                refusal
            }
            Full::For(Reason::Overloaded, _) => Refusal::by(Reason::Overloaded, rule),
            Full::For(reason, seconds) => {
                let mut refusal = Refusal::by(reason, rule);
                let state = match reason {
                    Reason::ConcurrencyExceeded => format!("\"{name}\";r=0"),
                    _ => format!("\"{name}\";r=0;t={seconds}"),
                };
                refusal.retry = Some(Box::new(Retry { seconds, policy: policy.to_owned(), state }));
                refusal
            }
        }
    }
}

fn seconds(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(NANOSECONDS).max(1)
}

fn window_word(window: firstclass_bundle::Window) -> &'static str {
    match window {
        firstclass_bundle::Window::Hour => "hour",
        firstclass_bundle::Window::Day => "day",
        firstclass_bundle::Window::Month => "month",
    }
}

/// What callers know a contract's rate by.
fn rate_name(index: usize) -> Cow<'static, str> {
    if index == 0 { Cow::Borrowed("default") } else { Cow::Owned(format!("default-{}", index + 1)) }
}

/// Value of `RateLimit-Policy` for the rates of a contract's operation.
pub(crate) fn rate_policy(rates: &[Rate]) -> Box<str> {
    let mut policy = String::new();
    for (index, rate) in rates.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // A write to memory does not fail.
        let _ = write!(policy, "{comma}\"{}\";q={};w={}", rate_name(index), rate.count, rate.period_seconds);
    }
    policy.into()
}

struct RateOf<'a> {
    stage: &'a Stage<'a>,
    index: usize,
    rate: &'a Rate,
    facts: &'a Facts,
}

impl Hash for RateOf<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Stage { policy, operation, peer, .. } = self.stage;
        (0u8, &*policy.api.name, &*operation.id, self.index, self.rate.count, self.rate.period_seconds).hash(state);
        parts(&self.rate.by, self.facts, *peer).for_each(|part| part.hash(state));
    }
}

struct PlanKey<'a> {
    stage: &'a Stage<'a>,
    scope: &'a Scope<'a>,
    limit: &'a Limit,
    facts: &'a Facts,
}

impl Hash for PlanKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Stage { policy, peer, .. } = self.stage;
        let within = self.scope.product.unwrap_or(&policy.api.name);
        let plan = &*self.scope.plan.name;
        (1u8, &*policy.api.tenant, self.scope.product.is_some(), within, plan, self.limit.operation()).hash(state);
        match self.limit {
            Limit::Rate { count, period_seconds, .. } => (0u8, count, period_seconds).hash(state),
            Limit::Quota { window, .. } => (1u8, window).hash(state),
            Limit::Concurrency { .. } => 2u8.hash(state),
        }
        parts(self.limit.by(), self.facts, *peer).for_each(|part| part.hash(state));
    }
}
