//! The API's subjects and their rules, free of I/O: the browser runs them before the
//! network, the edge behind it.

pub mod agent;
pub mod agent_login;
pub mod attachment;
pub mod attributes;
pub mod contact;
pub mod contact_query;
pub mod delivery;
pub mod delivery_query;
pub mod entry;
pub mod export_query;
pub mod follow_query;
pub mod history_query;
pub mod id;
pub mod idempotency;
pub mod limits;
pub mod login;
pub mod message;
pub mod new_session;
pub mod note;
pub mod phone_number;
mod query;
pub mod read_mark;
pub mod session;
pub mod session_cursor;
pub mod session_query;
pub mod session_update;
pub mod tenant;
pub mod url;
pub mod webhook;
pub mod webhook_secret;
pub mod webhook_url;
