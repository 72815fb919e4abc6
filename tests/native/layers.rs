//! The layers of `src/`: imports run down only, and only the outer folders name a
//! platform.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first. `edge` and `browser` know nothing of one another.
const LAYERS: [&[&str]; 7] = [
    &["error"],
    &["validation"],
    &["domain"],
    &["access"],
    &["storage"],
    &["api"],
    &["edge", "browser"],
];

/// The files that name the Workers runtime.
const EDGE: [&str; 4] = [
    "edge/",
    "storage/d1/",
    "storage/js.rs",
    "storage/kv_keys.rs",
];

/// A source file: its path below `src/`, and its lines without comments.
struct Source {
    path: String,
    lines: Vec<String>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = |line: &str| line.split("//").next().unwrap().to_owned();
                sources.push(Source {
                    path: path.strip_prefix(&root).unwrap().display().to_string(),
                    lines: text.lines().map(code).collect(),
                });
            }
        }
    }
    assert!(sources.len() >= 40, "only {} files", sources.len());
    sources
}

/// Returns the layer of a folder or file at the top of `src/`.
fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|folders| folders.contains(&name))
}

fn folder(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn imports_run_down() {
    for Source { path, lines } in sources() {
        let Some(own) = layer(folder(&path)) else {
            assert_eq!(path, "lib.rs", "a file outside the layers");
            continue;
        };
        for line in &lines {
            for (_, rest) in line
                .match_indices("crate::")
                .map(|(at, name)| line.split_at(at + name.len()))
            {
                let imported = rest
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap();
                let is_below = layer(imported).is_some_and(|imported| imported < own);
                let is_own = imported == folder(&path);
                assert!(is_below || is_own, "{path}: {line}");
            }
        }
    }
}

#[test]
fn only_the_outer_folders_name_a_platform() {
    const WORKERS: [&str; 1] = ["worker::"];
    const BROWSER: [&str; 2] = ["gloo", "serde_wasm_bindgen"];
    const JAVASCRIPT: [&str; 4] = ["wasm_bindgen", "js_sys", "web_sys", "std::time"];
    for Source { path, lines } in sources() {
        let is_edge = EDGE.iter().any(|prefix| path.starts_with(prefix));
        let is_browser = path.starts_with("browser/");
        let mut forbidden = Vec::new();
        if !is_edge {
            forbidden.extend(WORKERS);
        }
        if !is_browser {
            forbidden.extend(BROWSER);
        }
        if !is_edge && !is_browser {
            forbidden.extend(JAVASCRIPT);
        }
        for line in &lines {
            for name in &forbidden {
                assert!(!line.contains(name), "{path} names {name}: {line}");
            }
        }
    }
}
