//! Storage at the edge: D1 for sessions and contacts, KV for keys.
//!
//! [`crate::store`] is the interface, `edge/store.rs` combines D1 and KV to implement
//! it, and [`crate::memory`] is another implementation, for native tests.

pub(crate) mod d1;
pub(crate) mod js;
pub(crate) mod kv_keys;
