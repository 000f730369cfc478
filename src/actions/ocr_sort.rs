//! `ocr.sort`: which of the office's forms a page is.

use super::paper_faults::{PageArg, failure};
use crate::{
    drivers::{ocr::SortedPage, readers::ReaderPool},
    form::{Form, Forms},
    step::{Action, Arg, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The page, and among which forms.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OcrSort {
    /// `document.pages` の1件（`${{ item }}`）。
    page: Arg<PageArg>,
    /// 候補の帳票定義の id。書かなければ、庁の帳票定義すべて（200 まで）。
    #[serde(default)]
    forms: Vec<String>,
}

/// As many forms are told apart by their layout.
const MOST: usize = 200;

impl Action for OcrSort {
    const NAME: &'static str = "ocr.sort";
    const SUMMARY: &'static str =
        "ページがどの帳票かを、様式の罫線と印刷文字から見分けます。どれでもなければ form は null です。";
    const EXAMPLE: &'static str = "page: ${{ item }}\nforms: [住民異動届, 転出証明書]\n";
    const EFFECT: Effect = Effect::Read;
    type Output = SortedPage;

    fn shape(&self, _forms: &Forms) -> Shape {
        let fit = Shape::map([("form", Shape::Text), ("fit", Shape::Number)]);
        Shape::map([
            ("page", Shape::Number),
            ("form", Shape::Any),
            ("fits", Shape::list(fit)),
            ("reason", Shape::Any),
        ])
    }

    async fn run(&self, cx: &StepContext) -> Result<SortedPage, Failure> {
        let page = self.page.get();
        let forms = self.wanted(&cx.forms)?;
        let at = page.place(cx)?;
        let pool = cx.driver::<ReaderPool>()?;
        pool.sort(&at, page.page, &forms).await.map_err(|e| failure(&e))
    }
}

impl OcrSort {
    fn wanted<'a>(&self, forms: &'a Forms) -> Result<Vec<&'a Form>, Failure> {
        let known = |id: &String| {
            let unknown = || Failure::stop("SHK0304", format!("帳票定義「{id}」がありません。"));
            forms.get(id).map(AsRef::as_ref).ok_or_else(unknown)
        };
        let wanted: Vec<&Form> = if self.forms.is_empty() {
            forms.values().map(AsRef::as_ref).collect()
        } else {
            self.forms.iter().map(known).collect::<Result<_, _>>()?
        };
        if wanted.is_empty() || wanted.len() > MOST {
            let message =
                format!("仕分けの候補にできる帳票定義は 1 から {MOST} までです（{}）。", wanted.len());
            return Err(Failure::stop("SHK0406", message));
        }
        Ok(wanted)
    }
}
