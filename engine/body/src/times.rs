//! Dates, times and durations (RFC 3339), read digit by digit.

fn two(text: &[u8]) -> Option<u32> {
    match text {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(u32::from(a - b'0') * 10 + u32::from(b - b'0')),
        _ => None,
    }
}

/// RFC 3339 full-date.
pub(crate) fn date(text: &[u8]) -> bool {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = *text else {
        return false;
    };
    let (Some(century), Some(rest), Some(month), Some(day)) = (two(&[a, b]), two(&[c, d]), two(&[e, f]), two(&[g, h]))
    else {
        return false;
    };
    let year = century * 100 + rest;
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// RFC 3339 full-time; a leap second only where it is 23:59:60 in UTC.
pub(crate) fn time(text: &[u8]) -> bool {
    let Some((clock, mut rest)) = text.split_at_checked(8) else {
        return false;
    };
    let [a, b, b':', c, d, b':', e, f] = *clock else {
        return false;
    };
    let (Some(hour), Some(minute), Some(second)) = (two(&[a, b]), two(&[c, d]), two(&[e, f])) else {
        return false;
    };
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
