//! The UUID rule, compared with the contract's own regular expression.

use chat_sessions::domain::id::{UUID_PATTERN, parse_uuid, uuid_v7};
use proptest::prelude::*;
use regex::Regex;
use std::sync::LazyLock;

static CONTRACT: LazyLock<Regex> = LazyLock::new(|| Regex::new(UUID_PATTERN).unwrap());

const SOUND: &str =
    "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}";

/// Valid ids, ids that are wrong in one place, and other strings.
fn candidate() -> impl Strategy<Value = String> {
    let one_character_wrong =
        (SOUND, 0..36_usize, "[0-9a-gA-G{}:\\-\n é０]").prop_map(|(id, at, wrong)| {
            id.char_indices()
                .map(|(index, character)| {
                    if index == at {
                        wrong.clone()
                    } else {
                        character.to_string()
                    }
                })
                .collect()
        });
    let one_character_gone = (SOUND, 0..36_usize).prop_map(|(mut id, at)| {
        id.remove(at);
        id
    });
    prop_oneof![
        2 => SOUND,
        3 => "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        3 => one_character_wrong,
        2 => one_character_gone,
        1 => "[0-9a-f]{32}",
        1 => "(urn:uuid:|\\{)[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}\\}?",
        1 => "[0fF]{8}-[0fF]{4}-[0fF]{4}-[0fF]{4}-[0fF]{12}",
        1 => Just("00000000-0000-0000-0000-000000000000".to_owned()),
        1 => Just("ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned()),
        1 => Just("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF".to_owned()),
        1 => (SOUND, "[ \n\t]").prop_map(|(id, space)| id + &space),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn parse_uuid_is_the_contracts_regular_expression(text in candidate()) {
        prop_assert_eq!(parse_uuid(&text).is_some(), CONTRACT.is_match(&text), "{:?}", text);
    }

    #[test]
    fn a_parsed_id_is_the_same_id_in_lower_case(text in SOUND) {
        prop_assert_eq!(parse_uuid(&text).unwrap().to_string(), text.to_lowercase());
    }

    #[test]
    fn a_session_id_is_a_v7_that_the_contract_takes(now_ms in 0..1_u64 << 48, random: [u8; 10]) {
        let id = uuid_v7(now_ms, random);
        prop_assert_eq!(id.get_version_num(), 7);
        prop_assert!(CONTRACT.is_match(&id.to_string()));
        prop_assert_eq!(u64::from_str_radix(&id.to_string().replace('-', "")[..12], 16).unwrap(), now_ms);
    }
}
