//! Addresses in requests.

/// Returns true for an absolute `https` URL without a user name or password.
///
/// The `url` crate would add the tables of internationalised domain names to the
/// browser's module. A host is not looked up: it is checked for the characters that a
/// serialised URL has (RFC 3986, section 3.2.2).
///
/// ```
/// use chat_sessions::domain::url::is_https_url;
/// assert!(is_https_url("https://files.example.com/a%20b.pdf?v=2"));
/// assert!(is_https_url("HTTPS://[2001:db8::1]:8443"));
/// assert!(!is_https_url("http://files.example.com/a.pdf"));
/// assert!(!is_https_url("https://ann:secret@files.example.com/"));
/// assert!(!is_https_url("https:///a.pdf"));
/// assert!(!is_https_url("https://files.example.com/a b.pdf"));
/// ```
#[must_use]
pub fn is_https_url(text: &str) -> bool {
    const SCHEME: &str = "https://";
    let Some((scheme, rest)) = text.split_at_checked(SCHEME.len()) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Of other scripts, any character: the tables of letters would be for this alone.
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let is_host_byte = |byte| is_letter(byte) || b".-_:[]".contains(&byte);
    let is_hidden = |byte: u8| byte <= b' ' || byte == b'\x7f' || byte == b'\\';
    scheme.eq_ignore_ascii_case(SCHEME)
        && (authority.bytes().next()).is_some_and(|byte| is_letter(byte) || byte == b'[')
        && authority.bytes().all(is_host_byte)
        && !rest.bytes().any(is_hidden)
}
