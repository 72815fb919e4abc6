//! What json.rs does by hand, held against the libraries that do it at length.

#![cfg(not(target_arch = "wasm32"))]

use chat_sessions::json::{Json, is_finite, push_string, whole};
use chat_sessions::json_text::{read_string, stored};
use proptest::prelude::*;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Numbers as JSON writes them, many of them near where doubles end.
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn is_finite_agrees_with_the_float_parser(text in json_number()) {
        let parsed: f64 = text.parse().unwrap();
        prop_assert_eq!(is_finite(&text), parsed.is_finite(), "{}", text);
    }

    #[test]
    fn whole_reads_every_spelling_of_a_number(number in any::<u32>(), places in 1..30_usize) {
        let zeros = "0".repeat(places);
        // Written with its point further to the left, and the exponent that undoes it.
        let padded = format!("{number:0>width$}", width = places + 1);
        let (integer, fraction) = padded.split_at(padded.len() - places);
        for text in [
            format!("{number}"),
            format!("{number}.{zeros}"),
            format!("{number}{zeros}e-{places}"),
            format!("{integer}.{fraction}E+{places}"),
            format!("0.{zeros}{number}e{}", zeros.len() + number.to_string().len()),
        ] {
            prop_assert_eq!(whole(&text), Some(number), "{}", text);
        }
        for text in [
            format!("{number}.{zeros}1"),
            format!("{number}1e-1"),
            format!("-{}", number.max(1)),
            format!("{}e{}", number.max(1), places + 9),
        ] {
            prop_assert_eq!(whole(&text), None, "{}", text);
        }
    }

    #[test]
    fn whole_agrees_with_the_float_parser(text in json_number()) {
        if let Some(number) = whole(&text) {
            let same: f64 = number.to_string().parse().unwrap();
            let parsed: f64 = text.parse().unwrap();
            prop_assert!((parsed - same).abs() < 1e-9, "{}", text);
        }
    }

    #[test]
    fn push_string_writes_what_serde_json_reads(text in any::<String>()) {
        let mut out = String::new();
        push_string(&mut out, &text);
        prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn read_string_reads_what_serde_json_reads(text in json_string()) {
        let read = read_string(&text).map(Cow::into_owned);
        prop_assert_eq!(read, serde_json::from_str::<String>(&text).ok(), "{}", text);
    }

    #[test]
    fn objects_are_taken_apart_as_serde_json_does(text in json_object()) {
        let expected: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
        let Json::Object(object) = stored(text.as_bytes()).unwrap() else {
            panic!("{text} is no object");
        };
        let names: BTreeSet<_> = object.members.iter().map(|(name, _)| name.to_string()).collect();
        prop_assert_eq!(names.len(), object.members.len());
        prop_assert_eq!(names, expected.keys().cloned().collect::<BTreeSet<_>>());
        for (name, value) in &object.members {
            let same = match (value, &expected[name.as_ref()]) {
                (Json::String(text), Value::String(expected)) => text == expected,
                (Json::Number(number), Value::Number(expected)) => *number.text == expected.to_string(),
                (Json::Array(items), Value::Array(expected)) => items.len() == expected.len(),
                (Json::Object(object), Value::Object(expected)) => object.members.len() == expected.len(),
                (Json::Bool(value), Value::Bool(expected)) => value == expected,
                (Json::Null, Value::Null) => true,
                _ => false,
            };
            prop_assert!(same, "{} of {}", name, text);
        }
    }
}

#[test]
fn is_finite_is_exact_where_doubles_end() {
    let largest = format!("{}", f64::MAX);
    assert!(is_finite(&largest));
    // Halfway to the next power of two: the tie goes to infinity.
    let overflow = "17976931348623158079372897140530341507993413271003782693617377898044496829276475\
        0946649017977587207096330286416692887910946555547851940402630657488671505820681908902000\
        7083836762738548458177115317644757302700698555713669596228429148198608349364752927190741\
        68444365510704342711559699508093042880177904174497792";
    assert!(!overflow.parse::<f64>().unwrap().is_finite());
    assert!(!is_finite(overflow));
    let below = overflow.replace("497792", "497791");
    assert!(below.parse::<f64>().unwrap().is_finite());
    assert!(is_finite(&below));
    assert!(is_finite(&format!("{below}.999")));
    assert!(!is_finite(&format!("{overflow}.0")));
}
