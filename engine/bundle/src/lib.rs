//! Parse and validate what control hands the engine: bundles (compiled contracts) and the directory (credentials,
//! subscriptions, issuers). No I/O, no clock. What is not fully understood is refused.
#![forbid(unsafe_code)]

pub mod directory;
pub mod document;
pub mod issuer;
pub mod login;
pub mod operation;
pub mod reason;
pub mod schema;
pub mod validate;

pub use document::{Api, BundleError, Document};
pub use operation::*;
pub use reason::Reason;
pub use schema::*;
