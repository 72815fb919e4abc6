//! A contact in memory, with the rules of verified and unverified writes.

use chat_sessions::domain::attributes::Attributes;
use chat_sessions::domain::contact::{Contact, ContactDraft};
use chat_sessions::domain::limits::{
    NON_VERIFIED_ATTRIBUTES_MAX_BYTES, VERIFIED_ATTRIBUTES_MAX_BYTES,
};
use chat_sessions::domain::phone_number::PhoneNumber;
use chat_sessions::storage::contacts::ContactRecord;
use uuid::Uuid;

/// A contact, with its verified and its unverified data.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StoredContact {
    pub(crate) id: Uuid,
    pub(crate) identity: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) custom_data: Attributes,
    pub(crate) non_verified_name: Option<String>,
    pub(crate) non_verified_phone_number: Option<String>,
    pub(crate) non_verified_custom_data: Attributes,
    pub(crate) avatar_url: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) verified_at_ms: Option<u64>,
    pub(crate) token_epoch: u64,
    pub(crate) created_at_ms: u64,
    pub(crate) updated_at_ms: u64,
}

impl StoredContact {
    /// Returns a contact with the draft's identity only, in its own field.
    pub(crate) fn new(id: Uuid, draft: &ContactDraft, now_ms: u64) -> Self {
        Self {
            id,
            identity: draft.identity(),
            email: draft.email.as_ref().map(|email| email.as_str().to_owned()),
            phone_number: draft
                .phone_number
                .as_ref()
                .filter(|_| draft.is_identified_by_phone_number())
                .map(|phone_number| phone_number.as_str().to_owned()),
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            ..Self::default()
        }
    }

    /// Returns true if the draft's attributes would exceed the limit of verified ones.
    pub(crate) fn would_be_too_large(&self, draft: &ContactDraft) -> bool {
        let mut merged = self.custom_data.clone();
        merged.merge(draft.custom_data.clone());
        merged.to_json().len() > VERIFIED_ATTRIBUTES_MAX_BYTES as usize
    }

    /// Writes name, phone number and attributes to the verified data or to the unverified
    /// data, never to both.
    pub(crate) fn write(&mut self, draft: &ContactDraft, verified: bool, now_ms: u64) {
        let before = self.clone();
        let sent = draft.phone_number.as_ref();
        let is_known = |sent: &PhoneNumber| {
            let identity = sent.identity();
            (identity.is_some() && identity == self.identity)
                || self.phone_number.as_deref() == Some(sent.as_str())
        };
        let is_known = sent.is_some_and(is_known);
        let (name, phone_number, custom_data) = if verified {
            (
                &mut self.name,
                &mut self.phone_number,
                &mut self.custom_data,
            )
        } else {
            (
                &mut self.non_verified_name,
                &mut self.non_verified_phone_number,
                &mut self.non_verified_custom_data,
            )
        };
        if draft.name.is_some() {
            name.clone_from(&draft.name);
        }
        if let Some(sent) = sent.filter(|_| verified || !is_known) {
            *phone_number = Some(sent.as_str().to_owned());
        }
        custom_data.merge(draft.custom_data.clone());
        let is_large = custom_data.to_json().len() > NON_VERIFIED_ATTRIBUTES_MAX_BYTES as usize;
        if !verified && is_large && !draft.custom_data.is_empty() {
            custom_data.clone_from(&draft.custom_data);
        }
        if verified && self.verified_at_ms.is_none() {
            self.verified_at_ms = Some(now_ms);
        }
        if *self != before {
            self.updated_at_ms = now_ms;
        }
    }

    /// Returns all of the contact.
    pub(crate) fn to_record(&self) -> ContactRecord {
        ContactRecord {
            contact: self.to_contact(),
            avatar_url: self.avatar_url.clone(),
            language: self.language.clone(),
            verified_at_ms: self.verified_at_ms,
            created_at_ms: self.created_at_ms,
            updated_at_ms: self.updated_at_ms,
        }
    }

    /// Returns the contact as sessions show it.
    pub(crate) fn to_contact(&self) -> Contact {
        Contact {
            id: self.id,
            email: self.email.clone(),
            phone_number: self.phone_number.clone(),
            name: self.name.clone(),
            custom_data: self.custom_data.to_json(),
            non_verified_name: self.non_verified_name.clone(),
            non_verified_phone_number: self.non_verified_phone_number.clone(),
            non_verified_custom_data: self.non_verified_custom_data.to_json(),
        }
    }
}
