//! Windows of the UTC calendar: hours, days and months, in seconds since 1970.

use firstclass_bundle::Window;

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// Beginning of the window that `unix_seconds` lies in, and of the one after it.
pub(crate) fn bounds(window: Window, unix_seconds: u64) -> (u64, u64) {
    match window {
        Window::Hour => even(unix_seconds, HOUR),
        Window::Day => even(unix_seconds, DAY),
        Window::Month => month(unix_seconds),
    }
}

fn even(unix_seconds: u64, length: u64) -> (u64, u64) {
    let start = unix_seconds - unix_seconds % length;
    (start, start.saturating_add(length))
}

/// Months counted from March, so that the leap day is the last one of its year (Hinnant, "chrono-compatible low-level
/// date algorithms").
fn month(unix_seconds: u64) -> (u64, u64) {
    let shifted = unix_seconds / DAY + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let first = |year: u64, month: u64| {
        let (year, month) = (year + month / 12, month % 12);
        let day = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5;
        day.saturating_sub(719_468).saturating_mul(DAY)
    };
    let year = era * 400 + year_of_era;
    (first(year, month), first(year, month + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-02-29T12:34:56Z
    const LEAP_DAY: u64 = 1_709_210_096;

    #[test]
    fn hours_and_days_are_even() {
        assert_eq!(bounds(Window::Hour, LEAP_DAY), (1_709_208_000, 1_709_211_600));
        assert_eq!(bounds(Window::Day, LEAP_DAY), (1_709_164_800, 1_709_251_200));
        assert_eq!(bounds(Window::Day, 1_709_251_200).0, 1_709_251_200, "midnight begins a day");
    }

    #[test]
    fn months_are_as_long_as_they_are() {
        // 2024-02-01 to 2024-03-01
        assert_eq!(bounds(Window::Month, LEAP_DAY), (1_706_745_600, 1_709_251_200));
        // 2025-12-31T23:59:59Z: 2025-12-01 to 2026-01-01
        assert_eq!(bounds(Window::Month, 1_767_225_599), (1_764_547_200, 1_767_225_600));
        // 2026-01-01 to 2026-02-01
        assert_eq!(bounds(Window::Month, 1_767_225_600), (1_767_225_600, 1_769_904_000));
        assert_eq!(bounds(Window::Month, 0), (0, 31 * DAY));
    }

    #[test]
    fn months_follow_each_other_without_a_gap() {
        let (mut start, mut seen) = (0, 0);
        while start < 4_102_444_800 {
            let (begin, end) = bounds(Window::Month, start);
            assert_eq!(begin, start);
            assert!((28..=31).contains(&((end - begin) / DAY)) && bounds(Window::Month, end - 1).0 == begin);
            (start, seen) = (end, seen + 1);
        }
        assert_eq!((start, seen), (4_102_444_800, 130 * 12), "2100-01-01, from 1970");
    }
}
