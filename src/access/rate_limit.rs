//! Rate limits, and the buckets that they count in.

use super::key_cache::{CAPACITY, LIFETIME_MS};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// The rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateLimit {
    /// The limit of one secret key, with which a server acts for all of its users.
    Server,
    /// The limit of one publishable key, or of one contact's tokens.
    Credential,
    /// The limit of one agent's tokens: people who work with it all day.
    Agent,
    /// The limit of one client address (IPv6: one /64) with one publishable key.
    Address,
    /// The limit of one IPv6 /56 with one publishable key.
    Network56,
    /// The limit of one IPv6 /48 with one publishable key.
    Network48,
    /// The limit of failed authentications from one client address (IPv6: one /48).
    Failure,
}

/// Returns the networks of a client address, the narrowest first, each with its limit.
///
/// An IPv4 address is one client. An IPv6 client has every address of a /64, a home
/// often every /64 of a /56, and a company, or a home, every /56 of a /48: each is
/// counted, with a rising limit. An IPv4-mapped address is IPv4. A text that is no
/// address has no network.
///
/// ```
/// use chat_sessions::access::rate_limit::{RateLimit, client_networks};
/// let network = |address| client_networks(address).last().cloned();
/// assert_eq!(network("192.0.2.7"), Some((RateLimit::Address, "192.0.2.7".to_owned())));
/// assert_eq!(network("::ffff:192.0.2.7"), network("192.0.2.7"));
/// assert_eq!(network("somewhere"), None);
///
/// let networks = client_networks("2001:db8:1:2345:6::7");
/// let names: Vec<_> = networks.iter().map(|(_, name)| name.as_str()).collect();
/// assert_eq!(names, ["2001:db8:1:2345::/64", "2001:db8:1:2300::/56", "2001:db8:1::/48"]);
/// ```
#[must_use]
pub fn client_networks(address: &str) -> Vec<(RateLimit, String)> {
    let Ok(address) = address.parse::<IpAddr>() else {
        return Vec::new();
    };
    match address.to_canonical() {
        IpAddr::V4(address) => vec![(RateLimit::Address, address.to_string())],
        IpAddr::V6(address) => [
            (RateLimit::Address, 64),
            (RateLimit::Network56, 56),
            (RateLimit::Network48, 48),
        ]
        .map(|(limit, prefix_bits)| (limit, network(address, prefix_bits)))
        .into(),
    }
}

/// Returns the first bits of an address, in CIDR notation.
fn network(address: Ipv6Addr, prefix_bits: u32) -> String {
    let host_bits = Ipv6Addr::BITS.saturating_sub(prefix_bits);
    let mask = u128::MAX.checked_shl(host_bits).unwrap_or_default();
    format!("{}/{prefix_bits}", address & Ipv6Addr::from_bits(mask))
}

/// The networks that had too many failed authentications lately. The platform's limiter
/// counts, and cannot be asked without counting: its last answer is kept here.
#[derive(Debug, Default)]
pub struct BlockedNetworks(HashMap<String, u64>);

impl BlockedNetworks {
    /// Returns true if `network` was blocked in the last [`LIFETIME_MS`].
    #[must_use]
    pub fn contains(&self, network: &str, now_ms: u64) -> bool {
        let blocked = self.0.get(network);
        blocked.is_some_and(|blocked_at_ms| is_recent(*blocked_at_ms, now_ms))
    }

    /// Blocks `network`, if there is room: callers choose how many there are.
    pub fn insert(&mut self, network: String, now_ms: u64) {
        self.0
            .retain(|_, blocked_at_ms| is_recent(*blocked_at_ms, now_ms));
        if self.0.len() < CAPACITY {
            self.0.insert(network, now_ms);
        }
    }
}

fn is_recent(blocked_at_ms: u64, now_ms: u64) -> bool {
    now_ms.saturating_sub(blocked_at_ms) < LIFETIME_MS
}

#[cfg(test)]
mod tests {
    use super::{BlockedNetworks, CAPACITY, LIFETIME_MS, client_networks};

    #[test]
    fn networks_nest() {
        let names = |address| {
            let networks = client_networks(address).into_iter();
            networks.map(|(_, name)| name).collect::<Vec<_>>()
        };
        let one = names("2001:db8:1:2345::1");
        assert_eq!(names("2001:db8:1:2345:ffff::"), one);
        for (other, shared) in [
            ("2001:db8:1:2346::1", 2),
            ("2001:db8:1:2245::1", 1),
            ("2001:db8:2:2345::1", 0),
        ] {
            let other = names(other);
            assert_eq!(one[3 - shared..], other[3 - shared..]);
            assert!(one[..3 - shared].iter().all(|name| !other.contains(name)));
        }
        assert_eq!(names("::FFFF:c000:207"), ["192.0.2.7"]);
        assert!(names("2001:db8::1%eth0").is_empty());
        assert!(names("").is_empty());
    }

    #[test]
    fn a_network_is_blocked_for_a_while_and_there_is_no_end_of_memory() {
        let mut blocked = BlockedNetworks::default();
        for index in 0..=CAPACITY {
            blocked.insert(index.to_string(), 5);
        }
        assert!(blocked.contains("0", 4 + LIFETIME_MS));
        assert!(!blocked.contains("0", 5 + LIFETIME_MS));
        assert!(!blocked.contains(&CAPACITY.to_string(), 5));
        blocked.insert("new".to_owned(), 5 + LIFETIME_MS);
        assert!(blocked.contains("new", 5 + LIFETIME_MS));
        assert_eq!(blocked.0.len(), 1);
    }
}
