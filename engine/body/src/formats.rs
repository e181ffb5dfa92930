//! The formats that the engine asserts, on the unescaped bytes of a string. Written from the RFCs; never by pattern.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::addresses::{email, hostname, uri, uuid};
use crate::times::{date, date_time, duration, time};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Date,
    DateTime,
    Time,
    Duration,
    Email,
    Uuid,
    Ipv4,
    Ipv6,
    Uri,
    Hostname,
    Byte,
}

impl Format {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Format::Date,
            "date-time" => Format::DateTime,
            "time" => Format::Time,
            "duration" => Format::Duration,
            "email" => Format::Email,
            "uuid" => Format::Uuid,
            "ipv4" => Format::Ipv4,
            "ipv6" => Format::Ipv6,
            "uri" => Format::Uri,
            "hostname" => Format::Hostname,
            "byte" => Format::Byte,
            _ => return None,
        })
    }

    pub fn admits(self, text: &[u8]) -> bool {
        match self {
            Format::Date => date(text),
            Format::DateTime => date_time(text),
            Format::Time => time(text),
            Format::Duration => duration(text),
            Format::Email => email(text),
            Format::Uuid => uuid(text),
            Format::Ipv4 => ascii(text).is_some_and(|text| text.parse::<Ipv4Addr>().is_ok()),
            Format::Ipv6 => ascii(text).is_some_and(|text| text.parse::<Ipv6Addr>().is_ok()),
            Format::Uri => uri(text),
            Format::Hostname => hostname(text),
            Format::Byte => base64(text),
        }
    }
}

fn ascii(text: &[u8]) -> Option<&str> {
    text.is_ascii().then(|| std::str::from_utf8(text).ok()).flatten()
}

/// RFC 4648 §4, padded, zero bits at the end.
fn base64(text: &[u8]) -> bool {
    use base64::Engine as _;
    if text.len() % 4 != 0 {
        return false;
    }
    // Decoded in pieces, so that a long value costs no memory.
    let mut buffer = [0; 768];
    let pieces = text.chunks(1024);
    let last = pieces.len();
    pieces.enumerate().all(|(place, piece)| {
        let padded = piece.last() == Some(&b'=');
        (!padded || place + 1 == last)
            && base64::engine::general_purpose::STANDARD.decode_slice(piece, &mut buffer).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, good: &[&str], bad: &[&str]) {
        let format = Format::named(format).unwrap();
        for text in good {
            assert!(format.admits(text.as_bytes()), "{format:?} {text}");
        }
        for text in bad {
            assert!(!format.admits(text.as_bytes()), "{format:?} {text}");
        }
    }

    #[test]
    fn dates_exist_in_the_calendar() {
        check(
            "date",
            &["2024-02-29", "2000-02-29", "1999-12-31"],
            &[
                "2023-02-29",
                "1900-02-29",
                "2024-13-01",
                "2024-1-01",
                "2024-04-31",
                "",
                "2024-00-10",
                "2024-01-00",
                "২024-01-01",
            ],
        );
    }

    #[test]
    fn times_have_an_offset_and_leap_seconds_where_they_can_be() {
        check(
            "time",
            &["08:30:06Z", "23:59:60Z", "01:29:60+01:30", "15:59:60-08:00", "08:30:06.283185z", "23:00:00+23:59"],
            &[
                "08:30:06",
                "24:00:00Z",
                "22:59:60Z",
                "08:60:00Z",
                "08:30:06.Z",
                "08:30:61Z",
                "08:30:06+24:00",
                "08:30:06+0100",
                "8:30:06Z",
            ],
        );
        check(
            "date-time",
            &["1963-06-19T08:30:06.283185Z", "1998-12-31T15:59:60.123-08:00", "1963-06-19t08:30:06z"],
            &["1963-06-19 08:30:06Z", "1990-02-31T15:59:59Z", "2013-350T01:01:01", "1963-06-19T08:30:06"],
        );
    }

    #[test]
    fn durations_follow_the_appendix() {
        check(
            "duration",
            &["P4DT12H30M5S", "P1Y2M3D", "P1W", "PT1H", "PT36H", "P1Y2M", "P0D"],
            &["PT1D", "P", "PT", "P1YT", "P2D1Y", "P1D2H", "P2S", "P1Y2W", "4DT", "P1", "PT1H2S", "P1Y2D"],
        );
    }

    #[test]
    fn addresses_and_names() {
        check(
            "email",
            &[
                "joe.bloggs@example.com",
                "\"joe bloggs\"@example.com",
                "te~st@example.com",
                "joe@[127.0.0.1]",
                "joe@[IPv6:::1]",
            ],
            &[
                "2962",
                ".test@example.com",
                "te..st@example.com",
                "a@b@c.de",
                "joe@",
                "@x",
                "joe@-x",
                "jo\u{e9}@x.de",
                "joe@[1.2.3]",
            ],
        );
        check(
            "uuid",
            &["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"],
            &[
                "2eb8aa08aa9811eab4aa73b441d16380",
                "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
                "ghb8aa08-aa98-11ea-b4aa-73b441d16380",
            ],
        );
        check("ipv4", &["192.168.0.1", "255.255.255.255"], &["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4 ", "0x7f.1"]);
        check(
            "ipv6",
            &["::1", "::ffff:192.168.0.1", "1:2:3:4:5:6:7:8"],
            &["12345::", "::1%eth0", "1::2::3", "fe80::a%25", ""],
        );
        check(
            "hostname",
            &["www.example.com", "a", "xn--4gbwdl.xn--wgbh1c", "1host"],
            &["-bad", "bad-", "a..b", "", "a_b", "a.", &"x".repeat(64)],
        );
    }

    #[test]
    fn uris_are_absolute_and_well_encoded() {
        check(
            "uri",
            &[
                "http://foo.bar/?baz=qux#quux",
                "urn:oasis:names",
                "mailto:a@b.de",
                "http://[::1]:80/x",
                "tel:+1-816",
                "http://u:p@h/%20",
            ],
            &[
                "//foo.bar",
                "/abc",
                "a b:c",
                "http:// x",
                "http://[::1",
                "http://x/%2",
                "http://x/\\",
                ":x",
                "bar,baz",
                "http://h:8a/",
            ],
        );
    }

    #[test]
    fn bytes_are_padded_base64() {
        check(
            "byte",
            &["", "YQ==", "YWI=", "YWJj", &"YWJj".repeat(600)],
            &["YQ", "YQ=", "Y-J_", "YR==", "Y Q=", "====", &("YQ==".to_owned() + &"YWJj".repeat(600))],
        );
    }
}
