//! Chat sessions: one crate, compiled to WebAssembly twice.
//!
//! With the feature `edge` it is the Cloudflare Worker that serves the API; without it,
//! on wasm32, it is the browser package that calls the API. On other targets it is the
//! core that both share, in plain Rust.
//!
//! The rules of a request are written once, in [`domain`], and both targets run them.
//! Imports run down this table only:
//!
//! | | |
//! |---|---|
//! | `edge/`, `browser/` | the Worker and the package: the only ones that name a platform, beside D1 and KV in `storage/` |
//! | [`api`] | HTTP: routes, endpoints, responses |
//! | [`storage`] | the storage interface; D1 and KV |
//! | [`access`] | credentials, permissions, rate limits |
//! | [`domain`] | sessions and contacts, and the rules of requests |
//! | [`validation`] | JSON, text, violations |
//! | [`error`](mod@error) | every error |

// Input may be hostile: nothing on the request path can panic.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

pub mod access;
pub mod api;
pub mod domain;
pub mod error;
pub mod storage;
pub mod validation;

#[cfg(all(target_arch = "wasm32", not(feature = "edge")))]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "edge"))]
mod edge;

/// The allocator of both builds: the default one adds 2.4 KB to the package, gzipped.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
