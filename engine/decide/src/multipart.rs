//! `multipart/form-data` taken apart (RFC 7578, RFC 2046 §5.1): as strictly as clients write it, so that whoever reads
//! the same bytes after us finds the same parts. Pure: bytes in, parts that borrow from them out.

/// More parts than this are no form.
pub const MAX_PARTS: usize = 1_000;
/// RFC 2046 §5.1.1.
const MAX_BOUNDARY: usize = 70;
/// A part's head is two short lines.
const MAX_HEAD: usize = 2_048;

/// One part of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    pub name: &'a str,
    pub has_filename: bool,
    /// The value of its `Content-Type`.
    pub media_type: Option<&'a [u8]>,
    pub content: &'a [u8],
}

/// Not a body that every reader takes apart in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// The boundary that a `Content-Type` names: its only parameter, once.
///
/// # Errors
/// [`Malformed`]: there is none, or not one that everybody reads alike.
pub fn boundary(content_type: &[u8]) -> Result<&[u8], Malformed> {
    let start = content_type.iter().position(|&byte| byte == b';').ok_or(Malformed)?;
    let rest = content_type[start + 1..].trim_ascii();
    let equals = rest.iter().position(|&byte| byte == b'=').ok_or(Malformed)?;
    if !rest[..equals].eq_ignore_ascii_case(b"boundary") {
        return Err(Malformed);
    }
    let value = &rest[equals + 1..];
    let quoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    let text = quoted.unwrap_or(value);
    let fits = !text.is_empty() && text.len() <= MAX_BOUNDARY && text.last() != Some(&b' ');
    // Beyond a token's characters a boundary must stand in quotes; a space in it is read in different ways.
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"'+_-.".contains(byte);
    let is_quotable = |byte: &u8| is_plain(byte) || b"(),/:=?".contains(byte);
    let spelt = if quoted.is_some() { text.iter().all(is_quotable) } else { text.iter().all(is_plain) };
    if fits && spelt { Ok(text) } else { Err(Malformed) }
}

/// The parts of a whole body.
///
/// # Errors
/// [`Malformed`]: a preamble, an epilogue, a line that some would take for a boundary, a header that no form needs, or
/// anything else that is read in different ways.
pub fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Result<Vec<Part<'a>>, Malformed> {
    let dashed: Vec<u8> = [b"--", boundary].concat();
    let mut rest = body.strip_prefix(&dashed[..]).ok_or(Malformed)?;
    let mut parts = Vec::new();
    loop {
        if let Some(end) = rest.strip_prefix(b"--") {
            let ends = end.is_empty() || end == b"\r\n";
            return if ends && !parts.is_empty() { Ok(parts) } else { Err(Malformed) };
        }
        if parts.len() == MAX_PARTS {
            return Err(Malformed);
        }
        let inside = rest.strip_prefix(b"\r\n").ok_or(Malformed)?;
        // Any other place where the boundary stands would end the part for some readers and not for others.
        let at = memchr::memmem::find(inside, &dashed).ok_or(Malformed)?;
        let whole = inside[..at].strip_suffix(b"\r\n").ok_or(Malformed)?;
        parts.push(part(whole)?);
        rest = &inside[at + dashed.len()..];
    }
}

fn part(whole: &[u8]) -> Result<Part<'_>, Malformed> {
    let window = &whole[..whole.len().min(MAX_HEAD)];
    let end = memchr::memmem::find(window, b"\r\n\r\n").ok_or(Malformed)?;
    let mut disposition = None;
    let mut media_type = None;
    for line in window[..end].split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let colon = line.iter().position(|&byte| byte == b':').ok_or(Malformed)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if value.iter().any(|byte| byte.is_ascii_control()) {
            return Err(Malformed);
        }
        let slot = if name.eq_ignore_ascii_case(b"content-disposition") {
            &mut disposition
        } else if name.eq_ignore_ascii_case(b"content-type") {
            &mut media_type
        } else {
            return Err(Malformed);
        };
        if slot.replace(value).is_some() {
            return Err(Malformed);
        }
    }
    let (name, has_filename) = disposed(disposition.ok_or(Malformed)?)?;
    Ok(Part { name, has_filename, media_type, content: &whole[end + 4..] })
}

