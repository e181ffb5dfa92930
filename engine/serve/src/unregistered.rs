//! Applications that good tokens name and nobody registered: counted, so that an operator sees whom to register. Bounded:
//! an issuer that lets anybody make clients does not fill our memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

/// Different ones between two reports; further ones are counted together.
const MOST: usize = 1_000;
/// A longer client id is none that could be registered.
const MOST_BYTES: usize = 255;

/// What was seen since the last report.
#[derive(Debug, Default)]
pub struct Unregistered {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    clients: HashMap<(String, String), (u64, u64)>,
    more: u64,
}

impl Unregistered {
    /// A call of such an application at this time (Unix milliseconds) was refused.
    pub fn note(&self, issuer: &str, client: &str, at: u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (issuer.to_owned(), client.to_owned());
        let has_room = seen.clients.len() < MOST && client.len() <= MOST_BYTES;
        match seen.clients.get_mut(&key) {
            Some((calls, last)) => (*calls, *last) = (*calls + 1, (*last).max(at)),
            None if has_room => {
                seen.clients.insert(key, (1, at));
            }
            None => seen.more += 1,
        }
    }

    /// The frame that tells control, if there is anything to tell; it is told once.
    pub fn take(&self) -> Option<Value> {
        let Seen { clients, more } = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        if clients.is_empty() && more == 0 {
            return None;
        }
        let clients: Vec<Value> = clients
            .into_iter()
            .map(|((issuer, client_id), (calls, last_seen))| {
                json!({"issuer": issuer, "client_id": client_id, "calls": calls, "last_seen": last_seen})
            })
            .collect();
        Some(json!({"kind": "unregistered", "clients": clients, "more": more}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_once_and_bounded() {
        let unregistered = Unregistered::default();
        assert_eq!(unregistered.take(), None);
        unregistered.note("people", "app", 5);
        unregistered.note("people", "app", 9);
        let told = unregistered.take().expect("something");
        assert_eq!(told["clients"], json!([{"issuer": "people", "client_id": "app", "calls": 2, "last_seen": 9}]));
        for number in 0..MOST + 7 {
            unregistered.note("people", &format!("app-{number}"), 1);
        }
        let told = unregistered.take().expect("something");
        assert_eq!((told["clients"].as_array().map(Vec::len), &told["more"]), (Some(MOST), &json!(7)));
        assert_eq!(unregistered.take(), None);
    }
}
