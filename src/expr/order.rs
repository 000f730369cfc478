//! What is looked at while an expression is worked out: that what it compares has an order, and that it calculates with no
//! fraction. Both would otherwise give something wrong in silence.

use super::{
    comparable::comparable,
    functions::refused,
    infer::{Guarded, guarded},
};
use minijinja::{Environment, Error, Value, value::ValueKind};
use std::cmp::Ordering;

/// What `<` is evaluated as where the order is looked at; no function of the list, so nobody can write it.
const NAME: &str = "_in_order";

/// What a side of `*` is evaluated as.
const WHOLE: &str = "_whole";

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_function(NAME, in_order);
    environment.add_function(WHOLE, whole);
}

/// The expression with its `<`, `<=`, `>`, `>=` as calls that refuse what has no order, and the sides of its `+`, `*` and so on as
/// calls that refuse a fraction; none where it has none of them.
pub(super) fn looked_at(expression: &str) -> Option<String> {
    let Guarded { comparisons, operands } = guarded(expression);
    if comparisons.is_empty() && operands.is_empty() {
        return None;
    }
    let mut written = expression.to_owned();
    let mut pieces: Vec<(usize, usize, String)> = Vec::new();
    for one in comparisons {
        pieces.push((one.from, one.from, format!("{NAME}(")));
        pieces.push((one.sign.start, one.sign.end, format!(", '{}', ", &expression[one.sign.clone()])));
        pieces.push((one.to, one.to, ")".to_owned()));
    }
    // Behind the comparisons: where both begin, the comparison is the outer one.
    for side in operands {
        pieces.push((side.start, side.start, format!("{WHOLE}(")));
        pieces.push((side.end, side.end, ")".to_owned()));
    }
    // From the end, so that the places before stay what they are.
    pieces.sort_by_key(|(from, to, _)| (*from, *to));
    for (from, to, text) in pieces.iter().rev() {
        written.replace_range(*from..*to, text);
    }
    Some(written)
}

/// Whether two values are in an order, for two that have one.
#[expect(clippy::needless_pass_by_value, reason = "the evaluator hands values over")]
fn in_order(left: Value, sign: &str, right: Value) -> Result<bool, Error> {
    comparable(&left, &right)?;
    let order = match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => left.cmp(right),
        _ => left.cmp(&right),
    };
    Ok(match sign {
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        ">" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

/// A side of a calculation, unless it is a number with a fraction, as a cell may hold: 0.29 * 100 // 1 would be 28.
fn whole(value: Value) -> Result<Value, Error> {
    let is_fraction =
        value.kind() == ValueKind::Number && !value.is_integer() && i64::try_from(value.clone()).is_err();
    if is_fraction {
        return Err(refused(
            "小数は計算で端数が正確でなくなるため使えません（掛け算なら「金額 | times(率 | string, 'floor')」と書きます）",
        ));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::looked_at;
    use crate::expr::{ExprFault, Scope, evaluate, truth};
    use serde_json::{Value, json};

    fn scope() -> Scope {
        let values = json!({
            "空": null, "無": "", "数": 600_000, "文": "１，２００", "少": "9", "多": "10", "日": "2026-11-23",
            "行": [{"金額": null}, {"金額": 3}], "組": {"金額": 2},
        });
        values.as_object().cloned().unwrap().into()
    }

    #[test]
    fn what_has_no_order_holds_in_no_condition() {
        for (condition, part) in [
            ("空 <= 500000", "空の値"),
            ("500000 > 空", "空の値"),
            ("文 > 10000", "文字と数"),
            ("'未定' > 10000", "文字と数"),
            ("日 > 無", "空の文字"),
            ("少 < 多", "桁数"),
            ("行 > 0", "一覧"),
            ("true > 0", "一覧"),
            ("行[0].金額 < 1", "空の値"),
            ("(行 | first).金額 < 1 and 数 > 0", "空の値"),
            ("数 > 0 and not 空 < 1", "空の値"),
            ("1 < 空 < 3", "空の値"),
            ("['a' if 空 < 1 else 'b'] | first == 'a'", "空の値"),
            ("空 == none or 空 < 1 if 数 < 文 else true", "文字と数"),
        ] {
            let error = truth(condition, &scope()).unwrap_err();
            assert!(error.fault == ExprFault::Type && error.message.contains(part), "{condition}: {error:?}");
        }
    }

    #[test]
    fn what_has_an_order_is_compared_and_what_is_guarded_is_left_alone() {
        for (condition, holds) in [
            ("数 > 500000", true),
            ("数 >= 600000 and 数 <= 600000", true),
            ("日 <= '2026-11-23'", true),
            ("日 > '2026-11-22' and 日 < '2026-12-01'", true),
            ("空 is not none and 空 > 5", false),
            ("空 is none or 空 > 5", true),
            ("(空 | default(0)) < 5", true),
            ("true if 空 is none else 空 > 3", true),
            ("行 | length > 1", true),
            ("少 | int < 多 | int", true),
            ("組.金額 * 2 + 1 >= 5", true),
            ("'a < b' == 'a < b' and 組['金額'] > 1", true),
            ("少 < '8' or true", true),
            ("not 数 < 3", true),
            ("数 in [1, 2] or 2 > 1", true),
            ("無 <= ''", true),
        ] {
            assert_eq!(truth(condition, &scope()), Ok(holds), "{condition}");
        }
        assert_eq!(evaluate("[1 < 2, 2 < 1] | join('/')", &scope()), Ok(json!("true/false")));
        assert_eq!(evaluate("{'a': 3 > 2}", &scope()), Ok(json!({"a": true})));
        assert_eq!(evaluate("空", &scope()), Ok(Value::Null));
    }

    #[test]
    fn signs_become_calls_from_the_inside() {
        let written = |text: &str| looked_at(text).unwrap_or_default();
        assert_eq!(written("a < b"), "_in_order(a , '<',  b)");
        assert_eq!(written("1<2<3"), "_in_order(_in_order(1, '<', 2), '<', 3)");
        assert_eq!(written("(a >= b) == c"), "(_in_order(a , '>=',  b)) == c");
        assert_eq!(written("a == '<'"), "");
        assert_eq!(written("a+b*2<c"), "_in_order(_whole(a)+_whole(b)*2, '<', c)");
        assert_eq!(
            written("a ~ b + (c - -d) | int"),
            "a ~ _whole(b) + _whole((_whole(c) - _whole(-d)) | int)"
        );
        assert_eq!(written("1 + 2"), "");
    }
}
