//! Time-outs: no request waits forever.

use crate::edge::convert::now_ms;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Poll, ready};
use std::time::Duration;
use worker::Delay;

/// Time-out of a call to D1 or KV: far more than one ever needs, and soon enough for
/// the caller to retry.
pub(super) const STORAGE_TIMEOUT_MS: u64 = 5000;

/// The interval in which a request looks for time-outs.
const TICK_MS: u64 = 500;

/// Lets other requests go first, between two batches of a long task. Where the database
/// is on the same machine, one batch after the other would keep them from being read.
pub(super) async fn pause() {
    const PAUSE_MS: u64 = 1;
    Delay::from(Duration::from_millis(PAUSE_MS)).await;
}

/// The timer of one request, which serves its time-outs one after the other: each
/// `setTimeout` costs a create about 4 µs of CPU.
#[derive(Default)]
pub(super) struct Timer(RefCell<Option<Pin<Box<Delay>>>>);

impl Timer {
    /// Waits for `call`, but not much longer than `timeout_ms`.
    ///
    /// # Errors
    /// A message for the log, when it took longer.
    pub(super) async fn within<T>(
        &self,
        timeout_ms: u64,
        call: impl Future<Output = T>,
    ) -> Result<T, String> {
        let mut call = pin!(call);
        let deadline_ms = now_ms().saturating_add(timeout_ms);
        poll_fn(|context| {
            if let Poll::Ready(result) = call.as_mut().poll(context) {
                return Poll::Ready(Ok(result));
            }
            let mut delay = self.0.borrow_mut();
            let mut left_ms = timeout_ms.min(TICK_MS);
            loop {
                let tick = delay
                    .get_or_insert_with(|| Box::pin(Delay::from(Duration::from_millis(left_ms))));
                ready!(tick.as_mut().poll(context));
                *delay = None;
                left_ms = deadline_ms.saturating_sub(now_ms());
                if left_ms == 0 {
                    return Poll::Ready(Err(format!("no answer within {timeout_ms} ms")));
                }
            }
        })
        .await
    }
}
