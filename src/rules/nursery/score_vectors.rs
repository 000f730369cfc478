//! Published shapes of tables of points, and the worked examples that go with them. Scenario files hold the tables.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::rules::Ratio;
use proptest::prelude::*;
use serde_json::{Value, json};

fn table(value: Value) -> Table {
    serde_json::from_value(value).unwrap()
}

fn parents(all: &[Value]) -> Vec<(String, Facts)> {
    let words = ["父", "母"];
    all.iter().zip(words).map(|(f, w)| (w.to_owned(), f.as_object().unwrap().clone())).collect()
}

fn scored(table: &Table, household: &Value, all: &[Value]) -> Scored {
    score(table, household.as_object().unwrap(), &parents(all))
}

fn total(table: &Table, household: &Value, all: &[Value]) -> String {
    scored(table, household, all).points.total.to_string()
}

/// A table of sums with the work hours of one week.
fn weekly(lines: &[(&str, &str, i64)], combine: &str) -> Value {
    let criteria: Vec<_> = lines
        .iter()
        .map(|(days, hours, points)| {
            json!({"name": format!("就労 週{days}日 {hours}時間以上"), "points": points,
                "when": {"is": {"事由": ["就労"]}, "at_least": {"週日数": days.parse::<u32>().unwrap(), "週時間": hours.parse::<u32>().unwrap()}}})
        })
        .collect();
    json!({"parents": {"criteria": criteria, "combine": combine}})
}

fn work(days: f64, hours: f64) -> Value {
    json!({"事由": "就労", "週日数": days, "週時間": hours})
}

#[test]
fn sums_as_in_kunitachi() {
    let kunitachi =
        table(weekly(&[("5", "35", 90), ("5", "30", 80), ("4", "28", 70), ("4", "24", 60)], "sum"));
    assert_eq!(total(&kunitachi, &json!({}), &[work(5.0, 40.0), work(4.0, 28.0)]), "160");
    assert_eq!(total(&kunitachi, &json!({}), &[work(5.0, 40.0), work(5.0, 34.0)]), "170");
}

#[test]
fn means_keep_their_halves_as_in_akashi() {
    let akashi = table(json!({
        "parents": {
            "criteria": [
                {"name": "就労 月160時間以上", "points": 100, "when": {"at_least": {"月時間": 160}}},
                {"name": "就労 月120時間以上", "points": 80, "when": {"at_least": {"月時間": 120}}}
            ],
            "adjustments": [{"name": "就労内定", "points": -1, "when": {"yes": ["内定"]}}],
            "combine": "mean"
        },
        "adjustments": [{"name": "調整", "items": [{"name": "きょうだい在園", "points": 5, "when": {"yes": ["きょうだい在園"]}}]}]
    }));
    let (full, part) = (json!({"月時間": 160}), json!({"月時間": 120}));
    assert_eq!(total(&akashi, &json!({"きょうだい在園": "有"}), &[full.clone(), part.clone()]), "95");
    let promised = json!({"月時間": 120, "内定": true});
    assert_eq!(total(&akashi, &json!({"きょうだい在園": "無"}), &[full, promised]), "89.5");
}

#[test]
fn the_highest_and_one_for_each_more_as_in_tsu() {
    let item = |name: &str, points: i64| json!({"name": name, "points": points, "when": {"yes": [name]}});
    let tsu = table(json!({
        "parents": {"criteria": [{"name": "就労", "points": 10}], "combine": "sum"},
        "adjustments": [{"name": "調整1〜7", "how": "max_plus", "each_more": 1, "items": [item("甲", 4), item("乙", 3), item("丙", 2)]}]
    }));
    let facts = json!({"甲": "○", "乙": "○", "丙": "○"});
    let found = scored(&tsu, &facts, &[json!({}), json!({})]);
    assert_eq!(found.points.total, Ratio::whole(26));
    let adjusted: Vec<_> = found.explanation.iter().skip(2).map(|s| s.points.to_string()).collect();
    assert_eq!(adjusted, ["4", "1", "1"]);
    assert!(found.explanation[3].because.contains("3 点を 1 点として数える"));
}

#[test]
fn the_lower_rank_counts_as_in_nagoya() {
    let criterion =
        |rank: &str| json!({"name": format!("階級{rank}"), "rank": rank, "when": {"is": {"階級": [rank]}}});
    let ranks = ["A", "B", "C", "D", "E", "F", "G", "H", "I"];
    let nagoya = table(json!({
        "parents": {"criteria": ranks.map(criterion), "ranks": ranks, "combine": "worst_rank"},
        "adjustments": [{"name": "育児休業", "items": [{"name": "育休延長も許容", "rank": "I", "when": {"yes": ["育休延長"]}}]}]
    }));
    let both = [json!({"階級": "A"}), json!({"階級": "C"})];
    assert_eq!(scored(&nagoya, &json!({}), &both).rank.as_deref(), Some("C"));
    assert_eq!(scored(&nagoya, &json!({"育休延長": "○"}), &both).rank.as_deref(), Some("I"));
}

