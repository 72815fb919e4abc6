//! The endpoints that remove a session, or a person with theirs.

use super::Call;
use super::changes::ChangeKind;
use super::response::Response;
use crate::access::AccessServices;
use crate::domain::id::parse_uuid;
use crate::error::Error;
use crate::storage::contacts::{Deleted, RemovalStep};
use crate::storage::{StorageError, Store};

/// Steps of one request: 100,000 sessions without a message, or 200,000 entries. More take
/// another request.
const STEPS_MAX: u32 = 200;

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `DELETE /chat/sessions/{session_id}`
    pub(super) async fn delete_session(&self, id: &str) -> Result<Response, Error> {
        let id = parse_uuid(id).ok_or(Error::SessionNotFound)?;
        let tenant = self.principal.tenant();
        let step = self.removal_step();
        let step = async || self.store.delete_session(tenant, id, step).await;
        let response = remove(step, Error::SessionNotFound).await?;
        self.tell(id, ChangeKind::Deleted);
        Ok(response)
    }

    /// `DELETE /contacts/{contact_id}`
    pub(super) async fn delete_contact(&self, id: &str) -> Result<Response, Error> {
        let id = parse_uuid(id).ok_or(Error::ContactNotFound)?;
        let tenant = self.principal.tenant();
        let step = self.removal_step();
        let step = async || self.store.delete_contact(tenant, id, step).await;
        remove(step, Error::ContactNotFound).await
    }

    /// Returns one step of a removal: the database is busy with it for some 20 ms, and
    /// serves other callers before the next one.
    fn removal_step(&self) -> RemovalStep {
        RemovalStep {
            sessions: 500,
            entries: 1000,
            now_ms: self.context.now_ms,
        }
    }
}

/// Repeats `step` until nothing is left.
async fn remove(
    step: impl AsyncFn() -> Result<Deleted, StorageError>,
    not_found: Error,
) -> Result<Response, Error> {
    for index in 0..STEPS_MAX {
        match step().await? {
            Deleted::InPart => {}
            // Another request has removed the rest.
            Deleted::NotFound if index > 0 => return Ok(Response::empty(204)),
            Deleted::NotFound => return Err(not_found),
            Deleted::Whole => return Ok(Response::empty(204)),
        }
    }
    Err(Error::DeletionUnfinished)
}
