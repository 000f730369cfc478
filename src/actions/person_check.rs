//! `person.check`: a person compares doubtful readings with the paper and says what is right.

use crate::{
    form::{FieldType, Form},
    run::{Question, Reading},
    step::{Action, Arg, Ask, AskKind, Effect, Failure, StepContext},
    text::{contact::PostalCode, corporate_number::CorporateNumber, my_number::MyNumber, numeral, wareki},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Whose readings, and which of them a person sees.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonCheck {
    /// `ocr.form` の結果全体。
    readings: Arg<Map<String, Value>>,
    /// uncertain は疑わしい項目だけ、always はすべての項目を職員に見せます。
    #[serde(default)]
    ask: When,
    /// 確認の対象とする項目名。書かなければすべての項目です。繰り返しの項目は「異動者.氏名」のように書けます。
    fields: Option<Vec<String>>,
}

/// Which readings a person sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum When {
    /// Those that did not pass by themselves.
    #[default]
    Uncertain,
    /// All.
    Always,
}

impl Action for PersonCheck {
    const NAME: &'static str = "person.check";
    const SUMMARY: &'static str = "疑わしい読取値を職員が確認し、正しい値を決めます。";
    const EXAMPLE: &'static str = "readings: ${{ 読取 }}\nask: uncertain\nfields: [届出日, 異動者.氏名]\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Map<String, Value>;

    async fn run(&self, cx: &StepContext) -> Result<Self::Output, Failure> {
        let read = self.readings.get();
        let mut readings = readings_of(read)?;
        let form = read.get("form").and_then(Value::as_str).and_then(|id| cx.forms.get(id));
        let mut open = Vec::new();
        for reading in readings.iter_mut().filter(|r| self.asks(r)) {
            match cx.answer.as_ref().and_then(|a| a.get(&reading.name)) {
                Some(answer) => match accept(answer, reading, form.map(AsRef::as_ref)) {
                    Ok(value) => confirm(reading, value),
                    Err(complaint) => open.push(question(reading, Some(complaint))),
                },
                None => open.push(question(reading, None)),
            }
        }
        if open.is_empty() {
            return Ok(merged(read, &readings));
        }
        let message = format!("{}項目の読取値が職員の確認を待っています。", open.len());
        Err(Failure::ask("SHK0703", message, Ask { kind: AskKind::Check, questions: open }))
    }
}

impl PersonCheck {
    /// Whether a person sees this reading.
    fn asks(&self, reading: &Reading) -> bool {
        let matters = |list: &Vec<String>| {
            list.iter().any(|f| *f == reading.name || *f == without_index(&reading.name))
        };
        (self.ask == When::Always || !reading.pass) && self.fields.as_ref().is_none_or(matters)
    }
}

/// `異動者[1].氏名` → `異動者.氏名`.
fn without_index(name: &str) -> String {
    match (name.find('['), name.find(']')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &name[..open], &name[close + 1..]),
        _ => name.to_owned(),
    }
}

fn readings_of(read: &Map<String, Value>) -> Result<Vec<Reading>, Failure> {
    let list = read.get("readings").cloned().unwrap_or_default();
    serde_json::from_value(list).map_err(|_| {
        Failure::stop("SHK0706", "`readings` には `ocr.form` の結果全体を渡してください（例: ${{ 読取 }}）。")
    })
}

fn question(reading: &Reading, complaint: Option<&str>) -> Question {
    Question {
        field: reading.name.clone(),
        value: reading.value.clone(),
        candidates: reading.candidates.clone(),
        probability: reading.probability,
        reasons: complaint.map(str::to_owned).into_iter().chain(reading.reasons.iter().cloned()).collect(),
        rect: Some(reading.rect),
    }
}

/// What a person stands for is right; what the reader saw stays in `raw`.
fn confirm(reading: &mut Reading, value: Value) {
    let said =
        if reading.value == value { "職員が確認しました" } else { "職員が訂正しました" };
    (reading.value, reading.probability, reading.pass) = (value, 1.0, true);
    reading.reasons.push(said.to_owned());
}

/// The output of `ocr.form` with the confirmed values in their places.
fn merged(read: &Map<String, Value>, readings: &[Reading]) -> Map<String, Value> {
    let mut out = read.clone();
    for reading in readings {
        put(&mut out, &reading.name, reading.value.clone());
    }
    out.insert("readings".to_owned(), json!(readings));
    out
}

/// Puts `value` under `届出日`, or under `異動者[1].氏名` in the list of that name; missing rows are made.
fn put(out: &mut Map<String, Value>, name: &str, value: Value) {
    let Some((list, n, field)) = row_place(name) else {
        out.insert(name.to_owned(), value);
        return;
    };
    let rows = out.entry(list).or_insert_with(|| json!([]));
    let Some(rows) = rows.as_array_mut() else { return };
    if value.is_null() && rows.len() < n {
        return;
    }
    while rows.len() < n {
        rows.push(json!({}));
    }
    rows[n - 1][field] = value;
}

