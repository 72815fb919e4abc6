//! The creation and the lists of sessions in memory.

use super::organization::{Organization, StoredReservation, StoredSession};
use super::session_log::Log;
use chat_sessions::access::token::TokenSubject;
use chat_sessions::domain::entry::LogState;
use chat_sessions::domain::idempotency::Reservation;
use chat_sessions::domain::session::{Session, Status};
use chat_sessions::domain::session_cursor::{Cursor, Sort};
use chat_sessions::storage::TokenError;
use chat_sessions::storage::quota::Quotas;
use chat_sessions::storage::sessions::{
    CreateSession, Created, ListSessions, SessionContact, SessionPage,
};
use std::cmp::Reverse;

impl Organization {
    pub(super) fn create_session(
        &mut self,
        create: &CreateSession,
        quotas: &Quotas,
    ) -> Result<Created, TokenError> {
        self.check_token(create.subject.as_ref())?;
        let visitor_id = create.subject.as_ref().and_then(TokenSubject::visitor);

        if let Some(reservation) = &create.reservation
            && let Some(stored) = self.reservations.get(&reservation.key)
        {
            return Ok(if stored.request_hash == reservation.request_hash {
                Created::Replayed {
                    id: stored.session_id,
                    was_resumed: stored.is_resumed,
                }
            } else {
                Created::KeyReused
            });
        }
        // The quota fails the whole transaction.
        let is_over = self.is_over_quota(create, quotas);
        let before = is_over.then(|| self.clone());
        // A visitor who resumes leaves the contact as it is.
        let own = visitor_id.filter(|_| create.resume);
        let own = own.and_then(|_| self.open_session(None, create));
        let contact_id = match &create.contact {
            _ if own.is_some() => None,
            SessionContact::None => None,
            SessionContact::Described(draft) => {
                let verified = create.verified;
                if verified && self.would_be_too_large(draft) {
                    return Ok(Created::ContactTooLarge);
                }
                Some(self.upsert_contact(draft, verified, create.new_contact_id, create.now_ms))
            }
            SessionContact::Existing(id) | SessionContact::SelfReported(id, _) => {
                let Some(contact) = self.contact_mut(*id) else {
                    return Ok(Created::NoSuchContact);
                };
                if let SessionContact::SelfReported(_, draft) = &create.contact {
                    contact.write(draft, false, create.now_ms);
                }
                Some(*id)
            }
        };

        let open = create
            .resume
            .then(|| self.open_session(contact_id, create))
            .flatten();
        if let Some(Reservation { key, request_hash }) = create.reservation.clone() {
            let reservation = StoredReservation {
                request_hash,
                session_id: open.unwrap_or(create.session_id),
                is_resumed: open.is_some(),
            };
            self.reservations.insert(key, reservation);
        }
        if let Some(id) = open {
            return Ok(Created::Resumed(id));
        }
        if let Some(before) = before {
            *self = before;
            return Ok(Created::QuotaExceeded);
        }
        self.count(create);
        self.last_ticket_number += 1;
        let session = Session {
            id: create.session_id,
            status: Status::Open,
            channel: create.channel,
            verified: create.verified,
            ticket_number: self.last_ticket_number,
            created_at_ms: create.now_ms,
            updated_at_ms: create.now_ms,
            custom_data: create.custom_data.to_json(),
            log: LogState::default(),
            given_name: create.given_name().map(str::to_owned),
            contact: None,
        };
        self.sessions.insert(
            session.id,
            StoredSession {
                session,
                contact_id,
                visitor_id,
                log: Log::default(),
            },
        );
        Ok(Created::Stored)
    }

    pub(super) fn list_sessions(&self, list: &ListSessions) -> Result<SessionPage, TokenError> {
        let subject = list.subject.as_ref();
        self.check_token(subject)?;
        let is_listed = |stored: &&StoredSession| {
            let is_own = match subject {
                Some(TokenSubject::Contact(contact)) => {
                    stored.contact_id == Some(contact.contact_id) && stored.session.verified
                }
                Some(TokenSubject::Visitor(id)) => stored.visitor_id == Some(*id),
                Some(TokenSubject::Agent(_)) | None => true,
            };
            is_own && list.query.matches(&self.with_contact(stored))
        };
        let mut listed: Vec<_> = self.sessions.values().filter(is_listed).collect();
        let sort = list.query.sort;
        listed.sort_by_key(|stored| {
            let at_ms = stored.session.log.last_message_at_ms;
            let activity = at_ms.filter(|_| sort == Sort::Activity);
            Reverse((activity, stored.session.id))
        });
        let has_more = listed.len() > list.query.page_size;
        listed.truncate(list.query.page_size);
        let oldest = listed.last().filter(|_| has_more);
        Ok(SessionPage {
            next: oldest.and_then(|oldest| Cursor::behind(&oldest.session, sort)),
            sessions: listed
                .into_iter()
                .map(|stored| self.with_contact(stored))
                .collect(),
        })
    }
}
