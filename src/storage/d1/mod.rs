//! D1: each operation is one batch, which is one round trip and one transaction.

pub(crate) mod batch;
pub(crate) mod bookmark;
pub(crate) mod contacts;
pub(crate) mod list;
pub(crate) mod reservations;
pub(crate) mod resume;
mod rows;
pub(crate) mod sessions;
