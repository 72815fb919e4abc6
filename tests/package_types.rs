//! The package's TypeScript declarations, held against the Rust enums: a name
//! that is added in one place only fails here.

#![cfg(not(target_arch = "wasm32"))]

use chat_sessions::error::{Error, FieldErrorCode};
use chat_sessions::session::Channel;
use std::collections::BTreeSet;
use strum::VariantNames;

const DECLARATIONS: &str = include_str!("../pkg/index.d.ts");

/// The string literals of `export type {name} = "a" | "b";`.
fn union(name: &str) -> BTreeSet<&'static str> {
    let start = format!("export type {name} =");
    let (_, rest) = DECLARATIONS
        .split_once(&start)
        .unwrap_or_else(|| panic!("no type {name}"));
    let (body, _) = rest.split_once(';').unwrap();
    body.split('"').skip(1).step_by(2).collect()
}

#[test]
fn the_unions_are_the_enums() {
    let names =
        |variants: &'static [&'static str]| variants.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(union("ServiceErrorCode"), names(Error::VARIANTS));
    assert_eq!(union("FieldErrorCode"), names(FieldErrorCode::VARIANTS));
    assert_eq!(union("ChannelType"), names(Channel::VARIANTS));
}
