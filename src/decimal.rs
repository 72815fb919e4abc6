//! Numbers in messages.

/// A number's decimal digits. `to_string` would link padding, signs and
/// precision, which no number here has, into the browser build.
pub(crate) fn decimal(number: usize) -> String {
    let mut text = match number / 10 {
        0 => String::new(),
        tens => decimal(tens),
    };
    text.extend(char::from_digit(
        u32::try_from(number % 10).unwrap_or(0),
        10,
    ));
    text
}
