//! Identity of a contact: the email rule against HTML's own definition, and idempotent
//! normalisation.

use chat_sessions::domain::contact::{EMAIL_PATTERN, Email};
use chat_sessions::domain::phone_number::PhoneNumber;
use proptest::prelude::*;
use regex::Regex;
use std::sync::LazyLock;

static HTML: LazyLock<Regex> = LazyLock::new(|| Regex::new(EMAIL_PATTERN).unwrap());

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,10}@[a-z]{1,5}(\\.[a-z-]{1,5}){0,3}",
        "[a-z.@ \"()<>,;é]{0,12}@[a-z.\\-@ é_]{0,12}",
        "[a-z]@[a-z0-9-]{60,66}(\\.[a-z]{2})?",
        "[ \t\n]?[a-z]{1,3}@[a-zA-Z]{1,3}[ \t\n]?",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn an_email_is_what_html_says_it_is(text in address()) {
        let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\x0c']);
        prop_assert_eq!(Email::parse(&text).is_some(), HTML.is_match(trimmed), "{:?}", text);
    }

    #[test]
    fn an_email_is_normalised_once_and_for_all(text in address()) {
        if let Some(email) = Email::parse(&text) {
            prop_assert_eq!(Email::parse(email.as_str()), Some(email.clone()));
            prop_assert_eq!(Email::parse(&text.to_ascii_uppercase()), Some(email));
        }
    }

    #[test]
    fn an_identity_is_ascii_and_identifies_the_same_person(text in phone_number()) {
        if let Some(identity) = phone_identity(&text) {
            let number = identity.strip_prefix("phone:").unwrap();
            prop_assert!(IDENTITY.is_match(number), "{}", number);
            prop_assert_eq!(phone_identity(number), Some(identity.clone()));
        }
    }

    /// Identities of earlier versions, which left out white space, `.`, dashes and
    /// brackets, and nothing else: those of ordinary numbers are the same.
    #[test]
    fn an_ordinary_number_has_the_identity_it_always_had(
        text in "[ (\\[]{0,2}\\+?[ (]{0,2}[0-9][0-9 ().\\[\\]\u{a0}\u{2010}-\u{2015}\u{2212}-]{0,20}( ?ext\\.? ?[0-9]{1,4})?",
    ) {
        let is_left_out = |character: char| {
            character.is_whitespace() || ".-()[]\u{2212}".contains(character)
                || ('\u{2010}'..='\u{2015}').contains(&character)
        };
        let earlier: String = text.chars().filter(|character| !is_left_out(*character)).collect();
        prop_assert_eq!(phone_identity(&text), Some(["phone:", &earlier].concat()));
    }

    #[test]
    fn a_stored_phone_number_is_the_text_without_what_is_not_seen(text in phone_number()) {
        let seen = INVISIBLE.replace_all(&text, "").trim().to_owned();
        let stored = PhoneNumber::parse(&text).map(|number| number.as_str().to_owned());
        prop_assert_eq!(stored, (!seen.is_empty()).then_some(seen));
    }

    #[test]
    fn a_text_with_another_letter_identifies_nobody(
        before in "[0-9 +]{0,5}", letter in "[\\p{L}&&[^a-zA-Z]]", after in "[0-9 ]{0,5}",
    ) {
        // Letters that are dashes, or are not seen.
        prop_assume!(!"\u{30fc}\u{115f}\u{1160}\u{3164}\u{ffa0}".contains(&letter));
        prop_assert_eq!(phone_identity(&[before, letter, after].concat()), None);
    }
}

static IDENTITY: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("^\\+?[0-9]+(ext[0-9]+)?$").unwrap());
static INVISIBLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cc}\p{Default_Ignorable_Code_Point}\x{fff9}-\x{fffb}]").unwrap()
});

fn phone_identity(text: &str) -> Option<String> {
    PhoneNumber::parse(text)?.identity()
}

fn phone_number() -> impl Strategy<Value = String> {
    prop_oneof![
        "[+0-9 ().\\[\\]\u{2010}-\u{2015}-]{0,20}",
        "(tel:)?[+\u{ff0b}]?[\\p{Nd} /\u{b7}\u{200b}\u{202a}-\u{202e}-]{0,20}(;?(ext|EXT\\.|x)[ =:]?\\p{Nd}{0,4})?",
        any::<String>(),
    ]
}

/// Compares the tables of the rule with Unicode's, as the regex crate has them.
#[test]
fn digits_dashes_brackets_and_invisible_characters_are_unicodes() {
    let class = |pattern: &str| Regex::new(&format!("^[{pattern}]$")).unwrap();
    let [digit, dash, bracket] = [
        r"\p{Nd}",
        r"\p{Dash}",
        r"\p{Ps}\p{Pe}&&[^\p{Math}\p{Quotation_Mark}]",
    ]
    .map(class);
    let mut counts = [0; 3];
    // Unicode has assigned nothing between the two.
    for character in ('\0'..='\u{3ffff}').chain('\u{e0000}'..='\u{effff}') {
        let text = character.to_string();
        let of_two_digits = phone_identity(&format!("1{character}2"));
        if digit.is_match(&text) {
            counts[0] += 1;
            let value = (0..=9).find(|value| {
                // The zero of a script is a digit, and the value's distance below.
                of_two_digits == Some(format!("phone:1{value}2"))
            });
            let value = value.unwrap_or_else(|| panic!("{character:?} is no digit"));
            let before = char::from_u32(u32::from(character) - value).unwrap();
            assert_eq!(
                phone_identity(&before.to_string()).as_deref(),
                Some("phone:0")
            );
        } else if dash.is_match(&text) || bracket.is_match(&text) || character.is_whitespace() {
            counts[1] += 1;
            assert_eq!(of_two_digits.as_deref(), Some("phone:12"), "{character:?}");
        } else if INVISIBLE.is_match(&text) {
            counts[2] += 1;
            assert_eq!(of_two_digits.as_deref(), Some("phone:12"), "{character:?}");
        } else if !"xX./~".contains(character) && character.is_ascii() {
            assert_eq!(of_two_digits, None, "{character:?}");
        }
    }
    assert!(
        counts[0] >= 760 && counts[1] >= 80 && counts[2] >= 4000,
        "{counts:?}"
    );
}
