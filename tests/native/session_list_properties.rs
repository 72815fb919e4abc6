//! Lists: the range of ids agrees with the filter of sessions, times agree with the
//! calendar, and a walk by activity holds still while messages arrive.

use crate::service::Service;
use chat_sessions::domain::entry::LogState;
use chat_sessions::domain::id::uuid_v7;
use chat_sessions::domain::session::{Channel, Session, Status};
use chat_sessions::domain::session_cursor::Cursor;
use chat_sessions::domain::session_query::SessionQuery;
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SecondsFormat, TimeZone, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A range so small that sessions and the ends of periods often coincide.
const MOMENTS_MS: std::ops::Range<u64> = 1_700_000_000_000..1_700_000_000_012;

fn iso(time_ms: u64) -> String {
    let time = Utc.timestamp_millis_opt(i64::try_from(time_ms).unwrap());
    time.unwrap().to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn session() -> impl Strategy<Value = Session> {
    (MOMENTS_MS, 0..8_u64, any::<[u8; 10]>(), 0..3_usize).prop_map(
        |(created_at_ms, later_ms, random, status)| Session {
            id: uuid_v7(created_at_ms, random),
            status: [
                Status::Open,
                Status::ClosedResolved,
                Status::ClosedUnresolved,
            ][status],
            channel: Channel::Web,
            verified: false,
            ticket_number: 1,
            created_at_ms,
            updated_at_ms: created_at_ms + later_ms,
            custom_data: "{}".to_owned(),
            log: LogState::default(),
            given_name: None,
            contact: None,
        },
    )
}

/// Queries with any of the times, and a cursor.
fn query() -> impl Strategy<Value = String> {
    let time = || proptest::option::of(MOMENTS_MS);
    let cursor = proptest::option::of((MOMENTS_MS, any::<[u8; 10]>()));
    ([time(), time(), time(), time()], cursor).prop_map(|(times, cursor)| {
        let names = [
            "created_after",
            "created_before",
            "updated_after",
            "updated_before",
        ];
        let times = names.iter().zip(times);
        let times = times.filter_map(|(name, time)| Some(format!("{name}={}", iso(time?))));
        let cursor = cursor.map(|(time_ms, random)| Cursor::Created(uuid_v7(time_ms, random)));
        times
            .chain(cursor.map(|cursor| format!("cursor={cursor}")))
            .collect::<Vec<_>>()
            .join("&")
    })
}

proptest! {
    #[test]
    fn the_range_of_ids_has_every_session_of_the_list(query in query(), session in session()) {
        let query = SessionQuery::check(&query).unwrap();
        let (lowest, below) = query.id_range();
        let is_in_range = (lowest..below).contains(&session.id);
        prop_assert!(is_in_range || !query.matches(&session));
        // The range is exact for the time of creation and for the cursor.
        let created = query.filter.created.contains(session.created_at_ms);
        let is_ahead = query.cursor.is_none_or(|cursor| cursor.precedes(&session));
        prop_assert!(!is_in_range || (created && is_ahead));
    }

    #[test]
    fn a_time_is_what_the_calendar_says(
        time_ms in 0..253_402_300_800_000_i64,
        offset_min in -1439..1440_i32,
        nanoseconds in 0..1_000_000_u32,
    ) {
        let time = DateTime::<Utc>::from_timestamp_millis(time_ms).unwrap();
        let exact = time + chrono::TimeDelta::nanoseconds(nanoseconds.into());
        let local = exact.with_timezone(&FixedOffset::east_opt(offset_min * 60).unwrap());
        // ISO 8601 years have four digits.
        prop_assume!((0..=9999).contains(&local.year()));
        let text = local.to_rfc3339_opts(SecondsFormat::Nanos, false).replace('+', "%2B");
        let query = SessionQuery::check(&format!("created_after={text}&updated_before={text}"));
        let filter = query.unwrap().filter;
        let time_ms = u64::try_from(time_ms).unwrap();
        prop_assert_eq!(filter.created.after_ms, Some(time_ms));
        // A time within a millisecond is after the start of that millisecond.
        prop_assert_eq!(filter.updated.before_ms, Some(time_ms + u64::from(nanoseconds > 0)));
    }

    #[test]
    fn seconds_may_be_left_out(minutes in 0..4_000_000_i64, offset_min in -1439..1440_i32) {
        let time = DateTime::<Utc>::from_timestamp(minutes * 60, 0).unwrap();
        let local = time.with_timezone(&FixedOffset::east_opt(offset_min * 60).unwrap());
        let text = local.format("%Y-%m-%dT%H:%M%:z").to_string().replace('+', "%2B");
        let query = SessionQuery::check(&format!("created_after={text}"));
        let time_ms = u64::try_from(minutes * 60_000).unwrap();
        prop_assert_eq!(query.unwrap().filter.created.after_ms, Some(time_ms));
    }

    #[test]
    fn a_date_is_one_if_the_calendar_has_it(year in 0..10_000_i32, month in 0..14_u32, day in 0..33_u32) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        let date = NaiveDate::from_ymd_opt(year, month, day);
        let query = SessionQuery::check(&format!("created_after={text}"));
        prop_assert_eq!(query.is_ok(), date.is_some(), "{}", text);
    }

    #[test]
    fn no_query_makes_it_fall_over(query in ".{0,200}") {
        let _ = SessionQuery::check(&query);
        let _ = SessionQuery::check(&format!("cursor={query}&limit={query}&created_after={query}"));
    }

    #[test]
    fn a_cursor_is_spelled_in_one_way(
        id in any::<u128>(),
        last_message_at_ms in 0..10_000_000_000_000_u64,
        text in "([0-9]{12,14}-)?[0-9a-f]{31,33}|[0-9a-fA-F-]{30,50}",
    ) {
        let id = Uuid::from_u128(id);
        for cursor in [Cursor::Created(id), Cursor::Activity { last_message_at_ms, id }] {
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }
        let pattern = regex::Regex::new(Cursor::PATTERN).unwrap();
        prop_assert_eq!(Cursor::parse(&text).is_some(), pattern.is_match(&text));
    }
}

