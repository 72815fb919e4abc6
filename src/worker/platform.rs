//! The platform's rate limiters and secrets.

use super::questions;
use crate::json::Json;
use crate::json_text;
use crate::platform::{Platform, RateLimit};
use crate::token::TokenSecrets;

/// What `wrangler.toml` binds.
pub(super) struct EdgePlatform;

impl Platform for EdgePlatform {
    async fn is_within(&self, limit: RateLimit, bucket: &str) -> Result<bool, String> {
        questions::is_within(limit, bucket).await
    }

    async fn token_secrets(&self) -> Option<TokenSecrets> {
        let text = questions::token_secrets().await.ok()?;
        let Ok(Json::Array(secrets)) = json_text::stored(text.as_bytes()) else {
            return None;
        };
        let mut secrets = secrets.iter();
        let signing = secrets.next().and_then(Json::as_text)?;
        TokenSecrets::new(signing, secrets.next().and_then(Json::as_text))
    }
}
