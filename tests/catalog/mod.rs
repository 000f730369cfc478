//! Small actions for the tests of the languages: every kind of argument, every effect.
#![expect(dead_code, reason = "the actions are read by serde and never run")]

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use shoki::{
    form::Forms,
    step::{Action, ActionDef, Arg, Catalog, Effect, Failure, Shape, StepContext},
};
use std::collections::BTreeMap;

/// An action of the tests: its name, effect, whether it needs a session, its fields.
macro_rules! action {
    ($type:ident, $name:literal, $effect:ident, $session:literal, { $($field:ident: $kind:ty),* $(,)? }, $shape:expr) => {
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[doc = "An action of the tests."]
        pub struct $type { $(#[doc = "an argument"] pub $field: $kind),* }

        impl Action for $type {
            const NAME: &'static str = $name;
            const SUMMARY: &'static str = "試験用の動作";
            const EXAMPLE: &'static str = "";
            const EFFECT: Effect = Effect::$effect;
            const NEEDS_SESSION: bool = $session;
            type Output = Value;

            fn shape(&self, forms: &Forms) -> Shape {
                let shape: fn(&Self, &Forms) -> Shape = $shape;
                shape(self, forms)
            }

            async fn run(&self, _: &StepContext) -> Result<Value, Failure> {
                Ok(Value::Null)
            }
        }
    };
}

/// When a person is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// Doubtful readings only.
    Uncertain,
    /// Everything.
    Always,
}

/// A column of a workbook.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// In characters.
    pub width: Option<u32>,
}

fn form_shape(form: &Arg<String>, forms: &Forms) -> Shape {
    let Some(form) = form.literal().and_then(|f| forms.get(f)) else { return Shape::Any };
    Shape::map(form.fields.iter().map(|f| (f.name.clone(), Shape::Text)))
}

action!(DocumentPages, "document.pages", Read, false,
    { folder: Arg<String>, pattern: Option<Arg<String>> },
    |_, _| Shape::list(Shape::map([("file", Shape::Text), ("page", Shape::Number), ("sha256", Shape::Text)])));
action!(OcrForm, "ocr.form", Read, false, { page: Arg<Value>, form: Arg<String> }, |a, f| form_shape(&a.form, f));
action!(PersonCheck, "person.check", Read, false, { readings: Arg<Value>, ask: Option<Asking> }, |_, _| Shape::Any);
action!(BrowserFill, "browser.fill", Repeatable, true,
    { field: Arg<String>, value: Arg<String>, press: Option<Arg<String>> }, |_, _| Shape::Any);
action!(BrowserPress, "browser.press", Repeatable, true, { button: Arg<String> }, |_, _| Shape::Any);
action!(BrowserExpect, "browser.expect", Read, true, { text: Arg<String> }, |_, _| Shape::Any);
action!(BrowserSearch, "browser.search", Read, true,
    { fields: BTreeMap<String, Arg<String>>, press: Arg<String> },
    |_, _| Shape::map([("宛名番号", Shape::Text), ("件数", Shape::Number)]));
action!(BrowserSubmit, "browser.submit", Irreversible, true,
    { press: Arg<String>, confirm: Option<Arg<String>>, expect: Option<Arg<String>>, receipt: Option<String> },
    |_, _| Shape::map([("receipt", Shape::Text)]));
action!(ExcelWrite, "excel.write", Repeatable, false,
    { file: Arg<String>, rows: Arg<Value>, columns: Option<Vec<Column>>, sheet: Option<String>, limit: Option<Arg<u32>> },
    |_, _| Shape::map([("file", Shape::Text)]));
/// Names and their values, free to choose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ValueSet(BTreeMap<String, Value>);

impl Action for ValueSet {
    const NAME: &'static str = "value.set";
    const SUMMARY: &'static str = "試験用の動作";
    const EXAMPLE: &'static str = "";
    const EFFECT: Effect = Effect::Read;
    type Output = Value;

    fn shape(&self, _: &Forms) -> Shape {
        Shape::map(self.0.keys().map(|k| (k.clone(), Shape::Any)))
    }

    async fn run(&self, _: &StepContext) -> Result<Value, Failure> {
        Ok(Value::Null)
    }
}

static ACTIONS: &[ActionDef] = &[
    ActionDef::of::<BrowserExpect>(),
    ActionDef::of::<BrowserFill>(),
    ActionDef::of::<BrowserPress>(),
    ActionDef::of::<BrowserSearch>(),
    ActionDef::of::<BrowserSubmit>(),
    ActionDef::of::<DocumentPages>(),
    ActionDef::of::<ExcelWrite>(),
    ActionDef::of::<OcrForm>(),
    ActionDef::of::<PersonCheck>(),
    ActionDef::of::<ValueSet>(),
];

/// The actions of the tests.
pub fn catalog() -> Catalog {
    Catalog(ACTIONS)
}
