//! A session: where a conversation takes place, and its state.

use super::contact::Contact;
use super::entry::LogState;
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

/// Where a conversation takes place: the `type` of a `channel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    /// `web`
    Web,
    /// `email`
    Email,
    /// `phone_voice`
    PhoneVoice,
    /// `slack`
    Slack,
    /// `sms`
    Sms,
    /// `whatsapp`
    Whatsapp,
    /// `instagram`
    Instagram,
    /// `messenger`
    Messenger,
    /// `api`, the default.
    #[default]
    Api,
    /// `web_voice`
    WebVoice,
}

impl Channel {
    /// The channel's name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Status of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// `open`, the status of a new session.
    #[default]
    Open,
    /// `closed_resolved`
    ClosedResolved,
    /// `closed_unresolved`
    ClosedUnresolved,
}

impl Status {
    /// The status's name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The session's id, a UUIDv7.
    pub id: Uuid,
    /// Open or closed.
    pub status: Status,
    /// Where it takes place.
    pub channel: Channel,
    /// True if somebody who may do so vouched for its contact.
    pub verified: bool,
    /// The session's number within its organization; it only grows.
    pub ticket_number: u64,
    /// When it was created, Unix time in milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix time in milliseconds.
    pub updated_at_ms: u64,
    /// The attributes, as the text of a JSON object.
    pub custom_data: String,
    /// The state of its log.
    pub log: LogState,
    /// The contact's name as the last unverified caller of this session gave it. Read with
    /// the session's log only; lists do without it.
    pub given_name: Option<String>,
    /// The contact.
    pub contact: Option<Contact>,
}
