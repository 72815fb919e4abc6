//! Ids: the contract's rule for those of requests, UUIDv7 for new ones.

use uuid::fmt::Hyphenated;
use uuid::{Builder, Uuid, Variant};

/// The contract's rule for a UUID in a request, from OpenCX's reference. A property
/// test compares [`parse_uuid`] with it.
pub const UUID_PATTERN: &str = "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)$";

/// Parses a UUID in the contract's spelling only.
///
/// The rule is the regular expression for `contact_id` in OpenCX's "Create a chat
/// session" reference: hyphenated; version 1 to 8 with the RFC 9562 variant, or nil, or
/// max in lower case. The `uuid` crate's own parser accepts more (braces, `urn:uuid:`,
/// no hyphens, any version).
///
/// ```
/// use chat_sessions::domain::id::parse_uuid;
/// assert!(parse_uuid("0190163d-8694-739b-aea5-966c26f8ad91").is_some());
/// assert!(parse_uuid("0190163D-8694-739B-AEA5-966C26F8AD91").is_some());
/// assert!(parse_uuid("{0190163d-8694-739b-aea5-966c26f8ad91}").is_none());
/// assert!(parse_uuid("0190163d-8694-939b-aea5-966c26f8ad91").is_none()); // version 9
/// assert!(parse_uuid("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF").is_none()); // max: lower case only
/// ```
#[must_use]
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    const MAX: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

    if text.len() != Hyphenated::LENGTH {
        return None;
    }
    let id = Uuid::try_parse(text).ok()?;
    let is_versioned =
        matches!(id.get_version_num(), 1..=8) && id.get_variant() == Variant::RFC4122;
    (is_versioned || id.is_nil() || text == MAX).then_some(id)
}

/// Returns a UUIDv7 of the time `now_ms` (Unix time in milliseconds).
///
/// The first 48 bits are the time (RFC 9562, section 5.7), so ids sort by
/// creation and the primary key serves as the index by time.
///
/// ```
/// let id = chat_sessions::domain::id::uuid_v7(1_750_000_000_000, [0; 10]);
/// assert_eq!(id.to_string(), "01977420-dc00-7000-8000-000000000000");
/// ```
#[must_use]
pub fn uuid_v7(now_ms: u64, random: [u8; 10]) -> Uuid {
    Builder::from_unix_timestamp_millis(now_ms, &random).into_uuid()
}
