//! The paths of the API.

/// The paths there are.
#[derive(Debug)]
pub(crate) enum Route {
    /// `/chat/sessions`
    Sessions,
    /// `/chat/sessions/{id}`, with the id as the path has it: it may be none.
    Session(String),
    /// `/widget/authenticate-user`
    AuthenticateUser,
    /// Every other path.
    Unknown,
}

impl Route {
    /// The route of a path, which has no query.
    pub(crate) fn find(path: &str) -> Self {
        if path == "/widget/authenticate-user" {
            return Self::AuthenticateUser;
        }
        match path.strip_prefix("/chat/sessions") {
            Some("") => Self::Sessions,
            Some(rest) => match rest.strip_prefix('/') {
                Some(id) if !id.is_empty() && !id.contains('/') => Self::Session(id.to_owned()),
                _ => Self::Unknown,
            },
            None => Self::Unknown,
        }
    }

    /// The methods it takes, as the `Allow` header lists them.
    pub(crate) fn allow(&self) -> &'static str {
        match self {
            Self::Sessions | Self::AuthenticateUser => "POST, OPTIONS",
            Self::Session(_) => "GET, PATCH, OPTIONS",
            Self::Unknown => "GET, POST, PATCH, OPTIONS",
        }
    }

    /// The path's pattern, for the log.
    pub(crate) fn pattern(&self) -> &'static str {
        match self {
            Self::Sessions => "/chat/sessions",
            Self::Session(_) => "/chat/sessions/{id}",
            Self::AuthenticateUser => "/widget/authenticate-user",
            Self::Unknown => "unknown",
        }
    }
}
