//! The OpenAPI document of the API, built from the service's own constants and routes,
//! so that the two cannot drift apart. A test compares `www/openapi.json` with [`text`].

#![allow(dead_code)] // The tests and the program each use a part.

mod contacts;
mod error_list;
mod errors;
mod examples;
mod headers;
mod history_schemas;
mod links;
mod live;
mod message_examples;
mod message_schemas;
mod messages;
mod operations;
mod requests;
mod responses;
mod session_schemas;
mod tokens;
mod webhook_schemas;
mod webhooks;

use chat_sessions::api::routes::ROUTES;
use chat_sessions::domain::limits::IDEMPOTENCY_KEY_MAX_CHARS;
use chat_sessions::domain::limits::PAGE_SIZE_MAX;
use chat_sessions::domain::limits::TOKEN_LIFETIME_MAX_S;
use chat_sessions::domain::limits::{AGENT_ID_MAX_CHARS, AGENT_TOKEN_LIFETIME_MAX_S};
use chat_sessions::domain::limits::{
    ATTRIBUTE_KEY_MAX_CHARS, ATTRIBUTE_STRING_MAX_CHARS, ATTRIBUTES_MAX,
};
use chat_sessions::domain::limits::{AVATAR_URL_MAX_CHARS, LANGUAGE_MAX_CHARS};
use chat_sessions::domain::limits::{
    BODY_MAX_BYTES, BYTES_PER_DAY, RequestLimits, SESSIONS_PER_DAY, VISITOR_BYTES_PER_DAY,
    VISITOR_SESSIONS_PER_DAY,
};
use chat_sessions::domain::limits::{EMAIL_MAX_CHARS, NAME_MAX_CHARS, PHONE_NUMBER_MAX_CHARS};
use errors::{ErrorResponse, error_responses};
use headers::{parameters, response_headers};
use history_schemas::history_schemas;
use message_schemas::message_schemas;
use messages::limits;
use operations::operation;
use requests::request_schemas;
use responses::response_schemas;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use webhook_schemas::webhook_schemas;

/// Requests a minute for one publishable key, or for one contact's tokens, as in
/// `wrangler.toml`.
pub(crate) const CREDENTIAL_RATE_LIMIT: u32 = 100;
/// Requests a minute from one address with one publishable key, as in
/// `wrangler.toml`.
pub(crate) const ADDRESS_RATE_LIMIT: u32 = 30;

/// Requests a minute of one IPv6 /56 with one publishable key.
pub(crate) const NETWORK_56_RATE_LIMIT: u32 = 45;

/// Requests a minute of one IPv6 /48 with one publishable key.
pub(crate) const NETWORK_48_RATE_LIMIT: u32 = 60;

/// Requests a minute for one secret key.
pub(crate) const SERVER_RATE_LIMIT: u32 = 6000;

/// Requests a minute for one agent's tokens.
pub(crate) const AGENT_RATE_LIMIT: u32 = 600;

/// Failed authentications a minute of one client address.
pub(crate) const FAILURE_RATE_LIMIT: u32 = 60;

/// Returns the text of `www/openapi.json`, the same every time.
/// ```
/// assert!(crate::openapi::text().starts_with("{\n  \"components\": {"));
/// ```
#[must_use]
pub(crate) fn text() -> String {
    format!("{:#}\n", document())
}

/// Returns the document (OpenAPI 3.1).
///
/// ```
/// let document = crate::openapi::document();
/// let create = &document["paths"]["/chat/sessions"]["post"];
/// assert_eq!(create["operationId"], "createChatSession");
/// ```
#[must_use]
pub(crate) fn document() -> Value {
    let mut paths = BTreeMap::<_, BTreeMap<_, _>>::new();
    for route in ROUTES {
        let path = paths.entry(route.pattern).or_default();
        path.insert(route.method.to_ascii_lowercase(), operation(route.action));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": env!("CARGO_PKG_NAME"),
            "summary": "A chat service",
            "version": env!("CARGO_PKG_VERSION"),
            "description": description(),
            "license": {
                "name": env!("CARGO_PKG_LICENSE"),
                "identifier": env!("CARGO_PKG_LICENSE"),
            },
        },
        "servers": [{"url": "/", "description": "The service that this document comes from"}],
        "tags": [
            {
                "name": "Sessions",
                "description": "Conversations: created by pages and servers, listed, read and \
                    closed.",
            },
            {
                "name": "Messages",
                "description": "The history of a session: what people wrote, and what changed.",
            },
            {
                "name": "Live",
                "description": "What happens, as it happens: over WebSockets and server-sent events.",
            },
            {
                "name": "Webhooks",
                "description": "Events, sent to servers of yours.",
            },
            {
                "name": "Contacts",
                "description": "The people that sessions are with: what is kept of one, and its \
                    removal.",
            },
            {
                "name": "Authentication",
                "description": "Tokens for pages: of people who are logged in, of visitors, of agents.",
            },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "parameters": parameters(),
            "headers": response_headers(),
            "responses": error_responses()
                .iter()
                .map(|error| (error.name.to_owned(), error.response()))
                .collect::<Map<_, _>>(),
            "securitySchemes": security_schemes(),
        },
    })
}

