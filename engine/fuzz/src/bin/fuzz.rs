//! libFuzzer's program: `FIRSTCLASS_FUZZ_TARGET` names the target, the arguments are libFuzzer's own.
#![no_main]
#![allow(clippy::expect_used)]

use std::sync::OnceLock;

use firstclass_fuzz::Target;
use firstclass_fuzz::allocation::Counting;
use libfuzzer_sys::fuzz_target;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fn target() -> &'static Target {
    let name = std::env::var("FIRSTCLASS_FUZZ_TARGET").expect("FIRSTCLASS_FUZZ_TARGET is set by whoever starts this");
    firstclass_fuzz::find(&name).expect("the name of a target")
}

fuzz_target!(|input: &[u8]| TARGET.get_or_init(target).judge(input));
