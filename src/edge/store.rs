//! The [`Store`] of the edge, over D1.

use super::timer::{STORAGE_TIMEOUT_MS, Timer, pause};
use crate::access::token::{ContactSubject, TokenSubject};
use crate::domain::session::Session;
use crate::domain::tenant::Tenant;
use crate::storage::contacts::{
    AuthenticateContact, ContactExport, ContactRecord, Deleted, ExportContact, RemovalStep,
};
use crate::storage::d1::batch::{Batch, StatementResult, failed};
use crate::storage::d1::list::{FirstPart, SessionList};
use crate::storage::d1::usage::Usage;
use crate::storage::d1::{
    bookmark, contacts, create, log, log_changes, outbox, removal, sessions, tokens,
};
use crate::storage::log::{
    AddNote, ContinueSession, LogPage, MarkRead, Noted, ReadLog, RedactMessage, Redacted,
    SendMessage, Sent,
};
use crate::storage::quota::Quotas;
use crate::storage::sessions::{
    CreateSession, Created, ListSessions, SessionPage, UpdateSession, Updated,
};
use crate::storage::webhooks::DueEvent;
use crate::storage::{StorageError, Store, TokenError};
use std::cell::{Cell, OnceCell, RefCell};
use uuid::Uuid;
use wasm_bindgen::JsCast;
use worker::js_sys::Reflect;
use worker::worker_sys::types::D1Database;
use worker::{Env, console_error};

/// The events that a request leaves to be sent.
#[derive(Default)]
pub(super) struct Outgoing {
    /// Those that it has put into the outbox.
    pub(super) told: Vec<DueEvent>,
    /// The organization some of whose earlier events are due again.
    pub(super) replayed: Option<Tenant>,
}

/// The databases behind one request.
pub(super) struct EdgeStore<'a> {
    env: &'a Env,
    timer: &'a Timer,
    usage: Cell<Usage>,
    /// The bookmark that the caller sent: the latest state that they have seen.
    sent_bookmark: Option<String>,
    /// The latest state that this request has seen.
    bookmark: RefCell<Option<String>>,
    /// The events that this request has put into the outbox.
    told: RefCell<Vec<DueEvent>>,
    /// The organization some of whose earlier events are due again.
    replayed: RefCell<Option<Tenant>>,
}

impl Outgoing {
    /// Returns true if there is nothing to send.
    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty() && self.replayed.is_none()
    }
}

impl<'a> EdgeStore<'a> {
    pub(super) fn new(env: &'a Env, timer: &'a Timer, sent_bookmark: Option<String>) -> Self {
        Self {
            env,
            timer,
            usage: Cell::default(),
            sent_bookmark,
            bookmark: RefCell::default(),
            told: RefCell::default(),
            replayed: RefCell::default(),
        }
    }

    /// Returns the state of the database that this request has seen, if it used D1.
    pub(super) fn into_bookmark(self) -> Option<String> {
        self.bookmark.into_inner()
    }

    /// Returns the D1 usage of this request so far.
    pub(super) fn usage(&self) -> Usage {
        self.usage.get()
    }

    /// Takes what this request leaves to send behind its response.
    pub(super) fn take_outgoing(&self) -> Outgoing {
        Outgoing {
            told: self.told.take(),
            replayed: self.replayed.take(),
        }
    }

    /// Notes that earlier events of the organization are due again.
    pub(super) fn replayed(&self, tenant: &Tenant) {
        self.replayed.replace(Some(tenant.clone()));
    }