#[test]
fn a_usual_couple_in_saitama() {
    let saitama = table(json!({
        "parents": {"criteria": [{"name": "就労 月160時間以上", "points": 26, "when": {"at_least": {"月時間": 160}}}], "combine": "sum"},
        "adjustments": [
            {"name": "調整", "items": [
                {"name": "育休中", "points": 6, "when": {"yes": ["育休中"]}},
                {"name": "祖父母別居", "points": 4, "when": {"yes": ["祖父母別居"]}}]}]
    }));
    let couple = [json!({"月時間": 168}), json!({"月時間": 160})];
    assert_eq!(total(&saitama, &json!({"育休中": "はい", "祖父母別居": 1}), &couple), "62");
}

#[test]
fn bounds_are_half_open_as_in_hachioji() {
    let hachioji = table(json!({"parents": {"criteria": [
        {"name": "週40時間以上", "points": 10, "when": {"at_least": {"週時間": 40}}},
        {"name": "週35時間以上40時間未満", "points": 9, "when": {"at_least": {"週時間": 35}, "below": {"週時間": 40}}}
    ], "combine": "sum"}}));
    let one = |hours: &str| total(&hachioji, &json!({}), &[json!({"週時間": hours})]);
    assert_eq!((one("39.99"), one("40.0"), one("４０")), ("9".into(), "10".into(), "10".into()));
}

#[test]
fn what_cannot_be_read_is_a_doubt_and_no_point() {
    let rules = table(weekly(&[("5", "35", 90)], "sum"));
    let found = scored(
        &rules,
        &json!({}),
        &[json!({"事由": "就労", "週日数": 5, "週時間": "約40"}), work(5.0, 40.0)],
    );
    assert_eq!(found.points.total, Ratio::whole(90));
    assert_eq!(
        found.doubts,
        ["「就労 週5日 35時間以上」の「週時間」を数として読めません", "父に当てはまる事由がありません"]
    );
}

#[test]
fn groups_exclude_each_other() {
    let item = |name: &str, points: i64| json!({"name": name, "points": points, "when": {"yes": [name]}});
    let rules = |how: &str| {
        table(json!({
            "parents": {"criteria": [], "combine": "sum"},
            "adjustments": [{"name": "g", "how": how, "items": [item("甲", 2), item("乙", 5), item("丙", -3)]}]
        }))
    };
    let facts = json!({"甲": 1, "乙": 1, "丙": 1});
    let by = |how: &str| total(&rules(how), &facts, &[]);
    assert_eq!(
        (by("all"), by("highest"), by("lowest"), by("first")),
        ("4".into(), "5".into(), "-3".into(), "2".into())
    );
}

#[test]
fn a_single_parent_may_count_for_two() {
    let mut rules = weekly(&[("5", "35", 90)], "mean");
    rules["parents"]["absent"] = json!(100);
    assert_eq!(total(&table(rules), &json!({}), &[work(5.0, 40.0)]), "95");
}

#[test]
fn equal_points_are_told_apart_in_the_order_of_the_table() {
    let mut rules = weekly(&[("5", "35", 90)], "sum");
    rules["ties"] = json!([
        {"name": "ひとり親", "when": {"yes": ["ひとり親"]}},
        {"name": "事由の順", "criteria": ["就労 週5日 35時間以上"]},
        {"name": "待機の長い順", "by": "待機月数", "largest_first": true},
        {"name": "所得の低い順", "by": "所得割"}
    ]);
    let rules = table(rules);
    let keys = |household: Value| scored(&rules, &household, &[work(5.0, 40.0)]).keys;
    let poor = keys(json!({"所得割": 10_000, "待機月数": 2}));
    let rich = keys(json!({"所得割": 90_000, "待機月数": 2}));
    let waiting = keys(json!({"所得割": 90_000, "待機月数": 9}));
    let single = keys(json!({"ひとり親": "○", "所得割": 90_000}));
    let unknown = keys(json!({"待機月数": 2}));
    assert!(single < waiting && waiting < poor && poor < rich && rich < unknown);
}

proptest! {
    #[test]
    fn every_point_is_explained(hours in prop::collection::vec(0_u32..60, 1..3), yes in prop::collection::vec(any::<bool>(), 3), how in 0_usize..5) {
        let item = |name: &str, points: i64| json!({"name": name, "points": points, "when": {"yes": [name]}});
        let how = ["all", "highest", "lowest", "first", "max_plus"][how];
        for combine in ["sum", "mean", "min"] {
            let mut value = weekly(&[("0", "40", 10), ("0", "30", 8), ("0", "0", 1)], combine);
            value["adjustments"] = json!([{"name": "g", "how": how, "items": [item("甲", 2), item("乙", 5), item("丙", -3)]}]);
            let names = ["甲", "乙", "丙"];
            let household = Value::Object(names.iter().zip(&yes).map(|(n, y)| ((*n).to_owned(), json!(y))).collect());
            let both: Vec<_> = hours.iter().map(|h| json!({"事由": "就労", "週日数": 5, "週時間": h})).collect();
            let found = scored(&table(value), &household, &both);
            prop_assert_eq!(found.explanation.iter().map(|s| s.points).sum::<Ratio>(), found.points.total);
            prop_assert!(found.explanation.iter().all(|s| !s.item.is_empty()));
        }
    }
}
