//! Webhooks: endpoints of a customer that events are sent to, and the rules of requests
//! about them.

use super::limits::{WEBHOOK_DESCRIPTION_MAX_CHARS, WEBHOOK_REPLAY_MAX_MS};
use super::session_query::{Instant, read_instant};
use super::webhook_url::violated_rule;
use crate::error::{Error, ViolationCode};
use crate::validation::json::{Json, Object};
use crate::validation::text::{at_most, check_name, check_string, is_longer};
use crate::validation::violations::Violations;
use strum::{EnumString, IntoStaticStr, VariantNames};

/// The events that an endpoint can ask for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantNames,
)]
pub enum EventType {
    /// A message was stored.
    #[strum(serialize = "message.created")]
    MessageCreated,
    /// A session was created.
    #[strum(serialize = "session.created")]
    SessionCreated,
    /// A session's log has another entry than a message.
    #[strum(serialize = "session.updated")]
    SessionUpdated,
    /// A contact was removed, with all of its sessions.
    #[strum(serialize = "contact.deleted")]
    ContactDeleted,
}

impl EventType {
    /// The name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The events of one endpoint; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventFilter {
    /// All of them, those of later versions too.
    All,
    /// These, each once.
    Some(Vec<EventType>),
}

impl EventFilter {
    /// Returns the names, as requests have them.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Self::All => vec!["*"],
            Self::Some(types) => types.iter().map(|name| name.as_str()).collect(),
        }
    }

    /// Returns the filter of these names; `None` if there is none, or an unknown one.
    #[must_use]
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<_> = names.into_iter().collect();
        if names.contains(&"*") {
            return Some(Self::All);
        }
        let types = names.into_iter().map(|name| name.parse().ok());
        let mut types: Vec<EventType> = types.collect::<Option<_>>()?;
        types.sort_unstable();
        types.dedup();
        (!types.is_empty()).then_some(Self::Some(types))
    }

    /// Returns true if the endpoint gets events of this type.
    #[must_use]
    pub fn has(&self, event: EventType) -> bool {
        match self {
            Self::All => true,
            Self::Some(types) => types.contains(&event),
        }
    }
}

/// The shape of the events that an endpoint gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    /// `standard`: that of this service.
    #[default]
    Standard,
    /// `opencx`: `conversation.started` and `conversation.closed`, as OpenCX sends them.
    Opencx,
}

impl Format {
    /// The name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// State of an endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum WebhookStatus {
    /// `enabled`: it gets events.
    #[default]
    Enabled,
    /// `disabled`: it gets none.
    Disabled,
}

impl WebhookStatus {
    /// The name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The reasons why an endpoint is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "snake_case")]
pub enum DisabledReason {
    /// `by_request`: its owner disabled it.
    ByRequest,
    /// `gone`: it answered 410.
    Gone,
    /// `failing`: no try has succeeded for five days.
    Failing,
}

impl DisabledReason {
    /// The name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A request for an endpoint that has passed every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// Its address.
    pub url: String,
    /// Its events.
    pub events: EventFilter,
    /// A note of its owner.
    pub description: Option<String>,
    /// The shape of its events.
    pub format: Format,
}

impl NewWebhook {
    /// Checks a request against the rules. Unknown members are ignored. `allows_local` is
    /// for development, see [`violated_rule`].
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every violation.
    ///
    /// # Example
    /// ```
    /// use chat_sessions::domain::webhook::{EventFilter, NewWebhook};
    /// use chat_sessions::validation::json_text;
    ///
    /// let request = json_text::parse(br#"{"url":"https://a.example.com/in","events":["*"]}"#)?;
    /// assert_eq!(NewWebhook::check(&request, false)?.events, EventFilter::All);
    ///
    /// let request = json_text::parse(br#"{"url":"https://localhost/","events":[]}"#)?;
    /// let error = NewWebhook::check(&request, false).unwrap_err();
    /// assert_eq!(error.violations().len(), 2);
    /// # Ok::<(), chat_sessions::error::Error>(())
    /// ```
    pub fn check(request: &Json<'_>, allows_local: bool) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let members = WebhookMembers::read(request, allows_local, &mut violations);
        for name in ["url", "events"] {
            let path = ["/", name].concat();
            if member(request, name).is_none() {
                violations.push(path, ViolationCode::Required, "is required");
            }
        }
        violations.finish(Self {
            url: members.url.unwrap_or_default(),
            events: members.events.unwrap_or(EventFilter::All),
            description: members.description.filter(|text| !text.is_empty()),
            format: members.format.unwrap_or_default(),
        })
    }
}

/// A request to change an endpoint that has passed every rule. `None` leaves a member as
/// it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUpdate {
    /// Its address.
    pub url: Option<String>,
    /// Its events.
    pub events: Option<EventFilter>,
    /// A note of its owner; an empty one removes it.
    pub description: Option<String>,
    /// The shape of its events.
    pub format: Option<Format>,
    /// Its state.
    pub status: Option<WebhookStatus>,
}

