//! `ocr.form`: the fields of one page, read as a form.

use super::paper_faults::{PageArg, failure};
use crate::{
    drivers::{
        ocr::{FieldReading, FormReading},
        readers::ReaderPool,
    },
    form::{Form, Forms},
    run::{Candidate, Reading},
    step::{Action, Arg, Blob, Effect, Failure, Shape, StepContext},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The page and the form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OcrForm {
    /// `document.pages` の1件（`${{ item }}`）。
    page: Arg<PageArg>,
    /// 帳票定義の id。
    form: Arg<String>,
}

impl Action for OcrForm {
    const NAME: &'static str = "ocr.form";
    const SUMMARY: &'static str = "1ページを帳票定義に従って読み取ります。";
    const EXAMPLE: &'static str = "page: ${{ item }}\nform: 住民異動届\n";
    const EFFECT: Effect = Effect::Read;
    type Output = Map<String, Value>;

    fn shape(&self, forms: &Forms) -> Shape {
        match self.form.literal().and_then(|id| forms.get(id)) {
            Some(form) => shape(form),
            None => Shape::Any,
        }
    }

    async fn run(&self, cx: &StepContext) -> Result<Self::Output, Failure> {
        let (page, id) = (self.page.get(), self.form.get());
        let unknown = || Failure::stop("SHK0304", format!("帳票定義「{id}」がありません。"));
        let form = cx.forms.get(id).ok_or_else(unknown)?;
        let at = page.place(cx)?;
        let pool = cx.driver::<ReaderPool>()?;
        let read = pool.read_form(&at, page.page, form).await.map_err(|e| failure(&e))?;
        for crop in &read.crops {
            cx.keep(Blob { kind: "crop.png", field: Some(crop.field.clone()), bytes: crop.bytes.clone() });
        }
        let (readings, mut out) = checked(form, &read);
        if readings.iter().any(|r| !r.pass) {
            let whole = if let Some(whole) = &read.whole {
                ("page.jpg", whole.bytes.clone())
            } else {
                // Every field passed by itself, and a check across fields did not hold.
                let picture = pool.picture(form, Some((&at, page.page))).await;
                ("page.png", picture.map_err(|e| failure(&e))?)
            };
            let field = Some(format!("{}#{}", read.form, read.page));
            cx.keep(Blob { kind: whole.0, field, bytes: whole.1 });
        }
        out.insert("readings".to_owned(), json!(readings));
        out.insert("form".to_owned(), json!(read.form));
        out.insert("page".to_owned(), json!(read.page));
        out.insert("fit".to_owned(), json!(read.fit));
        Ok(out)
    }
}

/// The output's keys: one per field, one list per row block, and what belongs to the page.
fn shape(form: &Form) -> Shape {
    let single = form.fields.iter().map(|f| (f.name.clone(), field_shape(&f.kind)));
    let rows = form.rows.iter().map(|r| {
        let each = r.fields.iter().map(|f| (f.name.clone(), field_shape(&f.kind)));
        (r.name.clone(), Shape::list(Shape::map(each)))
    });
    let page =
        [("readings", Shape::Any), ("form", Shape::Text), ("page", Shape::Number), ("fit", Shape::Number)];
    Shape::map(single.chain(rows).chain(page.map(|(k, s)| (k.to_owned(), s))))
}

fn field_shape(kind: &crate::form::FieldType) -> Shape {
    match kind.word() {
        "checkbox" | "stamp" => Shape::Flag,
        "choice" | "date" | "barcode" => Shape::Any,
        _ => Shape::Text,
    }
}

/// The readings in the words of a run, and the values they give; fields of a check that does not hold do not pass.
fn checked(form: &Form, read: &FormReading) -> (Vec<Reading>, Map<String, Value>) {
    let mut readings: Vec<Reading> = read.readings.iter().map(reading).collect();
    let values = values(form, &readings);
    for check in form.failed_checks(&values) {
        for reading in readings.iter_mut().filter(|r| check.fields.contains(&r.name)) {
            reading.pass = false;
            reading.reasons.push(check.otherwise.clone());
        }
    }
    (readings, values)
}

/// One entry of `pages` in the output of `shoki ocr --format json`.
#[must_use]
pub fn page_json(file: &str, form: &Form, read: &FormReading) -> Value {
    let (readings, _) = checked(form, read);
    json!({ "file": file, "page": read.page, "form": read.form, "fit": read.fit, "readings": readings })
}

fn reading(r: &FieldReading) -> Reading {
    let candidate = |c: &crate::drivers::ocr::FieldCandidate| Candidate {
        value: c.value.clone(),
        probability: c.probability,
    };
    Reading {
        name: r.name.clone(),
        kind: r.kind.clone(),
        raw: r.raw.clone(),
        value: r.value.clone(),
        probability: r.probability,
        pass: r.pass,
        rect: r.rect,
        candidates: r.candidates.iter().map(candidate).collect(),
        reasons: r.reasons.clone(),
    }
}

/// Field → value; row blocks as lists of maps without the empty ones at the end.
fn values(form: &Form, readings: &[Reading]) -> Map<String, Value> {
    let value =
        |name: &str| readings.iter().find(|r| r.name == name).map_or(Value::Null, |r| r.value.clone());
    let mut out: Map<String, Value> = form.fields.iter().map(|f| (f.name.clone(), value(&f.name))).collect();
    for block in &form.rows {
        let place = |n: u32, field: &str| value(&format!("{}[{n}].{field}", block.name));
        let one =
            |n: u32| block.fields.iter().map(|f| (f.name.clone(), place(n, &f.name))).collect::<Map<_, _>>();
        let mut list: Vec<Map<String, Value>> = (1..=block.count).map(one).collect();
        while list.last().is_some_and(|m| m.values().all(is_empty)) {
            list.pop();
        }
        out.insert(block.name.clone(), json!(list));
    }
    out
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value.as_str().is_some_and(str::is_empty)
}
