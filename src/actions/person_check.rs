//! `person.check`: a person compares doubtful readings with the paper and says what is right.

use crate::{
    form::{FieldType, Form},
    run::{Manner, Paper, Question, REQUIRED, Reading, accept, is_blank, is_missing, why_unreadable},
    step::{Action, Arg, Ask, AskKind, Effect, Failure, StepContext},
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
        let form =
            read.get("form").and_then(Value::as_str).and_then(|id| cx.forms.get(id)).map(AsRef::as_ref);
        let mut open = Vec::new();
        for reading in &mut readings {
            let manner = manner(reading, form);
            let answer = cx.answer.as_ref().and_then(|a| a.get(&reading.name));
            // What was not asked for may be corrected too: the person has seen the whole paper.
            match answer.map(|answer| accept(&manner.kind, &manner.options, answer)) {
                Some(Ok(value)) if manner.required && is_blank(&value) => {
                    open.push(question(reading, manner, Some(REQUIRED)));
                }
                Some(Ok(value)) => confirm(reading, value, &manner)?,
                Some(Err(complaint)) => open.push(question(reading, manner, Some(complaint))),
                None if self.asks(reading, manner.two) => open.push(question(reading, manner, None)),
                None => {}
            }
        }
        if open.is_empty() {
            return Ok(merged(read, &readings));
        }
        let message = format!("{}項目の読取値が職員の確認を待っています。", open.len());
        let paper = paper(read, &readings, form, &open);
        Err(Failure::ask("SHK0703", message, Ask { kind: AskKind::Check, questions: open, paper }))
    }
}

/// The page with the readings that nobody is asked about.
fn paper(
    read: &Map<String, Value>,
    readings: &[Reading],
    form: Option<&Form>,
    open: &[Question],
) -> Option<Paper> {
    let id = read.get("form")?.as_str()?.to_owned();
    let page = read.get("page").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    let asked = |r: &&Reading| open.iter().all(|q| q.field != r.name);
    let others = readings.iter().filter(asked).map(|r| question(r, manner(r, form), None)).collect();
    let size = form.map_or(Paper::a4(), |f| (f.page.width, f.page.height));
    Some(Paper { form: id, page, size, others })
}

