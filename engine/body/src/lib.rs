//! One-pass JSON over a held body: strict I-JSON, validation, projection, masking, ownership. No I/O, no clock, no tree
//! of values; what is not decided does not pass.
#![deny(unsafe_code)] // allowed in `vector`, which says why

mod addresses;
mod array;
mod compile;
mod compose;
mod digest;
mod doubt;
mod duplicates;
mod error;
mod evaluated;
mod form;
mod formats;
mod guard;
mod hot;
mod left_out;
mod mask;
mod merge;
mod names;
mod number;
mod object;
mod ordinary;
mod output;
mod pass;
mod plan;
mod program;
mod scalar;
mod scan;
mod seek;
mod shadows;
mod structure;
mod tape;
pub mod text;
mod times;
mod valid;
mod vector;
mod verdict;
mod violation;
mod walk;

pub use error::{CompileError, Syntax};
pub use guard::WriteBack;
pub use left_out::LEFT_OUT;
pub use program::Program;
pub use seek::{Sought, seek};
pub use shadows::{Shadows, overrides_method, without_case};
pub use structure::read_ijson;
pub use verdict::{Direction, Fault, Options, Scratch, Verdict};
pub use violation::Violation;
