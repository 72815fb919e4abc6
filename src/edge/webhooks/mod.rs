//! Delivery of events: the first try behind the response, later ones through the queue.
//!
//! The outbox in D1 says what is to be sent and when. A message of the queue only names an
//! event and the time when it is due, so one that is lost, late or doubled changes nothing:
//! a sweep finds what nobody has taken in time.

mod attempt;
mod sweep;

use super::convert::now_ms;
use super::store::{Outgoing, database};
use super::timer::{STORAGE_TIMEOUT_MS, Timer};
use crate::api::webhook_events::event_body;
use crate::domain::delivery::Try;
use crate::domain::tenant::Tenant;
use crate::error::Error;
use crate::storage::StorageError;
use crate::storage::d1::batch::{Batch, StatementResult, failed};
use crate::storage::d1::{bookmark, outbox};
use crate::storage::webhooks::{DueEvent, EventKind, OutgoingEvent};
use attempt::attempt;
use futures_util::future::{join_all, join3};
pub(super) use sweep::{delete_old, sweep_all};
use worker::js_sys::{Math, Reflect};
use worker::{Context, Env, MessageBatch, MessageBuilder, MessageExt, console_error};

/// The binding of the queue.
const QUEUE: &str = "WEBHOOKS";

/// The most first tries of one request: the platform opens six connections for it, and a
/// receiver that hangs keeps one. The queue makes the others, at once.
pub(super) const FIRST_TRIES_MAX: usize = 4;

/// Returns true if `WEBHOOKS_ALLOW_LOCAL` says that webhooks may lead to this machine.
pub(super) fn allows_local(env: &Env) -> bool {
    let setting = Reflect::get(env, &"WEBHOOKS_ALLOW_LOCAL".into()).ok();
    setting.and_then(|setting| setting.as_string()).as_deref() == Some("true")
}

/// Sends events for the first time, `tries_max` at most, and passes the others to the queue.
/// Looks for earlier ones of their organization that were lost.
pub(super) async fn send_first(env: Env, outgoing: Outgoing, tries_max: usize) {
    let Outgoing { mut told, replayed } = outgoing;
    let tenant = told.first().map(|event| event.tenant.clone());
    let tenant = replayed.or(tenant);
    let others = told.split_off(told.len().min(tries_max));
    let passed_on = async {
        if !others.is_empty() {
            report(sweep::pass_on(&env, others).await);
        }
    };
    let tries = told.into_iter().map(|event| {
        let delivery = Delivery::new(env.clone(), event);
        async move { report(delivery.begin().await) }
    });
    let swept = async {
        if let Some(tenant) = tenant {
            report(sweep::sweep(&env, &tenant).await.map(drop));
        }
    };
    join3(join_all(tries), passed_on, swept).await;
}

/// Takes the events of a batch of the queue, and makes the tries behind it: no message
/// waits for the endpoint of another one. What has been tried makes room for others of its
/// organization in the queue.
pub(super) async fn consume(batch: &MessageBatch<DueEvent>, env: &Env, context: &Context) {
    let messages = batch.iter().filter_map(|message| match message {
        Ok(message) => Some(message),
        Err(error) => {
            console_error!("a message of the queue was dropped: {error}");
            None
        }
    });
    let taken = join_all(messages.map(|message| async move {
        let mut delivery = Delivery::new(env.clone(), message.body().clone());
        let outgoing = delivery.take().await.unwrap_or_else(|error| {
            report(Err(error));
            message.retry();
            None
        });
        (delivery, outgoing)
    }));
    let mut of_tenants: Vec<(Tenant, Vec<_>)> = Vec::new();
    for (delivery, outgoing) in taken.await {
        let tenant = &delivery.event.tenant;
        match of_tenants.iter_mut().find(|(other, _)| other == tenant) {
            Some((_, deliveries)) => deliveries.push((delivery, outgoing)),
            None => of_tenants.push((tenant.clone(), vec![(delivery, outgoing)])),
        }
    }
    for (tenant, deliveries) in of_tenants {
        let env = env.clone();
        context.wait_until(async move {
            let tries = deliveries.iter().map(|(delivery, outgoing)| async move {
                if let Some(outgoing) = outgoing {
                    report(delivery.finish(outgoing).await);
                }
            });
            join_all(tries).await;
            report(sweep::sweep(&env, &tenant).await.map(drop));
        });
    }
}

