//! Entity tags and the conditions that name them (RFC 9110, sections 8.8.3 and 13.1).

use sha2::{Digest, Sha256};

/// A strong entity tag, in its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// Returns the tag of a state, written as a response body: equal for equal states
    /// only.
    ///
    /// ```
    /// use chat_sessions::api::conditional::EntityTag;
    /// assert_eq!(EntityTag::of("{}"), EntityTag::of("{}"));
    /// assert_ne!(EntityTag::of("{}"), EntityTag::of("[]"));
    /// ```
    #[must_use]
    pub fn of(body: &str) -> Self {
        let hash = base16ct::lower::encode_string(&Sha256::digest(body));
        // 128 bits are enough to distinguish any two bodies.
        let half = hash.get(..32).unwrap_or_default();
        Self(["\"", half, "\""].concat())
    }

    /// Returns the value of the `ETag` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if an `If-Match` header lists this tag, or any (`*`).
    ///
    /// ```
    /// use chat_sessions::api::conditional::EntityTag;
    /// let tag = EntityTag::of("{}");
    /// assert!(tag.is_matched_by(&format!("\"other\", {}", tag.as_str())));
    /// assert!(tag.is_matched_by("*"));
    /// assert!(!tag.is_matched_by(&format!("W/{}", tag.as_str())));
    /// ```
    #[must_use]
    pub fn is_matched_by(&self, if_match: &str) -> bool {
        if_match.trim() == "*" || if_match.split(',').any(|tag| tag.trim() == self.0)
    }

    /// Returns true if an `If-None-Match` header lists this tag, weak or strong, or
    /// any (`*`).
    ///
    /// ```
    /// use chat_sessions::api::conditional::EntityTag;
    /// let tag = EntityTag::of("{}");
    /// assert!(tag.is_among(&format!("W/{}", tag.as_str())));
    /// assert!(!tag.is_among("\"other\""));
    /// ```
    #[must_use]
    pub fn is_among(&self, if_none_match: &str) -> bool {
        let strong = |tag: &'_ str| {
            let tag = tag.trim();
            tag.strip_prefix("W/").unwrap_or(tag) == self.0
        };
        if_none_match.trim() == "*" || if_none_match.split(',').any(strong)
    }
}
