//! Where an API's requests go.

use crate::error::PolicyError;

/// The origin of one API: a plain HTTP authority.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Upstream {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    /// Value of `Host`.
    pub authority: String,
}

impl Upstream {
    /// Reads "http://127.0.0.1:3000".
    ///
    /// # Errors
    /// [`PolicyError::Upstream`] for anything else, `https` included: this version does not speak TLS to origins.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let refused = || PolicyError::Upstream(text.to_owned());
        let authority = text.strip_prefix("http://").ok_or_else(refused)?;
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or_else(refused)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| refused())?;
                (host, if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or_else(refused)?) })
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        if host.is_empty() || !host.bytes().all(named) || !authority.starts_with('[') && host.contains(':') {
            return Err(refused());
        }
        let port = match port {
            None => 80,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| refused())?
            }
            Some(_) => return Err(refused()),
        };
        Ok(Self { host: host.to_owned(), port, authority: authority.to_owned() })
    }
}
