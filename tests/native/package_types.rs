//! The package's TypeScript declarations, compared with the Rust enums: a name that is
//! added in one place only fails here.

use chat_sessions::domain::session::{Channel, Status};
use chat_sessions::error::{Error, ViolationCode};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use strum::VariantNames;

const DECLARATIONS: &str = include_str!("../../pkg/index.d.ts");

/// Returns the string literals of `export type {name} = "a" | "b";`.
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
    assert_eq!(union("FieldErrorCode"), names(ViolationCode::VARIANTS));
    assert_eq!(union("ChannelType"), names(Channel::VARIANTS));
    assert_eq!(union("SessionStatus"), names(Status::VARIANTS));
}

/// Collects the codes of the package's own errors, in JavaScript and in Rust.
#[test]
fn the_union_of_the_clients_codes_is_what_the_package_throws() {
    let mut thrown = BTreeSet::new();
    let files = |folder| fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    for entry in files("pkg/src").chain(files("src/browser")) {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        let codes = source.split("code: \"").skip(1);
        thrown.extend(codes.map(|rest| rest.split_once('"').unwrap().0.to_owned()));
    }
    // The service has this code too; the package uses it for requests beyond its
    // memory.
    assert!(thrown.remove(Error::InternalError(String::new()).code()));
    let declared: BTreeSet<_> = union("ClientErrorCode")
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(thrown, declared);
}
