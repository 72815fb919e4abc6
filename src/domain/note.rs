//! A note that agents leave for each other in a session, and its rules.

use super::agent::AgentDraft;
use super::message::{check_id, check_written};
use crate::error::{Error, ViolationCode};
use crate::validation::json::Json;
use crate::validation::violations::Violations;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A request to add a note that has passed every rule.
///
/// It cannot be deserialized: only [`NewNote::check`] constructs one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::manual_non_exhaustive,
    reason = "it holds within the crate too"
)]
pub struct NewNote {
    /// The client's id for the note: a retry with it makes no second note.
    pub id: Option<Uuid>,
    /// The text, as sent.
    pub text: String,
    /// The agent who wrote it.
    pub agent: Option<AgentDraft>,
    /// Private: no other module can construct one.
    _is_checked: (),
}

impl NewNote {
    /// Checks a request against the rules of the contract: those of a message's text, id and
    /// agent. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::MalformedJson`] when `request` is no object, and
    /// [`Error::InvalidRequest`] with every violation otherwise.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::note::NewNote;
    /// use chat_sessions::validation::json_text;
    ///
    /// let request = json_text::parse(br#"{"text": "Refund approved"}"#)?;
    /// assert_eq!(NewNote::check(&request)?.text, "Refund approved");
    ///
    /// let request = json_text::parse(br#"{"text": " ", "id": "7"}"#)?;
    /// let error = NewNote::check(&request).unwrap_err();
    /// assert_eq!(error.violations().len(), 2);
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        let Json::Object(request) = request else {
            let message = "The body must be a JSON object with the text of a note in it.";
            return Err(Error::MalformedJson(message.to_owned()));
        };
        let mut violations = Violations::default();
        let text = if let Some(value) = request.get("text") {
            let too_short = Some("must have at least 1 character");
            check_written(value, "/text", too_short, &mut violations)
        } else {
            violations.push("/text", ViolationCode::Required, "is required");
            String::new()
        };
        let note = Self {
            id: request
                .get("id")
                .and_then(|value| check_id(value, "/id", &mut violations)),
            text,
            agent: request
                .get("agent")
                .and_then(|value| AgentDraft::check(value, "/agent", &mut violations)),
            _is_checked: (),
        };
        violations.finish(note)
    }

    /// Returns the SHA-256, in hexadecimal digits, that tells two notes apart. No message
    /// has the same, so a send with a note's id reveals nothing of its text.
    #[must_use]
    pub fn content_hash(&self) -> String {
        let content = ["note\n", &self.text].concat();
        base16ct::lower::encode_string(&Sha256::digest(content))
    }
}
