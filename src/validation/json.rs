//! JSON values as the rules read them: only as deep as the rules look, numbers in the
//! digits of their sender.
//!
//! Each side has a reader that returns a [`Json`]: the edge reads the body's text
//! ([`super::json_text`]), the browser reads the caller's JS value. Both then run the
//! same code.

use std::borrow::Cow;

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number<'a>),
    /// A string of Unicode scalar values.
    String(Cow<'a, str>),
    /// A string with a lone surrogate, which UTF-8 cannot encode.
    IllFormedString,
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
    /// A JS value that JSON does not have: a function, a symbol, a `BigInt`, an object
    /// of a class, a member whose getter throws. The text says which, as the end of a
    /// sentence: "is of type Promise: await it".
    NotJson(Cow<'static, str>),
}

/// A number in the digits of its sender: an order number of 20 digits keeps all 20, and
/// no float is formatted.
#[derive(Debug, Clone, PartialEq)]
pub struct Number<'a> {
    /// The number as JSON text; unspecified when it is not finite.
    pub text: Cow<'a, str>,
    /// The nearest IEEE 754 double: not finite for `1e400`, `NaN` and the infinities.
    pub value: f64,
}

/// An object: its members in order, each name once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object<'a> {
    /// The members. If a name is repeated, its last value wins, as in `JSON.parse`.
    pub members: Vec<(Cow<'a, str>, Json<'a>)>,
    /// True if a member was left out because its name holds a lone surrogate.
    pub has_ill_formed_name: bool,
}

impl<'a> Object<'a> {
    /// Returns the value of the member `name`.
    ///
    /// ```
    /// use chat_sessions::validation::json::{Json, Object};
    /// let object = Object {
    ///     members: vec![("type".into(), Json::String("web".into()))],
    ///     ..Object::default()
    /// };
    /// assert_eq!(object.get("type"), Some(&Json::String("web".into())));
    /// assert_eq!(object.get("kind"), None);
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.members
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| value)
    }
}

impl Number<'_> {
    /// Returns the number if it is whole, not negative and at most 2^53, up to where doubles
    /// hold every whole number. `600.0` and `6e2` are 600 too: some JSON writers always write
    /// a fraction.
    ///
    /// ```
    /// use chat_sessions::validation::json::Number;
    /// let whole = |text: &'static str| Number { text: text.into(), value: text.parse().unwrap() }.whole();
    /// assert_eq!(["600", "600.0", "6e2", "6000e-1"].map(whole), [Some(600); 4]);
    /// assert_eq!(["600.5", "6e-1", "-600", "9007199254740992", "1e400"].map(whole), [None; 5]);
    /// ```
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number that the cast would change is filtered out"
    )]
    pub fn whole(&self) -> Option<u64> {
        const MAX: f64 = 9_007_199_254_740_991.0;
        let is_whole = (0.0..=MAX).contains(&self.value) && self.value.fract() == 0.0;
        is_whole.then_some(self.value as u64)
    }
}

/// Appends `text` to `out` as a JSON string, quotes included.
///
/// ```
/// let mut out = String::new();
/// chat_sessions::validation::json::push_string(&mut out, "say \"hi\"\n");
/// assert_eq!(out, r#""say \"hi\"\n""#);
/// ```
pub fn push_string(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}
