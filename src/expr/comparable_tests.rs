//! Which texts have an order, and what `min`, `max` and `sort` refuse.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use crate::expr::{ExprFault, Scope, evaluate, truth};
use serde_json::json;

fn scope() -> Scope {
    let values = json!({
        "行": [{"名": "乙", "番号": "10", "額": 3}, {"名": "甲", "番号": "9", "額": null}, {"名": "丙", "番号": "8"}],
        "率": 0.29, "時": 3.0, "空": null,
    });
    values.as_object().cloned().unwrap().into()
}

fn refused(expression: &str, part: &str) {
    let error = evaluate(expression, &scope()).unwrap_err();
    assert!(error.fault == ExprFault::Type && error.message.contains(part), "{expression}: {error:?}");
}

#[test]
fn texts_that_are_no_order_of_their_own_hold_in_no_condition() {
    for (condition, part) in [
        ("'2026/10/1' > '2026/9/30'", "| seireki"),
        ("'2026/8/1' > '2026/7/1'", "| seireki"),
        ("'R8.10.1' > 'R8.9.30'", "| seireki"),
        ("'令和8年4月1日' > '令和10年4月1日'", "| seireki"),
        ("'令和八年四月一日' > '令和十年四月一日'", "| seireki"),
        ("'R8.4.1' > '2026-03-31'", "| seireki"),
        ("'2026-04-01' > '2026/3/31'", "| seireki"),
        ("'H310430' < 'R010501'", "| seireki"),
        ("'2026-04-01 09:30' > '2026-04-01'", "[:10]"),
        ("'1,200' > '900'", "| money"),
        ("'-5' < '-10'", "| money"),
        ("'▲500' < '▲400'", "| money"),
        ("'１０' > '９'", "| money"),
        ("'１００' > '20'", "| money"),
        ("'9円' < '10円'", "| money"),
        ("'三万円' < '五万円'", "| money"),
        ("'10.5' > '9'", "| money"),
        ("'10:30' > '9:30'", "replace(':', '')"),
        ("'第10回' > '第9回'", "桁や区切り"),
        ("'A1' < 'A10'", "桁や区切り"),
        ("'未定' > '2026-04-01'", "| seireki"),
        ("'10' > '9'", "桁数"),
    ] {
        refused(condition, part);
    }
}

#[test]
fn texts_of_one_outline_are_compared() {
    for condition in [
        "'2026-10-01' > '2026-09-30'",
        "'2026/10/01' > '2026/09/30'",
        "'20261001' > '20260930'",
        "'2026-04-01 10:00' > '2026-04-01 09:30'",
        "'2026-04-01 09:30:15' > '2026-04-01 09:30'",
        "'2026-04-01 09:30'[:10] <= '2026-04-01'",
        "'2026-10' > '2026-09'",
        "'10:30' > '09:30'",
        "'1,300' > '1,200'",
        "'R080401' > 'R080331'",
        "'A02' > 'A01'",
        "'B01' > 'A02'",
        "'受付0002' > '受付0001'",
        "'ヤマダ' > 'イトウ'",
        "'B' > 'A'",
        "('10:30' | replace(':', '') | int) > ('9:30' | replace(':', '') | int)",
        "('R8.10.1' | seireki) > ('2026/9/30' | seireki)",
        "('1,200' | money) > ('900' | money)",
    ] {
        assert_eq!(truth(condition, &scope()), Ok(true), "{condition}");
    }
}

#[test]
fn what_has_no_order_is_neither_sorted_nor_the_largest() {
    for (expression, part) in [
        ("['10', '9'] | max", "桁数"),
        ("['10', '9'] | sort", "桁数"),
        ("['2026/10/1', '2026/9/30'] | max", "| seireki"),
        ("['1,200', '900'] | min", "| money"),
        ("[none, 3] | min", "空の値"),
        ("[3, '10'] | sort", "文字と数"),
        ("['9:30', '10:30'] | sort", "時刻"),
        ("['', '2026-04-01'] | min", "空の値"),
        ("[3, '10'] | max", "文字と数"),
        ("行 | sort(attribute='番号')", "桁数"),
        ("行 | sort(attribute='名, 番号')", "桁数"),
        ("行 | sort(attribute='番号', reverse=true)", "桁数"),
        ("行 | max(attribute='番号')", "桁数"),
        ("行[0:2] | max(attribute='額')", "空の値"),
        ("行 | sort", "attribute="),
    ] {
        refused(expression, part);
    }
    // A row without the key has no place either.
    assert!(evaluate("[{'a': 1}, {'b': 2}] | sort(attribute='a')", &scope()).is_err());
}

#[test]
fn what_has_an_order_is_sorted() {
    for (expression, expected) in [
        ("['山田', '伊藤'] | sort | join(',')", json!("伊藤,山田")),
        ("['b', 'A', 'a'] | sort | length", json!(3)),
        ("[10, 9, 時] | sort | first", json!(3.0)),
        ("['2026-10-01', '2026-09-30'] | max", json!("2026-10-01")),
        ("[none] | max", json!(null)),
        ("行 | sort(attribute='名') | map(attribute='名') | join('')", json!("丙乙甲")),
        ("行[0:1] | sort(attribute='額') | length", json!(1)),
        ("[] | sort", json!([])),
        ("[3, none] | sort", json!([null, 3])),
        ("['中央2-10', '', '中央1-5-3'] | sort | join(',')", json!(",中央1-5-3,中央2-10")),
        ("['太郎', '一'] | sort | join(',')", json!("一,太郎")),
        ("['', ''] | max", json!("")),
    ] {
        assert_eq!(evaluate(expression, &scope()), Ok(expected), "{expression}");
    }
}

#[test]
fn a_fraction_is_not_calculated_with() {
    for expression in [
        "率 * 100 // 1",
        "100 * 率",
        "1 + 率",
        "率 - 1",
        "率 % 1",
        "率 // 1",
        "(1 + 率) * 2 > 3",
        "[率 + 1] | first",
        "(行 | length) * 率",
        "2 if 率 * 2 < 1 else 3",
    ] {
        refused(expression, "times(率 | string");
    }
    for (expression, expected) in [
        ("100 | times(率 | string, 'floor')", json!(29)),
        ("時 * 2 + 1", json!(7.0)),
        ("1 + 2 * 時 - (時 - 1)", json!(5.0)),
        ("-1250 // 100", json!(-13)),
        ("'a' + 'b' ~ 率", json!("ab0.29")),
        ("率 ~ '%'", json!("0.29%")),
        ("率 < 1", json!(true)),
        ("行 | length + 2 * 3 == 9 and 1 + 1 < 3", json!(true)),
    ] {
        assert_eq!(evaluate(expression, &scope()), Ok(expected), "{expression}");
    }
}

#[test]
fn a_comma_parts_thousands() {
    for expression in
        ["'1,23' | int", "'1,23' | money", "'1,23' | number", "'12,5' | times('2', 'floor')", "'1,' | int"]
    {
        assert!(evaluate(expression, &scope()).is_err(), "{expression}");
    }
    for (expression, expected) in [
        ("'1,234' | int", 1234),
        ("' -1,234,567 ' | int", -1_234_567),
        ("'+5' | int", 5),
        ("'0123' | int", 123),
        ("'-9223372036854775808' | int", i64::MIN),
        ("'1億2,000万円' | money", 120_000_000),
    ] {
        assert_eq!(evaluate(expression, &scope()), Ok(json!(expected)), "{expression}");
    }
}
