//! The paths of the API, and their methods.

use crate::grant::Action;

/// The paths of the API.
#[derive(Debug)]
pub(crate) enum Route {
    /// `/chat/sessions`
    Sessions,
    /// `/chat/sessions/{id}`, with the id as sent: it may be invalid.
    Session(String),
    /// `/contacts/{id}`
    Contact(String),
    /// `/contacts/{id}/export`
    ContactExport(String),
    /// `/widget/authenticate-user`
    AuthenticateUser,
    /// Every other path.
    Unknown,
}

impl Route {
    /// Returns the route of a path, given without its query.
    pub(crate) fn find(path: &str) -> Self {
        let parts: Vec<_> = path.split('/').skip(1).collect();
        match *parts {
            ["chat", "sessions"] => Self::Sessions,
            ["chat", "sessions", id] if !id.is_empty() => Self::Session(id.to_owned()),
            ["contacts", id] if !id.is_empty() => Self::Contact(id.to_owned()),
            ["contacts", id, "export"] if !id.is_empty() => Self::ContactExport(id.to_owned()),
            ["widget", "authenticate-user"] => Self::AuthenticateUser,
            _ => Self::Unknown,
        }
    }

    /// Returns the action of `method` here; `None` if it is not allowed.
    pub(crate) fn action(&self, method: &str) -> Option<Action> {
        Some(match (self, method) {
            (Self::Sessions, "POST") => Action::CreateSession,
            (Self::Sessions, "GET") => Action::ListSessions,
            (Self::Session(_), "GET") => Action::ReadSession,
            (Self::Session(_), "PATCH") => Action::UpdateSession,
            (Self::ContactExport(_), "GET") => Action::ExportContact,
            (Self::Contact(_), "DELETE") => Action::DeleteContact,
            (Self::AuthenticateUser, "POST") => Action::AuthenticateUser,
            _ => return None,
        })
    }

    /// Returns the id in the path, as sent; empty if there is none.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Session(id) | Self::Contact(id) | Self::ContactExport(id) => id,
            Self::Sessions | Self::AuthenticateUser | Self::Unknown => "",
        }
    }

    /// Returns the allowed methods, as the `Allow` header lists them.
    pub(crate) fn allow(&self) -> &'static str {
        match self {
            Self::Sessions => "GET, POST, OPTIONS",
            Self::AuthenticateUser => "POST, OPTIONS",
            Self::Session(_) => "GET, PATCH, OPTIONS",
            Self::Contact(_) => "DELETE, OPTIONS",
            Self::ContactExport(_) => "GET, OPTIONS",
            Self::Unknown => "GET, POST, PATCH, DELETE, OPTIONS",
        }
    }

    /// Returns the path's pattern, for the log.
    pub(crate) fn pattern(&self) -> &'static str {
        match self {
            Self::Sessions => "/chat/sessions",
            Self::Session(_) => "/chat/sessions/{id}",
            Self::Contact(_) => "/contacts/{id}",
            Self::ContactExport(_) => "/contacts/{id}/export",
            Self::AuthenticateUser => "/widget/authenticate-user",
            Self::Unknown => "unknown",
        }
    }
}
