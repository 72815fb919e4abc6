//! Permissions of a valid credential.

use crate::credential::{KeyKind, KeyRecord, PresentedKey, Tenant};
use crate::error::Error;
use crate::origin::is_listed;
use crate::token::ContactToken;
use std::borrow::Cow;
use strum::VariantArray;
use uuid::Uuid;

/// An action that a credential may or may not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Action {
    /// `POST /chat/sessions`
    CreateSession,
    /// `GET /chat/sessions/{id}`
    ReadSession,
    /// `GET /chat/sessions`
    ListSessions,
    /// `PATCH /chat/sessions/{id}`
    UpdateSession,
    /// `GET /contacts/{id}/export`
    ExportContact,
    /// `DELETE /contacts/{id}`
    DeleteContact,
    /// `POST /widget/authenticate-user`
    AuthenticateUser,
}

impl Action {
    /// Returns true if its request has a body.
    pub(crate) fn has_body(self) -> bool {
        matches!(
            self,
            Self::CreateSession | Self::UpdateSession | Self::AuthenticateUser
        )
    }
}

/// The holder of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The organization's own server, whose claims are trusted.
    Organization,
    /// Any visitor of one of its pages.
    Visitor,
    /// One of its contacts.
    Contact(Uuid),
}

impl Holder {
    /// Returns true if the holder may do this.
    pub(crate) fn may(self, action: Action) -> bool {
        match self {
            Self::Organization => true,
            Self::Visitor => action == Action::CreateSession,
            Self::Contact(_) => matches!(
                action,
                Action::CreateSession | Action::ReadSession | Action::ListSessions
            ),
        }
    }
}

/// Proof that a request is authorized. Only the two checks construct one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    tenant: Tenant,
    holder: Holder,
}

impl Grant {
    /// Decides whether a key may do `action` from `origin`.
    ///
    /// `record` is the stored record of the key, `origin` the request's `Origin`
    /// header.
    ///
    /// # Errors
    /// In this order: [`Error::InvalidToken`] without a matching record,
    /// [`Error::SecretKeyInBrowser`], [`Error::InsufficientScope`],
    /// [`Error::OriginNotAllowed`].
    ///
    /// # Example
    /// ```
    /// use chat_sessions::credential::{KeyKind, KeyRecord, Presented, Tenant};
    /// use chat_sessions::error::Error;
    /// use chat_sessions::grant::{Action, Grant};
    ///
    /// let header = format!("Bearer pk_{}", "0".repeat(64));
    /// let Presented::Key(presented) = Presented::parse(Some(&header))? else { panic!("no key") };
    /// let record = KeyRecord {
    ///     tenant: Tenant { organization: "acme".to_owned(), db: "DB".to_owned() },
    ///     kind: KeyKind::Publishable,
    ///     origins: vec!["https://a.example".to_owned()],
    /// };
    /// let from = |origin, record| {
    ///     Grant::check_key(&presented, Some(record), Action::CreateSession, origin)
    /// };
    /// assert!(from(Some("https://a.example"), record.clone()).is_ok());
    /// assert_eq!(from(None, record.clone()), Err(Error::OriginNotAllowed));
    ///
    /// let of_another_kind = KeyRecord { kind: KeyKind::Secret, ..record };
    /// assert_eq!(from(None, of_another_kind), Err(Error::InvalidToken));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn check_key(
        presented: &PresentedKey,
        record: Option<KeyRecord>,
        action: Action,
        origin: Option<&str>,
    ) -> Result<Self, Error> {
        let record = record
            .filter(|record| record.kind == presented.kind)
            .ok_or(Error::InvalidToken)?;
        let holder = match record.kind {
            KeyKind::Secret => Holder::Organization,
            KeyKind::Publishable => Holder::Visitor,
        };
        if holder == Holder::Organization && origin.is_some() {
            return Err(Error::SecretKeyInBrowser);
        }
        if !holder.may(action) {
            return Err(Error::InsufficientScope);
        }
        let is_allowed = |origin| is_listed(origin, &record.origins);
        if holder == Holder::Visitor && !origin.is_some_and(is_allowed) {
            return Err(Error::OriginNotAllowed);
        }
        Ok(Self {
            tenant: record.tenant,
            holder,
        })
    }

    /// Decides whether a contact token, already verified, may do `action`.
    ///
    /// A token works from any origin, and from none: it belongs to a person, not to a
    /// page.
    ///
    /// # Errors
    /// [`Error::InsufficientScope`].
    pub fn check_token(token: ContactToken, action: Action) -> Result<Self, Error> {
        let holder = Holder::Contact(token.contact_id);
        if !holder.may(action) {
            return Err(Error::InsufficientScope);
        }
        Ok(Self {
            tenant: token.tenant,
            holder,
        })
    }

    /// Returns the organization whose data this request may use.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Returns the holder of the credential.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.holder
    }

    /// Returns the name of the data that this credential can access.
    #[must_use]
    pub fn reach(&self) -> Cow<'static, str> {
        match self.holder {
            Holder::Organization => "secret".into(),
            Holder::Visitor => "publishable".into(),
            Holder::Contact(id) => ["contact:", &id.to_string()].concat().into(),
        }
    }
}
