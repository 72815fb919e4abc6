//! Reading and checking values: what every rule of [`crate::domain`] is made of.

pub mod json;
pub mod json_text;
pub(crate) mod text;
pub mod violations;
