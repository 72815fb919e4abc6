//! A handler as JavaScript runs it (`main.js`): up to where it waits for a promise,
//! and on from there once that has settled.
//!
//! So a wait costs a promise's `then` and one call. `wasm_bindgen_futures` makes and
//! drops two closures for each, and queues a microtask of its own.

use js_sys::Promise;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

thread_local! {
    /// What the task that runs waits for, until that is handed out.
    static AWAITED: RefCell<Option<Promise>> = const { RefCell::new(None) };
    /// How long that may take, in milliseconds.
    static PATIENCE_MS: Cell<f64> = const { Cell::new(f64::INFINITY) };
    /// What it came to, until that is picked up.
    static SETTLED: RefCell<Option<Result<JsValue, JsValue>>> = const { RefCell::new(None) };
}

/// A handler that has been begun.
#[wasm_bindgen]
pub struct Task(Pin<Box<dyn Future<Output = JsValue>>>);

impl Task {
    /// Begins a handler; nothing of it runs yet.
    pub(super) fn new(handler: impl Future<Output = JsValue> + 'static) -> Self {
        Self(Box::pin(handler))
    }
}

#[wasm_bindgen]
impl Task {
    /// Goes on with what was waited for; gives the promise to wait for next, or
    /// what the handler came to, which is none.
    pub fn advance(&mut self, settled: JsValue, is_rejected: bool) -> JsValue {
        let settled = if is_rejected {
            Err(settled)
        } else {
            Ok(settled)
        };
        SETTLED.set(Some(settled));
        let mut context = Context::from_waker(Waker::noop());
        match self.0.as_mut().poll(&mut context) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => AWAITED.take().into(),
        }
    }
}

/// How long the promise that was just handed out may take, in milliseconds.
#[wasm_bindgen(js_name = patienceMs)]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn patience_ms() -> f64 {
    PATIENCE_MS.get()
}

/// What a promise comes to; an error when that takes longer than `patience_ms`.
/// What the promise stands for goes on all the same.
pub(super) async fn settled(promise: Promise, patience_ms: f64) -> Result<JsValue, JsValue> {
    AWAITED.set(Some(promise));
    PATIENCE_MS.set(patience_ms);
    let mut is_handed_out = false;
    poll_fn(|_| {
        if is_handed_out {
            Poll::Ready(SETTLED.take().unwrap_or(Ok(JsValue::UNDEFINED)))
        } else {
            is_handed_out = true;
            Poll::Pending
        }
    })
    .await
}
