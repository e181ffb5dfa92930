//! The reasons, generated from `bundle/reasons.json` by the build script.

include!(concat!(env!("OUT_DIR"), "/reason.rs"));
