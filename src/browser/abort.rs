//! The end of a call before its result: its time-out, or its caller's abort.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Promise, js_name = race)]
    fn race(values: &Array) -> Result<Promise, JsValue>;

    /// Returns a number in browsers, an object in Node.js.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, ms: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// The signal that ends a call. Every wait of the call ends with it, so that
/// nothing of an aborted call stays behind.
pub(super) struct Abort {
    pub(super) signal: Option<AbortSignal>,
    /// Resolves when the signal aborts.
    event: Option<Promise>,
}

impl Abort {
    /// Reads an `AbortSignal`; without one the call cannot be aborted.
    pub(super) fn new(signal: JsValue) -> Self {
        let signal: Option<AbortSignal> = signal.dyn_into().ok();
        let event = signal.as_ref().map(|signal| {
            Promise::new(&mut |resolve, _| {
                // Adding a listener to a signal does not fail.
                let _ = signal.add_event_listener_with_callback("abort", &resolve);
            })
        });
        Self { signal, event }
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.signal.as_ref().is_some_and(AbortSignal::aborted)
    }

    /// Awaits any value, as JavaScript's `await` does; an abort ends the wait.
    pub(super) async fn settle(&self, value: &JsValue) -> Result<JsValue, JsValue> {
        let values = Array::of1(value);
        if let Some(event) = &self.event {
            values.push(event);
        }
        let value = JsFuture::from(race(&values)?).await?;
        if self.is_aborted() {
            return Err(JsValue::UNDEFINED);
        }
        Ok(value)
    }

    /// Waits; an abort ends the wait.
    pub(super) async fn sleep(&self, ms: f64) {
        let mut timer = JsValue::UNDEFINED;
        let promise = Promise::new(&mut |resolve, _| timer = set_timeout(&resolve, ms));
        let _ = self.settle(&promise).await;
        // Node.js does not exit while a timer runs.
        clear_timeout(&timer);
    }
}