impl PersonCheck {
    /// Whether a person sees this reading. Where two must stand for a value, no reading is good enough without them.
    fn asks(&self, reading: &Reading, two: bool) -> bool {
        let matters = |list: &Vec<String>| {
            list.iter().any(|f| *f == reading.name || *f == without_index(&reading.name))
        };
        (self.ask == When::Always || two || !reading.pass) && self.fields.as_ref().is_none_or(matters)
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

fn question(reading: &Reading, manner: Manner, complaint: Option<&str>) -> Question {
    let mut question = Question::about(reading, manner);
    question.reasons.splice(0..0, complaint.map(str::to_owned));
    question
}

/// What a person stands for is right; what the reader saw stays in `raw`. A required field that nobody can read ends the
/// item: somebody has to ask the citizen.
fn confirm(reading: &mut Reading, value: Value, manner: &Manner) -> Result<(), Failure> {
    let unreadable = why_unreadable(&value);
    if let Some(why) = unreadable.filter(|_| manner.required) {
        let name = &reading.name;
        let found = if is_missing(&value) {
            format!("必須の項目「{name}」には何も書かれていないと職員が判断しました。")
        } else {
            format!("必須の項目「{name}」は読めないと職員が判断しました（{why}）。")
        };
        let message = format!("{found}届出人などに確かめてから、手で処理してください。");
        return Err(Failure::stop("SHK0707", message));
    }
    let missing = is_missing(&value);
    let value = if unreadable.is_some() { Value::Null } else { value };
    let said = match unreadable {
        Some(_) if missing => "何も書かれていないと職員が判断しました".to_owned(),
        Some(why) => format!("職員が読めないと判断しました（{why}）"),
        None if reading.value == value => "職員が確認しました".to_owned(),
        None => "職員が訂正しました".to_owned(),
    };
    (reading.value, reading.probability, reading.pass) = (value, 1.0, true);
    reading.reasons.push(said);
    Ok(())
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

/// How a reading is to be answered: what its field of the form says; where that is not known, with one of the candidates.
fn manner(reading: &Reading, form: Option<&Form>) -> Manner {
    let field = form.and_then(|form| form.places().into_iter().find(|f| f.name == reading.name));
    let words = match field.as_ref().map(|f| &f.kind) {
        Some(FieldType::Choice { options, .. }) => options.iter().map(|(word, _)| word.clone()).collect(),
        Some(FieldType::Code { list }) => list.clone(),
        _ => Vec::new(),
    };
    let listed = matches!(reading.kind.as_str(), "choice" | "code");
    let likely = || reading.candidates.iter().filter_map(|c| c.value.as_str()).map(str::to_owned).collect();
    let postal_code = match field.as_ref().map(|f| &f.kind) {
        Some(FieldType::Address { postal_code }) => postal_code.clone(),
        _ => None,
    };
    Manner {
        kind: reading.kind.clone(),
        options: if listed && words.is_empty() { likely() } else { words },
        required: field.as_ref().is_some_and(|f| f.required),
        two: field.as_ref().is_some_and(|f| f.two),
        twice: field.as_ref().is_some_and(|f| f.twice),
        postal_code,
    }
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
    async fn what_two_must_confirm_is_asked_however_sure_the_reader_is() {
        let text = "shoki_form: 1\nid: f\ntitle: f\npage: { size: A4, blank: 白紙.pdf }\nfields:\n  - { name: 個人番号, type: my_number, box: [10, 10, 96, 8], cells: 12, confirm: two }\n  - { name: 整理番号, type: digits, box: [10, 30, 50, 8] }\n";
        let at = std::path::Path::new("fixtures/problems/f.yaml");
        let form = crate::scenario::load_form_text(at, text).expect("a good form");
        let readings = [
            reading("個人番号", "my_number", "123456789018", true),
            reading("整理番号", "digits", "1", true),
        ];
        let action: PersonCheck = bench::action(json!({"readings": {"form": "f", "readings": readings}}));
        let mut cx = bench::context(".".as_ref());
        cx.forms = std::sync::Arc::new([("f".to_owned(), std::sync::Arc::new(form))].into());
        let asked = action.run(&cx).await.expect_err("asks").ask.expect("questions").questions;
        assert_eq!(asked.iter().map(|q| q.field.as_str()).collect::<Vec<_>>(), ["個人番号"]);
        cx.answer = Some(json!({"個人番号": "123456789018"}));
        assert!(action.run(&cx).await.is_ok());
    }

    /// The form with one required day, and its reading: nothing.
    fn blank_day() -> (PersonCheck, StepContext) {
        let text = "shoki_form: 1\nid: f\ntitle: f\npage: { size: A4, blank: 白紙.pdf }\nfields:\n  - { name: 届出日, type: date, box: [10, 10, 96, 8], required: true }\n";
        let at = std::path::Path::new("fixtures/problems/f.yaml");
        let form = crate::scenario::load_form_text(at, text).expect("a good form");
        let mut day = reading("届出日", "date", "", false);
        day["value"] = Value::Null;
        let action = bench::action(json!({"readings": {"form": "f", "readings": [day]}}));
        let mut cx = bench::context(".".as_ref());
        cx.forms = std::sync::Arc::new([("f".to_owned(), std::sync::Arc::new(form))].into());
        (action, cx)
    }

    #[tokio::test]
    async fn a_required_field_is_not_confirmed_blank() {
        let (action, mut cx) = blank_day();
        for blank in [Value::Null, json!(""), json!("　")] {
            cx.answer = Some(json!({"届出日": blank}));
            let asked = action.run(&cx).await.expect_err("asks").ask.expect("questions").questions;
            assert_eq!(asked[0].reasons[0], REQUIRED);
        }
        cx.answer = Some(json!({"届出日": {"unreadable": "missing"}}));
        let end = action.run(&cx).await.expect_err("somebody asks the citizen");
        assert_eq!(end.kind, FailureKind::Stop, "{end}");
        assert!(end.to_string().contains("何も書かれていない"), "{end}");
        cx.answer = Some(json!({"届出日": "令和8年4月1日"}));
        assert_eq!(action.run(&cx).await.expect("confirmed")["届出日"], "2026-04-01");
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
    fn makes_rows_only_for_what_is_there() {
        let mut out = Map::new();
        put(&mut out, "異動者[2].氏名", json!("邉"));
        put(&mut out, "異動者[4].氏名", Value::Null);
        assert_eq!(Value::Object(out), json!({"異動者": [{}, {"氏名": "邉"}]}));
    }
}