    /// Runs `batch` on the tenant's database, as one transaction.
    pub(super) async fn run(
        &self,
        tenant: &Tenant,
        batch: Batch,
    ) -> Result<Vec<StatementResult>, StorageError> {
        let database = database(self.env, &tenant.db)?;
        let telling = batch.place_of_telling();
        let seen = self.bookmark.borrow().clone();
        let bookmark = seen.as_deref().or(self.sent_bookmark.as_deref());
        let call = batch.run(&database, bookmark.unwrap_or(bookmark::PRIMARY));
        let response = self.timer.within(STORAGE_TIMEOUT_MS, call).await;
        let response = response.map_err(|cause| failed(&cause))??;
        let mut results = response.read()?;
        self.bookmark.replace(response.bookmark);
        self.usage.set(self.usage.get().plus(Usage::of(&results)));
        if let Some(told) = Batch::take_told(telling, &mut results) {
            // The transaction is done. A sweep finds what cannot be read here.
            match outbox::due_events(tenant, &told) {
                Ok(told) => self.told.borrow_mut().extend(told),
                Err(StorageError(cause)) => console_error!("webhooks: {cause}"),
            }
        }
        Ok(results)
    }

    /// Runs a step of a removal.
    async fn delete(&self, tenant: &Tenant, batch: Batch) -> Result<Deleted, StorageError> {
        let deleted = removal::deleted(&self.run(tenant, batch).await?)?;
        if deleted == Deleted::InPart {
            pause().await;
        }
        Ok(deleted)
    }
}

/// Returns the database with this binding.
pub(super) fn database(env: &Env, db: &str) -> Result<D1Database, StorageError> {
    let database = Reflect::get(env, &db.into());
    let database = database.ok().filter(|binding| !binding.is_undefined());
    let database = database.ok_or_else(|| failed(&format!("there is no binding {db}")))?;
    Ok(database.unchecked_into())
}

/// Returns the quotas of `wrangler.toml`, which are the same for an isolate's whole life.
fn quotas(env: &Env) -> Quotas {
    thread_local! {
        static QUOTAS: OnceCell<Quotas> = const { OnceCell::new() };
    }
    let read = || {
        let setting = |name: &str| Reflect::get(env, &name.into()).ok()?.as_string();
        let (quotas, problems) = Quotas::read(setting);
        for problem in problems {
            console_error!("{problem}");
        }
        quotas
    };
    QUOTAS.with(|quotas| *quotas.get_or_init(read))
}

