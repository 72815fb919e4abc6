//! An agent's login: the customer's server names the agent who is at work, and receives
//! an agent token for them (`POST /agents/tokens`).

use super::agent::AgentDraft;
use super::limits::{AGENT_TOKEN_LIFETIME_DEFAULT_S, AGENT_TOKEN_LIFETIME_MAX_S};
use super::login::{Lifetimes, check_lifetime};
use crate::error::{Error, ViolationCode};
use crate::validation::json::{Json, Object};
use crate::validation::violations::Violations;

const LIFETIMES: Lifetimes = Lifetimes {
    default_s: AGENT_TOKEN_LIFETIME_DEFAULT_S,
    max_s: AGENT_TOKEN_LIFETIME_MAX_S,
    rule: "must be a whole number of seconds from 1 to 43200, which is 12 hours",
};

/// An agent whom the customer's server has authenticated; checked by the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentLogin {
    /// The agent; without an id, one is made.
    pub agent: AgentDraft,
    /// Lifetime of the token, in seconds.
    pub lifetime_s: u32,
}

impl AgentLogin {
    /// Checks a request against the rules. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every failing field.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::agent_login::AgentLogin;
    /// use chat_sessions::validation::json_text;
    ///
    /// let request = json_text::parse(br#"{"name":"Ben","expires_in":600}"#)?;
    /// let login = AgentLogin::check(&request)?;
    /// assert_eq!((login.agent.name.as_str(), login.lifetime_s), ("Ben", 600));
    ///
    /// let error = AgentLogin::check(&json_text::parse(br#"{"id":".."}"#)?).unwrap_err();
    /// assert_eq!(error.violations().len(), 2);
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let nothing = Json::Object(Object::default());
        let request = match request {
            Json::Object(_) => request,
            _ => &nothing,
        };
        let agent = AgentDraft::check(request, "", &mut violations);
        let member = |name| match request {
            Json::Object(request) => request.get(name),
            _ => None,
        };
        if let Some(Json::String(id)) = member("id")
            && matches!(id.as_ref(), "." | "..")
        {
            let message = "must not be . or .., which no URL can have in its path: the tokens \
                           could not be revoked";
            violations.push("/id", ViolationCode::InvalidFormat, message);
        }
        let lifetime_s = check_lifetime(member("expires_in"), &LIFETIMES, &mut violations);
        let Some(agent) = agent else {
            return Err(violations.into_error());
        };
        violations.finish(Self { agent, lifetime_s })
    }
}