fn schemas() -> Map<String, Value> {
    let own = request_schemas().into_iter().chain(response_schemas());
    let own = own
        .chain(message_schemas())
        .chain(history_schemas())
        .chain(webhook_schemas());
    let own = own.map(|(name, schema)| (name.to_owned(), schema));
    let error_responses = error_responses();
    let errors = error_responses.iter().flat_map(ErrorResponse::schemas);
    own.chain(errors).collect()
}

const SECRET_KEY: &str = "A secret key, `sk_…`, lives on your server. It may do everything for its \
     organization but make visitors, and its word on `verified` and `contact_id` is taken. \
     Together with an `Origin` header, which is what a web page sends, it is rejected.";
const PUBLISHABLE_KEY: &str = "A publishable key, `pk_…`, lives in your web page, where anyone can \
     read it. It creates sessions and visitor tokens, from pages at the origins that it lists, and \
     does nothing else.";
const CONTACT_TOKEN: &str = "A contact token lives in the page of a person who is logged in. Your \
     server gets it from `POST /widget/authenticate-user`. It creates sessions as that person, \
     verified, and reads, lists and writes to that person's own, until it expires, you revoke that person's \
     tokens, or you revoke the secret key that your server asked with.";

const VISITOR_TOKEN: &str = "A visitor token lives in the page of a person who is not logged in. \
     The page gets it from `POST /widget/visitors` with a publishable key. It creates unverified \
     sessions, and resumes, reads, lists and writes to those that were opened with it and no others, from the \
     origins of its key, for 400 days or until you revoke the key.";
const AGENT_TOKEN: &str = "An agent token lives in the page of an agent. Your server gets it from \
     `POST /agents/tokens`. From any origin it reads, lists, updates and answers in every session of your \
     organization, until it expires, you revoke the agent's tokens, or you revoke the secret key \
     that your server asked with.";

fn security_schemes() -> Value {
    let bearer = |format: &str, description: &str| {
        json!({
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": format,
            "description": description,
        })
    };
    json!({
        "secretKey": bearer("sk_ and 64 hexadecimal digits", SECRET_KEY),
        "publishableKey": bearer("pk_ and 64 hexadecimal digits", PUBLISHABLE_KEY),
        "contactToken": bearer("JWT", CONTACT_TOKEN),
        "visitorToken": bearer("JWT", VISITOR_TOKEN),
        "agentToken": bearer("JWT", AGENT_TOKEN),
    })
}

