#![no_main]

#[path = "../../tests/native/memory/mod.rs"]
mod memory;
#[path = "../properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::credentials::credential(bytes));
