//! What would have been refused, what was, and what was left out, counted by place: exact, cumulative since the engine
//! started, bounded. Only calls with such a place come here. A place is a name or a pointer of the contract's, never a
//! value: names that a stranger chose stand as `*` unless they look like names, list indexes and keys of maps always do.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use firstclass_bundle::RuleClass;
use firstclass_decide::{Facts, LEFT_OUT, LeftOut, Policy, Reason, Violation};
use serde::Serialize;

use crate::told_names::told;

/// Rows held for one operation of one contract, and for all together; what comes later is counted without its caller,
/// then without its place.
const MOST_OF_OPERATION: usize = 500;
const MOST: usize = 20_000;
/// What was left out has rows of its own, of requests and of answers apart, so that nobody's invented headers take the
/// place of what would be refused, or of what is left out of answers.
const MOST_LEFT_OUT_OF_OPERATION: usize = 200;
const MOST_LEFT_OUT: usize = MOST / 4;
/// So much of a bundle's hash tells contracts apart.
const HASH: usize = 16;

/// Stands in the place of a class for calls of what no operation is declared for: refused in every mode.
const OPERATIONS: &str = "operations";
/// And for answers that are refused in every mode: nobody can read them, or they hold what nobody declared.
pub const ANSWERS: &str = "answers";

/// What is counted apart. Without a class it is the call itself, without a keyword the class, however many violations
/// there were.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Place {
    pub api: Box<str>,
    pub contract: Box<str>,
    pub operation: Box<str>,
    pub application: Option<Box<str>>,
    pub decision: &'static str,
    pub class: Option<&'static str>,
    #[serde(rename = "in")]
    pub place: Option<&'static str>,
    pub name: Option<Box<str>>,
    pub keyword: Option<&'static str>,
}

/// One row as control receives it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    #[serde(flatten)]
    pub place: Place,
    pub count: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    now: u64,
    reported: u64,
}

/// API, contract and operation; and of what was left out the class.
type Counted = (Box<str>, Box<str>, Box<str>, Option<&'static str>);

#[derive(Debug, Default)]
struct Inner {
    counts: HashMap<Place, Count, ahash::RandomState>,
    /// How many places there are of each.
    of_operation: HashMap<Counted, usize, ahash::RandomState>,
    /// And of what was left out, in all.
    left_out: usize,
}

/// The counts of one engine.
#[derive(Debug, Default)]
pub struct Observed {
    inner: Mutex<Inner>,
}

/// Why a call was, or would have been, refused: one verdict of one stage.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    pub reason: Reason,
    /// The word of its class, or [`ANSWERS`].
    pub class: &'static str,
    pub violations: &'a [Violation],
    /// Whether it is, or would be, a refusal: a fault of an answer that is only noted is none, in no mode.
    pub refuses: bool,
}

/// The class of rules that a reason belongs to; None: it is never relaxed. A credential that the upstream alone checks is
/// asked for as a parameter is: that it was missing names its place, which a credential of ours does not.
#[must_use]
pub fn class_of(reason: Reason, violations: &[Violation]) -> Option<RuleClass> {
    match reason {
        Reason::CredentialMissing if !violations.is_empty() => Some(RuleClass::Parameters),
        Reason::ParameterInvalid => Some(RuleClass::Parameters),
        Reason::MediaTypeUnsupported => Some(RuleClass::MediaTypes),
        Reason::BodyInvalid | Reason::BodyTooLarge => Some(RuleClass::Bodies),
        Reason::ResponseInvalid => Some(RuleClass::Conformance),
        _ => None,
    }
}

impl Observed {
    /// Count one call by what was wrong with it.
    pub fn count<'a>(&self, facts: &Facts, decision: &'static str, verdicts: impl Iterator<Item = Verdict<'a>>) {
        let (Some(policy), Some(operation)) = (&facts.policy, facts.operation_id()) else { return };
        let whole = Place { decision, ..whole(policy, operation, facts.application_id()) };
        let mut places: Vec<Place> = Vec::new();
        let mut add = |place: Place| {
            if !places.contains(&place) {
                places.push(place);
            }
        };
        for verdict in verdicts {
            let of_class = Place { class: Some(verdict.class), ..whole.clone() };
            if verdict.refuses {
                add(whole.clone());
                add(of_class.clone());
            }
            for violation in verdict.violations {
                add(at(&of_class, violation, policy));
            }
            if verdict.violations.is_empty() {
                add(Place { place: Some("body"), keyword: Some(word_without_place(verdict.reason)), ..of_class });
            }
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for place in places {
            inner.count(place);
        }
    }

