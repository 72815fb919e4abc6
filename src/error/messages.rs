//! Messages of errors, in English: what is wrong, where, and what to do.

use super::{Error, Violation};
use std::borrow::Cow;

impl Error {
    /// Returns the message: what is wrong, where, and what to do.
    ///
    /// Never contains a token or the cause of an internal error.
    #[must_use]
    #[allow(clippy::too_many_lines)] // One sentence for each error.
    pub fn message(&self) -> Cow<'static, str> {
        if let Some(message) = self.rules_message() {
            return Cow::Owned(message);
        }
        if let Self::HeaderTooLong(name) = self {
            let limit = " is over 2,048 characters. Send a shorter one.";
            return Cow::Owned(["The header ", name, limit].concat());
        }
        Cow::Borrowed(match self {
            Self::MalformedJson(_)
            | Self::InvalidRequest(_)
            | Self::BodyTooLarge { .. }
            | Self::HeaderTooLong(_) => "",
            Self::UrlTooLong => "The URL is over 8,192 characters. Send fewer parameters.",
            Self::IdempotencyKeyReused => {
                "This Idempotency-Key was used with another body. Use a new key for a new request, \
                 and the same one only to send the same request again."
            }
            Self::MessageIdReused => {
                "Another message or note of this session has this id. Use a new id for a new one, \
                 and the same id only to send the same one again."
            }
            Self::SessionFull => {
                "The session has as many entries as it can hold: 100,000. Open a new session for \
                 the conversation."
            }
            Self::UnsupportedMediaType => {
                "Send the body as Content-Type: application/json, and not compressed: without a \
                 Content-Encoding."
            }
            Self::NotFound => "There is nothing at this path. Sessions are at /chat/sessions.",
            Self::MethodNotAllowed(_) => {
                "This path does not take this method. The Allow header lists those it takes."
            }
            Self::NotAcceptable => {
                "What happens here is told live. Open a WebSocket (Upgrade: websocket), or send \
                 Accept: text/event-stream for server-sent events."
            }
            Self::MissingToken => {
                "No credential. Send your key in the header Authorization: Bearer <key>."
            }
            Self::InvalidToken => {
                "The bearer token is neither a valid key nor a valid token of a contact, a visitor \
                 or an agent: mistyped, unknown, revoked or expired."
            }
            Self::OriginNotAllowed { is_sent: false } => {
                "No Origin was sent, and a publishable key only works in web pages, whose browsers \
                 send it. Use a secret key on a server. To try this one with curl, add \
                 -H \"Origin: https://…\" with an origin that the key lists."
            }
            Self::OriginNotAllowed { is_sent: true } => {
                "This publishable key does not allow requests from this origin, nor do its visitor \
                 tokens. Add the page's origin (scheme, host and port) to the key's list."
            }
            Self::SecretKeyInBrowser => {
                "A secret key was sent by a web page, where anyone can read it. Use a publishable \
                 key (pk_…) in the page, and replace this secret key."
            }
            Self::VerificationRequired => {
                "A publishable key cannot send verified: true, a contact_id or resume: true: a web \
                 page can claim to be anyone. Let your server get a contact token for the person who is \
                 logged in, from /widget/authenticate-user, and send that instead. To resume a session \
                 of somebody who is not, get a visitor token from /widget/visitors."
            }
            Self::InsufficientScope => {
                "This credential may not do this. A publishable key only creates sessions and \
                 visitors, the token of a contact or a visitor is for their own sessions, and an agent \
                 token does not create, export or delete; your server's secret key may do the rest, \
                 except make visitors."
            }
            Self::RateLimited { .. } => {
                "Too many requests. Wait as many seconds as Retry-After says, then retry."
            }
            Self::QuotaExceeded { .. } => {
                "The organization has stored all that it may in a day; nothing was done. Retry after \
                 Retry-After seconds, when the next day begins (UTC), or ask for a larger quota."
            }
            Self::SessionNotFound => "There is no session with this id.",
            Self::MessageNotFound => "There is no message with this id in the session.",
            Self::ContactNotFound => {
                "There is no contact with this contact_id; nothing was done. To find a person's, \
                 send GET /contacts?email=… or ?phone_number=…; to create a session, contact_id can \
                 also be left out."
            }
            Self::WebhookNotFound => "There is no webhook with this id.",
            Self::TooManyWebhooks => {
                "The organization has 10 webhooks, which is the most. Remove one that is not used."
            }
            Self::PreconditionFailed => {
                "It has changed since you read it. Read it again, and send If-Match with its new \
                 ETag if the change is still wanted."
            }
            Self::DeletionUnfinished => {
                "There is more to remove than one request does, and some of it is left. Repeat the \
                 request until it is answered with 204."
            }
            Self::InternalError(_) => {
                "Something went wrong on our side. Quote the request_id when you report it."
            }
            Self::SchemaOutdated(_) => {
                "The database is older than this version of the service; nothing was written. \
                 Whoever runs the service: run make deploy, or \
                 npx wrangler d1 migrations apply DB --remote. Then retry."
            }
            Self::StorageUnavailable(_) => {
                "The storage did not respond; nothing is half-written. Retry after Retry-After \
                 seconds. The same Idempotency-Key or message.id is never done twice."
            }
        })
    }

    /// Returns the message of an error of the rules, which depends on the request or its
    /// caller; `None` for others. The browser build, where only the rules reject, then
    /// links no other messages.
    #[must_use]
    pub fn rules_message(&self) -> Option<String> {
        match self {
            Self::MalformedJson(reason) => Some(reason.clone()),
            Self::InvalidRequest(violations) => Some(summary(violations)),
            Self::BodyTooLarge { limit_bytes } => {
                let limit = limit_bytes.to_string();
                Some(["The body is over ", &limit, " bytes. Send less in it."].concat())
            }
            _ => None,
        }
    }

    /// Returns the code and the status of an error of the rules. The browser build then
    /// links no other codes.
    ///
    /// ```
    /// use chat_sessions::error::Error;
    /// let errors = [
    ///     Error::MalformedJson(String::new()),
    ///     Error::InvalidRequest(Vec::new()),
    ///     Error::BodyTooLarge { limit_bytes: 1 },
    /// ];
    /// for error in errors {
    ///     assert_eq!(error.rules_code(), (error.code(), error.status()));
    /// }
    /// ```
    #[must_use]
    pub fn rules_code(&self) -> (&'static str, u16) {
        match self {
            Self::MalformedJson(_) => ("malformed_json", 400),
            Self::BodyTooLarge { .. } => ("body_too_large", 413),
            _ => ("invalid_request", 400),
        }
    }
}

/// Returns the first few violations as one sentence; the response lists them all.
fn summary(violations: &[Violation]) -> String {
    const SHOWN: usize = 3;
    let mut text = String::new();
    for (index, violation) in violations.iter().take(SHOWN).enumerate() {
        if index > 0 {
            text.push_str("; ");
        }
        text.push_str(&violation.path);
        text.push(' ');
        text.push_str(&violation.message);
    }
    let hidden = violations.len().saturating_sub(SHOWN);
    if hidden > 0 {
        text.push_str("; and ");
        text.push_str(&hidden.to_string());
        text.push_str(" more");
    }
    text.push('.');
    text
}
