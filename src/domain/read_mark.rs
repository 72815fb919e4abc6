//! The request that moves a read mark, and its rules.

use crate::error::{Error, ViolationCode};
use crate::validation::json::Json;
use crate::validation::violations::Violations;

/// A request to move a read mark that has passed every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMark {
    /// The `seq` of the last entry that was read; 0 is before all of them.
    pub seq: u64,
}

impl ReadMark {
    /// Checks a request against the rules. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every violation.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::read_mark::ReadMark;
    /// use chat_sessions::validation::json_text;
    ///
    /// let request = json_text::parse(br#"{"seq": 3}"#)?;
    /// assert_eq!(ReadMark::check(&request)?.seq, 3);
    ///
    /// let request = json_text::parse(br#"{"seq": -1}"#)?;
    /// assert!(ReadMark::check(&request).is_err());
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        const PATH: &str = "/seq";
        let seq = match request {
            Json::Object(request) => request.get("seq"),
            _ => None,
        };
        let mut violations = Violations::default();
        let seq = match seq {
            Some(Json::Number(number)) => number.whole().or_else(|| {
                let message = "must be the seq of an entry, a whole number, or 0";
                violations.push(PATH, ViolationCode::OutOfRange, message);
                None
            }),
            Some(value) => {
                violations.push_invalid_type(PATH, value, "must be a number");
                None
            }
            None => {
                violations.push(PATH, ViolationCode::Required, "is required");
                None
            }
        };
        violations.finish(Self {
            seq: seq.unwrap_or_default(),
        })
    }
}