    /// Count one call by what was left out of it: no would-be refusal, so that neither the call nor its class is counted.
    pub fn count_left_out(&self, facts: &Facts, left_out: &[LeftOut]) {
        let (Some(policy), Some(operation)) = (&facts.policy, facts.operation_id()) else { return };
        let whole = whole(policy, operation, facts.application_id());
        let mut places: Vec<Place> = Vec::new();
        for left in left_out {
            let place = at(&Place { class: Some(left.class.word()), ..whole.clone() }, &left.found, policy);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        for place in places {
            inner.count(place);
        }
    }

    /// Count a call of what the contract does not declare: `method` and `shape`, a path without values.
    pub fn count_undeclared(&self, facts: &Facts, method: &str, shape: &str) {
        let Some(policy) = &facts.policy else { return };
        let place = Place {
            decision: "deny",
            class: Some(OPERATIONS),
            place: Some("path"),
            name: Some(format!("{method} {shape}").into()),
            keyword: Some("undeclared"),
            ..whole(policy, "", None)
        };
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).count(place);
    }

    /// The rows that have changed since they were last reported; `is_live` says of an API whether a contract is in
    /// effect. Rows of others are forgotten once they were reported and room is needed.
    pub fn take_news(&self, is_live: impl Fn(&str, &str) -> bool) -> Vec<Row> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.counts.len() > MOST / 2 {
            inner.forget(|place| !is_live(&place.api, &place.contract));
        }
        let changed = inner.counts.iter_mut().filter(|(_, count)| count.now != count.reported);
        let news = changed.map(|(place, count)| {
            count.reported = count.now;
            Row { place: place.clone(), count: count.now }
        });
        news.collect()
    }

    /// Whoever hears the next report may remember nothing: all rows are news.
    pub fn report_again(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.counts.values_mut().for_each(|count| count.reported = 0);
    }

    /// Rows held now.
    pub fn len(&self) -> usize {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).counts.len()
    }

    /// True if nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Inner {
    fn count(&mut self, place: Place) {
        if let Some(count) = self.counts.get_mut(&place) {
            count.now += 1;
            return;
        }
        let place = self.fitted(place);
        if !self.counts.contains_key(&place) {
            *self.of_operation.entry(owner_of(&place)).or_default() += 1;
            self.left_out += usize::from(is_left_out(&place));
        }
        self.counts.entry(place).or_default().now += 1;
    }

    /// The place itself while there is room; then what it belongs to, which is bounded by the contract's operations.
    fn fitted(&self, place: Place) -> Place {
        let is_left_out = is_left_out(&place);
        let (most, most_in_all, in_all) = if is_left_out {
            (MOST_LEFT_OUT_OF_OPERATION, MOST_LEFT_OUT, self.left_out)
        } else {
            (MOST_OF_OPERATION, MOST, self.counts.len() - self.left_out)
        };
        let has_room =
            |most: usize| in_all < most_in_all && self.of_operation.get(&owner_of(&place)).copied().unwrap_or(0) < most;
        if has_room(most / 2) || place.keyword.is_none() && place.application.is_none() {
            return place;
        }
        let anybody = Place { application: None, ..place.clone() };
        if place.keyword.is_none() || self.counts.contains_key(&anybody) || has_room(most) {
            return anybody;
        }
        // What was left out stays what it is: it must not count as a fault for want of room.
        let keyword = Some(if is_left_out { LEFT_OUT } else { "other" });
        Place { place: None, name: Some("*".into()), keyword, ..anybody }
    }

    fn forget(&mut self, is_old: impl Fn(&Place) -> bool) {
        self.counts.retain(|place, count| count.now != count.reported || !is_old(place));
        self.of_operation.clear();
        self.left_out = self.counts.keys().filter(|place| is_left_out(place)).count();
        for place in self.counts.keys() {
            *self.of_operation.entry(owner_of(place)).or_default() += 1;
        }
    }
}

/// All calls of an operation by an application.
fn whole(policy: &Policy, operation: &str, application: Option<&str>) -> Place {
    Place {
        api: Box::from(&*policy.api.name),
        contract: Box::from(policy.hash.get(..HASH).unwrap_or(&policy.hash)),
        operation: Box::from(operation),
        application: application.map(Box::from),
        decision: "allow",
        class: None,
        place: None,
        name: None,
        keyword: None,
    }
}

fn owner_of(place: &Place) -> Counted {
    let left_out_of = if is_left_out(place) { place.class } else { None };
    (place.api.clone(), place.contract.clone(), place.operation.clone(), left_out_of)
}

fn is_left_out(place: &Place) -> bool {
    place.keyword == Some(LEFT_OUT)
}

fn word_without_place(reason: Reason) -> &'static str {
    match reason {
        Reason::MediaTypeUnsupported => "media_type",
        Reason::BodyTooLarge => "maxLength",
        _ => "schema",
    }
}

fn at(of_class: &Place, violation: &Violation, policy: &Policy) -> Place {
    let name = told(violation, Some(policy), false);
    Place {
        place: Some(violation.place.place()),
        name: Some(name.into()),
        keyword: Some(violation.keyword),
        ..of_class.clone()
    }
}

#[cfg(test)]
#[path = "observed_tests.rs"]
mod tests;
