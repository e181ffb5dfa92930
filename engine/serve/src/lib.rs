//! The engine's only asynchronous crate: listeners, connections, upstreams, the link to control, events and metrics.
//! What may pass is decided elsewhere (`framing`, `decide`, `body`); here bytes are moved, within bounds, under deadlines.
#![deny(unsafe_code)]

mod answer;
mod appending;
pub mod buffer;
mod call;
pub mod clock;
pub mod config;
mod connection;
mod control_port;
pub mod descriptors;
mod disk;
mod drain;
pub mod engine;
pub mod error;
mod event_buffer;
mod event_keeping;
mod event_line;
mod event_log;
mod events;
mod exchange;
mod frames;
mod holdings;
mod introspecting;
mod kit;
pub mod limits;
mod lines;
mod link;
mod link_state;
mod listener;
mod log;
mod memory;
mod metrics;
mod mode_reports;
mod observed;
mod origin;
mod pool;
mod quota_file;
mod quota_ledger;
mod reports;
mod request_body;
mod request_id;
mod session_book;
mod session_log;
mod sessions;
mod status;
mod stock;
mod told_names;
mod unregistered;
mod well_known;
mod wire;
mod worker;

pub use config::Config;
pub use engine::{Running, run, run_to_exit_code, start};
pub use error::ServeError;
pub use events::path_shape;
