//! Phone numbers: the text that is stored, and the person whom it identifies.
//!
//! Decision 0039 says why no library reads them.

use super::limits::PHONE_NUMBER_MAX_CHARS;
use crate::validation::json::Object;
use crate::validation::text::check_text;
use crate::validation::violations::Violations;

/// A phone number as its sender wrote it: any text, without control characters and
/// invisible ones, and without white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads the phone number of the object at `parent` and collects its violations.
    /// `names` are its two names.
    pub(crate) fn check(
        object: &Object<'_>,
        parent: &str,
        names: [&str; 2],
        violations: &mut Violations,
    ) -> Option<Self> {
        let (path, value) = violations.member_of_two_names(object, parent, names)?;
        check_text(value, &path, PHONE_NUMBER_MAX_CHARS, violations).and_then(Self::parse)
    }

    /// Parses a text; `None` if it is blank.
    ///
    /// ```
    /// use chat_sessions::domain::phone_number::PhoneNumber;
    /// // As pasted from an address book.
    /// let number = PhoneNumber::parse("\u{202a}+1 (555) 010-9999\u{202c} ").unwrap();
    /// assert_eq!(number.as_str(), "+1 (555) 010-9999");
    /// assert_eq!(PhoneNumber::parse(" \u{200b}"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut text = text.to_owned();
        text.retain(|character| !is_invisible(character));
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the identity of the person with this number, in ASCII; `None` if the text
    /// does not read as a phone number.
    ///
    /// ```
    /// use chat_sessions::domain::phone_number::PhoneNumber;
    /// let identity = |text| PhoneNumber::parse(text).and_then(|number| number.identity());
    /// assert_eq!(identity("+1 (555) 010-99.99").as_deref(), Some("phone:+15550109999"));
    /// assert_eq!(identity("tel:+1-555-010;ext=42").as_deref(), Some("phone:+1555010ext42"));
    /// assert_eq!(identity("ask for Ann"), None);
    /// ```
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        let text = strip_word(&self.0, "tel:").unwrap_or(&self.0);
        let is_word = |character: char| character.is_ascii_alphabetic() || character == ';';
        let (number, extension) =
            text.split_at_checked(text.find(is_word).unwrap_or(text.len()))?;
        let number = number.trim_start_matches(is_separator);

        let mut identity = String::from("phone:");
        if let Some(number) = number.strip_prefix(['+', '\u{fe62}', '\u{ff0b}']) {
            identity.push('+');
            push_digits(&mut identity, number)?;
        } else {
            push_digits(&mut identity, number)?;
        }
        if !extension.is_empty() {
            identity.push_str("ext");
            push_digits(&mut identity, strip_extension(extension)?)?;
        }
        Some(identity)
    }
}

/// Appends the digits of `text` in ASCII; `None` if it has none, or anything else than
/// digits and separators.
fn push_digits(out: &mut String, text: &str) -> Option<()> {
    let length = out.len();
    for character in text.chars() {
        match ascii_digit(character) {
            Some(digit) => out.push(digit),
            None if is_separator(character) => {}
            None => return None,
        }
    }
    (out.len() > length).then_some(())
}

/// Returns the digits behind `ext.`, `x` and the like.
fn strip_extension(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(';');
    let mut words = ["extension", "extn", "ext", "x"].into_iter();
    let digits = words.find_map(|word| strip_word(text, word))?;
    Some(digits.trim_start_matches([':', '=']))
}

/// Returns the text behind an ASCII word, in upper or lower case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

/// Returns a decimal digit of any script as an ASCII digit.
fn ascii_digit(character: char) -> Option<char> {
    let above = ZEROS.partition_point(|zero| *zero <= character);
    let zero = ZEROS.get(above.checked_sub(1)?)?;
    let value = u32::from(character).checked_sub(u32::from(*zero))?;
    char::from_digit(value, 10)
}

/// The zero of each script. The other digits follow it.
const ZEROS: [char; 76] = [
    '0',
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{10d40}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{116d0}',
    '\u{116da}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11bf0}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{11f50}',
    '\u{16130}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{16d70}',
    '\u{1ccf0}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e4f0}',
    '\u{1e5f1}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// Returns true for a character that is not seen: a control character, or one that
/// Unicode calls default-ignorable, like the marks of direction around a number that was
/// copied from an address book.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Returns true for a character that people write between the digits of a number.
fn is_separator(character: char) -> bool {
    is_dash(character)
        || is_bracket(character)
        || character.is_whitespace()
        || matches!(
            character,
            // Dots
            '.' | '\u{b7}' | '\u{387}' | '\u{2022}' | '\u{2024}' | '\u{2027}' | '\u{2219}'
                | '\u{22c5}' | '\u{30fb}' | '\u{ff0e}' | '\u{ff65}'
                // Slashes
                | '/' | '\u{2044}' | '\u{2215}' | '\u{ff0f}'
        )
}

/// Returns true for what Unicode calls a dash, and what people take for one.
fn is_dash(character: char) -> bool {
    matches!(
        character,
        '-' | '~'
            | '\u{58a}'
            | '\u{5be}'
            | '\u{1400}'
            | '\u{1806}'
            | '\u{2010}'..='\u{2015}'
            | '\u{2043}'
            | '\u{2053}'
            | '\u{207b}'
            | '\u{208b}'
            | '\u{2212}'
            | '\u{223c}'
            | '\u{2e17}'
            | '\u{2e1a}'
            | '\u{2e3a}'..='\u{2e3b}'
            | '\u{2e40}'
            | '\u{2e5d}'
            | '\u{301c}'
            | '\u{3030}'
            | '\u{30a0}'
            | '\u{30fc}'
            | '\u{fe31}'..='\u{fe32}'
            | '\u{fe58}'
            | '\u{fe63}'
            | '\u{ff0d}'
            | '\u{ff5e}'
            | '\u{10d6e}'
            | '\u{10ead}'
    )
}

/// Returns true for a bracket of text, wide or narrow; not for one of mathematics.
fn is_bracket(character: char) -> bool {
    matches!(
        character,
        '(' | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '\u{f3a}'..='\u{f3d}'
            | '\u{169b}'..='\u{169c}'
            | '\u{2045}'..='\u{2046}'
            | '\u{207d}'..='\u{207e}'
            | '\u{208d}'..='\u{208e}'
            | '\u{2329}'..='\u{232a}'
            | '\u{2768}'..='\u{2775}'
            | '\u{2e22}'..='\u{2e29}'
            | '\u{2e55}'..='\u{2e5c}'
            | '\u{3008}'..='\u{3011}'
            | '\u{3014}'..='\u{301b}'
            | '\u{fd3e}'..='\u{fd3f}'
            | '\u{fe17}'..='\u{fe18}'
            | '\u{fe35}'..='\u{fe40}'
            | '\u{fe47}'..='\u{fe48}'
            | '\u{fe59}'..='\u{fe5e}'
            | '\u{ff08}'..='\u{ff09}'
            | '\u{ff3b}'
            | '\u{ff3d}'
            | '\u{ff5b}'
            | '\u{ff5d}'
            | '\u{ff5f}'..='\u{ff60}'
    )
}
