//! Request methods by name; case matters (RFC 9110 §9.1).

/// The methods that a contract can declare, those that framing has to know, and any other token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Options,
    Patch,
    Trace,
    Query,
    Connect,
    #[default]
    Other,
}

impl Method {
    /// The method of this exact token.
    #[inline]
    pub fn find(token: &[u8]) -> Self {
        match token {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"OPTIONS" => Self::Options,
            b"PATCH" => Self::Patch,
            b"TRACE" => Self::Trace,
            b"QUERY" => Self::Query,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }

    /// The token; empty for [`Method::Other`], whose token only the head knows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Trace => "TRACE",
            Self::Query => "QUERY",
            Self::Connect => "CONNECT",
            Self::Other => "",
        }
    }

    /// True where a body has no defined meaning, so that recipients differ on whether they read one.
    #[inline]
    pub const fn forbids_body(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Trace | Self::Connect)
    }

    /// True where a message without a body says so with `Content-Length: 0` (RFC 9110 §8.6).
    #[inline]
    pub const fn expects_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch | Self::Query)
    }
}

#[cfg(test)]
mod tests {
    use super::Method;

    #[test]
    fn names_are_found_in_their_own_case_only() {
        for method in [Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete, Method::Options] {
            assert_eq!(Method::find(method.name().as_bytes()), method);
            assert_eq!(Method::find(method.name().to_lowercase().as_bytes()), Method::Other);
        }
        assert_eq!(Method::find(b"PURGE"), Method::Other);
    }
}
