//! The fields that decide where a message ends and whether its connection lives on, judged alike in both directions.

use crate::error::FramingError;
use crate::header::KnownHeader;
use crate::request::Version;

/// What the framing fields of one head said.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FramingFields {
    pub content_length: Option<u64>,
    pub chunked: bool,
    pub close: bool,
}

impl FramingFields {
    /// Takes one field into account; fields that frame nothing are ignored.
    #[inline]
    pub(crate) fn note(&mut self, known: KnownHeader, value: &[u8]) -> Result<(), FramingError> {
        match known {
            KnownHeader::ContentLength => {
                if self.content_length.is_some() {
                    return Err(FramingError::ContentLength);
                }
                self.content_length = Some(content_length(value)?);
            }
            KnownHeader::TransferEncoding => {
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(FramingError::TransferEncoding);
                }
                self.chunked = true;
            }
            // Other options are not honoured: a caller must not strip fields of ours by naming them here.
            KnownHeader::Connection => self.close |= lists(value, b"close"),
            _ => {}
        }
        Ok(())
    }

    /// Refuses what no two recipients would have to read alike.
    #[inline]
    pub(crate) fn check(&self, version: Version) -> Result<(), FramingError> {
        if self.chunked && self.content_length.is_some() {
            return Err(FramingError::TwoLengths);
        }
        if self.chunked && version == Version::Http10 {
            return Err(FramingError::TransferEncoding);
        }
        Ok(())
    }
}

/// A length in its one spelling: 1 to 19 digits, no sign, no leading zero, nothing else.
fn content_length(value: &[u8]) -> Result<u64, FramingError> {
    let plain = matches!(value, [b'0'] | [b'1'..=b'9', ..]);
    if !plain || value.len() > 19 {
        return Err(FramingError::ContentLength);
    }
    value.iter().try_fold(0u64, |length, &digit| match digit {
        b'0'..=b'9' => Ok(length * 10 + u64::from(digit - b'0')),
        _ => Err(FramingError::ContentLength),
    })
}

/// True if a comma-separated list holds `option`, in any case.
fn lists(value: &[u8], option: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|item| item.trim_ascii().eq_ignore_ascii_case(option))
}

#[cfg(test)]
mod tests {
    use super::{FramingFields, content_length, lists};
    use crate::error::FramingError;
    use crate::header::KnownHeader;
    use crate::request::Version;

    #[test]
    fn a_length_has_one_spelling() {
        assert_eq!(content_length(b"0"), Ok(0));
        assert_eq!(content_length(b"22220"), Ok(22220));
        assert_eq!(content_length(b"9999999999999999999"), Ok(9_999_999_999_999_999_999));
        for bad in ["", "+6", "-0", "6,6", "0x6", "6\t5", "6 5", "00", "06", "1.0", "18446744073709551616", "6\u{a0}"] {
            assert_eq!(content_length(bad.as_bytes()), Err(FramingError::ContentLength), "{bad}");
        }
    }

    #[test]
    fn two_lengths_are_refused_even_when_equal() {
        let mut fields = FramingFields::default();
        assert!(fields.note(KnownHeader::ContentLength, b"5").is_ok());
        assert_eq!(fields.note(KnownHeader::ContentLength, b"5"), Err(FramingError::ContentLength));
    }

    #[test]
    fn the_only_coding_is_one_chunked() {
        assert!(FramingFields::default().note(KnownHeader::TransferEncoding, b"Chunked").is_ok());
        for bad in ["", "xchunked", "chunked,chunked", "chunked, identity", "gzip, chunked", "chunked;a", "identity"] {
            let refused = FramingFields::default().note(KnownHeader::TransferEncoding, bad.as_bytes());
            assert_eq!(refused, Err(FramingError::TransferEncoding), "{bad}");
        }
    }

    #[test]
    fn length_and_coding_exclude_each_other() {
        let both = FramingFields { content_length: Some(5), chunked: true, close: false };
        assert_eq!(both.check(Version::Http11), Err(FramingError::TwoLengths));
        let old = FramingFields { chunked: true, ..FramingFields::default() };
        assert_eq!(old.check(Version::Http10), Err(FramingError::TransferEncoding));
    }

    #[test]
    fn close_is_found_in_a_list() {
        assert!(lists(b"keep-alive, Close ,x", b"close"));
        assert!(!lists(b"closed, x-close", b"close"));
    }
}
