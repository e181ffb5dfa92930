//! One file per parser.

pub mod answers;
pub mod bodies;
pub mod bundles;
pub mod contracts;
pub mod disclosures;
pub mod frames;
pub mod parameters;
pub mod paths;
pub mod requests;
pub mod tokens;