/// Sends a request as acme's server, and returns the answer.
fn ask(service: &Service, mut send: Value) -> Value {
    send["as"] = "secret".into();
    let response = service.send(&send);
    assert!(matches!(response.status, 200 | 201), "{}", response.body);
    serde_json::from_str(&response.body).unwrap()
}

fn write(service: &Service, id: &str) {
    let body = json!({"sender": "contact", "message": {"text": "Hello"}});
    let path = format!("/chat/sessions/{id}/send");
    ask(service, json!({"path": path, "body": body}));
}

/// Returns the ids of a whole list, page after page.
fn walk(service: &Service, query: &str) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/chat/sessions?limit=3&{query}{cursor}");
        let page = ask(service, json!({"method": "GET", "path": path}));
        let items = page["items"].as_array().unwrap();
        ids.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            return ids;
        };
        cursor = format!("&cursor={next}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_search_is_the_list_without_all_others(
        sessions in proptest::collection::vec((0..4_usize, any::<bool>(), any::<bool>()), 1..20),
        filter in 0..4_usize,
    ) {
        let emails = ["ann@example.com", "an@example.com", "ann@example.com.au", ""];
        let filter = ["", "&verified=true", "&status=open", "&unread=agent"][filter];
        let service = Service::new();
        for (email, verified, writes) in &sessions {
            let mut body = json!({"verified": verified});
            if !emails[*email].is_empty() {
                body["contact"] = json!({"email": emails[*email].to_uppercase()});
            }
            let created = ask(&service, json!({"body": body}));
            if *writes {
                write(&service, created["id"].as_str().unwrap());
            }
        }
        for sort in ["created", "activity"] {
            let all = walk(&service, &format!("sort={sort}{filter}"));
            let of = |id: &String| ask(&service, json!({"method": "GET", "path": format!("/chat/sessions/{id}")}));
            let all: Vec<Value> = all.iter().map(of).collect();
            for email in &emails[..3] {
                let found = walk(&service, &format!("sort={sort}{filter}&email={email}"));
                let matching = all.iter().filter(|session| session["contact"]["email"] == *email);
                let expected: Vec<_> = matching.map(|session| session["id"].as_str().unwrap()).collect();
                prop_assert_eq!(found, expected);
            }
            for number in 1..=sessions.len() + 1 {
                let found = walk(&service, &format!("sort={sort}{filter}&ticket_number={number}"));
                let matching = all.iter().filter(|session| session["ticket_number"] == number);
                let expected: Vec<_> = matching.map(|session| session["id"].as_str().unwrap()).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_walk_by_activity_holds_still_while_messages_arrive(
        page_size in 1..5_usize,
        first in proptest::collection::vec(0..12_usize, 0..20),
        between in proptest::collection::vec(proptest::collection::vec(0..12_usize, 0..4), 12),
    ) {
        let service = Service::new();
        let ids: Vec<String> = (0..12)
            .map(|_| ask(&service, json!({"body": {}}))["id"].as_str().unwrap().to_owned())
            .collect();
        for &index in &first {
            write(&service, &ids[index]);
        }
        // Latest first, each once.
        let mut expected = Vec::new();
        for &index in first.iter().rev() {
            if !expected.contains(&index) {
                expected.push(index);
            }
        }
        let (mut seen, mut written) = (Vec::new(), BTreeSet::new());
        let mut cursor = String::new();
        for between in &between {
            let path = format!("/chat/sessions?sort=activity&limit={page_size}{cursor}");
            let page = ask(&service, json!({"method": "GET", "path": path}));
            let items = page["items"].as_array().unwrap();
            let place = |item: &Value| ids.iter().position(|id| item["id"] == **id).unwrap();
            seen.extend(items.iter().map(place));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
            for &index in between {
                write(&service, &ids[index]);
                written.insert(index);
            }
        }
        prop_assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "none twice");
        // The list as it was in the beginning, without sessions that moved ahead.
        let missing = |index: &usize| !seen.contains(index);
        prop_assert!(expected.iter().filter(|index| missing(index)).all(|index| written.contains(index)));
        expected.retain(|index| seen.contains(index));
        prop_assert_eq!(seen, expected);
    }
}