impl WebhookUpdate {
    /// Checks a request against the rules. Unknown members are ignored, and `{}` changes
    /// nothing but `updated_at`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every violation.
    pub fn check(request: &Json<'_>, allows_local: bool) -> Result<Self, Error> {
        let mut violations = Violations::default();
        let members = WebhookMembers::read(request, allows_local, &mut violations);
        let status = name_of(request, "status", &mut violations);
        violations.finish(Self {
            url: members.url,
            events: members.events,
            description: members.description,
            format: members.format,
            status,
        })
    }
}

/// The members that both requests have.
struct WebhookMembers {
    url: Option<String>,
    events: Option<EventFilter>,
    /// Empty if it is blank.
    description: Option<String>,
    format: Option<Format>,
}

impl WebhookMembers {
    fn read(request: &Json<'_>, allows_local: bool, violations: &mut Violations) -> Self {
        let url = member(request, "url");
        let url = url.and_then(|url| check_url(url, allows_local, violations));
        let events = member(request, "events");
        let events = events.and_then(|events| check_events(events, violations));
        let description = member(request, "description");
        let description =
            description.and_then(|description| check_description(description, violations));
        Self {
            url,
            events,
            description,
            format: name_of(request, "format", violations),
        }
    }
}

fn member<'o, 'a>(request: &'o Json<'a>, name: &str) -> Option<&'o Json<'a>> {
    match request {
        Json::Object(request) => Object::get(request, name),
        _ => None,
    }
}

fn name_of<T>(request: &Json<'_>, name: &str, violations: &mut Violations) -> Option<T>
where
    T: std::str::FromStr + VariantNames,
{
    let path = ["/", name].concat();
    let text = check_string(member(request, name)?, &path, violations)?;
    check_name(text, &path, violations)
}

fn check_url(url: &Json<'_>, allows_local: bool, violations: &mut Violations) -> Option<String> {
    const PATH: &str = "/url";
    let url = check_string(url, PATH, violations)?;
    if let Some(rule) = violated_rule(url, allows_local) {
        violations.push(PATH, ViolationCode::InvalidFormat, rule);
        return None;
    }
    Some(url.to_owned())
}

fn check_events(events: &Json<'_>, violations: &mut Violations) -> Option<EventFilter> {
    const PATH: &str = "/events";
    /// A few times as many as there are.
    const ITEMS_MAX: usize = 20;
    let Json::Array(items) = events else {
        violations.push_invalid_type(PATH, events, "must be an array of names of events");
        return None;
    };
    if items.is_empty() {
        let message = "must have an event at least; [\"*\"] stands for all";
        violations.push(PATH, ViolationCode::TooShort, message);
        return None;
    }
    if items.len() > ITEMS_MAX {
        let message = at_most(ITEMS_MAX, "have", "names");
        violations.push(PATH, ViolationCode::TooManyItems, message);
        return None;
    }
    let mut names = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let path = [PATH, "/", &index.to_string()].concat();
        let Some(name) = check_string(item, &path, violations) else {
            continue;
        };
        if EventFilter::of([name]).is_none() {
            let known = EventType::VARIANTS.join(", ");
            let message = ["must be one of *, ", &known].concat();
            violations.push(path, ViolationCode::UnknownValue, message);
            continue;
        }
        names.push(name);
    }
    EventFilter::of(names)
}

fn check_description(description: &Json<'_>, violations: &mut Violations) -> Option<String> {
    const PATH: &str = "/description";
    let text = check_string(description, PATH, violations)?;
    if is_longer(text, WEBHOOK_DESCRIPTION_MAX_CHARS) {
        let message = at_most(WEBHOOK_DESCRIPTION_MAX_CHARS, "be", "characters long");
        violations.push(PATH, ViolationCode::TooLong, message);
        return None;
    }
    let is_blank = text.trim().is_empty();
    Some(if is_blank {
        String::new()
    } else {
        text.to_owned()
    })
}

/// A request to send events again that has passed every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// The time of the first one, Unix time in milliseconds.
    pub since_ms: u64,
}

impl Replay {
    /// Checks a request against the rules, at `now_ms`. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with every violation.
    pub fn check(request: &Json<'_>, now_ms: u64) -> Result<Self, Error> {
        const PATH: &str = "/since";
        let mut violations = Violations::default();
        let mut since_ms = 0;
        match member(request, "since") {
            None => violations.push(PATH, ViolationCode::Required, "is required"),
            Some(since) => {
                let text = check_string(since, PATH, &mut violations);
                since_ms = text
                    .and_then(|text| read_instant(text, PATH, &mut violations))
                    .map(Instant::floor_ms)
                    .unwrap_or_default();
                let oldest_ms = now_ms.saturating_sub(WEBHOOK_REPLAY_MAX_MS);
                if !violations.has(PATH) && !(oldest_ms..=now_ms).contains(&since_ms) {
                    let message = "must lie within the last seven days";
                    violations.push(PATH, ViolationCode::OutOfRange, message);
                }
            }
        }
        violations.finish(Self { since_ms })
    }
}
