//! Taking apart the short texts that cross from JavaScript.

/// What stands before the first `byte` of `text`, and what stands behind it: all and
/// nothing where there is none. `byte` is ASCII.
///
/// `str::split` sets up a search first, which texts as short as a header do not repay.
pub(super) fn split_off(text: &str, byte: u8) -> (&str, &str) {
    let position = text.bytes().position(|each| each == byte);
    position
        .and_then(|position| Some((text.get(..position)?, text.get(position.checked_add(1)?..)?)))
        .unwrap_or((text, ""))
}

/// The texts between one `byte` and the next; `byte` is ASCII. None is behind the last.
pub(super) fn fields(mut text: &str, byte: u8) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let field;
        (field, text) = split_off(text, byte);
        Some(field)
    })
}
