//! Reading one's own writes where D1 has replicas.
//!
//! Without a bookmark a read goes to the primary, so that what was answered is
//! there for everyone at once. A caller who sends the bookmark of an earlier
//! answer back may be read to from a replica nearby, once that has caught up.

/// The header that carries a bookmark, both ways.
pub(super) const HEADER: &str = "x-d1-bookmark";

/// What D1 takes in place of a bookmark: the primary has the latest of all.
pub(super) const PRIMARY: &str = "first-primary";

/// The bookmark that a caller sent: four groups of lower-case hexadecimal digits.
/// Anything else cannot be one of D1's, and would fail the request it came with.
pub(super) fn sent(header: Option<String>) -> Option<String> {
    const MAX_CHARS: usize = 128;
    const GROUPS: usize = 4;
    let is_group = |group: &str| {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        !group.is_empty() && group.bytes().all(is_digit)
    };
    header.filter(|text| {
        text.len() <= MAX_CHARS
            && text.split('-').count() == GROUPS
            && text.split('-').all(is_group)
    })
}
