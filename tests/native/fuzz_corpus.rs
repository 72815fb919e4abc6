//! Replays the fuzz corpus: the inputs that reached new code, and those that broke a
//! property.

use crate::properties;
use std::fs;
use std::path::Path;

fn replay(target: &str, property: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut replayed = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        property(&fs::read(&path).unwrap());
        replayed += 1;
    }
    assert!(replayed >= 50, "{} has {replayed} inputs", corpus.display());
}

#[test]
fn session_request() {
    replay("session_request", properties::session_request);
}

#[test]
fn message_request() {
    replay("message_request", properties::message_request);
}

#[test]
fn credential() {
    replay("credential", properties::credentials::credential);
}
