//! The table of routes: it feeds the router, the `Allow` header, the log and the OpenAPI
//! document.

use crate::access::permissions::Action;

/// One operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path's pattern; `{…}` stands for one segment that is not empty.
    pub pattern: &'static str,
    /// The action.
    pub action: Action,
}

/// Every operation of the API.
pub const ROUTES: [Route; 30] = [
    route("GET", "/chat/sessions", Action::ListSessions),
    route("POST", "/chat/sessions", Action::CreateSession),
    route("GET", "/chat/sessions/{session_id}", Action::ReadSession),
    route(
        "PATCH",
        "/chat/sessions/{session_id}",
        Action::UpdateSession,
    ),
    route(
        "DELETE",
        "/chat/sessions/{session_id}",
        Action::DeleteSession,
    ),
    route(
        "GET",
        "/chat/sessions/{session_id}/history",
        Action::ReadHistory,
    ),
    route(
        "POST",
        "/chat/sessions/{session_id}/send",
        Action::SendMessage,
    ),
    route("POST", "/chat/sessions/{session_id}/notes", Action::AddNote),
    route("POST", "/chat/sessions/{session_id}/read", Action::MarkRead),
    route(
        "POST",
        "/chat/sessions/{session_id}/typing",
        Action::ShowTyping,
    ),
    route(
        "POST",
        "/chat/sessions/{session_id}/messages/{message_id}/redact",
        Action::RedactMessage,
    ),
    route(
        "GET",
        "/chat/sessions/{session_id}/events",
        Action::FollowSession,
    ),
    route("GET", "/chat/events", Action::FollowSessions),
    route("GET", "/contacts", Action::FindContact),
    route("DELETE", "/contacts/{contact_id}", Action::DeleteContact),
    route(
        "GET",
        "/contacts/{contact_id}/export",
        Action::ExportContact,
    ),
    route(
        "DELETE",
        "/contacts/{contact_id}/tokens",
        Action::RevokeTokens,
    ),
    route(
        "POST",
        "/widget/authenticate-user",
        Action::AuthenticateUser,
    ),
    route("POST", "/widget/visitors", Action::CreateVisitor),
    route("POST", "/agents/tokens", Action::CreateAgentToken),
    route(
        "DELETE",
        "/agents/{agent_id}/tokens",
        Action::RevokeAgentTokens,
    ),
    route("POST", "/webhooks", Action::CreateWebhook),
    route("GET", "/webhooks", Action::ListWebhooks),
    route("GET", "/webhooks/{webhook_id}", Action::ReadWebhook),
    route("PATCH", "/webhooks/{webhook_id}", Action::UpdateWebhook),
    route("DELETE", "/webhooks/{webhook_id}", Action::DeleteWebhook),
    route(
        "POST",
        "/webhooks/{webhook_id}/rotate",
        Action::RotateWebhook,
    ),
    route("POST", "/webhooks/{webhook_id}/test", Action::TestWebhook),
    route(
        "GET",
        "/webhooks/{webhook_id}/deliveries",
        Action::ListDeliveries,
    ),
    route(
        "POST",
        "/webhooks/{webhook_id}/replay",
        Action::ReplayEvents,
    ),
];

const fn route(method: &'static str, pattern: &'static str, action: Action) -> Route {
    Route {
        method,
        pattern,
        action,
    }
}

impl Route {
    /// Returns true if requests of this route have a body.
    pub(crate) fn has_body(&self) -> bool {
        matches!(self.method, "POST" | "PATCH")
    }
}

/// A path of the API, with the parameters of a request's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MatchedPath<'a> {
    pub(crate) pattern: &'static str,
    /// The segment that stands for the first `{…}`, as sent: it may be an invalid id.
    /// Empty if the pattern has none.
    pub(crate) id: &'a str,
    /// The segment that stands for the second one.
    pub(crate) inner_id: &'a str,
}

impl<'a> MatchedPath<'a> {
    /// Finds the pattern that matches `path`, which has no query.
    pub(crate) fn find(path: &'a str) -> Option<Self> {
        ROUTES.iter().find_map(|route| {
            let pattern = route.pattern;
            match_pattern(pattern, path).map(|[id, inner_id]| Self {
                pattern,
                id,
                inner_id,
            })
        })
    }

    /// Returns the route of `method` on this path. `HEAD` has the route of `GET`
    /// (RFC 9110, section 9.3.2).
    pub(crate) fn route(&self, method: &str) -> Option<&'static Route> {
        let method = if method == "HEAD" { "GET" } else { method };
        self.routes().find(|route| route.method == method)
    }

    /// Returns the methods of this path, as the `Allow` header lists them.
    pub(crate) fn allow(&self) -> String {
        allow(self.routes())
    }

    fn routes(self) -> impl Iterator<Item = &'static Route> {
        let routes = ROUTES.iter();
        routes.filter(move |route| route.pattern == self.pattern)
    }
}

/// Returns the methods of these routes as the `Allow` header lists them, each once:
/// `HEAD` wherever `GET` is, and `OPTIONS`.
pub fn allow<'a>(routes: impl Iterator<Item = &'a Route>) -> String {
    let mut methods: Vec<&str> = Vec::new();
    for method in routes.map(|route| route.method).chain(["OPTIONS"]) {
        if !methods.contains(&method) {
            methods.push(method);
            methods.extend((method == "GET").then_some("HEAD"));
        }
    }
    methods.join(", ")
}

/// Returns the segments of `path` that stand for the pattern's first and second `{…}`, or
/// the empty text where it has none; `None` if they do not match.
fn match_pattern<'a>(pattern: &str, path: &'a str) -> Option<[&'a str; 2]> {
    let mut segments = path.split('/');
    let mut ids = ["", ""];
    let mut places = ids.iter_mut();
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') && !segment.is_empty() {
            *places.next()? = segment;
        } else if segment != expected {
            return None;
        }
    }
    segments.next().is_none().then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::{MatchedPath, ROUTES, allow};

    #[test]
    fn a_path_matches_one_pattern() {
        for (path, expected) in [
            ("/chat/sessions", Some(("/chat/sessions", ""))),
            (
                "/chat/sessions/42",
                Some(("/chat/sessions/{session_id}", "42")),
            ),
            (
                "/contacts/a%2Fb/export",
                Some(("/contacts/{contact_id}/export", "a%2Fb")),
            ),
            ("/contacts/42", Some(("/contacts/{contact_id}", "42"))),
            (
                "/chat/sessions/42/messages/43/redact",
                Some((
                    "/chat/sessions/{session_id}/messages/{message_id}/redact",
                    "42",
                )),
            ),
            ("/chat/sessions/42/messages//redact", None),
            ("/chat/sessions/", None),
            ("/chat/sessions/42/", None),
            ("/contacts//export", None),
            ("chat/sessions", None),
            ("//chat/sessions", None),
            ("/", None),
            ("", None),
        ] {
            let found = MatchedPath::find(path).map(|path| (path.pattern, path.id));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn allow_lists_the_methods_of_a_path() {
        let sessions = MatchedPath::find("/chat/sessions").unwrap();
        assert_eq!(sessions.allow(), "GET, HEAD, POST, OPTIONS");
        assert_eq!(
            allow(ROUTES.iter()),
            "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
            "of every path"
        );
    }
}