impl Store for EdgeStore<'_> {
    async fn create_session(
        &self,
        tenant: &Tenant,
        command: &CreateSession,
    ) -> Result<Created, TokenError> {
        let batch = create::create_session(&tenant.organization, command, &quotas(self.env));
        match self.run(tenant, batch).await {
            Err(error) if contacts::is_too_large(&error) => Ok(Created::ContactTooLarge),
            Err(error) if create::is_over_quota(&error) => Ok(Created::QuotaExceeded),
            results => create::created(command, &results?),
        }
    }

    async fn authenticate_contact(
        &self,
        tenant: &Tenant,
        command: &AuthenticateContact,
    ) -> Result<Option<ContactSubject>, StorageError> {
        let batch = contacts::authenticate_contact(&tenant.organization, command);
        match self.run(tenant, batch).await {
            Err(error) if contacts::is_too_large(&error) => Ok(None),
            results => contacts::authenticated(&results?).map(Some),
        }
    }

    async fn revoke_tokens(
        &self,
        tenant: &Tenant,
        id: Uuid,
        now_ms: u64,
    ) -> Result<bool, StorageError> {
        let batch = tokens::revoke_tokens(&tenant.organization, id, now_ms);
        tokens::revoked(&self.run(tenant, batch).await?)
    }

    async fn find_contact(
        &self,
        tenant: &Tenant,
        identity: &str,
    ) -> Result<Option<ContactRecord>, StorageError> {
        let batch = contacts::find_contact(&tenant.organization, identity);
        contacts::found_contact(&self.run(tenant, batch).await?)
    }

    async fn revoke_agent_tokens(
        &self,
        tenant: &Tenant,
        agent_id: &str,
        now_ms: u64,
    ) -> Result<(), StorageError> {
        let batch = tokens::revoke_agent_tokens(&tenant.organization, agent_id, now_ms);
        self.run(tenant, batch).await?;
        Ok(())
    }

    async fn export_contact(
        &self,
        tenant: &Tenant,
        command: &ExportContact,
    ) -> Result<Option<ContactExport>, StorageError> {
        let batch = contacts::export_contact(&tenant.organization, command);
        contacts::exported(command, &self.run(tenant, batch).await?)
    }

    async fn delete_contact(
        &self,
        tenant: &Tenant,
        id: Uuid,
        step: RemovalStep,
    ) -> Result<Deleted, StorageError> {
        let batch = removal::delete_contact(&tenant.organization, id, step);
        self.delete(tenant, batch).await
    }

    async fn delete_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
        step: RemovalStep,
    ) -> Result<Deleted, StorageError> {
        let batch = removal::delete_session(&tenant.organization, id, step);
        self.delete(tenant, batch).await
    }

    async fn update_session(
        &self,
        tenant: &Tenant,
        command: &UpdateSession,
    ) -> Result<Updated, TokenError> {
        let batch = sessions::update_session(&tenant.organization, command);
        sessions::updated(command, &self.run(tenant, batch).await?)
    }

    async fn send_message(
        &self,
        tenant: &Tenant,
        command: &SendMessage,
    ) -> Result<Sent, TokenError> {
        let batch = log::send_message(&tenant.organization, command);
        match self.run(tenant, batch).await {
            Err(error) if contacts::is_too_large(&error) => Ok(Sent::ContactTooLarge),
            results => log::sent(command, &results?),
        }
    }

    async fn add_note(&self, tenant: &Tenant, command: &AddNote) -> Result<Noted, TokenError> {
        let batch = log_changes::add_note(&tenant.organization, command);
        log_changes::noted(command, &self.run(tenant, batch).await?)
    }

    async fn continue_session(
        &self,
        tenant: &Tenant,
        command: &ContinueSession,
    ) -> Result<Option<Uuid>, StorageError> {
        let batch = log::continue_session(&tenant.organization, command);
        log::continued(&self.run(tenant, batch).await?)
    }

    async fn mark_read(
        &self,
        tenant: &Tenant,
        command: &MarkRead,
    ) -> Result<Option<Session>, TokenError> {
        let batch = log_changes::mark_read(&tenant.organization, command);
        log_changes::marked(command, &self.run(tenant, batch).await?)
    }

    async fn redact_message(
        &self,
        tenant: &Tenant,
        command: &RedactMessage,
    ) -> Result<Redacted, StorageError> {
        let batch = log_changes::redact_message(&tenant.organization, command);
        log_changes::redacted(&self.run(tenant, batch).await?)
    }

    async fn read_log(
        &self,
        tenant: &Tenant,
        command: &ReadLog,
    ) -> Result<Option<LogPage>, TokenError> {
        let batch = log::read_log(&tenant.organization, command);
        log::page(command, &self.run(tenant, batch).await?)
    }

    async fn list_sessions(
        &self,
        tenant: &Tenant,
        command: &ListSessions,
    ) -> Result<SessionPage, TokenError> {
        let list = SessionList {
            organization: &tenant.organization,
            command,
        };
        let results = self.run(tenant, list.first_batch()).await?;
        match list.read_first(&results)? {
            FirstPart::Page(page) => Ok(page),
            FirstPart::Beginning(sessions) => {
                let results = self.run(tenant, list.second_batch()).await?;
                Ok(list.read_second(sessions, &results)?)
            }
        }
    }

    async fn check_token(
        &self,
        tenant: &Tenant,
        subject: Option<&TokenSubject>,
    ) -> Result<(), TokenError> {
        if let Some(TokenSubject::Visitor(_)) | None = subject {
            return Ok(());
        }
        let batch = tokens::check_token(&tenant.organization, subject);
        tokens::checked(&self.run(tenant, batch).await?, subject)?;
        Ok(())
    }

    async fn find_session(
        &self,
        tenant: &Tenant,
        id: Uuid,
        subject: Option<&TokenSubject>,
    ) -> Result<Option<Session>, TokenError> {
        let batch = sessions::find_session(&tenant.organization, id, subject);
        sessions::found_session(&self.run(tenant, batch).await?, subject)
    }
}
