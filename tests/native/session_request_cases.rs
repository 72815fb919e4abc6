//! The rules of a session request, checked by a table of cases. The tests of the
//! browser and of the edge use the same table.

use crate::cases::Verdict;
use chat_sessions::domain::limits::BODY_MAX_BYTES;
use chat_sessions::domain::new_session::NewSession;
use chat_sessions::validation::json_text;
use std::collections::HashSet;

#[test]
fn every_case_gets_its_verdict() {
    let mismatches: Vec<_> = crate::cases::load(crate::cases::SESSION_REQUESTS)
        .into_iter()
        .filter_map(|case| {
            let verdict = verdict(&case.text);
            (verdict != case.expected).then(|| {
                format!(
                    "{}\n  expected {:?}\n  got      {:?}",
                    case.name, case.expected, verdict
                )
            })
        })
        .collect();
    assert!(
        mismatches.is_empty(),
        "{} cases with another verdict:\n{}",
        mismatches.len(),
        mismatches.join("\n")
    );
}

fn verdict(text: &str) -> Verdict {
    let checked = json_text::parse(text.as_bytes()).and_then(|request| NewSession::check(&request));
    match checked {
        Ok(_) => Verdict::Accepted,
        Err(error) => Verdict::rejected(
            error.code(),
            error
                .violations()
                .iter()
                .map(|field| format!("{} {}", field.path, field.code.as_str())),
        ),
    }
}

#[test]
fn the_table_tries_the_rules_from_both_sides() {
    let cases = crate::cases::load(crate::cases::SESSION_REQUESTS);
    let accepted = cases
        .iter()
        .filter(|case| case.expected == Verdict::Accepted)
        .count();
    assert!(cases.len() >= 200, "{} cases only", cases.len());
    assert!(accepted >= 50, "{accepted} accepted cases only");
    assert!(
        cases.len() - accepted >= 50,
        "{} rejected cases only",
        cases.len() - accepted
    );
}

#[test]
fn the_names_of_the_cases_are_unique() {
    let mut names = HashSet::new();
    for case in crate::cases::load(crate::cases::SESSION_REQUESTS) {
        assert!(
            names.insert(case.name.clone()),
            "two cases are named {:?}",
            case.name
        );
    }
}

/// Over HTTP a larger body would be rejected before the rules run.
#[test]
fn the_bodies_of_the_cases_fit_into_a_request() {
    for case in crate::cases::load(crate::cases::SESSION_REQUESTS) {
        let size = case.text.len();
        assert!(size <= BODY_MAX_BYTES, "{:?} has {size} bytes", case.name);
    }
}

#[test]
fn macros_expand_and_other_braces_stay() {
    let expanded = [
        ("{{x*3}}", "xxx"),
        ("a{{bc*2}}d{{e*1}}", "abcbcde"),
        ("{ {{keys*2}} }", r#"{ "k0":0,"k1":0 }"#),
        (r#"{{{"a":*2}}1{{}*2}}"#, r#"{"a":{"a":1}}"#),
        ("{{[*2}}{{]*2}}", "[[]]"),
        ("{{x*0}}", ""),
        ("{{}} {{x}} {{", "{{}} {{x}} {{"),
    ];
    for (text, expected) in expanded {
        assert_eq!(crate::cases::expand(text), expected);
    }
}
