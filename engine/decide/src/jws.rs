//! JWS in compact form (RFC 7515 §7.1), strictly: bytes, keys and algorithms in, verdict out. Claims are none of its
//! business, and neither is where keys come from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firstclass_body::read_ijson;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::{Map, Value};

use crate::bearer::TokenFault;

/// Deeper headers and payloads are refused.
const MAX_DEPTH: usize = 16;

/// Header parameters that would let a stranger choose the key or change what is signed, or that we do not know how to
/// honour (RFC 7515 §4.1.2–4.1.6, §4.1.11; RFC 7797; RFC 7516).
const REFUSED: &[&str] = &["crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc"];

/// Signature algorithms that an issuer's entry may allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Es256,
    EdDsa,
    Ps256,
    Rs256,
}

impl Algorithm {
    /// By its exact name in RFC 7518 §3.1 or RFC 8037.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            "PS256" => Some(Self::Ps256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }

    /// Its registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

#[derive(Debug, Clone)]
enum Material {
    /// Uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

/// A public key with what it may be used for.
#[derive(Debug, Clone)]
pub struct VerifyKey {
    kid: Option<String>,
    /// The key's own `alg`: it is good for nothing else.
    algorithm: Option<String>,
    material: Material,
}

impl VerifyKey {
    /// A key for verifying, or None if the JWK is for something else, is not one of our types, or is too weak.
    #[must_use]
    pub fn from_jwk(jwk: &Value) -> Option<Self> {
        let jwk = jwk.as_object()?;
        if jwk.get("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        if let Some(operations) = jwk.get("key_ops")
            && !operations.as_array()?.iter().any(|operation| operation == "verify")
        {
            return None;
        }
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
        let curve = jwk.get("crv").and_then(Value::as_str);
        let material = match (jwk.get("kty")?.as_str()?, curve) {
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                Material::P256([&[4][..], &x, &y].concat())
            }
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x").filter(|x| x.len() == 32)?),
            ("RSA", _) => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                let significant = n.iter().position(|&byte| byte != 0)?;
                let bits = (n.len() - significant) * 8 - n[significant].leading_zeros() as usize;
                if !(2048..=8192).contains(&bits) {
                    return None;
                }
                Material::Rsa { n: n[significant..].to_vec(), e }
            }
            _ => return None,
        };
        let text = |name: &str| match jwk.get(name) {
            None => Some(None),
            Some(value) => value.as_str().map(|text| Some(text.to_owned())),
        };
        Some(Self { kid: text("kid")?, algorithm: text("alg")?, material })
    }

    /// True if this key may verify that algorithm.
    fn serves(&self, algorithm: Algorithm) -> bool {
        let fits = matches!(
            (&self.material, algorithm),
            (Material::P256(_), Algorithm::Es256)
                | (Material::Ed25519(_), Algorithm::EdDsa)
                | (Material::Rsa { .. }, Algorithm::Ps256 | Algorithm::Rs256)
        );
        fits && self.algorithm.as_deref().is_none_or(|name| name == algorithm.name())
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], sig: &[u8]) -> bool {
        match (&self.material, algorithm) {
            (Material::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).verify(message, sig).is_ok()
            }
            (Material::Ed25519(point), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&signature::ED25519, point).verify(message, sig).is_ok()
            }
            (Material::Rsa { n, e }, Algorithm::Ps256) => {
                RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PSS_2048_8192_SHA256, message, sig).is_ok()
            }
            (Material::Rsa { n, e }, Algorithm::Rs256) => {
                RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, sig).is_ok()
            }
            _ => false,
        }
    }
}

/// A token taken apart. Nothing in it is to be believed before [`Jws::verify`] has said so, except in order to choose
/// the issuer whose keys are asked.
#[derive(Debug)]
pub struct Jws<'token> {
    pub header: Map<String, Value>,
    pub payload: Vec<u8>,
    signed: &'token [u8],
    signature: Vec<u8>,
}

impl<'token> Jws<'token> {
    /// Takes a compact serialisation apart: three parts in canonical base64url, a header in strict JSON that asks for
    /// nothing unknown.
    ///
    /// # Errors
    /// [`TokenFault::Malformed`] or [`TokenFault::Header`].
    pub fn parse(token: &'token [u8]) -> Result<Self, TokenFault> {
        let mut parts = token.split(|&byte| byte == b'.');
        let (Some(header), Some(payload), Some(sig), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenFault::Malformed);
        };
        let decode = |part: &[u8]| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed);
        let signed = &token[..header.len() + 1 + payload.len()];
        let header = read_object(&decode(header)?)?;
        if REFUSED.iter().any(|name| header.contains_key(*name)) {
            return Err(TokenFault::Header);
        }
        Ok(Self { header, payload: decode(payload)?, signed, signature: decode(sig)? })
    }

    /// Checks the signature with the key that `kid` names, or, without one, with the only key that fits.
    ///
    /// # Errors
    /// [`TokenFault::Algorithm`], [`TokenFault::UnknownKey`] or [`TokenFault::Signature`].
    pub fn verify(&self, keys: &[VerifyKey], allowed: &[Algorithm]) -> Result<(), TokenFault> {
        let name = self.header.get("alg").and_then(Value::as_str).ok_or(TokenFault::Algorithm)?;
        let algorithm = Algorithm::find(name).filter(|algorithm| allowed.contains(algorithm));
        let algorithm = algorithm.ok_or(TokenFault::Algorithm)?;
        let kid = match self.header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid),
            Some(_) => return Err(TokenFault::Header),
        };
        let named = |key: &&VerifyKey| kid.is_none() || key.kid.as_ref() == kid;
        let mut fitting = keys.iter().filter(named).filter(|key| key.serves(algorithm));
        let key = match (fitting.next(), fitting.next()) {
            (Some(key), None) => key,
            // Two keys of one name: which one is meant would be a guess.
            (Some(_), Some(_)) => return Err(TokenFault::Header),
            (None, _) if keys.iter().any(|key| named(&key)) => return Err(TokenFault::Algorithm),
            (None, _) => return Err(TokenFault::UnknownKey),
        };
        if key.verifies(algorithm, self.signed, &self.signature) { Ok(()) } else { Err(TokenFault::Signature) }
    }
}

/// A JSON object in which no name occurs twice.
pub(crate) fn read_object(bytes: &[u8]) -> Result<Map<String, Value>, TokenFault> {
    read_ijson(bytes, MAX_DEPTH).map_err(|_| TokenFault::Malformed)?;
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(TokenFault::Malformed),
    }
}
