//! The tables `session_requests.json` and `messages.json`: bodies of requests and the
//! verdict on each, the same wherever the rules run.
//!
//! A case has its body as JSON (`body`), or as raw text (`text`) if JSON cannot express
//! it: a repeated name, a lone surrogate, a syntax error. Long bodies are abbreviated
//! by macros, which are expanded in the body's text and in the expected errors:
//!
//! - `{{x*257}}` is `x` 257 times; any text without `*` and `}}` can replace the `x`;
//! - `{{keys*101}}` is 101 members: `"k0":0,"k1":0,...`

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a table that cannot be read is a failed test"
)]

use serde_json::Value;

/// One body and its verdict.
pub(crate) struct Case {
    /// Name of the case; no two share one.
    pub(crate) name: String,
    /// The body, macros expanded.
    pub(crate) text: String,
    /// The expected verdict of the rules.
    pub(crate) expected: Verdict,
}

/// Verdict of the rules on a body.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The request is executed: 201.
    Accepted,
    /// The body is rejected: 400.
    Refused {
        /// The error's `code`.
        code: String,
        /// `"<path> <code>"` of each failing field, sorted: the contract does not
        /// define their order.
        errors: Vec<String>,
    },
}

impl Verdict {
    /// Returns a rejection; `errors` may be in any order.
    pub(crate) fn rejected(code: &str, errors: impl IntoIterator<Item = String>) -> Self {
        let mut errors: Vec<_> = errors.into_iter().collect();
        errors.sort();
        Self::Refused {
            code: code.to_owned(),
            errors,
        }
    }
}

/// Bodies of `POST /chat/sessions`.
pub(crate) const SESSION_REQUESTS: &str = include_str!("session_requests.json");
/// Bodies of `POST /chat/sessions/{session_id}/send`.
pub(crate) const MESSAGES: &str = include_str!("messages.json");

/// Reads every case of a table.
pub(crate) fn load(table: &str) -> Vec<Case> {
    let table: Value = serde_json::from_str(table).expect("the table is JSON");
    items(&table, "groups")
        .iter()
        .flat_map(|group| items(group, "cases"))
        .map(read_case)
        .collect()
}

fn read_case(case: &Value) -> Case {
    let name = string(&case["name"]);
    let text = match (case.get("body"), case.get("text")) {
        (Some(body), None) => Some(body.to_string()),
        (None, Some(text)) => Some(string(text)),
        _ => None,
    }
    .unwrap_or_else(|| panic!("either body or text in {name:?}"));
    Case {
        text: expand(&text),
        expected: read_verdict(&case["expect"]),
        name,
    }
}

fn read_verdict(expect: &Value) -> Verdict {
    if *expect == 201 {
        return Verdict::Accepted;
    }
    let errors = match expect.get("errors") {
        Some(_) => items(expect, "errors"),
        None => &[],
    };
    let errors = errors.iter().map(|error| expand(&string(error)));
    Verdict::rejected(&string(&expect["code"]), errors)
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect("an array")
}

fn string(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// Returns `text` with its macros expanded.
pub(crate) fn expand(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        // Braces that begin no macro are part of the body.
        if let Some((expansion, behind)) = expand_first(after) {
            out.push_str(&expansion);
            rest = behind;
        } else {
            out.push_str("{{");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Expands the macro whose `{{` is before `text`; also returns the text behind it.
fn expand_first(text: &str) -> Option<(String, &str)> {
    let (inside, behind) = text.split_once("}}")?;
    let (unit, count) = inside.split_once('*')?;
    let count = count.parse().ok()?;
    let expansion = if unit == "keys" {
        members(count)
    } else {
        unit.repeat(count)
    };
    Some((expansion, behind))
}

fn members(count: usize) -> String {
    let members: Vec<_> = (0..count).map(|index| format!("\"k{index}\":0")).collect();
    members.join(",")
}
