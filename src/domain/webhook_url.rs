//! Addresses of webhooks: what a customer types is fetched by the service, and must not
//! lead into a network that only the service reaches.
//!
//! An address has one spelling: the one that a browser shows. Others (`0x7f.1`, `127.1`,
//! `2130706433`, `%31`, full-width digits, a trailing dot) are rejected without a look at
//! what they mean, so that no parser can read them in another way than this one.

use super::limits::WEBHOOK_URL_MAX_CHARS;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Names that lead to this machine or into its network, and everything below them
/// (RFC 6761, RFC 6762, RFC 8375, and what networks call themselves).
const LOCAL_NAMES: [&str; 10] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
];

/// Returns the rule that an address breaks, as the rest of a sentence; `None` if it may be
/// a webhook's. `allows_local` is for development: it adds `http` and loopback.
///
/// ```
/// use chat_sessions::domain::webhook_url::violated_rule;
/// assert_eq!(violated_rule("https://hooks.example.com:8443/in?v=1", false), None);
/// assert!(violated_rule("https://10.0.0.1/", true).is_some());
/// assert!(violated_rule("http://127.0.0.1:3000/", false).is_some());
/// assert_eq!(violated_rule("http://127.0.0.1:3000/", true), None);
/// ```
#[must_use]
pub fn violated_rule(url: &str, allows_local: bool) -> Option<&'static str> {
    rule(url, allows_local).err()
}

fn rule(url: &str, allows_local: bool) -> Result<(), &'static str> {
    if url.len() > WEBHOOK_URL_MAX_CHARS {
        return Err("must be at most 2048 characters long");
    }
    // Parsers of URLs remove or replace the others, and then read something else.
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) || url.contains('\\') {
        return Err(
            "must have visible ASCII characters only, and no backslash: percent-encode others in \
             the path, and write a name of another script as xn--…",
        );
    }
    let (scheme, rest) = url.split_once("://").ok_or(NOT_HTTPS)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("must have no user name or password: they are not sent");
    }
    let (host, port) = split_port(authority);
    if port.is_some_and(|port| !is_port(port)) {
        return Err("must have a port from 1 to 65535, or none");
    }
    let host = Host::read(host)?;
    let is_local = allows_local && host.is_loopback();
    if !(scheme.eq_ignore_ascii_case("https") || is_local && scheme.eq_ignore_ascii_case("http")) {
        return Err(NOT_HTTPS);
    }
    if is_local || host.is_public() {
        return Ok(());
    }
    Err("must lead to a public host: this one is of a private network, or of this machine")
}

const NOT_HTTPS: &str = "must be an https address, like https://hooks.example.com/chat";
const BAD_HOST: &str = "must have a host as a browser shows it: a name like hooks.example.com, \
     four decimal numbers without leading zeros, or an IPv6 address in brackets";

/// Splits the port off; the colons of an IPv6 address are within brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_port(text: &str) -> bool {
    let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    is_canonical && text.parse::<u16>().is_ok()
}

enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Host {
    fn read(text: &str) -> Result<Self, &'static str> {
        if let Some(rest) = text.strip_prefix('[') {
            let address = rest.strip_suffix(']').ok_or(BAD_HOST)?;
            return address.parse().map(Self::V6).map_err(|_| BAD_HOST);
        }
        // Parsers take a host for an IPv4 address by its last label (WHATWG URL, "ends in a
        // number"); this one reads four decimal numbers only.
        let last = text.rsplit('.').next().unwrap_or_default();
        if last
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit())
        {
            return text.parse().map(Self::V4).map_err(|_| BAD_HOST);
        }
        if text.len() <= 253 && text.split('.').all(is_label) {
            return Ok(Self::Name(text.to_ascii_lowercase()));
        }
        Err(BAD_HOST)
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => is_below(name, "localhost"),
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => address.is_loopback(),
        }
    }

    fn is_public(&self) -> bool {
        match self {
            // A name of one label is one of the network's own.
            Self::Name(name) => {
                name.contains('.') && !LOCAL_NAMES.iter().any(|local| is_below(name, local))
            }
            Self::V4(address) => is_public_v4(*address),
            Self::V6(address) => is_public_v6(*address),
        }
    }
}

/// Returns true for a label of letters, digits and inner hyphens (RFC 1123, section 2.1),
/// and the underscores that some names have.
fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Returns true unless the address is of IANA's registry of special ones.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Returns true for global unicast addresses, less those that stand for others or for
/// documentation. Mapped, compatible and translated IPv4 addresses lie outside of it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    match a {
        // Teredo, benchmarks, ORCHID; documentation.
        0x2001 => b >= 0x0200 && b != 0x0db8,
        // 6to4.
        0x2002 => false,
        // Documentation.
        0x3fff => b >= 0x1000,
        _ => (0x2000..0x4000).contains(&a),
    }
}
