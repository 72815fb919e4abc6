//! The rules of webhooks' addresses: the table `cases/webhooks.json`, and properties.

use crate::cases::expand;
use chat_sessions::domain::webhook_url::violated_rule;
use proptest::prelude::*;
use serde_json::Value;
use std::net::{Ipv4Addr, Ipv6Addr};

fn urls(kind: &str) -> Vec<String> {
    let table: Value = serde_json::from_str(include_str!("../cases/webhooks.json")).unwrap();
    let urls = table["urls"][kind].as_array().unwrap();
    urls.iter()
        .map(|url| expand(url.as_str().unwrap()))
        .collect()
}

#[test]
fn every_spelling_gets_its_verdict() {
    let is_accepted = |url: &str, allows_local| violated_rule(url, allows_local).is_none();
    for url in urls("public") {
        assert!(is_accepted(&url, false) && is_accepted(&url, true), "{url}");
    }
    for url in urls("local") {
        assert!(
            !is_accepted(&url, false) && is_accepted(&url, true),
            "{url}"
        );
    }
    let forbidden = urls("forbidden");
    for url in &forbidden {
        assert!(!is_accepted(url, false), "{url}");
    }
    // Development adds this machine, and no other one of its network.
    let local: Vec<_> = forbidden
        .iter()
        .filter(|url| is_accepted(url, true))
        .collect();
    assert_eq!(
        local,
        [
            "https://localhost/",
            "https://LOCALHOST/",
            "https://hooks.localhost/",
            "https://127.0.0.1/",
            "https://127.1.2.3:8443/",
            "https://[::1]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[0000::0001]/",
        ]
    );
}

/// Returns true for addresses that no request may reach, by what the standard library and
/// the registries say of them.
fn is_special(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || address.is_unspecified()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && address.octets()[2] == 0)
        || (a == 192 && b == 88 && address.octets()[2] == 99)
}

/// Addresses, many of them near the ranges that are special.
fn v4() -> impl Strategy<Value = Ipv4Addr> {
    let first = prop_oneof![
        Just(0_u8),
        Just(9),
        Just(10),
        Just(11),
        Just(100),
        Just(126),
        Just(127),
        Just(128),
        Just(169),
        Just(172),
        Just(192),
        Just(198),
        Just(203),
        Just(223),
        Just(224),
        any::<u8>(),
    ];
    let second = prop_oneof![
        Just(0_u8),
        Just(15),
        Just(16),
        Just(18),
        Just(31),
        Just(32),
        Just(51),
        Just(64),
        Just(88),
        Just(127),
        Just(168),
        Just(254),
        any::<u8>(),
    ];
    (first, second, any::<[u8; 2]>()).prop_map(|(a, b, [c, d])| Ipv4Addr::new(a, b, c, d))
}

proptest! {
    #[test]
    fn an_ipv4_address_is_accepted_unless_it_is_special(address in v4()) {
        let is_accepted = violated_rule(&format!("https://{address}/"), false).is_none();
        prop_assert_eq!(is_accepted, !is_special(address));
    }

    #[test]
    fn no_other_spelling_of_an_ipv4_address_is_accepted(address in v4(), parts in 1_usize..4) {
        let number = u32::from(address);
        let [a, b, c, d] = address.octets();
        let hosts = [
            number.to_string(), format!("{number:#x}"), format!("0{number:o}"),
            format!("{a}.{}", number & 0x00ff_ffff),
            format!("{a}.{b}.{}", number & 0xffff),
            format!("{a:#x}.{b}.{c}.{d}"), format!("{a}.{b}.{c}.{d:#x}"),
            format!("0{a:o}.{b}.{c}.{d}"), format!("{a}.{b}.{c}.0{d:o}"), format!("{address}."),
            format!("[::{address}]"), format!("[::ffff:{address}]"), format!("[64:ff9b::{address}]"),
            format!("[2002:{:x}:{:x}::]", number >> 16, number & 0xffff),
            address.to_string().replace('.', "%2e"),
            address.to_string().chars().map(|digit| match digit {
                '0'..='9' => char::from_u32(u32::from(digit) + 0xfee0).unwrap(),
                other => other,
            }).collect(),
            format!("{}{address}", "0".repeat(parts)),
        ];
        for host in hosts {
            let url = format!("https://{host}/");
            prop_assert!(violated_rule(&url, false).is_some(), "{}", url);
        }
    }

    #[test]
    fn an_ipv6_address_is_accepted_only_if_it_is_global(
        first in prop_oneof![0_u16..=0xffff, Just(0x2001), Just(0x2002), Just(0xfe80), Just(0)],
        rest: [u16; 7],
    ) {
        let [b, c, d, e, f, g, h] = rest;
        let address = Ipv6Addr::new(first, b, c, d, e, f, g, h);
        if violated_rule(&format!("https://[{address}]/"), false).is_none() {
            prop_assert_eq!(address.segments()[0] & 0xe000, 0x2000);
            prop_assert!(!matches!(first, 0x2002));
            prop_assert!(address.to_ipv4().is_none());
        }
    }

    #[test]
    fn what_is_accepted_is_what_a_parser_reads(url in "https?://[a-z0-9.:@%\\[\\]/?#\\\\-]{0,24}") {
        if violated_rule(&url, false).is_none() {
            let rest = url.strip_prefix("https://").unwrap();
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (authority, behind) = rest.split_at(end);
            prop_assert!(!authority.contains(['@', '%', '\\']), "{}", url);
            prop_assert!(behind.is_empty() || behind.starts_with(['/', '?', '#']));
            let name = authority.split(':').next().unwrap();
            prop_assert!(authority.starts_with('[') || name.contains('.'), "{}", url);
        }
    }
}
