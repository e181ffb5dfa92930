//! Sixteen bytes at once. The only unsafe code of this crate: instructions that the compiler does not call safe.
#![allow(unsafe_code)]

/// One bit for each byte that needs a look; exact up to the lowest.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn special(chunk: &[u8; 16], ascii: bool) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    // SAFETY: these instructions are part of every x86-64 processor; the load reads the sixteen bytes that `chunk` is,
    // and needs no alignment.
    unsafe {
        let bytes = _mm_loadu_si128(chunk.as_ptr().cast());
        let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
        let slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\' as i8));
        // As signed bytes, control characters and all from 0x80 on are below the space.
        let rest = if ascii {
            _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20))
        } else {
            _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes)
        };
        _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), rest)) as u32
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn special(chunk: &[u8; 16], ascii: bool) -> u32 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let both = u128::from_le_bytes(*chunk);
    for (half, word) in [both as u64, (both >> 64) as u64].into_iter().enumerate() {
        // A borrow comes only from a byte that is a hit itself, so the lowest hit is exact.
        let quote = word ^ (ONES * 0x22);
        let slash = word ^ (ONES * 0x5c);
        let mut hits = quote.wrapping_sub(ONES) & !quote;
        hits |= slash.wrapping_sub(ONES) & !slash;
        hits |= word.wrapping_sub(ONES * 0x20) & !word;
        if ascii {
            hits |= word;
        }
        if hits & TOPS != 0 {
            return 1 << (half as u32 * 8 + (hits & TOPS).trailing_zeros() / 8);
        }
    }
    0
}

/// Whether two chunks agree in every byte of which not all bits are free.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn agrees(chunk: &[u8; 32], template: &[u8; 32], free: &[u8; 32]) -> bool {
    use std::arch::x86_64::{_mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128};
    // SAFETY: as above; each load reads one half of the thirty-two bytes that its reference is.
    unsafe {
        let half = |bytes: &[u8; 32], at: usize| _mm_loadu_si128(bytes.as_ptr().add(at).cast());
        let same = |at| _mm_or_si128(_mm_cmpeq_epi8(half(chunk, at), half(template, at)), half(free, at));
        _mm_movemask_epi8(_mm_and_si128(same(0), same(16))) == 0xFFFF
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn agrees(chunk: &[u8; 32], template: &[u8; 32], free: &[u8; 32]) -> bool {
    let half = |bytes: &[u8; 32], at: usize| bytes[at..].first_chunk().map_or(0, |half| u128::from_le_bytes(*half));
    let differs = |at| (half(chunk, at) ^ half(template, at)) & !half(free, at);
    differs(0) | differs(16) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_byte_that_needs_a_look_is_found_for_every_byte_at_every_place() {
        for ascii in [true, false] {
            for byte in 0..=255u8 {
                let hit = byte < 0x20 || byte == b'"' || byte == b'\\' || (ascii && byte >= 0x80);
                for place in 0..16 {
                    for rest in [b'a', b' ', b'!', b'#', b'[', b']', 0x7F] {
                        let mut chunk = [rest; 16];
                        chunk[place] = byte;
                        let found = special(&chunk, ascii).trailing_zeros() as usize;
                        assert_eq!(found, if hit { place } else { 32 }, "{byte:#x} at {place}, ascii {ascii}");
                    }
                }
            }
        }
    }

    #[test]
    fn chunks_agree_where_nothing_is_asked_and_differ_in_any_other_byte() {
        let template: [u8; 32] = std::array::from_fn(|at| at as u8 * 3);
        for asked in 0..=32 {
            let free: [u8; 32] = std::array::from_fn(|at| if at < asked { 0 } else { 0xFF });
            assert!(agrees(&template, &template, &free));
            for at in 0..32 {
                let mut chunk = template;
                chunk[at] ^= 0x10;
                assert_eq!(agrees(&chunk, &template, &free), at >= asked, "byte {at} of {asked}");
            }
        }
    }
}
