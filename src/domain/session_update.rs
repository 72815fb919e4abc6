//! The request of an update, and its rules.

use super::session::Status;
use crate::error::Error;
use crate::validation::json::Json;
use crate::validation::text::{check_name, check_string};
use crate::validation::violations::Violations;

/// A request to change a session that has passed every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionUpdate {
    /// The new status; `None` leaves it as it is.
    pub status: Option<Status>,
}

impl SessionUpdate {
    /// Checks a request against the rules. Unknown members are ignored, and `{}`
    /// changes nothing.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every violation.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::validation::json_text;
    /// use chat_sessions::domain::{session::Status, session_update::SessionUpdate};
    ///
    /// let request = json_text::parse(br#"{"status": "closed_resolved"}"#)?;
    /// assert_eq!(SessionUpdate::check(&request)?.status, Some(Status::ClosedResolved));
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        const STATUS_PATH: &str = "/status";
        let status = match request {
            Json::Object(request) => request.get("status"),
            _ => None,
        };
        let mut violations = Violations::default();
        let status = status
            .and_then(|value| check_string(value, STATUS_PATH, &mut violations))
            .and_then(|name| check_name(name, STATUS_PATH, &mut violations));
        violations.finish(Self { status })
    }
}
