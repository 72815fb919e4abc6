//! A tenant: an organization whose data the service keeps apart from all others'.

use serde::{Deserialize, Serialize};

/// An organization, and the D1 binding that holds its data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tenant {
    /// The organization's name; every row carries it, every statement names it.
    pub organization: String,
    /// The name of the D1 binding in `wrangler.toml`.
    pub db: String,
}
