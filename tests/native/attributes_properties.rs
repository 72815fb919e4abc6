//! Merging `custom_data`: newer values win, nothing else is lost, and the order in
//! which different keys arrive does not matter.

use chat_sessions::domain::attributes::Attributes;
use chat_sessions::domain::new_session::NewSession;
use chat_sessions::validation::json_text;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Returns the attributes of a request; only the rules construct them.
fn attributes(members: &BTreeMap<String, String>) -> Attributes {
    let members: Vec<_> = members
        .iter()
        .map(|(key, value)| format!("{}:{value}", serde_json::to_string(key).unwrap()))
        .collect();
    let text = format!("{{\"custom_data\":{{{}}}}}", members.join(","));
    let json = json_text::parse(text.as_bytes()).unwrap();
    NewSession::check(&json).unwrap().custom_data
}

/// Keys of few letters, so that they often collide; values as JSON writes them.
fn members(keys: &'static str) -> impl Strategy<Value = BTreeMap<String, String>> {
    let value = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        "-?[1-9][0-9]{0,24}(\\.[0-9]{1,3})?([eE][+-]?[0-9])?",
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    prop::collection::btree_map(keys, value, 0..8)
}

fn merged(parts: &[&Attributes]) -> Attributes {
    let mut merged = Attributes::default();
    for part in parts {
        merged.merge((*part).clone());
    }
    merged
}

proptest! {
    #[test]
    fn merging_is_what_a_map_does(older in members("[a-dé/~\"]{1,2}"), newer in members("[a-dé/~\"]{1,2}")) {
        let result = merged(&[&attributes(&older), &attributes(&newer)]);
        let mut expected = older;
        expected.extend(newer);
        prop_assert_eq!(result.sorted(), attributes(&expected).sorted());
    }

    #[test]
    fn merging_again_changes_nothing(older in members("[a-d]{1,2}"), newer in members("[a-d]{1,2}")) {
        let (older, newer) = (attributes(&older), attributes(&newer));
        let once = merged(&[&older, &newer]);
        prop_assert_eq!(merged(&[&older, &newer, &newer]), once.clone());
        prop_assert_eq!(merged(&[&once, &once]), once);
    }

    #[test]
    fn merging_in_groups_is_merging_one_by_one(
        first in members("[a-d]{1,2}"), second in members("[a-d]{1,2}"), third in members("[a-d]{1,2}"),
    ) {
        let (first, second, third) = (attributes(&first), attributes(&second), attributes(&third));
        let left = merged(&[&merged(&[&first, &second]), &third]);
        let right = merged(&[&first, &merged(&[&second, &third])]);
        prop_assert_eq!(left.sorted(), right.sorted());
    }

    #[test]
    fn different_keys_may_arrive_in_any_order(one in members("[a-d]{1,2}"), other in members("[e-h]{1,2}")) {
        let (one, other) = (attributes(&one), attributes(&other));
        prop_assert_eq!(merged(&[&one, &other]).sorted(), merged(&[&other, &one]).sorted());
    }
}
