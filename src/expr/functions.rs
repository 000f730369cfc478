//! What an expression may call: the list, and how it is given to the evaluator.

mod dates;
mod japanese;
mod lists;
mod money;
mod people;

use minijinja::{Environment, Error, ErrorKind, filters, tests as conditions};

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// `name(値)`.
    Function,
    /// `値 | name`.
    Filter,
    /// `値 is name`.
    Test,
}

/// What a filter is put behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Anything, also what has no value.
    Any,
    /// A single value: text, number, true or false.
    Single,
    /// A text.
    Text,
    /// A list.
    List,
    /// A text or a list.
    TextOrList,
    /// A text, a list, or keys and values.
    Countable,
}

impl Takes {
    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Any => "値",
            Self::Single => "一つの値",
            Self::Text => "文字",
            Self::List => "一覧",
            Self::TextOrList => "文字か一覧",
            Self::Countable => "文字、一覧、項目の組",
        }
    }
}

/// What a function gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// What it was put behind.
    Same,
    /// What it was put behind, or its argument.
    Either,
    /// One element of the list, or one character of the text.
    Element,
    /// The values of one key of each element.
    Attribute,
    /// `{row, level, count}` with one element of its first argument.
    Best,
}

impl Gives {
    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "文字",
            Self::Texts => "文字の一覧",
            Self::Number => "数",
            Self::Flag => "はい・いいえ",
            Self::Same => "同じ種類",
            Self::Either => "元の値か代わりの値",
            Self::Element => "一覧の一つ",
            Self::Attribute => "項目の値の一覧",
            Self::Best => "row（行）、level（近さ）、count（数）の組",
        }
    }
}

/// One function with an example that a test executes.
#[derive(Debug, Clone, Copy)]
pub struct FunctionDef {
    /// Its word.
    pub name: &'static str,
    /// How it is called.
    pub call: Call,
    /// What it is put behind; of no meaning for functions.
    pub takes: Takes,
    /// What it gives back.
    pub gives: Gives,
    /// What it does, one line in Japanese.
    pub summary: &'static str,
    /// An expression.
    pub example: &'static str,
    /// What the example gives, as JSON.
    pub result: &'static str,
}

/// Marks an error text as ours: in Japanese and without values.
pub(super) const OURS: &str = "\u{1}";

/// A mistake in our words, which hold no value.
pub(super) fn refused(message: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("{OURS}{message}"))
}

const fn filter(
    name: &'static str,
    takes: Takes,
    gives: Gives,
    summary: &'static str,
    example: &'static str,
    result: &'static str,
) -> FunctionDef {
    FunctionDef { name, call: Call::Filter, takes, gives, summary, example, result }
}

const fn test(
    name: &'static str,
    summary: &'static str,
    example: &'static str,
    result: &'static str,
) -> FunctionDef {
    FunctionDef { name, call: Call::Test, takes: Takes::Any, gives: Gives::Flag, summary, example, result }
}

const fn function(
    name: &'static str,
    gives: Gives,
    summary: &'static str,
    example: &'static str,
    result: &'static str,
) -> FunctionDef {
    FunctionDef { name, call: Call::Function, takes: Takes::Any, gives, summary, example, result }
}

