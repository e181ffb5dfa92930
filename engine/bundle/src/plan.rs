//! Plans: what a subscription may use of what it grants. Part of the directory, so that a change is live at once.

use serde::{Deserialize, Serialize};

use crate::operation::RateKey;

/// The conditions of subscriptions that name it. The id of its change is its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub tenant: String,
    pub limits: Vec<Limit>,
}

/// One limit. `operation`: it counts this operation alone; None: all that the subscription grants, together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// A token bucket in memory.
    Rate { operation: Option<String>, by: Vec<RateKey>, count: u64, period_seconds: u64 },
    /// Calls per window of the UTC calendar, counted across restarts.
    Quota { operation: Option<String>, by: Vec<RateKey>, count: u64, window: Window },
    /// Calls that run at once.
    Concurrency { operation: Option<String>, by: Vec<RateKey>, count: u64 },
}

/// A window of the UTC calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Hour,
    Day,
    Month,
}

impl Limit {
    /// The operation that it counts alone.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        match self {
            Self::Rate { operation, .. } | Self::Quota { operation, .. } | Self::Concurrency { operation, .. } => {
                operation.as_deref()
            }
        }
    }

    /// What it tells apart.
    #[must_use]
    pub fn by(&self) -> &[RateKey] {
        match self {
            Self::Rate { by, .. } | Self::Quota { by, .. } | Self::Concurrency { by, .. } => by,
        }
    }

    /// How many calls it lets through.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Rate { count, .. } | Self::Quota { count, .. } | Self::Concurrency { count, .. } => *count,
        }
    }

    /// Why it makes no sense; None: it does.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        match self {
            Self::Rate { period_seconds: 0, .. } => Some("a rate per no time"),
            _ if self.count() == 0 => Some("a limit of nothing"),
            _ if self.by().is_empty() => Some("a limit that counts by nothing"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Limit, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn each_kind_has_members_of_its_own() {
        let quota = r#"{"kind":"quota","operation":null,"by":["application"],"count":20,"window":"hour"}"#;
        let quota = parse(quota).expect("a quota");
        assert_eq!((quota.count(), quota.operation(), quota.fault()), (20, None, None));
        let mixed = r#"{"kind":"quota","operation":null,"by":["application"],"count":20,"period_seconds":5}"#;
        assert!(parse(mixed).is_err(), "a quota has a window, no period");
        assert!(parse(r#"{"kind":"budget","operation":null,"by":[],"count":1}"#).is_err());
    }

    #[test]
    fn a_limit_of_nothing_makes_no_sense() {
        let by_nothing = Limit::Concurrency { operation: None, by: Vec::new(), count: 1 };
        let of_nothing = Limit::Concurrency { operation: None, by: vec![RateKey::Application], count: 0 };
        assert!(by_nothing.fault().is_some() && of_nothing.fault().is_some());
    }
}