/// `異動者[1].氏名` → `異動者`, 1, `氏名`.
fn row_place(name: &str) -> Option<(&str, usize, &str)> {
    let (list, rest) = name.split_once('[')?;
    let (n, field) = rest.split_once("].")?;
    let n = n.parse().ok().filter(|n| (1..=1000).contains(n))?;
    Some((list, n, field))
}

/// The value a person's answer stands for under the reading's type, or what is wrong with the answer.
fn accept(answer: &Value, reading: &Reading, form: Option<&Form>) -> Result<Value, &'static str> {
    let text = match answer {
        Value::Bool(_) if matches!(reading.kind.as_str(), "checkbox" | "stamp") => return Ok(answer.clone()),
        Value::Array(_) if reading.kind == "choice" => return accept_choices(answer, reading, form),
        Value::Null if matches!(reading.kind.as_str(), "checkbox" | "stamp") => String::new(),
        Value::Null => return Ok(Value::Null),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err("この項目には一つの値を文字で入力してください。"),
    };
    match reading.kind.as_str() {
        "checkbox" | "stamp" => flag(&text),
        _ if text.is_empty() => Ok(Value::Null),
        "date" => date(&text),
        "choice" | "code" => option(&text, reading, form),
        "postal_code" => PostalCode::parse(&text)
            .map(|p| json!(p.digits()))
            .map_err(|_| "郵便番号は数字7桁で入力してください。"),
        "digits" => numeral::digits_only(&text).map(Value::String).ok_or("数字で入力してください。"),
        "my_number" => my_number(&text),
        "corporate_number" => corporate_number(&text),
        _ => Ok(Value::String(text)),
    }
}

fn flag(text: &str) -> Result<Value, &'static str> {
    match text {
        "true" | "はい" | "有" | "あり" => Ok(Value::Bool(true)),
        "false" | "いいえ" | "無" | "なし" => Ok(Value::Bool(false)),
        _ => Err("「true」（あり）か「false」（なし）で答えてください。"),
    }
}

/// A day in any usual spelling, western or Japanese; never one that does not exist.
fn date(text: &str) -> Result<Value, &'static str> {
    let day = wareki::parse_date(text).ok().and_then(|d| d.plain_date());
    day.map(|d| json!(d.to_string())).ok_or("日付を「2026-04-01」か「令和8年4月1日」の形で入力してください。")
}

fn my_number(text: &str) -> Result<Value, &'static str> {
    let number = MyNumber::parse(text).map(|n| json!(n.expose()));
    number.map_err(|_| "個人番号（12桁）の桁数か検査数字が合いません。原本を見て入力し直してください。")
}

fn corporate_number(text: &str) -> Result<Value, &'static str> {
    let number = CorporateNumber::parse(text).map(|n| json!(n.as_str()));
    number.map_err(|_| "法人番号（13桁）の桁数か検査数字が合いません。原本を見て入力し直してください。")
}

fn accept_choices(answer: &Value, reading: &Reading, form: Option<&Form>) -> Result<Value, &'static str> {
    let words = answer
        .as_array()
        .into_iter()
        .flatten()
        .map(|v| option(v.as_str().unwrap_or_default(), reading, form));
    Ok(Value::Array(words.collect::<Result<_, _>>()?))
}

/// An option must be one of the form's, or, where the form is not known, one of the candidates.
fn option(text: &str, reading: &Reading, form: Option<&Form>) -> Result<Value, &'static str> {
    let mut known = options_in_form(&reading.name, form);
    if known.is_empty() {
        known = reading
            .candidates
            .iter()
            .map(|c| &c.value)
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
    }
    let good = known.is_empty() || known.iter().any(|k| k == text);
    good.then(|| Value::String(text.to_owned())).ok_or("帳票にある選択肢の言葉で答えてください。")
}

