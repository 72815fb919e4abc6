//! Signed tokens: JWTs (RFC 7519) in the compact form of JWS (RFC 7515), HS256 only.
//!
//! A token does not choose its algorithm: a header that names another one is rejected
//! before anything is computed. `hmac` compares signatures in constant time. Decision
//! 0013 explains why this module is not a library.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

/// The only algorithm (RFC 7518, section 3.2).
const ALGORITHM: &str = "HS256";
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A key that signs and verifies tokens.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Takes a secret of any length.
    pub(crate) fn new(secret: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(secret).map(Self).ok()
    }

    /// Returns the token with these claims, the text of a JSON object.
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

/// Returns the claims of a token that one of the keys has signed, as JSON text;
/// `None` for anything else.
pub(crate) fn verify<'a>(
    token: &str,
    keys: impl Iterator<Item = &'a SigningKey>,
) -> Option<String> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    if !is_supported(&decode_text(header)?) {
        return None;
    }
    let signature = decode(signature)?;
    let mut keys = keys.map(|key| key.0.clone().chain_update(signed));
    keys.any(|mac| mac.verify_slice(&signature).is_ok())
        .then(|| decode_text(claims))?
}

/// Returns true for a header with no algorithm but HS256, and no extension.
fn is_supported(header: &str) -> bool {
    let Ok(header) = serde_json::from_str::<Map<String, Value>>(header) else {
        return false;
    };
    // `crit` lists extensions that must be supported (RFC 7515, section 4.1.11).
    header.get("alg").and_then(Value::as_str) == Some(ALGORITHM) && !header.contains_key("crit")
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

fn decode_text(text: &str) -> Option<String> {
    String::from_utf8(decode(text)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Mac, SigningKey, encode, verify};
    use std::iter;

    const CLAIMS: &str = r#"{"sub":"ann"}"#;

    fn key() -> SigningKey {
        SigningKey::new(b"secret").unwrap()
    }

    /// Returns a token with any header, signed with the right key.
    fn signed(header: &str) -> String {
        let signed = [encode(header.as_bytes()), encode(CLAIMS.as_bytes())].join(".");
        let signature = key().0.chain_update(&signed).finalize().into_bytes();
        [signed, encode(&signature)].join(".")
    }

    fn is_accepted(token: &str) -> bool {
        verify(token, iter::once(&key())).is_some_and(|claims| claims == CLAIMS)
    }

    #[test]
    fn a_right_signature_does_not_make_up_for_a_wrong_header() {
        assert_eq!(signed(HEADER), key().sign(CLAIMS));
        assert!(is_accepted(&signed(HEADER)));
        assert!(is_accepted(&signed(r#"{"alg":"HS256"}"#)));
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"hs256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":["HS256"]}"#,
            r#"{"alg":"HS256","crit":["exp"]}"#,
            r#"{"alg":"HS256","crit":null}"#,
            r#"{"typ":"JWT"}"#,
            r#"["HS256"]"#,
            r#"{"alg":"HS256""#,
            "",
        ] {
            assert!(!is_accepted(&signed(header)), "{header}");
        }
    }

    #[test]
    fn a_signature_has_one_spelling() {
        let token = signed(HEADER);
        let (rest, last) = token.split_at(token.len() - 1);
        for character in
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=".chars()
        {
            let other = format!("{rest}{character}");
            assert_eq!(is_accepted(&other), other == token, "{last} {character}");
        }
        assert!(!is_accepted(rest));
        assert!(!is_accepted(&format!("{token}=")));
        assert!(!is_accepted(&format!("{token}\n")));
        assert!(!is_accepted(""));
    }
}
