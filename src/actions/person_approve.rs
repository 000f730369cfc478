//! `person.approve`: a person allows something, or does not.

use crate::{
    form::Forms,
    run::Question,
    step::{Action, Ask, AskKind, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The word under which the answer comes back.
const FIELD: &str = "承認";

/// What is to be allowed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonApprove {
    /// 何を承認するか。
    title: String,
    /// 判断に要る事項。名前と値を自由に書けます。
    #[serde(default)]
    details: Map<String, Value>,
}

/// What later steps may refer to.
#[derive(Debug, PartialEq, Serialize)]
pub struct Approved {
    /// Always true: a refusal ends the item.
    approved: bool,
}

impl Action for PersonApprove {
    const NAME: &'static str = "person.approve";
    const SUMMARY: &'static str = "職員の承認を得てから先へ進みます。承認されない件は中止します。";
    const EXAMPLE: &'static str =
        "title: 住所の変更を登録してよいですか\ndetails:\n  宛名番号: ${{ 照会.宛名番号 }}\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Approved;

    fn shape(&self, _forms: &Forms) -> Shape {
        Shape::map([("approved", Shape::Flag)])
    }

    async fn run(&self, cx: &StepContext) -> Result<Approved, Failure> {
        match cx.answer.as_ref().map(|a| verdict(&a[FIELD])) {
            Some(Some(true)) => Ok(Approved { approved: true }),
            Some(Some(false)) => {
                Err(Failure::stop("SHK0705", format!("「{}」は承認されませんでした。", self.title)))
            }
            Some(None) => {
                Err(self.ask(Some("「true」（承認する）か「false」（承認しない）で答えてください。")))
            }
            None => Err(self.ask(None)),
        }
    }
}

impl PersonApprove {
    fn ask(&self, complaint: Option<&str>) -> Failure {
        let details = self.details.iter().map(|(name, value)| format!("{name}：{}", plain(value)));
        let reasons =
            complaint.map(str::to_owned).into_iter().chain([self.title.clone()]).chain(details).collect();
        let (field, value, candidates) = (FIELD.to_owned(), Value::Null, Vec::new());
        let question = Question { candidates, reasons, ..Question::plain(field, value, "") };
        let ask = Ask { kind: AskKind::Approval, questions: vec![question], paper: None };
        Failure::ask("SHK0704", "職員の承認を待っています。", ask)
    }
}

/// What a person said: a flag, or its word.
fn verdict(answer: &Value) -> Option<bool> {
    match answer {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.trim() {
            "true" | "はい" | "承認" | "承認する" => Some(true),
            "false" | "いいえ" | "否認" | "承認しない" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Text without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{super::bench, *};
    use crate::step::FailureKind;
    use serde_json::json;

    async fn run(cx: StepContext) -> Result<Approved, Failure> {
        let with = json!({"title": "登録してよいですか", "details": {"宛名番号": "00000012345", "部数": 2}});
        bench::action::<PersonApprove>(with).run(&cx).await
    }

    #[tokio::test]
    async fn asks_first() {
        let failure = run(bench::context(".".as_ref())).await.expect_err("asks");
        let ask = failure.ask.expect("a question");
        assert_eq!((failure.kind, ask.kind), (FailureKind::Ask, AskKind::Approval));
        assert_eq!(ask.questions[0].field, "承認");
        assert_eq!(ask.questions[0].reasons, ["登録してよいですか", "宛名番号：00000012345", "部数：2"]);
    }

    #[tokio::test]
    async fn goes_on_stops_or_asks_again() {
        assert_eq!(run(bench::answered(json!({"承認": true}))).await, Ok(Approved { approved: true }));
        assert_eq!(run(bench::answered(json!({"承認": "はい"}))).await, Ok(Approved { approved: true }));
        let no = run(bench::answered(json!({"承認": false}))).await.expect_err("refused");
        assert_eq!((no.kind, no.code), (FailureKind::Stop, "SHK0705"));
        let unclear = run(bench::answered(json!({"承認": "たぶん"}))).await.expect_err("asks again");
        assert_eq!(unclear.kind, FailureKind::Ask);
        assert_eq!(unclear.ask.expect("a question").questions[0].reasons.len(), 4);
    }
}
