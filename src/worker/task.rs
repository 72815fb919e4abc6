//! A handler as JavaScript runs it (`main.js`): up to where it asks something of the
//! platform, and on from there with what the platform said.
//!
//! So each wait is one text out and one in. No promise, closure or other object of
//! JavaScript's is ever held here.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::prelude::wasm_bindgen;

/// A handler that has begun. What it comes to is a text for `main.js`, as is what it
/// asks on the way.
type Task = Pin<Box<dyn Future<Output = String>>>;

thread_local! {
    /// The tasks that wait, in the order of the numbers that `main.js` gives them: each
    /// is above all before it. (A map is 2 KB of the Worker.)
    static WAITING: RefCell<Vec<(u32, Task)>> = const { RefCell::new(Vec::new()) };
    /// What the task that runs asks, until that is handed out.
    static QUESTION: Cell<String> = const { Cell::new(String::new()) };
    /// What the platform said to it, until that is picked up.
    static ANSWER: Cell<Answer> = const { Cell::new(Ok(Said::Nothing)) };
}

/// What the platform said, or what it failed with.
type Answer = Result<Said, String>;

/// What the platform can say.
pub(super) enum Said {
    /// That there is nothing.
    Nothing,
    /// A text.
    Text(String),
    /// A body.
    Bytes(Vec<u8>),
}

/// Begins a task; gives what it asks first, or what it came to.
pub(super) fn begin(number: u32, handler: impl Future<Output = String> + 'static) -> String {
    let mut task: Task = Box::pin(handler);
    poll(&mut task).unwrap_or_else(|| {
        WAITING.with_borrow_mut(|waiting| waiting.push((number, task)));
        QUESTION.take()
    })
}

/// Goes on with a text, or with nothing.
#[wasm_bindgen(js_name = goOn)]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn go_on(task: u32, text: Option<String>) -> String {
    wake(task, Ok(text.map_or(Said::Nothing, Said::Text)))
}

/// Goes on with a body.
#[wasm_bindgen(js_name = goOnWithBody)]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn go_on_with_body(task: u32, bytes: Vec<u8>) -> String {
    wake(task, Ok(Said::Bytes(bytes)))
}

/// Goes on without what was asked for: `cause` says why it is not to be had.
#[wasm_bindgen(js_name = goOnWithout)]
#[allow(unreachable_pub)] // wasm-bindgen exports nothing else.
pub fn go_on_without(task: u32, cause: String) -> String {
    wake(task, Err(cause))
}

/// Nothing comes of a task that is not there: an instance that panicked had it.
fn wake(number: u32, answer: Answer) -> String {
    ANSWER.set(answer);
    WAITING.with_borrow_mut(|waiting| {
        let position = waiting.binary_search_by_key(&number, |(number, _)| *number);
        let found = position
            .ok()
            .and_then(|position| Some((position, waiting.get_mut(position)?)));
        let Some((position, (_, task))) = found else {
            return String::new();
        };
        let Some(outcome) = poll(task) else {
            return QUESTION.take();
        };
        drop(waiting.remove(position));
        outcome
    })
}

/// What the task came to, unless it asks something first.
fn poll(task: &mut Task) -> Option<String> {
    match task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

/// Asks the platform a question of those in `questions.js`.
pub(super) async fn ask(question: String) -> Answer {
    QUESTION.set(question);
    let mut is_asked = false;
    poll_fn(|_| {
        if is_asked {
            Poll::Ready(ANSWER.replace(Ok(Said::Nothing)))
        } else {
            is_asked = true;
            Poll::Pending
        }
    })
    .await
}