/// One event that is to be sent to one endpoint.
struct Delivery {
    env: Env,
    timer: Timer,
    event: DueEvent,
}

impl Delivery {
    fn new(env: Env, event: DueEvent) -> Self {
        let timer = Timer::default();
        Self { env, timer, event }
    }

    /// Makes the first try. Who has put the event into the outbox has taken it.
    async fn begin(&self) -> Result<(), StorageError> {
        let mut batch = Batch::default();
        outbox::push_find(&mut batch, &self.event);
        let results = self.run(batch).await?;
        match outbox::found(&results, now_ms())? {
            Some(outgoing) => self.finish(&outgoing).await,
            None => Ok(()),
        }
    }

    /// Takes the event; `None` if somebody else has.
    async fn take(&mut self) -> Result<Option<OutgoingEvent>, StorageError> {
        let mut batch = outbox::take(&mut self.event, now_ms());
        outbox::push_find(&mut batch, &self.event);
        let results = self.run(batch).await?;
        if outbox::is_taken(&results) {
            outbox::found(&results, now_ms())
        } else {
            Ok(None)
        }
    }

    /// Makes a try of an event that was taken, and stores it.
    async fn finish(&self, outgoing: &OutgoingEvent) -> Result<(), StorageError> {
        let made = self.attempt(outgoing).await;
        let is_made = u32::from(made.is_some());
        let tries = outgoing.tries.saturating_add(is_made);
        let next_ms = made
            .as_ref()
            .filter(|_| outgoing.kind != EventKind::Test)
            .and_then(|made| made.next_ms(tries, random()));
        let batch = outbox::settle(&self.event, outgoing, tries, made.as_ref(), next_ms);
        self.run(batch).await?;
        if let Some(next_ms) = next_ms {
            self.send_later(next_ms).await;
        }
        Ok(())
    }

    /// Makes a try; `None` if there is nothing to send, or nobody to send it to.
    async fn attempt(&self, outgoing: &OutgoingEvent) -> Option<Try> {
        let is_wanted = outgoing.is_enabled || outgoing.kind == EventKind::Test;
        if !is_wanted || outgoing.secrets.is_empty() {
            return None;
        }
        match event_body(&self.event, outgoing) {
            Ok(Some(body)) => {
                let allows_local = allows_local(&self.env);
                Some(attempt(&self.event, outgoing, &body, allows_local).await)
            }
            Ok(None) => None,
            Err(error) => {
                console_error!("an event was not sent: {}", cause(&error));
                None
            }
        }
    }

    /// Asks the queue for the next try. A sweep does it if the queue does not.
    async fn send_later(&self, due_ms: u64) {
        let mut event = self.event.clone();
        event.due_ms = due_ms;
        let delay_s = due_ms.saturating_sub(now_ms()).div_ceil(1000);
        let delay_s = u32::try_from(delay_s).unwrap_or(u32::MAX);
        let message = MessageBuilder::new(event).delay_seconds(delay_s).build();
        let sent = async { self.env.queue(QUEUE)?.send(message).await };
        let sent = self.timer.within(STORAGE_TIMEOUT_MS, sent).await;
        let sent = sent.and_then(|sent| sent.map_err(|error| error.to_string()));
        if let Err(cause) = sent {
            console_error!("the queue did not take an event: {cause}");
        }
    }

    async fn run(&self, batch: Batch) -> Result<Vec<StatementResult>, StorageError> {
        run(&self.env, &self.event.tenant.db, &self.timer, batch).await
    }
}

/// Runs a batch on one database of the deployment.
async fn run(
    env: &Env,
    db: &str,
    timer: &Timer,
    batch: Batch,
) -> Result<Vec<StatementResult>, StorageError> {
    let database = database(env, db)?;
    let call = batch.run(&database, bookmark::PRIMARY);
    let response = timer.within(STORAGE_TIMEOUT_MS, call).await;
    response.map_err(|cause| failed(&cause))??.read()
}

/// Returns a random byte, which spreads tries.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to below 256"
)]
fn random() -> u8 {
    (Math::random() * 256.0) as u8
}

fn report(result: Result<(), StorageError>) {
    if let Err(StorageError(cause)) = result {
        console_error!("webhooks: {cause}");
    }
}

fn cause(error: &Error) -> &str {
    error.cause().unwrap_or_default()
}
