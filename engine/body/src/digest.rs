//! Keyed 128-bit digests of values, equal where JSON Schema calls the values equal: numbers by value, objects without
//! order, strings unescaped. The key is this process's own, so that nobody outside can aim at a collision.

use std::hash::Hash;

use crate::error::Syntax;
use crate::number::Decimal;
use crate::program::{Kind, Program};
use crate::structure::Reader;
use crate::tape::{self, Entry};

/// Of a value of the contract.
pub(crate) fn of_text(program: &Program, text: &[u8]) -> Result<u128, Syntax> {
    let mut tape = Vec::new();
    let mut reader = Reader {
        input: text,
        max_depth: 256,
        signer: &program.signer,
        names: &mut Default::default(),
        open: &mut Vec::new(),
    };
    tape::append(&mut reader, &mut tape, 0, 0)?;
    Ok(of(program, text, &tape, 0))
}

/// Of the value at `at` on the tape.
pub(crate) fn of(program: &Program, input: &[u8], tape: &[Entry], at: usize) -> u128 {
    let entry = &tape[at];
    let raw = &input[entry.start()..entry.end()];
    match entry.kind {
        Kind::Null | Kind::Boolean => keyed(program, &(0u8, raw)),
        Kind::String => keyed(program, &(1u8, &*entry.content(input))),
        Kind::Number => number(program, raw),
        Kind::Array => {
            let mut sum = keyed(program, &2u8);
            let mut item = at + 1;
            while item < entry.next as usize {
                sum = keyed(program, &(sum, of(program, input, tape, item)));
                item = tape[item].next as usize;
            }
            sum
        }
        Kind::Object => {
            let mut sum = 0u128;
            let mut name = at + 1;
            while name < entry.next as usize {
                let value = of(program, input, tape, name + 1);
                sum = sum.wrapping_add(keyed(program, &(3u8, &*tape[name].content(input), value)));
                name = tape[name + 1].next as usize;
            }
            keyed(program, &(4u8, sum))
        }
    }
}

fn number(program: &Program, raw: &[u8]) -> u128 {
    let number = Decimal::read(raw);
    let mut digits = [0; 40];
    let mut length = 0;
    for (place, digit) in digits.iter_mut().zip(number.digits()) {
        *place = digit;
        length += 1;
    }
    if number.digits().nth(digits.len()).is_some() {
        let all: Vec<u8> = number.digits().collect();
        return keyed(program, &(5u8, number.negative, number.point(), &all[..]));
    }
    keyed(program, &(5u8, number.negative, number.point(), &digits[..length]))
}

fn keyed(program: &Program, value: &impl Hash) -> u128 {
    let half = |state: &ahash::RandomState| u128::from(state.hash_one(value));
    half(&program.hasher) << 64 | half(&program.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_digests_and_others_have_not() {
        let program = Program::compile(&[], &[], &[]).unwrap();
        let digest = |text: &str| of_text(&program, text.as_bytes()).unwrap();
        let long = "1".repeat(60);
        for (one, two) in [
            ("1", "1.0"),
            ("[1,2]", "[ 10e-1, 2 ]"),
            (r#"{"a":1,"b":[2]}"#, r#"{"b":[2.0],"\u0061":1}"#),
            (r#""é""#, r#""\u00e9""#),
            (&long, &(long.clone() + ".0")),
            ("0", "-0.0"),
        ] {
            assert_eq!(digest(one), digest(two), "{one} {two}");
        }
        let all = [
            "0",
            "false",
            "null",
            "\"\"",
            "[]",
            "{}",
            "[0]",
            "[[]]",
            "\"0\"",
            "[false]",
            r#"{"a":0}"#,
            r#"{"a":false}"#,
            "[1,2]",
            "[2,1]",
            "-1",
            "1",
        ];
        for (at, one) in all.iter().enumerate() {
            for two in &all[at + 1..] {
                assert_ne!(digest(one), digest(two), "{one} {two}");
            }
        }
    }
}
