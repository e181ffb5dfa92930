//! Parse and validate what control hands the engine: bundles (compiled contracts) and the directory (credentials,
//! subscriptions, plans, issuers). No I/O, no clock. What is not fully understood is refused.
#![forbid(unsafe_code)]

pub mod directory;
pub mod document;
pub mod issuer;
pub mod login;
pub mod mode;
pub mod operation;
pub mod plan;
pub mod reason;
pub mod schema;
pub mod validate;

pub use document::{Api, BundleError, Document};
pub use mode::{ApiModes, Modes, RuleClass, SetModes, Share};
pub use operation::*;
pub use plan::{Limit, Plan, Window};
pub use reason::Reason;
pub use schema::*;
