//! The engine's only asynchronous crate: listeners, connections, upstreams, the link to control, events and metrics.
//! What may pass is decided elsewhere (`framing`, `decide`, `body`); here bytes are moved, within bounds, under deadlines.
#![deny(unsafe_code)]

pub mod buffer;
pub mod clock;
pub mod config;
pub mod descriptors;
pub mod disk;
pub mod drain;
pub mod error;
pub mod frames;
pub mod limits;
pub mod lines;
pub mod link_state;
pub mod log;
pub mod memory;
pub mod metrics;
pub mod pool;
pub mod request_id;
pub mod wire;