/// The introduction, in Markdown.
fn description() -> String {
    let days = TOKEN_LIFETIME_MAX_S / (24 * 60 * 60);
    let hours = AGENT_TOKEN_LIFETIME_MAX_S / (60 * 60);
    let RequestLimits {
        body_max_bytes: visitor_body,
        attributes_max: visitor_keys,
        attribute_string_max_chars: visitor_string,
    } = RequestLimits::VISITOR;
    format!(
        "Opens chat sessions and keeps what is said in them, who they are with, and what is known \
         about those people.\n\
         \n\
         ## Credentials\n\
         \n\
         Every request has one of five in the header `Authorization: Bearer …`. Each operation \
         says which of them it takes.\n\
         \n\
         - {SECRET_KEY}\n\
         - {PUBLISHABLE_KEY}\n\
         - {CONTACT_TOKEN}\n\
         - {VISITOR_TOKEN}\n\
         - {AGENT_TOKEN}\n\
         \n\
         ## Methods\n\
         \n\
         Every `GET` can be a `HEAD`: the response has the same headers, and no body.\n\
         \n\
         ## Errors\n\
         \n\
         Every error has the same JSON body. `code` is stable and made for programs, `message` \
         is made for people, and `request_id` is what to quote when you report it. Where fields \
         break rules, `errors` has all of them at once, each with its JSON Pointer. The checks \
         come in this order: path, method, credential, origin, rate limit, media type, size, JSON, \
         rules, storage.\n\
         \n\
         ## Retries\n\
         \n\
         After a 429 or a 503, wait as many seconds as `Retry-After` says. A create with an \
         `Idempotency-Key` is never done twice: the same request gets the same response. A message \
         with an `id` of yours is never stored twice, whenever you send it again.\n\
         \n\
         ## Pages of a list\n\
         \n\
         A list returns `items` and `next`. Send `next` as the `cursor` of the next request until \
         it is null.\n\
         \n\
         ## Reading your own writes\n\
         \n\
         Responses to secret keys may have the header `X-D1-Bookmark`. Send it with the next request, which then \
         sees at least that state, from a replica near to it. Without it, reads go to the primary.\n\
         \n\
         ## From a web page\n\
         \n\
         Every response can be read by the page that sent the request (CORS), errors too. Being readable \
         grants nothing. A page may send further headers, those of tracing for instance: preflights allow \
         the ones they ask for.\n\
         \n\
         ## Rate limits\n\
         \n\
         {SERVER_RATE_LIMIT} requests a minute for each secret key; {AGENT_RATE_LIMIT} for each \
         agent; {CREDENTIAL_RATE_LIMIT} for each publishable key together with its visitors, and \
         for each contact. Reads and messages are counted apart from everything else. With a publishable key \
         and its visitor tokens also \
         {ADDRESS_RATE_LIMIT} a minute for each client address (IPv6: each /64), \
         {NETWORK_56_RATE_LIMIT} for each IPv6 /56 and {NETWORK_48_RATE_LIMIT} for each /48. And \
         {FAILURE_RATE_LIMIT} failed authentications a minute for each client address (IPv6: each \
         /48). A deployment may have others.\n\
         \n\
         ## Daily quotas\n\
         \n\
         What an organization's creates store in a day (UTC) is limited: {VISITOR_SESSIONS_PER_DAY} \
         sessions and {VISITOR_BYTES_PER_DAY} bytes of bodies with publishable keys and visitor tokens, and apart \
         from these {SESSIONS_PER_DAY} sessions and {BYTES_PER_DAY} bytes with secret keys and \
         contact tokens. Beyond, a create is a 429 `quota_exceeded` and stores nothing; a retry \
         of an earlier one still gets its response. A deployment may have others.\n\
         \n\
         ## Limits\n\
         \n\
         Characters are Unicode code points.\n\
         \n\
         | what | limit |\n\
         |---|---|\n\
         | body of a request | {BODY_MAX_BYTES} bytes; with a publishable key or a visitor token {visitor_body} |\n\
         | `custom_data` | {ATTRIBUTES_MAX} keys; with a publishable key or a visitor token {visitor_keys} |\n\
         | key of `custom_data` | 1 to {ATTRIBUTE_KEY_MAX_CHARS} characters, no NUL |\n\
         | string in `custom_data` | {ATTRIBUTE_STRING_MAX_CHARS} characters; with a publishable \
         key or a visitor token {visitor_string} |\n\
         | number in `custom_data` | finite as an IEEE 754 double |\n\
         | `name` | {NAME_MAX_CHARS} characters |\n\
         | `email` | {EMAIL_MAX_CHARS} characters |\n\
         | `phone_number`, `phone` | {PHONE_NUMBER_MAX_CHARS} characters |\n\
         | `avatar_url` | {AVATAR_URL_MAX_CHARS} characters |\n\
         | `language` | {LANGUAGE_MAX_CHARS} characters |\n\
         | `Idempotency-Key` | 1 to {IDEMPOTENCY_KEY_MAX_CHARS} visible ASCII characters |\n\
         | `expires_in` of a contact token | {TOKEN_LIFETIME_MAX_S} seconds, which is {days} days |\n\
         | `expires_in` of an agent token | {AGENT_TOKEN_LIFETIME_MAX_S} seconds, which is {hours} hours |\n\
         | `id` of an agent | {AGENT_ID_MAX_CHARS} characters |\n\
         | `limit` of a list | {PAGE_SIZE_MAX} sessions |\n\
         {}",
        limits()
    )
}
