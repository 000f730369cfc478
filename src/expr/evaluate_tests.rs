//! What expressions give, and what they must never do.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn scope() -> Scope {
    let values = json!({
        "照会": {"宛名番号": "0123", "件数": 1, "氏名": null, "金額": 3.0},
        "読取": {"異動者": [{"氏名": "髙橋 花"}, {"氏名": "山田"}]},
        "省略": null,
    });
    match values {
        Value::Object(map) => Scope::new(map),
        _ => Scope::default(),
    }
}

fn filled(text: &str) -> Value {
    render(&json!(text), &scope()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn a_whole_value_keeps_its_type() {
    assert_eq!(filled("${{ 照会.件数 }}"), json!(1));
    assert_eq!(filled(" ${{ 照会.件数 == 1 }}\n"), json!(true));
    assert_eq!(filled("${{ 読取.異動者 | map(attribute='氏名') }}"), json!(["髙橋 花", "山田"]));
    assert_eq!(filled("${{ 照会.氏名 }}"), Value::Null);
    assert_eq!(filled("${{ {'a': {'b': 照会.件数}} }}"), json!({"a": {"b": 1}}));
}

#[test]
fn a_text_with_holes_stays_text() {
    assert_eq!(filled("${{ 照会.宛名番号 }}/${{ 照会.件数 }}"), json!("0123/1"));
    assert_eq!(filled("${{ 照会.金額 }}円 ${{ 照会.氏名 }}様"), json!("3円 様"));
    assert_eq!(filled("価格は $5、{{ そのまま }}"), json!("価格は $5、{{ そのまま }}"));
    assert_eq!(filled("'}}' は ${{ '}}' }}"), json!("'}}' は }}"));
}

#[test]
fn lists_and_maps_are_walked_and_keys_stay() {
    let value = json!({"${{ x }}": ["${{ 照会.件数 }}", {"a": "${{ 照会.宛名番号 }}"}, 5]});
    assert_eq!(render(&value, &scope()).unwrap(), json!({"${{ x }}": [1, {"a": "0123"}, 5]}));
}

#[test]
fn an_empty_field_leaves_no_trace_in_a_joined_text() {
    assert_eq!(evaluate("['緑町1', 照会.氏名, 2] | join(' ')", &scope()), Ok(json!("緑町1 2")));
}

#[test]
fn the_nearest_name_needs_the_same_day_of_birth() {
    let rows = json!([
        {"氏名": "髙橋花", "生年月日": "昭和60年1月3日"},
        {"氏名": "高橋 花", "生年月日": "S60.01.02"},
        {"氏名": "髙橋　花", "生年月日": "1985-01-02"},
        {"氏名": "髙橋花", "生年月日": "1985-01-02"},
        {"氏名": "", "生年月日": "1985-01-02"},
    ]);
    let scope = Scope::new([("行".to_owned(), rows), ("空".to_owned(), Value::Null)].into_iter().collect());
    let found = |text: &str| evaluate(text, &scope).unwrap_or_else(|e| panic!("{text}: {e}"));
    let best = found("best_person(行, '髙橋花', '昭和60年1月2日')");
    assert_eq!(
        (&best["level"], &best["count"], &best["row"]["氏名"]),
        (&json!(0), &json!(2), &json!("髙橋　花"))
    );
    let none = json!({"row": null, "level": 9, "count": 0});
    assert_eq!(found("best_person(行, '髙橋花', 空)"), none);
    assert_eq!(found("best_person(行, 空, '1985-01-02')"), none);
    assert_eq!(found("best_person(行, '', '1985-01-02')"), none);
    assert_eq!(found("best_person([], '髙橋花', '1985-01-02')"), none);
    assert_eq!(found("best_name(行, '山田', name_key='氏名')"), none);
    assert_eq!(found("best_name(行, '髙橋花').count"), json!(3));
}

#[test]
fn what_is_missing_is_named() {
    let told = |text: &str| render(&json!(text), &scope()).unwrap_err();
    assert_eq!(told("${{ 照会.住所 }}").message, "「照会」に「住所」がありません");
    assert_eq!(told("a${{ 紹介.住所 }}").message, "「紹介」という名前はありません");
    assert_eq!(told("${{ 省略.住所 }}").message, "「省略」に「住所」がありません");
    assert_eq!(told("${{ 読取.異動者[5].氏名 }}").message, "「読取.異動者」に「5」がありません");
    assert_eq!(told("様 ${{ 照会.住所 }}").at, 15..21);
    assert_eq!(filled("${{ 照会.住所 | default('なし') }}"), json!("なし"));
    assert_eq!(filled("${{ 照会.氏名 | default('なし') }}"), json!("なし"));
}

#[test]
fn conditions_are_true_or_false() {
    assert_eq!(truth("照会.件数 == 1 and not (照会.件数 > 3)", &scope()), Ok(true));
    assert_eq!(truth("省略", &scope()), Ok(false));
    assert_eq!(truth("照会.宛名番号", &scope()).unwrap_err().fault, ExprFault::Type);
}

#[test]
fn a_key_of_nothing_is_no_key() {
    let key = |text| render_key(text, &scope()).unwrap();
    let known = |text: &str, partial| Some(Key { text: text.to_owned(), partial });
    assert_eq!(key("${{ 照会.宛名番号 }}/${{ 照会.件数 }}"), known("0123/1", false));
    assert_eq!(key("${{ 照会.宛名番号 }}-${{ 照会.氏名 }}"), known("0123-", true));
    for nothing in ["件-${{ 照会.氏名 }}", "${{ 照会.氏名 }}", "${{ ' ' }}\n"] {
        assert_eq!(key(nothing), None, "{nothing}");
    }
}

/// Keys stay on record for years: what they are made of may not change.
#[test]
fn a_key_that_is_one_value_is_its_text_or_its_json() {
    let key = |text| render_key(text, &scope()).unwrap().unwrap().text;
    assert_eq!(key("${{ 読取.異動者[1] }}"), r#"{"氏名":"山田"}"#);
    assert_eq!(key("${{ 読取.異動者 | map(attribute='氏名') }}"), r#"["髙橋 花","山田"]"#);
    assert_eq!(key("${{ 照会.金額 }}"), "3.0");
    assert_eq!(key(" ${{ 照会.宛名番号 }}\n"), "0123");
    assert_eq!(key("${{ 照会.件数 }}"), "1");
    // Beside other text a number is written as people write it.
    assert_eq!(key("${{ 照会.金額 }}/${{ 照会.件数 }}"), "3/1");
}

#[test]
fn messages_hold_no_values() {
    for text in [
        "${{ 照会.宛名番号 | date_add(1) }}",
        "${{ 読取.異動者 + 1 }}",
        "a ${{ 読取.異動者 }}",
        "${{ 読取.異動者 | sum }}",
    ] {
        let error = render(&json!(text), &scope()).unwrap_err();
        let told = format!("{}{}", error.message, error.help.unwrap_or_default());
        assert!(!told.contains("髙橋") && !told.contains("0123"), "{told}");
        assert!(!told.is_ascii(), "{told}");
    }
}

#[test]
fn nothing_outside_the_list_can_be_called() {
    for text in [
        "照会.items()",
        "range(10)",
        "照会 | pprint",
        "''.format(1)",
        "debug()",
        "照会 | tojson",
        "dict(a=1)",
        "1 / 2",
    ] {
        let error = evaluate(text, &scope()).unwrap_err();
        assert!(matches!(error.fault, ExprFault::UnknownFunction | ExprFault::Refused), "{text}: {error}");
    }
}

#[test]
fn an_expression_ends() {
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(evaluate(&deep, &scope()).is_err());
    assert!(evaluate("'x' * 100000000000", &scope()).is_err());
    let long = "1+".repeat(200_000) + "1";
    assert!(evaluate(&long, &scope()).is_err());
}

/// Texts that other tools evaluate when they arrive by OCR, web page, workbook or file name (S-26).
const HOSTILE: &[&str] = &[
    "${{ settings.password }}",
    "{{secrets.x}}",
    "${x}",
    "{{ ''.__class__.__mro__ }}",
    "`${constructor.constructor('return 1')()}`",
    "{% for a in b %}",
    "${{ '${{ 照会.件数 }}' }}",
    "=cmd|' /C calc'!A0",
    "{# note #}",
];

#[test]
fn a_text_cannot_grow_without_end() {
    for step in ["split('') | join('つづく')", "replace('', 'つづく')"] {
        let chain = format!("v | {}", [step; 40].join(" | "));
        let scope = Scope::new([("v".to_owned(), json!("港北市"))].into_iter().collect());
        let error = evaluate(&chain, &scope).unwrap_err();
        assert!(error.message.contains("長くなりすぎました"), "{}", error.message);
    }
    // A name is no list of its letters.
    let scope = Scope::new([("氏名".to_owned(), json!("山田"))].into_iter().collect());
    assert!(evaluate("氏名 | join('、')", &scope).is_err());
}

#[test]
fn what_was_filled_in_is_never_read_again() {
    for text in HOSTILE {
        let scope = Scope::new([("読取".to_owned(), json!({"氏名": text}))].into_iter().collect());
        assert_eq!(render(&json!("${{ 読取.氏名 }}"), &scope).unwrap(), json!(text));
        assert_eq!(render(&json!("様: ${{ 読取.氏名 }}"), &scope).unwrap(), json!(format!("様: {text}")));
        assert_eq!(evaluate("読取 | length", &scope).unwrap(), json!(1));
        assert_eq!(evaluate("[読取.氏名] | join('、')", &scope).unwrap(), json!(text));
    }
}

proptest! {
    #[test]
    fn any_value_passes_unchanged(text in "[${}{}%#'\" a-z氏.()|]{0,40}") {
        let scope = Scope::new([("v".to_owned(), json!(text))].into_iter().collect());
        prop_assert_eq!(render(&json!("${{ v }}"), &scope), Ok(json!(text)));
    }
}
