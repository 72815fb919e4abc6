//! The rule of the house: a file at the top of `src/` is pure, a folder is a
//! world; but for `openapi/`, which is pure as well.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::Path;

#[test]
fn pure_files_reach_for_no_world() {
    const WORLDS: [&str; 6] = [
        "worker::",
        "wasm_bindgen",
        "js_sys",
        "web_sys",
        "gloo",
        "std::time",
    ];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = fs::read_dir(&source).unwrap();
    let mut read = 0;
    for entry in files.chain(fs::read_dir(source.join("openapi")).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        read += 1;
        for (index, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for world in WORLDS {
                assert!(
                    !code.contains(world),
                    "{}:{} uses {world}: {line}",
                    path.display(),
                    index + 1
                );
            }
        }
    }
    assert!(read >= 10, "only {read} source files were found");
}

/// `scripts/trim-wasm.mjs` takes Debug for something that only panics use.
#[test]
fn nothing_but_panics_and_tests_formats_with_debug() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    for folder in ["", "client", "openapi", "worker"] {
        for entry in fs::read_dir(source.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let is_rust = path.extension().is_some_and(|extension| extension == "rs");
            // The one in memory is for native tests.
            if !is_rust || ["memory.rs", "tests.rs"].contains(&name.as_str()) {
                continue;
            }
            read += 1;
            let text = fs::read_to_string(&path).unwrap();
            for line in text.split("#[cfg(test)]").next().unwrap().lines() {
                let code = line.split("//").next().unwrap();
                assert!(!code.contains(":?}"), "{name}: {line}");
            }
        }
    }
    assert!(read >= 30, "only {read} source files were found");
}
