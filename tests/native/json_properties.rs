//! JSON text, numbers and strings, compared with `serde_json` and `f64`.

use chat_sessions::validation::json::{Json, Number};
use chat_sessions::validation::json_text::parse;
use proptest::prelude::*;
use regex::Regex;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Parses an object with one member of this text, and checks its value.
fn is_read_as(text: &str, expected: &Json<'_>) -> bool {
    let body = format!("{{\"member\":{text}}}");
    let Ok(Json::Object(object)) = parse(body.as_bytes()) else {
        panic!("{text} is no JSON");
    };
    object.get("member") == Some(expected)
}

fn whole(text: &str) -> Option<u64> {
    Number {
        text: text.into(),
        value: text.parse().unwrap(),
    }
    .whole()
}

/// Numbers as JSON writes them, many of them near the limits of doubles.
fn json_number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        "-?1\\.79769313486231[56][0-9]{0,30}e\\+?30[789]",
        "-?17976931348623158[0-9]{290,295}(\\.[0-9]{1,3})?",
        "-?0\\.0{0,400}[1-9][0-9]{0,5}[eE]\\+?[0-9]{2,4}",
        "-?[1-9][0-9]{300,312}(e-?[0-9]{1,2})?",
        "-?[0-9]e[+-]?[0-9]{15,30}",
    ]
}

/// Strings as JSON writes them, escapes and lone surrogates among them.
fn json_string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zé😀 /]{0,3}",
        r#"\\["\\/bfnrt]"#,
        r"\\u[0-9a-fA-F]{4}",
        r"\\u[dD][89a-fA-F][0-9a-f]{2}",
        r"\\ud83d\\ude00",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Objects, with repeated names, nesting and white space.
fn json_object() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[1-9][0-9]{0,8}",
        r#""[a-c:,{}\[\] ]{0,4}""#,
        Just("[ 1 ,[2,{}],\"]\" ]".to_owned()),
        Just("{ \"a\" : { \"}\" : [] } , \"b\":1}".to_owned()),
        Just("{}".to_owned()),
    ];
    let member = ("[a-d,:{]{0,2}", "[ \n\t\r]{0,2}", value)
        .prop_map(|(name, space, value)| format!("{space}\"{name}\"{space}:{space}{value}{space}"));
    prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(",")))
}

static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r" at line ([0-9]+) column ([0-9]+)\.$").unwrap());

proptest! {
    #[test]
    fn the_place_of_an_error_is_in_the_text(
        text in prop_oneof![
            "[{}\\[\\],:\"a1t\\\\é\n\r\t ]{0,12}",
            json_object().prop_flat_map(|text| {
                (0..=text.len()).prop_map(move |end| text.get(..end).unwrap_or_default().to_owned() + "\n")
            }),
        ],
    ) {
        if let Err(error) = parse(text.as_bytes()) {
            let message = error.message();
            let Some(place) = PLACE.captures(&message) else {
                prop_assert!(message.ends_with("it is empty."), "{}", message);
                return Ok(());
            };
            let [line, column] = [1, 2].map(|part| place[part].parse::<usize>().unwrap());
            let line = text.split_inclusive('\n').nth(line - 1).unwrap_or_default();
            prop_assert!((1..=line.len()).contains(&column), "{:?}: {}", text, message);
        }
    }

    #[test]
    fn numbers_keep_their_digits(text in json_number()) {
        let parsed: f64 = text.parse().unwrap();
        let number = Number { text: Cow::Borrowed(&text), value: parsed };
        prop_assert!(is_read_as(&text, &Json::Number(number)), "{}", text);
    }

    #[test]
    fn whole_reads_every_spelling_of_a_number(number in any::<u32>(), places in 1..30_usize) {
        let zeros = "0".repeat(places);
        // The same number, its point moved to the left and its exponent adjusted.
        let padded = format!("{number:0>width$}", width = places + 1);
        let (integer, fraction) = padded.split_at(padded.len() - places);
        for text in [
            format!("{number}"),
            format!("{number}.{zeros}"),
            format!("{number}{zeros}e-{places}"),
            format!("{integer}.{fraction}E+{places}"),
            format!("0.{zeros}{number}e{}", zeros.len() + number.to_string().len()),
        ] {
            prop_assert_eq!(whole(&text), Some(u64::from(number)), "{}", text);
        }
        for text in [
            // No more digits than a double distinguishes.
            format!("{number}.{}1", "0".repeat(places.min(4))),
            format!("{number}1e-1"),
            format!("-{}", number.max(1)),
            format!("{}e{}", number.max(1), places + 9),
        ] {
            prop_assert_eq!(whole(&text), None, "{}", text);
        }
    }

    #[test]
    fn strings_are_read_unless_a_lone_surrogate_is_in_them(text in json_string()) {
        let expected = serde_json::from_str::<String>(&text)
            .map_or(Json::IllFormedString, |text| Json::String(text.into()));
        prop_assert!(is_read_as(&text, &expected), "{}", text);
    }

    #[test]
    fn objects_are_taken_apart_as_serde_json_does(text in json_object()) {
        let expected: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
        let Json::Object(object) = parse(text.as_bytes()).unwrap() else {
            panic!("{text} is no object");
        };
        let names: BTreeSet<_> = object.members.iter().map(|(name, _)| name.to_string()).collect();
        prop_assert_eq!(names.len(), object.members.len());
        prop_assert_eq!(names, expected.keys().cloned().collect::<BTreeSet<_>>());
        for (name, value) in &object.members {
            let same = match (value, &expected[name.as_ref()]) {
                (Json::String(text), Value::String(expected)) => text == expected,
                (Json::Number(number), Value::Number(expected)) => *number.text == expected.to_string(),
                (Json::Object(object), Value::Object(expected)) => object.members.len() == expected.len(),
                (Json::Bool(value), Value::Bool(expected)) => value == expected,
                (Json::Array(items), Value::Array(expected)) => items.len() == expected.len(),
                (Json::Null, Value::Null) => true,
                _ => false,
            };
            prop_assert!(same, "{} of {}", name, text);
        }
    }
}

#[test]
fn numbers_are_finite_up_to_where_doubles_end() {
    let is_finite = |text: &str| {
        let value: f64 = text.parse().unwrap();
        let text_of = Cow::Borrowed(text);
        assert!(is_read_as(
            text,
            &Json::Number(Number {
                text: text_of,
                value
            })
        ));
        value.is_finite()
    };
    assert!(is_finite(&f64::MAX.to_string()));
    // Halfway to the next power of two: rounds to infinity.
    let overflow = "17976931348623158079372897140530341507993413271003782693617377898044496829276475\
        0946649017977587207096330286416692887910946555547851940402630657488671505820681908902000\
        7083836762738548458177115317644757302700698555713669596228429148198608349364752927190741\
        68444365510704342711559699508093042880177904174497792";
    assert!(!is_finite(overflow));
    assert!(!is_finite(&format!("{overflow}.0")));
    let below = overflow.replace("497792", "497791");
    assert!(is_finite(&below));
    assert!(is_finite(&format!("{below}.999")));
}
