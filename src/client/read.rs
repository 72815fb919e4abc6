//! Reads a caller's value, which `pkg/src/notation.js` has written as one text:
//! crossing into wasm once costs less than once for each member, in time and in
//! bytes.
//!
//! ```text
//! value  = "z" | "t" | "f"          null, true, false
//!        | "n" text                 a finite number, in its digits
//!        | "N"                      NaN and the infinities
//!        | "s" text                 a string
//!        | "i"                      a string with a lone surrogate
//!        | "a"                      an array
//!        | "o" count ":" *(name value)   an object
//!        | "x"                      what JSON cannot say
//! name   = "s" text | "i"
//! text   = count ":" and as many UTF-16 code units, the unit of JS strings
//! ```

use crate::json::{Json, Number, Object};
use std::borrow::Cow;

/// Reads a value; what is not in the notation is not JSON either.
pub(super) fn json(text: &str) -> Json<'_> {
    Reader { rest: text }.value().unwrap_or(Json::NotJson)
}

/// What has not been read yet.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Option<Json<'a>> {
        Some(match self.byte()? {
            b'z' => Json::Null,
            b't' => Json::Bool(true),
            b'f' => Json::Bool(false),
            b'n' => number(self.text()?, true),
            b'N' => number("", false),
            b's' => Json::String(Cow::Borrowed(self.text()?)),
            b'i' => Json::IllFormedString,
            b'a' => Json::Array(Vec::new()),
            b'o' => self.object()?,
            _ => Json::NotJson,
        })
    }

    fn object(&mut self) -> Option<Json<'a>> {
        let mut object = Object::default();
        for _ in 0..self.count()? {
            let name = self.value()?;
            let value = self.value()?;
            match name {
                Json::String(name) => object.members.push((name, value)),
                _ => object.has_ill_formed_name = true,
            }
        }
        Some(Json::Object(object))
    }

    fn text(&mut self) -> Option<&'a str> {
        let mut units = self.count()?;
        // Where it is ASCII, as nearly always, its units are its bytes.
        if let Some((text, rest)) = self.rest.split_at_checked(units)
            && text.is_ascii()
        {
            self.rest = rest;
            return Some(text);
        }
        let mut characters = self.rest.chars();
        while units > 0 {
            units = units.saturating_sub(characters.next()?.len_utf16());
        }
        let rest = characters.as_str();
        let (text, _) = self
            .rest
            .split_at_checked(self.rest.len().saturating_sub(rest.len()))?;
        self.rest = rest;
        Some(text)
    }

    /// Decimal digits and a colon.
    fn count(&mut self) -> Option<usize> {
        let mut count = 0_usize;
        loop {
            match self.byte()? {
                b':' => return Some(count),
                digit => {
                    let digit = usize::from(digit.wrapping_sub(b'0'));
                    count = count.wrapping_mul(10).wrapping_add(digit);
                }
            }
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.rest.as_bytes().first()?;
        self.rest = self.rest.get(1..)?;
        Some(byte)
    }
}

fn number(text: &str, is_finite: bool) -> Json<'_> {
    Json::Number(Number {
        text: Cow::Borrowed(text),
        is_finite,
    })
}