/// `form-data; name="…"`, with `filename="…"` or without.
fn disposed(value: &[u8]) -> Result<(&str, bool), Malformed> {
    let text = std::str::from_utf8(value).map_err(|_| Malformed)?;
    let (kind, mut rest) = text.split_once(';').ok_or(Malformed)?;
    if !kind.trim_end().eq_ignore_ascii_case("form-data") {
        return Err(Malformed);
    }
    let (mut name, mut filename) = (None, None);
    loop {
        let (key, after) = rest.trim_start().split_once("=\"").ok_or(Malformed)?;
        let (value, after) = after.split_once('"').ok_or(Malformed)?;
        // A backslash is an escape to some readers and a character to others.
        if value.contains('\\') || value.chars().any(char::is_control) {
            return Err(Malformed);
        }
        let slot = if key.eq_ignore_ascii_case("name") {
            &mut name
        } else if key.eq_ignore_ascii_case("filename") {
            &mut filename
        } else {
            return Err(Malformed);
        };
        if slot.replace(value).is_some() {
            return Err(Malformed);
        }
        let after = after.trim_start();
        if after.is_empty() {
            break;
        }
        rest = after.strip_prefix(';').ok_or(Malformed)?;
    }
    let name = name.filter(|name| !name.is_empty()).ok_or(Malformed)?;
    let climbs = filename.is_some_and(|filename| filename.split('/').any(|segment| segment == ".."));
    if climbs { Err(Malformed) } else { Ok((name, filename.is_some())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--b\r\ncontent-disposition: \
form-data; name=\"f\"; filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--b--\r\n";

    #[test]
    fn a_form_as_browsers_write_it_is_taken_apart() {
        let parts = split(BODY, b"b").expect("a form");
        assert_eq!(parts[0], Part { name: "a", has_filename: false, media_type: None, content: b"one" });
        let second = Part { name: "f", has_filename: true, media_type: Some(b"image/png"), content: b"\x89PNG\r\n" };
        assert_eq!(parts[1], second);
        assert_eq!(split(&BODY[..BODY.len() - 2], b"b").map(|parts| parts.len()), Ok(2));
    }

    #[test]
    fn the_boundary_is_the_only_parameter() {
        for (text, expected) in [
            (&b"multipart/form-data; boundary=abc"[..], Ok(&b"abc"[..])),
            (b"multipart/form-data;boundary=\"a:b\"", Ok(b"a:b")),
            (b"multipart/form-data", Err(Malformed)),
            (b"multipart/form-data; boundary=", Err(Malformed)),
            (b"multipart/form-data; boundary=a b", Err(Malformed)),
            (b"multipart/form-data; boundary=a; boundary=b", Err(Malformed)),
            (b"multipart/form-data; boundary=a; charset=utf-8", Err(Malformed)),
            (b"multipart/form-data; boundary*=a", Err(Malformed)),
            (b"multipart/form-data; boundary=\"a\\b\"", Err(Malformed)),
        ] {
            assert_eq!(boundary(text), expected, "{}", String::from_utf8_lossy(text));
        }
        assert!(boundary(&[b"multipart/form-data; boundary=".as_slice(), &[b'a'; 71]].concat()).is_err());
    }

    #[test]
    fn what_readers_take_apart_differently_is_refused() {
        let head = "Content-Disposition: form-data; name=\"a\"";
        for body in [
            String::new(),
            "--b--".to_owned(),
            format!("preamble\r\n--b\r\n{head}\r\n\r\nx\r\n--b--"),
            format!("\r\n--b\r\n{head}\r\n\r\nx\r\n--b--"),
            format!("--b\r\n{head}\r\n\r\nx\r\n--b--\r\nepilogue"),
            format!("--b\r\n{head}\r\n\r\nx\r\n--b"),
            format!("--b\r\n{head}\r\n\r\nx"),
            format!("--b\n{head}\n\nx\n--b--"),
            format!("--b\r\n{head}\r\n\r\nx\n--b\r\n{head}\r\n\r\ny\r\n--b--"),
            format!("--b\r\n{head}\r\n\r\nx\r\n--bc\r\n--b--"),
            format!("--b\r\n{head}\r\n\r\nx\r\n--b \r\n{head}\r\n\r\ny\r\n--b--"),
            format!("--b\r\n{head}\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--b--"),
            format!("--b\r\n{head}\r\n{head}\r\n\r\nx\r\n--b--"),
            format!("--b\r\n{head}\r\n folded\r\n\r\nx\r\n--b--"),
            "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\nContent-Disposition: form-data; name=\"a\\\"\"\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''x\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"../x\"\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--".to_owned(),
            "--b\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--b--".to_owned(),
        ] {
            assert_eq!(split(body.as_bytes(), b"b"), Err(Malformed), "{body:?}");
        }
    }
}
