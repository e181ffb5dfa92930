//! Every parser of the engine as a function from bytes to nothing, which panics where a promise is broken: the fuzzer
//! calls it with what it invents, `tests/corpora.rs` with what was found before. No I/O, nothing of the product.
#![deny(unsafe_code)] // allowed in `allocation` and in the fuzzer's own program, which say why

pub mod allocation;
mod choices;
pub mod targets;

// What has no crate of its own to be asked for, or is another crate's second opinion, is compiled in from where it lives.
#[path = "../../body/tests/support/drawing.rs"]
mod drawing;
#[path = "../../serve/src/frames.rs"]
#[allow(dead_code, reason = "only its reading side is fuzzed")]
mod frames;
#[path = "../../python/src/json.rs"]
mod json;
#[path = "../../body/tests/support/reference.rs"]
mod reference;
#[path = "../../decide/tests/support/mod.rs"]
mod support;
#[allow(dead_code, reason = "the rest is read where Python objects are made")]
#[path = "../../python/src/tree.rs"]
mod tree;
#[path = "../../python/src/yaml.rs"]
mod yaml;

use firstclass_serve::config;

/// One parser under test.
#[derive(Clone, Copy)]
pub struct Target {
    /// Also the name of its corpus.
    pub name: &'static str,
    /// Memory that one input may take beyond what is made once: so many bytes, and so many for each of its own.
    pub memory: (usize, usize),
    pub run: fn(&[u8]),
}

/// All of them, in the order of an exchange.
pub const TARGETS: &[Target] = &[
    Target { name: "requests", memory: (64 << 10, 64), run: targets::requests::run },
    Target { name: "answers", memory: (64 << 10, 64), run: targets::answers::run },
    Target { name: "paths", memory: (4 << 10, 16), run: targets::paths::run },
    Target { name: "parameters", memory: (320 << 10, 256), run: targets::parameters::run },
    Target { name: "tokens", memory: (256 << 10, 256), run: targets::tokens::run },
    Target { name: "bodies", memory: (16 << 20, 1024), run: targets::bodies::run },
    Target { name: "disclosures", memory: (256 << 10, 256), run: targets::disclosures::run },
    Target { name: "bundles", memory: (64 << 20, 4096), run: targets::bundles::run },
    Target { name: "contracts", memory: (1 << 20, 4096), run: targets::contracts::run },
    Target { name: "frames", memory: (1 << 20, 256), run: targets::frames::run },
];

/// The target of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

impl Target {
    /// Judge one input.
    ///
    /// # Panics
    /// A promise is broken: that is what this is for.
    pub fn judge(&self, input: &[u8]) {
        let peak = allocation::peak_of(|| (self.run)(input));
        let most = self.memory.0 + self.memory.1 * input.len();
        assert!(peak <= most, "{}: {peak} bytes of memory for {} of input, at most {most}", self.name, input.len());
    }
}
