//! Chat sessions: one crate, compiled to WebAssembly twice.
//!
//! With the feature `edge` it is the Cloudflare Worker that serves the API; without it,
//! on wasm32, it is the browser package that calls the API. On other targets it is the
//! core that both share, in plain Rust.
//!
//! The rules of a session request are written once, in [`session`], and both targets
//! run them. A file here is pure; a folder depends on a platform, except `openapi/`:
//!
//! | | |
//! |---|---|
//! | [`session`], [`contact`], [`attributes`], [`id`] | the rules of a session request |
//! | [`session_list`] | the query of a list |
//! | [`credential`] | credentials |
//! | [`idempotency`] | idempotency keys |
//! | [`error`] | errors |
//! | [`json`], [`json_text`], [`wire`], [`http`], [`digest`] | encodings |
//! | [`api`], [`cors`] | the endpoints, as functions |
//! | [`openapi`] | the OpenAPI document |
//! | [`retention`] | retention of closed sessions |
//! | [`store`], [`memory`] | the storage interface, and storage in memory |
//! | `browser/` | the browser |
//! | `storage/`, `edge/` | the Worker |

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

pub mod api;
pub mod attributes;
pub mod authentication;
mod authorization;
pub mod contact;
pub mod cors;
pub mod credential;
pub mod digest;
pub mod entity_tag;
pub mod error;
pub mod grant;
pub mod http;
pub mod id;
pub mod idempotency;
pub mod json;
pub mod json_text;
mod jwt;
pub mod key_cache;
pub mod memory;
mod memory_contact;
pub mod openapi;
pub mod origin;
pub mod platform;
mod reply;
mod request_body;
pub mod retention;
mod route;
pub mod session;
pub mod session_list;
pub mod store;
mod text;
pub mod token;
pub mod wire;

#[cfg(all(target_arch = "wasm32", not(feature = "edge")))]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "edge"))]
mod edge;
#[cfg(all(target_arch = "wasm32", feature = "edge"))]
mod storage;

/// The allocator of both builds: the default one adds 2.4 KB to the package, gzipped.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