/// The options of the form's field of that name.
fn options_in_form(name: &str, form: Option<&Form>) -> Vec<String> {
    let fields = form.into_iter().flat_map(Form::places).filter(|f| f.name == name);
    fields
        .flat_map(|f| match f.kind {
            FieldType::Choice { options, .. } => options.into_iter().map(|(word, _)| word).collect(),
            FieldType::Code { list } => list,
            _ => Vec::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::bench, *};
    use crate::step::FailureKind;

    fn reading(name: &str, kind: &str, value: &str, pass: bool) -> Value {
        let candidates = json!([{"value": value, "probability": 0.6}]);
        json!({"name": name, "type": kind, "raw": "生の字", "value": value, "probability": 0.6, "pass": pass,
            "rect": [1.0, 2.0, 3.0, 4.0], "candidates": candidates, "reasons": ["二つの読みが違います"]})
    }

    fn read() -> Value {
        json!({"届出日": "2026-04-01", "異動区分": "転入", "同意": "x", "異動者": [{"氏名": "斎藤"}], "頁": 1, "readings": [
            reading("届出日", "date", "2026-04-01", false),
            reading("異動区分", "choice", "転入", false),
            reading("同意", "checkbox", "x", true),
            reading("異動者[1].氏名", "person_name", "斎藤", false),
        ]})
    }

    async fn check(with: Value, answer: Option<Value>) -> Result<Value, Vec<Question>> {
        let mut with = with;
        with["readings"] = read();
        let cx = StepContext { answer, ..bench::context(".".as_ref()) };
        let end = bench::action::<PersonCheck>(with).run(&cx).await;
        end.map(Value::Object).map_err(|f| {
            assert_eq!(f.kind, FailureKind::Ask, "{f}");
            f.ask.expect("questions").questions
        })
    }

    fn asked(end: Result<Value, Vec<Question>>) -> Vec<String> {
        end.expect_err("a person is asked").into_iter().map(|q| q.field).collect()
    }

    #[tokio::test]
    async fn asks_for_what_is_doubtful_and_matters() {
        assert_eq!(asked(check(json!({}), None).await), ["届出日", "異動区分", "異動者[1].氏名"]);
        assert_eq!(asked(check(json!({"fields": ["異動者.氏名", "同意"]}), None).await), ["異動者[1].氏名"]);
        assert_eq!(asked(check(json!({"fields": ["同意"], "ask": "always"}), None).await), ["同意"]);
        assert_eq!(check(json!({"fields": ["同意"]}), None).await, Ok(read()));
    }

    #[tokio::test]
    async fn shows_what_was_read_and_where() {
        let questions = check(json!({"fields": ["届出日"]}), None).await.expect_err("asks");
        assert_eq!(
            (&questions[0].value, questions[0].rect),
            (&json!("2026-04-01"), Some([1.0, 2.0, 3.0, 4.0]))
        );
        assert_eq!((questions[0].candidates.len(), questions[0].reasons.len()), (1, 1));
    }

    #[tokio::test]
    async fn puts_each_answer_in_its_place() {
        let answer = json!({"届出日": "2026-04-02", "異動区分": "転入", "異動者[1].氏名": "齋藤"});
        let out = check(json!({}), Some(answer)).await.expect("confirmed");
        assert_eq!(
            (&out["届出日"], &out["異動者"][0]["氏名"], &out["頁"]),
            (&json!("2026-04-02"), &json!("齋藤"), &json!(1))
        );
        let first = &out["readings"][0];
        assert_eq!(
            (&first["raw"], &first["pass"], &first["value"]),
            (&json!("生の字"), &json!(true), &json!("2026-04-02"))
        );
    }

    #[tokio::test]
    async fn asks_again_for_what_cannot_be_and_what_is_missing() {
        let answer = json!({"届出日": "2026-02-30", "異動区分": "転生"});
        let questions = check(json!({}), Some(answer)).await.expect_err("asks again");
        assert_eq!(questions.len(), 3);
        assert!(questions[0].reasons[0].contains("令和8年4月1日"));
        assert!(questions[1].reasons[0].contains("選択肢"));
        assert_eq!(questions[2].reasons.len(), 1);
    }

    #[test]
    fn each_type_knows_what_it_accepts() {
        let accepted = |kind: &str, answer: Value| {
            let reading: Reading =
                serde_json::from_value(reading("項目", kind, "x", false)).expect("a reading");
            accept(&answer, &reading, None).ok()
        };
        assert_eq!(accepted("date", json!("令和８年４月１日")), Some(json!("2026-04-01")));
        assert_eq!(accepted("date", json!("令和8年2月30日")), None);
        assert_eq!(accepted("date", json!("")), Some(Value::Null));
        assert_eq!(accepted("postal_code", json!("〒064-0941")), Some(json!("0640941")));
        assert_eq!(accepted("postal_code", json!("064094")), None);
        assert_eq!(accepted("my_number", json!("123456789012")), None);
        assert_eq!(accepted("my_number", json!("1234 5678 9018")), Some(json!("123456789018")));
        assert_eq!(accepted("checkbox", json!("あり")), Some(json!(true)));
        assert_eq!(accepted("checkbox", Value::Null), None);
        assert_eq!(accepted("choice", json!(["x"])), Some(json!(["x"])));
        assert_eq!(accepted("person_name", json!(" 𠮷野 ")), Some(json!("𠮷野")));
        assert_eq!(accepted("person_name", json!({"名": 1})), None);
    }

    #[test]
    fn makes_rows_only_for_what_is_there() {
        let mut out = Map::new();
        put(&mut out, "異動者[2].氏名", json!("邉"));
        put(&mut out, "異動者[4].氏名", Value::Null);
        assert_eq!(Value::Object(out), json!({"異動者": [{}, {"氏名": "邉"}]}));
    }
}
