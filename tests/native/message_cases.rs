//! The rules of a message, checked by a table of cases. The tests of the browser and of
//! the edge use the same table.

use crate::cases::{self, MESSAGES, Verdict};
use chat_sessions::domain::message::{NewMessage, Sender};
use chat_sessions::domain::note::NewNote;
use chat_sessions::validation::json_text;

fn check(text: &str) -> Result<NewMessage, chat_sessions::error::Error> {
    NewMessage::check(&json_text::parse(text.as_bytes())?)
}

fn verdict(text: &str) -> Verdict {
    match check(text) {
        Ok(_) => Verdict::Accepted,
        Err(error) => Verdict::rejected(
            error.code(),
            error
                .violations()
                .iter()
                .map(|field| format!("{} {}", field.path, field.code.as_str())),
        ),
    }
}

#[test]
fn every_case_gets_its_verdict() {
    for case in cases::load(MESSAGES) {
        assert_eq!(verdict(&case.text), case.expected, "{}", case.name);
    }
}

#[test]
fn an_accepted_message_is_read_back_the_same() {
    for case in cases::load(MESSAGES) {
        if let Ok(message) = check(&case.text) {
            assert_eq!(check(&message.to_json()), Ok(message), "{}", case.name);
        }
    }
}

#[test]
fn a_note_never_has_the_hash_of_a_message() {
    for text in ["x", "[]\nx", "\n[]\nx"] {
        let body = serde_json::json!({"text": text, "message": {"text": text}}).to_string();
        let body = json_text::parse(body.as_bytes()).unwrap();
        let (note, message) = (NewNote::check(&body), NewMessage::check(&body));
        for sender in [Sender::Contact, Sender::Agent, Sender::Ai] {
            let hash = message.as_ref().unwrap().content_hash(sender);
            assert_ne!(note.as_ref().unwrap().content_hash(), hash);
        }
    }
}
