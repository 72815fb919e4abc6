//! Signed tokens: JWTs (RFC 7519) in the compact form of JWS (RFC 7515), with HS256
//! and nothing else.
//!
//! The algorithm is not the token's to choose: a header that names another is
//! refused before anything is computed, and signatures are compared in constant
//! time by `hmac`.

use crate::json::Json;
use crate::json_text;
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The one algorithm there is (RFC 7518, section 3.2).
const ALGORITHM: &str = "HS256";
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// What tokens are signed and verified with.
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    /// Takes a secret of any length.
    pub(crate) fn new(secret: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(secret).map(Self).ok()
    }

    /// The token with these claims, the text of a JSON object.
    pub(crate) fn sign(&self, claims: &str) -> String {
        let mut token = encode(HEADER.as_bytes());
        token.push('.');
        token.push_str(&encode(claims.as_bytes()));
        let signature = self.0.clone().chain_update(&token).finalize();
        token.push('.');
        token.push_str(&encode(&signature.into_bytes()));
        token
    }
}

/// The claims of a token that one of the keys has signed, as JSON text; `None`
/// for anything else.
pub(crate) fn verify<'a>(token: &str, keys: impl Iterator<Item = &'a Key>) -> Option<Vec<u8>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    if !is_ours(&decode(header)?) {
        return None;
    }
    let signature = decode(signature)?;
    let mut keys = keys.map(|key| key.0.clone().chain_update(signed));
    keys.any(|mac| mac.verify_slice(&signature).is_ok())
        .then(|| decode(claims))?
}

/// Whether a header is one that we understand in full.
fn is_ours(header: &[u8]) -> bool {
    let Ok(Json::Object(header)) = json_text::stored(header) else {
        return false;
    };
    // `crit` lists what must be understood (RFC 7515, section 4.1.11): nothing is.
    header.get("alg").and_then(Json::as_text) == Some(ALGORITHM) && header.get("crit").is_none()
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}
