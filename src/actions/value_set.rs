//! `value.set`: names for values.

use crate::{
    form::Forms,
    step::{Action, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Names and their values, free to choose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ValueSet(Map<String, Value>);

impl Action for ValueSet {
    const NAME: &'static str = "value.set";
    const SUMMARY: &'static str = "値に名前を付けて、後の手順で使えるようにします。";
    const EXAMPLE: &'static str = "宛先: ${{ 照会.氏名 }} 様\n部数: 2\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Map<String, Value>;

    fn shape(&self, _forms: &Forms) -> Shape {
        shape_of_map(&self.0)
    }

    async fn run(&self, _cx: &StepContext) -> Result<Self::Output, Failure> {
        Ok(self.0.clone())
    }
}

fn shape_of_map(map: &Map<String, Value>) -> Shape {
    Shape::map(map.iter().map(|(name, value)| (name.as_str(), shape_of(value))))
}

/// The shape of a value as it stands in the YAML. A text with an expression may become anything.
fn shape_of(value: &Value) -> Shape {
    match value {
        Value::Null => Shape::Any,
        Value::Bool(_) => Shape::Flag,
        Value::Number(_) => Shape::Number,
        Value::String(text) if text.contains("${{") => Shape::Any,
        Value::String(_) => Shape::Text,
        Value::Array(_) => Shape::list(Shape::Any),
        Value::Object(map) => shape_of_map(map),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::bench, *};
    use serde_json::json;

    #[tokio::test]
    async fn gives_back_what_it_was_given() {
        let with = json!({"宛先": "髙橋 様", "部数": 2, "明細": [{"品": "通知"}]});
        let set: ValueSet = bench::action(with.clone());
        assert_eq!(json!(set.run(&bench::context(".".as_ref())).await.expect("runs")), with);
    }

    #[test]
    fn knows_its_names_before_it_runs() {
        let set: ValueSet = bench::action(json!({"甲": "${{ 読取 }}", "乙": "文", "丙": {"丁": true}}));
        let inner = Shape::map([("丁", Shape::Flag)]);
        assert_eq!(
            set.shape(&Forms::new()),
            Shape::map([("甲", Shape::Any), ("乙", Shape::Text), ("丙", inner)])
        );
    }
}
