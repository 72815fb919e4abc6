//! Reading one's own writes where D1 has replicas.
//!
//! Without a bookmark a read goes to the primary, so that everyone can read a stored
//! session at once. With the bookmark of an earlier response, a nearby replica may
//! serve the read, once it has caught up.

/// The header that carries a bookmark, both ways.
pub(crate) const HEADER: &str = "x-d1-bookmark";

/// D1's constraint for reads without a bookmark: the primary has the latest state.
pub(crate) const PRIMARY: &str = "first-primary";

/// Returns the bookmark that a caller sent: four groups of lower-case hexadecimal
/// digits. D1 would fail the whole request for anything else.
pub(crate) fn sent(header: Option<String>) -> Option<String> {
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
