//! Agents: who answers, a person or a program.

use super::entry::Agent;
use super::limits::{AGENT_ID_MAX_CHARS, AVATAR_URL_MAX_CHARS, NAME_MAX_CHARS};
use super::url::is_https_url;
use crate::error::ViolationCode;
use crate::validation::json::{Json, push_string};
use crate::validation::text::check_text;
use crate::validation::violations::Violations;

/// An agent as a request describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentDraft {
    /// The agent's id at the customer's; a request may have a whole number.
    pub id: Option<String>,
    /// The name that visitors see.
    pub name: String,
    /// The `https` address of a picture.
    pub avatar_url: Option<String>,
}

impl AgentDraft {
    /// Reads the `agent` at `path` and collects every violation.
    pub(crate) fn check(value: &Json<'_>, path: &str, violations: &mut Violations) -> Option<Self> {
        let Json::Object(object) = value else {
            violations.push_invalid_type(path, value, "must be an object");
            return None;
        };
        let at = |name: &str| [path, "/", name].concat();
        // OpenCX's reference has numbers as ids.
        let number = match object.get("id") {
            Some(Json::Number(number)) => number.whole(),
            _ => None,
        };
        let mut text = |name: &str, max_chars| {
            let text = check_text(object.get(name)?, &at(name), max_chars, violations)?;
            Some(text.to_owned())
        };
        let id = match number {
            Some(number) => Some(number.to_string()),
            None => text("id", AGENT_ID_MAX_CHARS),
        };
        let name = text("name", NAME_MAX_CHARS);
        let avatar_url = text("avatar_url", AVATAR_URL_MAX_CHARS);
        if avatar_url.as_deref().is_some_and(|url| !is_https_url(url)) {
            let message = "must be an https address, like https://example.com/ann.png";
            violations.push(at("avatar_url"), ViolationCode::InvalidFormat, message);
        }
        if name.is_none() && !violations.has(&at("name")) {
            violations.push(at("name"), ViolationCode::Required, "is required");
        }
        Some(Self {
            id,
            name: name?,
            avatar_url,
        })
    }

    /// Returns the agent as it is stored.
    #[must_use]
    pub fn to_agent(&self) -> Agent {
        Agent {
            id: self.id.clone(),
            name: Some(self.name.clone()),
            avatar_url: self.avatar_url.clone(),
        }
    }

    /// Appends the agent to `out` as a JSON object.
    pub(crate) fn push_json(&self, out: &mut String) {
        out.push_str("{\"name\":");
        push_string(out, &self.name);
        let rest = [("id", &self.id), ("avatar_url", &self.avatar_url)];
        for (name, text) in rest {
            if let Some(text) = text {
                out.push_str(",\"");
                out.push_str(name);
                out.push_str("\":");
                push_string(out, text);
            }
        }
        out.push('}');
    }
}
