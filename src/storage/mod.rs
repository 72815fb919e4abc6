//! Storage at the edge: D1 for sessions and contacts, KV for keys.
//!
//! [`crate::store`] says what the endpoints ask of a storage, `edge/store.rs` brings
//! these together, and [`crate::memory`] is another, for native tests.

pub(crate) mod d1;
pub(crate) mod js;
pub(crate) mod kv_keys;
