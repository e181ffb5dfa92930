//! What comes over the link, and the engine's configuration: any line is an error or a frame, and none is believed
//! that control did not sign. An input is lines.

use firstclass_bundle::directory::Changes;
use serde_json::json;

use crate::config::Config;
use crate::frames::{Frame, Verifier, hash};

/// Judge one input.
pub fn run(input: &[u8]) {
    let verifier = Verifier::new(&config());
    for line in input.split(|byte| *byte == b'\n') {
        match serde_json::from_slice::<Frame>(line) {
            Ok(Frame::Bundle(frame) | Frame::BundleRemoved(frame)) => {
                assert!(!verifier.is_bundle_signed(&frame), "nobody signed this");
                let payload = frame.payload.as_deref().unwrap_or_default();
                assert_eq!(hash(payload).len(), 64);
                super::bundles::load(payload.as_bytes());
            }
            Ok(Frame::Directory(frame)) => {
                assert!(!verifier.is_directory_signed(&frame) && !verifier.is_own(&frame), "nobody signed this");
                let _ = serde_json::from_str::<Changes>(&frame.payload);
            }
            Ok(Frame::Introspected(frame)) => {
                assert!(!verifier.is_answer_signed(&frame), "nobody signed this");
            }
            Ok(Frame::Synced { .. } | Frame::Ping { .. }) | Err(_) => {}
        }
        if let Ok(text) = std::str::from_utf8(line) {
            let _ = Config::parse(text);
        }
    }
}

/// The public key of the first test in RFC 8032 §7.1. (Of a key that is no point of full order, signatures can be found.)
const KEY: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn config() -> Config {
    let text = json!({
        "data": "d", "events": "e", "link": "l", "listeners": {}, "workers": 1, "verify_keys": {"control": KEY}, "peppers": {},
        "mask_key": KEY, "public_url": "http://x", "ready_max_directory_age_seconds": null,
    });
    Config::parse(&text.to_string()).expect("a sound configuration")
}
