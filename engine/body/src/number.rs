//! Numbers as exact decimals: compared digit by digit, never through a double, with exponents that saturate.

use std::cmp::Ordering;

/// A JSON number as 0.DDD × 10^point, its digits in one or two pieces of the text, without outer zeros.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'a> {
    pub negative: bool,
    head: &'a [u8],
    tail: &'a [u8],
    point: i64,
}

impl<'a> Decimal<'a> {
    /// Reads text that already has a JSON number's form.
    pub fn read(text: &'a [u8]) -> Self {
        let (negative, text) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, text),
        };
        let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&text[..at], exponent(&text[at + 1..])),
            None => (text, 0),
        };
        let (mut head, mut tail) = match mantissa.iter().position(|&byte| byte == b'.') {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &[][..]),
        };
        let mut point = exponent.saturating_add(head.len() as i64);
        let zeros = leading_zeros(head);
        head = &head[zeros..];
        point = point.saturating_sub(zeros as i64);
        if head.is_empty() {
            let zeros = leading_zeros(tail);
            tail = &tail[zeros..];
            point = point.saturating_sub(zeros as i64);
        }
        tail = without_trailing_zeros(tail);
        if tail.is_empty() {
            head = without_trailing_zeros(head);
        }
        if head.is_empty() && tail.is_empty() {
            return Decimal { negative: false, head, tail, point: 0 };
        }
        Decimal { negative, head, tail, point }
    }

    fn length(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    pub fn is_zero(&self) -> bool {
        self.length() == 0
    }

    /// `1`, `1.0`, `1e2` and `100e-2` are integers.
    pub fn is_integer(&self) -> bool {
        self.length() as i64 <= self.point || self.is_zero()
    }

    pub fn digits(&self) -> impl Iterator<Item = u8> + 'a {
        self.head.iter().chain(self.tail).copied()
    }

    pub fn point(&self) -> i64 {
        self.point
    }

    pub fn compare(&self, other: &Decimal<'_>) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => {
                return if other.negative { Ordering::Greater } else { Ordering::Less };
            }
            (false, true) => {
                return if self.negative { Ordering::Less } else { Ordering::Greater };
            }
            (false, false) => {}
        }
        if self.negative != other.negative {
            return if self.negative { Ordering::Less } else { Ordering::Greater };
        }
        let size = self.point.cmp(&other.point).then_with(|| self.digits().cmp(other.digits()));
        if self.negative { size.reverse() } else { size }
    }
}

fn leading_zeros(digits: &[u8]) -> usize {
    digits.iter().take_while(|&&digit| digit == b'0').count()
}

fn without_trailing_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    &digits[..digits.len() - zeros]
}

/// Saturates far outside of what a double or a contract can say, and far inside of i64.
fn exponent(text: &[u8]) -> i64 {
    const LIMIT: i64 = 1 << 40;
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let size = digits.iter().fold(0i64, |size, digit| (size * 10 + i64::from(digit - b'0')).min(LIMIT));
    if negative { -size } else { size }
}

/// A number of the contract.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    text: Box<[u8]>,
}

impl Bound {
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim().as_bytes();
        let number = crate::scan::number(text, 0).ok()?;
        (number.end == text.len()).then(|| Bound { text: text.into() })
    }

    pub fn decimal(&self) -> Decimal<'_> {
        Decimal::read(&self.text)
    }

    /// Its value, if it is written as a plain integer that is small enough.
    pub fn small(&self) -> Option<i64> {
        std::str::from_utf8(&self.text).ok()?.parse().ok()
    }
}

/// `multipleOf`: a positive divisor M × 10^shift with a mantissa of at most 36 digits.
#[derive(Debug, Clone)]
pub(crate) struct Multiple {
    mantissa: u128,
    shift: i64,
}

impl Multiple {
    /// None if the divisor is not positive, or too long or too extreme to divide by exactly.
    pub fn new(text: &str) -> Option<Self> {
        let bound = Bound::new(text)?;
        let divisor = bound.decimal();
        let shift = divisor.point - divisor.length() as i64;
        if divisor.negative || divisor.is_zero() || divisor.length() > 36 || !(-1000..=1000).contains(&shift) {
            return None;
        }
        let mantissa = divisor.digits().fold(0u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
        Some(Multiple { mantissa, shift })
    }

    pub fn divides(&self, number: &Decimal<'_>) -> bool {
        if number.is_zero() {
            return true;
        }
        // number = X × 10^own, and X does not end in zero: a divisor with a larger power of ten cannot divide it.
        let own = number.point - number.length() as i64;
        let raise = own - self.shift;
        if raise < 0 {
            return false;
        }
        let mut rest = 0u128;
        for digit in number.digits() {
            rest = (rest * 10 + u128::from(digit - b'0')) % self.mantissa;
        }
        // A double's exponent is at most 308 and the divisor's at least -1000, so this ends soon.
        for _ in 0..raise {
            if rest == 0 {
                return true;
            }
            rest = rest * 10 % self.mantissa;
        }
        rest == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(left: &str, right: &str) -> Ordering {
        Decimal::read(left.as_bytes()).compare(&Decimal::read(right.as_bytes()))
    }

    #[test]
    fn numbers_compare_by_value_whatever_their_spelling() {
        for (left, right) in
            [("1", "1.0"), ("1e2", "100"), ("100e-2", "1"), ("0", "-0.000e9"), ("0.10", "1e-1"), ("1.20e1", "12")]
        {
            assert_eq!(order(left, right), Ordering::Equal, "{left} {right}");
        }
        for (less, more) in [
            ("1", "2"),
            ("-2", "-1"),
            ("-1", "0"),
            ("9007199254740992", "9007199254740993"),
            ("0.1", "0.10000000000000000000000001"),
            ("1e-99999999999999999999", "1e-300"),
            ("99", "1e99999999999999999999"),
            ("10.01", "10.1"),
            ("-1e5", "1e-5"),
        ] {
            assert_eq!(order(less, more), Ordering::Less, "{less} {more}");
            assert_eq!(order(more, less), Ordering::Greater, "{more} {less}");
        }
    }

    #[test]
    fn integers_may_be_written_with_fraction_and_exponent() {
        for text in ["0", "-0.0", "1.0", "1e2", "100e-2", "1.50e1", "-3", "0e-99999999999999999999"] {
            assert!(Decimal::read(text.as_bytes()).is_integer(), "{text}");
        }
        for text in ["0.5", "1e-1", "150e-2", "1.000001", "5e-99999999999999999999"] {
            assert!(!Decimal::read(text.as_bytes()).is_integer(), "{text}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        let divides =
            |divisor: &str, number: &str| Multiple::new(divisor).unwrap().divides(&Decimal::read(number.as_bytes()));
        for (divisor, number) in [
            ("0.01", "19.99"),
            ("2", "-4"),
            ("1e-8", "12391239123"),
            ("1.5", "4.5"),
            ("3", "0"),
            ("7", "49e0"),
            ("0.0001", "0.0075"),
        ] {
            assert!(divides(divisor, number), "{divisor} {number}");
        }
        for (divisor, number) in
            [("2", "7"), ("0.01", "19.999"), ("0.123456789", "1e308"), ("1000", "100"), ("0.0001", "0.00751")]
        {
            assert!(!divides(divisor, number), "{divisor} {number}");
        }
        assert!(Multiple::new("0").is_none());
        assert!(Multiple::new("-1").is_none());
    }
}
