//! `ocr.text`: all text of one page.

use super::paper_faults::{PageArg, failure};
use crate::{
    drivers::{ocr::PageText, readers::ReaderPool},
    form::Forms,
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OcrText {
    /// `document.pages` の1件（`${{ item }}`）。
    page: Arg<PageArg>,
}

impl Action for OcrText {
    const NAME: &'static str = "ocr.text";
    const SUMMARY: &'static str = "1ページの文字をすべて読み取ります。";
    const EXAMPLE: &'static str = "page: ${{ item }}\n";
    const EFFECT: Effect = Effect::Read;
    type Output = PageText;

    fn shape(&self, _forms: &Forms) -> Shape {
        let line = Shape::map([
            ("text", Shape::Text),
            ("probability", Shape::Number),
            ("rect", Shape::list(Shape::Number)),
        ]);
        Shape::map([("text", Shape::Text), ("lines", Shape::list(line))])
    }

    async fn run(&self, cx: &StepContext) -> Result<PageText, Failure> {
        let page = self.page.get();
        let at = page.place(cx)?;
        let pool = cx.driver::<ReaderPool>()?;
        pool.read_text(&at, page.page).await.map_err(|e| failure(&e))
    }
}
