//! Every limit of the API, in one table. Characters are Unicode code points.

/// The largest request body, in bytes.
pub const BODY_MAX_BYTES: usize = 65_536;

/// The longest URL, in characters.
pub const URL_MAX_CHARS: usize = 8192;
/// The longest value of a header that the service reads, in characters: a few times a
/// contact token.
pub const HEADER_MAX_CHARS: usize = 2048;
/// The longest `Authorization`, in characters: an agent's token has the agent's name and
/// picture in it.
pub const AUTHORIZATION_MAX_CHARS: usize = 8000;

/// The most keys of one `custom_data`.
pub const ATTRIBUTES_MAX: usize = 100;
/// The longest key of a `custom_data`, in characters.
pub const ATTRIBUTE_KEY_MAX_CHARS: usize = 128;
/// The longest string in a `custom_data`, in characters.
pub const ATTRIBUTE_STRING_MAX_CHARS: usize = 4096;
/// Size limit of a contact's verified attributes, in bytes of JSON. A merge that would
/// exceed it is rejected.
pub const VERIFIED_ATTRIBUTES_MAX_BYTES: u32 = 65_536;
/// Size limit of a contact's unverified attributes, in bytes of JSON. A merge that would
/// exceed it keeps the newest request's attributes only: anyone can write here, and must
/// not be able to fill a contact up for good. A request with more is rejected.
pub const NON_VERIFIED_ATTRIBUTES_MAX_BYTES: u32 = 8192;

/// The limits of a request that depend on its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// The largest body, in bytes.
    pub body_max_bytes: usize,
    /// The most keys of one `custom_data`.
    pub attributes_max: usize,
    /// The longest string in a `custom_data`, in characters.
    pub attribute_string_max_chars: usize,
}

impl RequestLimits {
    /// The limits of secret keys and contact tokens.
    pub const FULL: Self = Self {
        body_max_bytes: BODY_MAX_BYTES,
        attributes_max: ATTRIBUTES_MAX,
        attribute_string_max_chars: ATTRIBUTE_STRING_MAX_CHARS,
    };
    /// The limits of publishable keys: everybody can read one in its page, and store
    /// with it.
    pub const VISITOR: Self = Self {
        body_max_bytes: 16_384,
        attributes_max: 20,
        attribute_string_max_chars: 1024,
    };
}

/// The longest name, in characters.
pub const NAME_MAX_CHARS: usize = 256;
/// The longest email address, in characters: the longest that SMTP can carry
/// (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX_CHARS: usize = 254;
/// The longest phone number as sent, in characters.
pub const PHONE_NUMBER_MAX_CHARS: usize = 64;
/// The longest `avatar_url`, in characters.
pub const AVATAR_URL_MAX_CHARS: usize = 2048;
/// The longest `language`, in characters: the length that software must support
/// (RFC 5646, section 4.4.1).
pub const LANGUAGE_MAX_CHARS: usize = 35;

/// The longest text of a message, in characters.
pub const MESSAGE_TEXT_MAX_CHARS: usize = 8000;
/// The most attachments of a message.
pub const ATTACHMENTS_MAX: usize = 10;
/// The longest name of an attachment, in characters.
pub const ATTACHMENT_NAME_MAX_CHARS: usize = 255;
/// The longest address of an attachment, in characters.
pub const ATTACHMENT_URL_MAX_CHARS: usize = 2048;
/// The longest media type of an attachment, in characters (RFC 6838, section 4.2).
pub const ATTACHMENT_TYPE_MAX_CHARS: usize = 127;
/// The longest id of an agent, in characters.
pub const AGENT_ID_MAX_CHARS: usize = 255;

/// The longest `Idempotency-Key`, in characters.
pub const IDEMPOTENCY_KEY_MAX_CHARS: usize = 255;
/// The least time that an idempotency key is kept, in milliseconds: a day.
pub const IDEMPOTENCY_KEY_LIFETIME_MS: u64 = 24 * 60 * 60 * 1000;

/// Largest ticket number that a search takes: every JSON number up to it is exact.
pub const TICKET_NUMBER_MAX: u64 = (1 << 53) - 1;