const DEFS: &[FunctionDef] = &[
    filter(
        "default",
        Takes::Any,
        Gives::Either,
        "値が無いか空なら代わりの値",
        "{'a': ''}.a | default('なし')",
        r#""なし""#,
    ),
    filter("length", Takes::Countable, Gives::Number, "文字数、または一覧の件数", "'髙橋' | length", "2"),
    filter("join", Takes::List, Gives::Text, "一覧を一つの文にする", "['a', 'b'] | join('、')", r#""a、b""#),
    filter("split", Takes::Text, Gives::Texts, "文を区切りで分ける", "'a-b' | split('-')", r#"["a","b"]"#),
    filter("trim", Takes::Text, Gives::Text, "前後の空白を取る", "'  a ' | trim", r#""a""#),
    filter(
        "replace",
        Takes::Text,
        Gives::Text,
        "文字を置き換える",
        "'1-2' | replace('-', 'の')",
        r#""1の2""#,
    ),
    filter("upper", Takes::Text, Gives::Text, "英字を大文字にする", "'ab' | upper", r#""AB""#),
    filter("lower", Takes::Text, Gives::Text, "英字を小文字にする", "'AB' | lower", r#""ab""#),
    filter("first", Takes::TextOrList, Gives::Element, "一覧の最初", "[3, 4] | first", "3"),
    filter("last", Takes::TextOrList, Gives::Element, "一覧の最後", "[3, 4] | last", "4"),
    filter("sum", Takes::List, Gives::Number, "合計（数だけ）", "[1, 2, 3] | sum", "6"),
    filter("min", Takes::List, Gives::Element, "いちばん小さいもの", "[3, 1] | min", "1"),
    filter("max", Takes::List, Gives::Element, "いちばん大きいもの", "[3, 1] | max", "3"),
    filter("unique", Takes::List, Gives::Same, "重なりを除く", "['a', 'b', 'a'] | unique", r#"["a","b"]"#),
    filter("reverse", Takes::TextOrList, Gives::Same, "逆の順にする", "[1, 2] | reverse", "[2,1]"),
    filter(
        "sort",
        Takes::List,
        Gives::Same,
        "並べ替える",
        "[{'n': 2}, {'n': 1}] | sort(attribute='n') | map(attribute='n')",
        "[1,2]",
    ),
    filter(
        "map",
        Takes::List,
        Gives::Attribute,
        "一覧の各行から項目を取り出す",
        "[{'氏名': '山田'}] | map(attribute='氏名')",
        r#"["山田"]"#,
    ),
    filter(
        "selectattr",
        Takes::List,
        Gives::Same,
        "条件に合う行だけ残す",
        "[{'n': 1}, {'n': 2}] | selectattr('n', 'equalto', 2) | length",
        "1",
    ),
    filter(
        "rejectattr",
        Takes::List,
        Gives::Same,
        "条件に合う行を除く",
        "[{'n': 1}, {'n': 2}] | rejectattr('n', 'equalto', 2) | length",
        "1",
    ),
    filter("int", Takes::Single, Gives::Number, "数字の文を整数にする", "'0123' | int", "123"),
    filter("string", Takes::Single, Gives::Text, "文にする", "12 | string", r#""12""#),
    filter(
        "date_add",
        Takes::Text,
        Gives::Text,
        "日付に日数を足す",
        "'2026-02-28' | date_add(1)",
        r#""2026-03-01""#,
    ),
    filter("fiscal_year", Takes::Text, Gives::Number, "日付の年度", "'2026-03-31' | fiscal_year", "2025"),
    filter(
        "wareki",
        Takes::Text,
        Gives::Text,
        "日付を和暦にする（full・short・padded）",
        "'2026-11-02' | wareki",
        r#""令和8年11月2日""#,
    ),
    filter(
        "seireki",
        Takes::Text,
        Gives::Text,
        "和暦などの日付を 2026-04-01 の形にする",
        "'R8.11.2' | seireki",
        r#""2026-11-02""#,
    ),
    filter("zenkaku", Takes::Text, Gives::Text, "全角にする", "'ｱ1-2' | zenkaku", r#""ア１－２""#),
    filter("hankaku", Takes::Text, Gives::Text, "半角にする", "'ガ１' | hankaku", r#""ｶﾞ1""#),
    filter(
        "katakana",
        Takes::Text,
        Gives::Text,
        "ひらがなをカタカナにする",
        "'やまだ' | katakana",
        r#""ヤマダ""#,
    ),
    filter(
        "hiragana",
        Takes::Text,
        Gives::Text,
        "カタカナをひらがなにする",
        "'ﾔﾏﾀﾞ' | hiragana",
        r#""やまだ""#,
    ),
    filter(
        "digits",
        Takes::Single,
        Gives::Text,
        "数字だけにする（ハイフンや空白を除く）",
        "'１２３－４５６７' | digits",
        r#""1234567""#,
    ),
    function(
        "name_level",
        Gives::Number,
        "氏名の近さ（0 同じ〜5 似た別字、9 違う）",
        "name_level('髙橋 花', '高橋花')",
        "3",
    ),
    function(
        "same_name",
        Gives::Flag,
        "氏名が人の確認なしで同じと言えるか",
        "same_name('山田　太郎', '山田太郎')",
        "true",
    ),
    function(
        "name_variants",
        Gives::Texts,
        "検索に使う氏名の書き方",
        "'高橋' in name_variants('髙橋')",
        "true",
    ),
    function(
        "cp932_ok",
        Gives::Flag,
        "古い画面（Shift_JIS）に入れられる文字だけか",
        "cp932_ok('𠮷野')",
        "false",
    ),
    function(
        "address_match",
        Gives::Text,
        "住所の比較（same 同じ、room 方書などが違い人が見る、different 違う）",
        "address_match('緑町1丁目2番3号 101号室', '緑町1-2-3-102')",
        r#""room""#,
    ),
    function(
        "best_name",
        Gives::Best,
        "氏名が最も近い行（row, level, count）",
        "best_name([{'氏名': '山田'}, {'氏名': '高橋花'}], '髙橋花').level",
        "3",
    ),
    function(
        "best_person",
        Gives::Best,
        "生年月日が同じ行のうち氏名が最も近い行（row, level, count）",
        "best_person([{'氏名': '高橋花', '生年月日': 'S60.1.2'}], '髙橋花', '1985-01-02')",
        r#"{"row":{"氏名":"高橋花","生年月日":"S60.1.2"},"level":3,"count":1}"#,
    ),
    filter(
        "month_add",
        Takes::Text,
        Gives::Text,
        "日付に月数を足す（無い日は月末）",
        "'2026-01-31' | month_add(1)",
        r#""2026-02-28""#,
    ),
    filter(
        "month_end",
        Takes::Text,
        Gives::Text,
        "その月の末日",
        "'2026-02-10' | month_end",
        r#""2026-02-28""#,
    ),
    filter("weekday", Takes::Text, Gives::Text, "曜日", "'2026-04-01' | weekday", r#""水""#),
    filter(
        "open_day_add",
        Takes::Text,
        Gives::Text,
        "開庁日で数えて日数を足す（祝日・土日・年末年始を除く）",
        "'2026-04-28' | open_day_add(2)",
        r#""2026-05-01""#,
    ),
    filter(
        "open_day_on_or_after",
        Takes::Text,
        Gives::Text,
        "その日か、その後の最初の開庁日",
        "'2026-05-03' | open_day_on_or_after",
        r#""2026-05-07""#,
    ),
    filter(
        "open_day_on_or_before",
        Takes::Text,
        Gives::Text,
        "その日か、その前の最後の開庁日",
        "'2026-05-05' | open_day_on_or_before",
        r#""2026-05-01""#,
    ),
    function("is_open_day", Gives::Flag, "開庁日か", "is_open_day('2026-05-04')", "false"),
    function(
        "days_between",
        Gives::Number,
        "二つの日付の間の日数",
        "days_between('2026-04-01', '2026-04-15')",
        "14",
    ),
    function(
        "age_on",
        Gives::Number,
        "その日の満年齢（誕生日の前日に加わる）",
        "age_on('2008-04-02', '2026-04-01')",
        "18",
    ),
    filter(
        "fold_kanji",
        Takes::Text,
        Gives::Text,
        "字体の違いをそろえる（比べるときだけに使う）",
        "'髙橋' | fold_kanji == '高橋' | fold_kanji",
        "true",
    ),
    filter(
        "kanji_number",
        Takes::Single,
        Gives::Text,
        "数を漢数字にする",
        "1234 | kanji_number",
        r#""千二百三十四""#,
    ),
    filter(
        "number",
        Takes::Single,
        Gives::Number,
        "全角や漢数字の数を読む",
        "'千二百三十四' | number",
        "1234",
    ),
    filter(
        "yen",
        Takes::Single,
        Gives::Text,
        "金額を 1,234円 の形にする",
        "1234567 | yen",
        r#""1,234,567円""#,
    ),
    filter(
        "money",
        Takes::Single,
        Gives::Number,
        "「￥１，２３４」「1,234円」などの金額を数にする",
        "'￥１，２３４' | money",
        "1234",
    ),
    filter(
        "times",
        Takes::Single,
        Gives::Number,
        "小数を正確に掛ける（floor 切り捨て、負の数は小さい方へ・ceil 切り上げ・round 四捨五入）",
        "1999 | times('0.1', 'floor')",
        "199",
    ),
    filter(
        "round_to",
        Takes::Single,
        Gives::Number,
        "端数をそろえる（floor 切り捨て、負の数は小さい方へ・ceil・round）",
        "1234 | round_to(100, 'floor')",
        "1200",
    ),
    filter(
        "postal_code",
        Takes::Single,
        Gives::Text,
        "郵便番号を 123-4567 の形にする",
        "'１２３４５６７' | postal_code",
        r#""123-4567""#,
    ),
    filter(
        "address_key",
        Takes::Text,
        Gives::Text,
        "住所の書き方の違いをそろえる（比べるときだけに使う）",
        "'緑町一丁目2番3号' | address_key == '緑町1-2-3' | address_key",
        "true",
    ),
    test("defined", "値があるか", "{'a': 1}.b is defined", "false"),
    test("none", "空（値なし）か", "none is none", "true"),
    test("equalto", "等しいか", "1 is equalto(1)", "true"),
    test("in", "一覧に含まれるか", "'a' is in(['a', 'b'])", "true"),
    test("startingwith", "その文字で始まるか", "'東京都' is startingwith('東京')", "true"),
    test("endingwith", "その文字で終わるか", "'東京都' is endingwith('都')", "true"),
];

/// Everything an expression may call.
#[must_use]
pub fn functions() -> &'static [FunctionDef] {
    DEFS
}

fn names(call: Call) -> Vec<&'static str> {
    DEFS.iter().filter(|d| d.call == call).map(|d| d.name).collect()
}

/// The words that may follow `|`.
pub(super) fn filter_names() -> Vec<&'static str> {
    names(Call::Filter)
}

/// The words that may follow `is`.
pub(super) fn test_names() -> Vec<&'static str> {
    names(Call::Test)
}

/// The words that may stand before `(`.
pub(super) fn function_names() -> Vec<&'static str> {
    names(Call::Function)
}

/// Gives everything to the evaluator.
pub(super) fn register(environment: &mut Environment<'static>) {
    plain_filters(environment);
    dates::register(environment);
    japanese::register(environment);
    people::register(environment);
    lists::register(environment);
    money::register(environment);
    environment.add_test("defined", conditions::is_defined);
    environment.add_test("none", conditions::is_none);
    environment.add_test("equalto", conditions::is_eq);
    environment.add_test("in", conditions::is_in);
    environment.add_test("startingwith", conditions::is_startingwith);
    environment.add_test("endingwith", conditions::is_endingwith);
}

/// Filters that the evaluator's own library has.
fn plain_filters(environment: &mut Environment<'static>) {
    environment.add_filter("length", filters::length);
    environment.add_filter("split", filters::split);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("map", filters::map);
    environment.add_filter("selectattr", filters::selectattr);
    environment.add_filter("rejectattr", filters::rejectattr);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::*;
    use crate::expr::{Scope, evaluate};

    #[test]
    fn every_example_gives_its_result() {
        for def in functions() {
            let expected: serde_json::Value = serde_json::from_str(def.result).unwrap();
            let found = evaluate(def.example, &Scope::default());
            assert_eq!(found.as_ref(), Ok(&expected), "{}", def.name);
            assert!(def.example.contains(def.name), "{}", def.name);
            assert!(!def.summary.is_empty(), "{}", def.name);
        }
    }
}
