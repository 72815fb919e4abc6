//! The rule of the house: files at the top of `src/` and in `openapi/` are pure; the
//! other folders depend on a platform.

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
