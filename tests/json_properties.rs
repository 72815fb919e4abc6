//! What json.rs does by hand, held against the libraries that do it at length.

#![cfg(not(target_arch = "wasm32"))]

use chat_sessions::json::{is_finite, push_string};
use proptest::prelude::*;

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn is_finite_agrees_with_the_float_parser(text in json_number()) {
        let parsed: f64 = text.parse().unwrap();
        prop_assert_eq!(is_finite(&text), parsed.is_finite(), "{}", text);
    }

    #[test]
    fn push_string_writes_what_serde_json_reads(text in any::<String>()) {
        let mut out = String::new();
        push_string(&mut out, &text);
        prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
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
