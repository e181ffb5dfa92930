//! Dates, times and durations (RFC 3339), read digit by digit.

fn two(text: &[u8]) -> Option<u32> {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(u32::from(a - b'0') * 10 + u32::from(b - b'0')),
        _ => None,
    }
}

/// Eight bytes of digits and separators, as `pattern` has zeros and separators: the digits in their places, zero at the
/// separators. None: it is not of that form.
#[inline]
fn digits(text: &[u8; 8], pattern: &[u8; 8]) -> Option<[u8; 8]> {
    let found = u64::from_le_bytes(*text) ^ u64::from_le_bytes(*pattern);
    let separators = u64::from_le_bytes(pattern.map(|byte| if byte == b'0' { 0 } else { 0xFF }));
    // The top bit of each byte above nine. Only a byte that is no digit itself carries into its neighbour.
    let others = (found.wrapping_add(0x7676_7676_7676_7676) | found) & 0x8080_8080_8080_8080;
    ((others | (found & separators)) == 0).then_some(found.to_le_bytes())
}

/// RFC 3339 full-date.
pub(crate) fn date(text: &[u8]) -> bool {
    const DAYS: [u8; 13] = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let Some((head, &[high, low])) = text.split_first_chunk::<8>() else {
        return false;
    };
    let (Some([a, b, c, d, _, e, f, _]), Some(day)) = (digits(head, b"0000-00-"), two(&[high, low])) else {
        return false;
    };
    let Some(&days) = DAYS.get(usize::from(e * 10 + f)) else {
        return false;
    };
    if (e, f, day) == (0, 2, 29) {
        return leap(a * 10 + b, c * 10 + d);
    }
    (1..=u32::from(days)).contains(&day)
}

fn leap(century: u8, year: u8) -> bool {
    if year == 0 { century % 4 == 0 } else { year % 4 == 0 }
}

/// RFC 3339 full-time; a leap second only where it is 23:59:60 in UTC.
pub(crate) fn time(text: &[u8]) -> bool {
    let Some((clock, mut rest)) = text.split_first_chunk::<8>() else {
        return false;
    };
    let Some([a, b, _, c, d, _, e, f]) = digits(clock, b"00:00:00") else {
        return false;
    };
    let (hour, minute, second) = (u32::from(a * 10 + b), u32::from(c * 10 + d), u32::from(e * 10 + f));
    if *rest == *b"Z" && second < 60 {
        return hour < 24 && minute < 60;
    }
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        rest = &fraction[digits..];
    }
    let offset = match *rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => match (two(&[a, b]), two(&[c, d])) {
            (Some(hours @ 0..24), Some(minutes @ 0..60)) => {
                let size = (hours * 60 + minutes) as i32;
                if sign == b'+' { size } else { -size }
            }
            _ => return false,
        },
        _ => return false,
    };
    let utc = ((hour * 60 + minute) as i32 - offset).rem_euclid(1440);
    hour < 24 && minute < 60 && (second < 60 || (second == 60 && utc == 1439))
}

pub(crate) fn date_time(text: &[u8]) -> bool {
    match text.split_at_checked(10) {
        Some((day, [b'T' | b't', clock @ ..])) => date(day) && time(clock),
        _ => false,
    }
}

/// RFC 3339 appendix A.
pub(crate) fn duration(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"P") else {
        return false;
    };
    let (days, clock) = match rest.iter().position(|&byte| byte == b'T') {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    if let Some(clock) = clock {
        return !clock.is_empty() && units(clock, b"HMS") && (days.is_empty() || units(days, b"YMD"));
    }
    !days.is_empty() && (units(days, b"YMD") || units(days, b"W"))
}

/// Numbers, each with its unit, the units a gapless part of `order`.
fn units(mut text: &[u8], order: &[u8]) -> bool {
    let mut next = None;
    while !text.is_empty() {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let Some(place) = text.get(digits).and_then(|unit| order.iter().position(|known| known == unit)) else {
            return false;
        };
        if digits == 0 || next.is_some_and(|next| place != next) {
            return false;
        }
        next = Some(place + 1);
        text = &text[digits + 1..];
    }
    next.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the grammar of RFC 3339 is written, character by character.
    fn plain_date(text: &str) -> bool {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else { return false };
        let number = |text: &str, length: usize| {
            (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| text.parse::<u32>().unwrap())
        };
        let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
            return false;
        };
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let days = [31, 28 + u32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        (1..=12).contains(&month) && (1..=days[month as usize - 1]).contains(&day)
    }

    #[test]
    fn every_day_of_every_kind_of_year_is_what_the_calendar_says() {
        for year in [0, 1, 4, 100, 400, 1900, 1999, 2000, 2023, 2024, 2100, 9999] {
            for month in 0..=19 {
                for day in 0..=39 {
                    let text = format!("{year:04}-{month:02}-{day:02}");
                    assert_eq!(date(text.as_bytes()), plain_date(&text), "{text}");
                }
            }
        }
    }

    #[test]
    fn any_other_byte_at_any_place_is_no_date_and_no_time() {
        for byte in 0..=255u8 {
            for at in 0..10 {
                let mut text = *b"2024-11-12";
                text[at] = byte;
                let good = std::str::from_utf8(&text).is_ok_and(plain_date);
                assert_eq!(date(&text), good, "{text:?}");
            }
            for at in [0, 1, 2, 3, 4, 5, 6, 7] {
                let mut text = *b"01:02:03Z";
                text[at] = byte;
                let digit = byte.is_ascii_digit();
                let good = match at {
                    0 => matches!(byte, b'0'..=b'2'),
                    2 | 5 => byte == b':',
                    3 | 6 => matches!(byte, b'0'..=b'5'),
                    _ => digit,
                };
                assert_eq!(time(&text), good, "{text:?}");
            }
        }
    }
}
