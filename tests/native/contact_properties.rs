//! Identity of a contact: the email rule against HTML's own definition, and idempotent
//! normalisation.

use chat_sessions::domain::contact::{EMAIL_PATTERN, Email, PhoneNumber};
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
    fn a_phone_number_is_normalised_once_and_for_all(text in "[+0-9 ().\\[\\]\u{2010}-\u{2015}-]{0,20}") {
        if let Some(number) = PhoneNumber::normalise(&text) {
            prop_assert!(number.as_str().chars().all(|character| character == '+' || character.is_ascii_digit()));
            prop_assert_eq!(PhoneNumber::normalise(number.as_str()), Some(number));
        }
    }
}
