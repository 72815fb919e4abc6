//! SHA-256 as text.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 of `bytes`, as 64 lower-case hexadecimal digits.
///
/// ```
/// let digest = chat_sessions::digest::sha256_hex(b"");
/// assert!(digest.starts_with("e3b0c44298fc1c14"));
/// ```
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}
