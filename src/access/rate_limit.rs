//! Rate limits, and the buckets that they count in.

use std::net::IpAddr;

/// The rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    /// The limit of one key, or of one contact's tokens.
    Credential,
    /// The limit of one client address with one publishable key.
    Address,
}

/// Returns the part of an address that identifies a client: all of an IPv4 address, the
/// first 64 bits of an IPv6 one, because a client has every address in that network.
///
/// `None` if it is not an address.
///
/// ```
/// use chat_sessions::access::rate_limit::client_network;
/// assert_eq!(client_network("192.0.2.7").as_deref(), Some("192.0.2.7"));
/// assert_eq!(client_network("2001:db8:1:2:3:4:5:6"), client_network("2001:db8:1:2::9"));
/// assert_ne!(client_network("2001:db8:1:2::9"), client_network("2001:db8:1:3::9"));
/// assert_eq!(client_network("::ffff:192.0.2.7").as_deref(), Some("192.0.2.7"));
/// assert_eq!(client_network("somewhere"), None);
/// ```
#[must_use]
pub fn client_network(address: &str) -> Option<String> {
    Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    })
}
