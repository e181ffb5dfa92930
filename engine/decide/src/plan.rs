//! A plan made ready: which of its limits hold for which operation, and what callers are told about them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use ahash::RandomState;
use firstclass_bundle::{Limit, Plan};

use crate::error::DirectoryError;

/// A plan of the directory.
#[derive(Debug)]
pub struct PlanEntry {
    pub name: Arc<str>,
    pub tenant: Arc<str>,
    pub(crate) limits: Box<[Limit]>,
    /// What holds for operations that no limit names.
    common: Limits,
    /// What holds for those that one names.
    named: HashMap<Box<str>, Limits, RandomState>,
}

/// The limits that hold for one operation, its own ones first.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Indexes into the plan's limits, and what callers know each by.
    pub list: Box<[(usize, Box<str>)]>,
    /// Value of `RateLimit-Policy`.
    pub policy: Box<str>,
}

impl PlanEntry {
    /// Makes a plan ready.
    ///
    /// # Errors
    /// [`DirectoryError::Invalid`]: a limit that makes no sense.
    pub(crate) fn new(name: Arc<str>, tenant: Arc<str>, plan: &Plan) -> Result<Self, DirectoryError> {
        if let Some(fault) = plan.limits.iter().find_map(Limit::fault) {
            return Err(DirectoryError::invalid(&*name, fault));
        }
        let limits: Box<[Limit]> = plan.limits.clone().into();
        let named = limits.iter().filter_map(|limit| limit.operation());
        let named = named.map(|operation| (Box::from(operation), Limits::of(&limits, Some(operation)))).collect();
        let common = Limits::of(&limits, None);
        Ok(Self { name, tenant, limits, common, named })
    }

    /// The limits that hold for an operation.
    pub(crate) fn limits_of(&self, operation: &str) -> &Limits {
        self.named.get(operation).unwrap_or(&self.common)
    }
}

impl Limits {
    fn of(limits: &[Limit], operation: Option<&str>) -> Self {
        let own =
            limits.iter().enumerate().filter(|(_, limit)| limit.operation().is_some_and(|o| Some(o) == operation));
        let common = limits.iter().enumerate().filter(|(_, limit)| limit.operation().is_none());
        let mut list: Vec<(usize, Box<str>)> = Vec::new();
        let mut policy = String::new();
        for (index, limit) in own.chain(common) {
            let word = word(limit);
            let same = list.iter().filter(|(before, _)| self::word(&limits[*before]) == word).count();
            let name = if same == 0 { word.to_owned() } else { format!("{word}-{}", same + 1) };
            let comma = if policy.is_empty() { "" } else { ", " };
            // A write to memory does not fail.
            let _ = write!(policy, "{comma}\"{name}\"{}", parameters(limit));
            list.push((index, name.into()));
        }
        Self { list: list.into(), policy: policy.into() }
    }
}

fn word(limit: &Limit) -> &'static str {
    match limit {
        Limit::Rate { .. } => "rate",
        Limit::Quota { .. } => "quota",
        Limit::Concurrency { .. } => "concurrency",
    }
}

/// Parameters of a quota policy item (draft-ietf-httpapi-ratelimit-headers-11, section 3.1). Months differ in length: no
/// window is said for them.
fn parameters(limit: &Limit) -> String {
    use firstclass_bundle::Window;
    match limit {
        Limit::Rate { count, period_seconds, .. } => format!(";q={count};w={period_seconds}"),
        Limit::Quota { count, window: Window::Hour, .. } => format!(";q={count};w=3600"),
        Limit::Quota { count, window: Window::Day, .. } => format!(";q={count};w=86400"),
        Limit::Quota { count, window: Window::Month, .. } => format!(";q={count}"),
        Limit::Concurrency { count, .. } => format!(";q={count};qu=\"concurrent-requests\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(limits: serde_json::Value) -> Result<PlanEntry, DirectoryError> {
        let plan = json!({"tenant": "main", "limits": limits});
        let plan: Plan = serde_json::from_value(plan).expect("a plan in its form");
        PlanEntry::new("basic".into(), "main".into(), &plan)
    }

    #[test]
    fn an_operations_own_limits_come_before_those_of_all() {
        let by = ["application"];
        let plan = entry(json!([
            {"kind": "rate", "operation": null, "by": by, "count": 50, "period_seconds": 1},
            {"kind": "quota", "operation": null, "by": by, "count": 1000, "window": "month"},
            {"kind": "rate", "operation": "search", "by": by, "count": 5, "period_seconds": 1},
            {"kind": "concurrency", "operation": null, "by": by, "count": 10},
        ]))
        .expect("a sound plan");
        let common = plan.limits_of("list");
        let policy = "\"rate\";q=50;w=1, \"quota\";q=1000, \"concurrency\";q=10;qu=\"concurrent-requests\"";
        assert_eq!(&*common.policy, policy);
        let search = plan.limits_of("search");
        assert_eq!(search.list.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [2, 0, 1, 3]);
        assert!(search.policy.starts_with("\"rate\";q=5;w=1, \"rate-2\";q=50;w=1, "), "{}", search.policy);
    }

    #[test]
    fn a_plan_that_makes_no_sense_is_refused() {
        let limit = json!([{"kind": "concurrency", "operation": null, "by": ["application"], "count": 0}]);
        assert!(entry(limit).is_err());
    }
}