/// Page size of a list whose query sets none.
pub const PAGE_SIZE_DEFAULT: usize = 25;
/// Page size of a history whose query sets none.
pub const HISTORY_PAGE_SIZE_DEFAULT: usize = 50;
/// The longest beginning of a message that a session shows, in characters.
pub const LAST_MESSAGE_MAX_CHARS: usize = 200;
/// The most unread messages that are counted; it stands for more than 99.
pub const UNREAD_MAX: u64 = 100;
/// The most messages that contacts and visitors send to one session within a minute.
pub const MESSAGES_PER_MINUTE_MAX: u64 = 60;
/// The largest attributes of a session that a message may lead to, in bytes of JSON.
pub const SESSION_ATTRIBUTES_MAX_BYTES: u64 = 65_536;
/// The most entries of one log.
pub const LOG_MAX_ENTRIES: u64 = 100_000;
/// The largest frame of a live connection, in bytes.
pub const FRAME_MAX_BYTES: usize = 65_536;
/// The most frames of one live connection within a second.
pub const FRAMES_PER_SECOND_MAX: u32 = 20;
/// The most live connections to one session.
pub const CONNECTIONS_MAX: usize = 1000;
/// The most live connections of one contact or visitor to one session.
pub const CONNECTIONS_OF_CONTACT_MAX: usize = 10;
/// The most bytes of earlier entries that one live connection sends; a client that needs
/// more connects again, from where it is.
pub const REPLAY_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The most sessions or entries on a page.
pub const PAGE_SIZE_MAX: usize = 100;

/// The most sessions on a page of an export.
pub const EXPORT_PAGE_SIZE: usize = 1000;
/// The most entries of their histories on it.
pub const EXPORT_PAGE_ENTRIES: u64 = 2000;
/// The largest page of sessions in an answer, in bytes; a page that would be larger is
/// short, and has a next one.
pub const PAGE_MAX_BYTES: u32 = 1_048_576;

/// Lifetime of a contact token unless the request sets another: a day, in seconds.
pub const TOKEN_LIFETIME_DEFAULT_S: u32 = 24 * 60 * 60;
/// The longest lifetime of a contact token: 30 days, in seconds.
pub const TOKEN_LIFETIME_MAX_S: u32 = 30 * 24 * 60 * 60;
/// Lifetime of a visitor token: 400 days, in seconds, as long as a browser keeps a cookie.
pub const VISITOR_TOKEN_LIFETIME_S: u32 = 400 * 24 * 60 * 60;
/// Lifetime of an agent token unless the request sets another: a working day, in seconds.
pub const AGENT_TOKEN_LIFETIME_DEFAULT_S: u32 = 8 * 60 * 60;
/// The longest lifetime of an agent token: 12 hours, in seconds.
pub const AGENT_TOKEN_LIFETIME_MAX_S: u32 = 12 * 60 * 60;
/// The shortest secret that signs tokens, in bytes: as long as a signature
/// (RFC 7518, section 3.2).
pub const TOKEN_SECRET_MIN_BYTES: usize = 32;

/// The sessions that an organization's publishable keys may store in a day, unless the
/// deployment sets another quota.
pub const VISITOR_SESSIONS_PER_DAY: u64 = 100_000;
/// The bytes of request bodies that they may store in a day: 100 MiB.
pub const VISITOR_BYTES_PER_DAY: u64 = 100 * 1024 * 1024;
/// The sessions that an organization's secret keys and contact tokens may store in a
/// day, unless the deployment sets another quota.
pub const SESSIONS_PER_DAY: u64 = 1_000_000;
/// The bytes of request bodies that they may store in a day: 1 GiB.
pub const BYTES_PER_DAY: u64 = 1024 * 1024 * 1024;

/// The most webhooks of an organization.
pub const WEBHOOKS_MAX: u64 = 10;
/// The longest address of a webhook, in characters.
pub const WEBHOOK_URL_MAX_CHARS: usize = 2048;
/// The longest description of a webhook, in characters.
pub const WEBHOOK_DESCRIPTION_MAX_CHARS: usize = 256;
/// The time that a replaced secret of a webhook still signs, in milliseconds: a day.
pub const WEBHOOK_ROTATION_MS: u64 = 24 * 60 * 60 * 1000;
/// The age of the oldest event that can be sent again, in milliseconds: seven days.
pub const WEBHOOK_REPLAY_MAX_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// The time that an event is kept, in milliseconds: eight days, so that one which is sent
/// again on the seventh has time for its tries.
pub const WEBHOOK_EVENT_KEPT_MS: u64 = 8 * 24 * 60 * 60 * 1000;
/// The time without a success after which a webhook is disabled, in milliseconds: five days.
pub const WEBHOOK_FAILING_MAX_MS: u64 = 5 * 24 * 60 * 60 * 1000;
/// The time that a try may take, in milliseconds.
pub const WEBHOOK_TIMEOUT_MS: u32 = 10_000;
/// The most bytes of a webhook's answer that are read.
pub const WEBHOOK_ANSWER_MAX_BYTES: usize = 65_536;
/// The most characters of it that are kept.
pub const WEBHOOK_ANSWER_KEPT_CHARS: usize = 1000;

/// The longest retention of closed sessions that can be set: a hundred years, in days.
pub const RETENTION_MAX_DAYS: u32 = 36_500;
