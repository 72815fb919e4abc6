//! The context of one request: its time and randomness, read once, as values.

use crate::domain::id::uuid_v7;
use crate::domain::webhook_secret::WebhookSecret;
use uuid::{Builder, Uuid};

/// The time and randomness of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestContext {
    /// The time, in Unix milliseconds.
    pub now_ms: u64,
    /// Cryptographically random bytes; each id uses its own.
    pub random: [u8; Self::RANDOM_BYTES],
}

impl RequestContext {
    /// Random bytes of one request.
    pub const RANDOM_BYTES: usize = 98;

    /// Returns the context of the same request at a later time.
    pub(crate) fn at(&self, now_ms: u64) -> Self {
        Self {
            now_ms,
            random: self.random,
        }
    }

    /// Returns the id of this request, a UUIDv4.
    #[must_use]
    pub fn request_id(&self) -> Uuid {
        Builder::from_random_bytes(self.random_at::<16>(0)).into_uuid()
    }

    /// Returns the id for a session created by this request.
    #[must_use]
    pub fn session_id(&self) -> Uuid {
        uuid_v7(self.now_ms, self.random_at::<10>(16))
    }

    /// Returns the id for a token signed by this request, which creates no session.
    #[must_use]
    pub fn token_id(&self) -> Uuid {
        self.session_id()
    }

    /// Returns the id for a webhook created by this request, which creates no session.
    #[must_use]
    pub fn webhook_id(&self) -> Uuid {
        self.session_id()
    }

    /// Returns the secret for a webhook.
    #[must_use]
    pub fn webhook_secret(&self) -> WebhookSecret {
        WebhookSecret::new(self.random_at(66))
    }

    /// Returns the id for a contact created by this request.
    #[must_use]
    pub fn contact_id(&self) -> Uuid {
        uuid_v7(self.now_ms, self.random_at::<10>(26))
    }

    /// Returns the id for a visitor whose token is signed by this request, which creates
    /// no contact.
    #[must_use]
    pub fn visitor_id(&self) -> Uuid {
        self.contact_id()
    }

    /// Returns the id for an agent that has none at the customer's.
    #[must_use]
    pub fn agent_id(&self) -> Uuid {
        self.contact_id()
    }

    /// Returns the id for a message sent by this request that has none of its own.
    #[must_use]
    pub fn message_id(&self) -> Uuid {
        uuid_v7(self.now_ms, self.random_at::<10>(36))
    }

    /// Returns ids for the entries that this request may put before its own.
    #[must_use]
    pub fn entry_ids(&self) -> [Uuid; 2] {
        [46, 56].map(|start| uuid_v7(self.now_ms, self.random_at::<10>(start)))
    }

    fn random_at<const N: usize>(&self, start: usize) -> [u8; N] {
        let mut bytes = [0; N];
        for (byte, random) in bytes.iter_mut().zip(self.random.iter().skip(start)) {
            *byte = *random;
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::RequestContext;

    #[test]
    fn ids_share_no_random_byte() {
        let ids = |random| {
            let context = RequestContext {
                now_ms: 1_750_000_000_000,
                random,
            };
            let [before, between] = context.entry_ids();
            [
                context.request_id().to_string(),
                context.session_id().to_string(),
                context.contact_id().to_string(),
                context.message_id().to_string(),
                before.to_string(),
                between.to_string(),
                context.webhook_secret().as_str().to_owned(),
            ]
        };
        let without = ids([0; RequestContext::RANDOM_BYTES]);
        let mut counts = [0; 7];
        for index in 0..RequestContext::RANDOM_BYTES {
            let mut random = [0; RequestContext::RANDOM_BYTES];
            random[index] = 0xff;
            let changed: Vec<usize> = (0..7)
                .filter(|id| ids(random)[*id] != without[*id])
                .collect();
            assert_eq!(changed.len(), 1, "byte {index} is in the ids {changed:?}");
            counts[changed[0]] += 1;
        }
        assert_eq!(counts, [16, 10, 10, 10, 10, 10, 32]);
    }
}
