//! One page as one form, from file to readings. This is the whole way; each step has a file of its own.

use super::{
    OcrError,
    blank::{self, Blank},
    clean::clean,
    coarse::Signature,
    evidence,
    field_reading::{self, Ground},
    layer::Layer,
    native::NativeParts,
    overflow,
    page::{Letter, Pages},
    page_text,
    paper::PX_PER_MM,
    reading::{FieldPicture, FieldReading, FormReading, PageText, Took},
    red_seal::RedPlaces,
    register::{CLEAR, FIT, Registered, register},
    text_field::Readers,
    towns::Towns,
};
use crate::{
    clock::{Clock as _, SystemClock},
    form::{Field, FieldType, Form, PageSpec, Rect},
    privacy::holds_my_number,
};
use image::GrayImage;
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime},
};

/// What tells one rendered blank from another: the file, its size and date, the paper's size in tenths of mm.
type BlankKey = (PathBuf, u64, Option<SystemTime>, (u64, u64));

/// Blanks kept at once; each takes about 30 MB.
const BLANKS: usize = 6;

/// Everything a reader keeps between pages.
pub(in crate::drivers) struct Desk {
    native: NativeParts,
    /// Files, page by page.
    pub(super) pages: Pages,
    readers: Option<Readers>,
    /// Loaded with the readers; none where the list is not installed.
    towns: Option<Towns>,
    blanks: HashMap<BlankKey, Arc<Blank>>,
    /// For sorting; each takes about 80 KB.
    signatures: HashMap<BlankKey, Arc<Signature>>,
}

impl Desk {
    /// Nothing is loaded yet.
    pub(in crate::drivers) fn new(native: NativeParts) -> Self {
        Self {
            pages: Pages::new(native.clone()),
            native,
            readers: None,
            towns: None,
            blanks: HashMap::new(),
            signatures: HashMap::new(),
        }
    }

    /// How many pages the file has.
    pub(in crate::drivers) fn count(&self, file: &Path) -> Result<u32, OcrError> {
        self.pages.count(file)
    }

    /// Reads page `n` (from 1) of the file as the form.
    pub(in crate::drivers) fn read_form(
        &mut self,
        file: &Path,
        n: u32,
        form: &Form,
    ) -> Result<FormReading, OcrError> {
        let begun = Instant::now();
        let blank = self.blank(&form.id, &form.page)?;
        let (letters, page) = self.laid(&blank, form, file, n)?;
        let fields: Vec<Rect> = form.places().iter().map(|field| field.rect).collect();
        let readers = self.readers()?;
        // Whatever was spent on other asks does not count.
        readers.spent();
        if blank.heading.is_another(readers, &page.gray, &fields)? {
            return Err(OcrError::AnotherHeading { form: form.id.clone() });
        }
        let heading = readers.spent();
        let cleaned = clean(&blank, &page);
        let laying = begun.elapsed().saturating_sub(heading.0 + heading.1);
        let layer = Layer::of(&letters, page.place.as_ref(), &blank);
        let ground = Ground {
            page: &cleaned,
            gray: &page.gray,
            fit: page.fit,
            laid: page.place.as_ref().map(|place| (&blank.ink, place)),
            layer: layer.as_ref(),
            towns: self.towns.as_ref(),
            red: Some(RedPlaces::new(&blank.faint, form)),
            today: SystemClock.today(),
        };
        let readers = self.readers.as_mut().expect("they were just loaded");
        let mut readings = Vec::new();
        for block in blocks(form) {
            readings.extend(read_block(readers, &ground, &block)?);
        }
        overflow::check(&cleaned, &form.places(), &mut readings);
        let (models, second) = readers.spent();
        let crops = doubtful(&page, form, &readings);
        let whole = readings.iter().any(|r| !r.pass).then(|| {
            let paper = Rect { x: 0.0, y: 0.0, w: form.page.width, h: form.page.height };
            let bytes = evidence::whole(&page, paper, &secrets(form, &readings));
            FieldPicture { field: String::new(), bytes }
        });
        let took = Took {
            whole: begun.elapsed().as_secs_f64(),
            laying: laying.as_secs_f64(),
            models: (heading.0 + models).as_secs_f64(),
            second: (heading.1 + second).as_secs_f64(),
        };
        Ok(FormReading { form: form.id.clone(), page: n, fit: page.fit, readings, crops, whole, took })
    }

    /// The blank original, or a page laid onto it, as a PNG file; places of a 個人番号 are painted over on a page.
    pub(in crate::drivers) fn picture(
        &mut self,
        form: &Form,
        scan: Option<&(std::path::PathBuf, u32)>,
    ) -> Result<Vec<u8>, OcrError> {
        let paper = (form.page.width, form.page.height);
        let whole = Rect { x: 0.0, y: 0.0, w: paper.0, h: paper.1 };
        let Some((file, n)) = scan else {
            let sheet = self.pages.load(&form.page.blank, 1, paper)?;
            let page = Registered { gray: sheet.gray, colour: sheet.colour, fit: 1.0, place: None };
            return Ok(evidence::picture(&page, whole, &[]));
        };
        let blank = self.blank(&form.id, &form.page)?;
        let (_, page) = self.laid(&blank, form, file, *n)?;
        let secret = |f: &crate::form::Field| matches!(f.kind, crate::form::FieldType::MyNumber);
        let hidden: Vec<Rect> = form.places().iter().filter(|f| secret(f)).map(|f| f.rect).collect();
        Ok(evidence::picture(&page, whole, &hidden))
    }

    /// Reads all text of page `n`.
    pub(in crate::drivers) fn read_text(&mut self, file: &Path, n: u32) -> Result<PageText, OcrError> {
        let sheet = self.pages.load(file, n, (210.0, 297.0))?;
        let native = self.native.clone();
        page_text::read(self.readers()?, &native, &sheet)
    }

    pub(super) fn readers(&mut self) -> Result<&mut Readers, OcrError> {
        if self.readers.is_none() {
            self.towns = Towns::load(&self.native)?;
            self.readers = Some(Readers::start(&self.native)?);
        }
        Ok(self.readers.as_mut().expect("they were just put there"))
    }

    /// The page laid onto the blank, in the size in which it fits best, and the letters its file carries.
    fn laid(
        &self,
        blank: &Blank,
        form: &Form,
        file: &Path,
        n: u32,
    ) -> Result<(Vec<Letter>, Registered), OcrError> {
        let paper = (form.page.width, form.page.height);
        let mut best: Option<(Vec<Letter>, Registered)> = None;
        let fit = |best: &Option<(_, Registered)>| best.as_ref().map_or(0.0, |(_, page)| page.fit);
        for way in 0.. {
            let Some(sheet) = self.pages.load_as(file, n, &[paper], way)? else { break };
            if let Some(page) = register(blank, &sheet).filter(|page| page.fit > fit(&best)) {
                best = Some((sheet.letters, page));
            }
            if fit(&best) >= CLEAR {
                break;
            }
        }
        let enough = |(_, page): &(_, Registered)| page.fit >= FIT;
        let why = not_the_form(form, fit(&best));
        best.filter(enough).ok_or(why)
    }

    /// The blank original, rendered.
    pub(super) fn blank(&mut self, form: &str, page: &PageSpec) -> Result<Arc<Blank>, OcrError> {
        let key = blank_key(form, page)?;
        if let Some(blank) = self.blanks.get(&key) {
            return Ok(Arc::clone(blank));
        }
        let gray = self.blank_picture(form, page)?;
        if self.blanks.len() >= BLANKS {
            self.blanks.clear();
        }
        let blank = Arc::new(Blank::new(page, &gray));
        self.blanks.insert(key, Arc::clone(&blank));
        Ok(blank)
    }

    /// What sorting keeps of the blank original.
    pub(super) fn signature(&mut self, form: &str, page: &PageSpec) -> Result<Arc<Signature>, OcrError> {
        let key = blank_key(form, page)?;
        if let Some(signature) = self.signatures.get(&key) {
            return Ok(Arc::clone(signature));
        }
        let gray = self.blank_picture(form, page)?;
        let signature = Arc::new(Signature::new(&blank::sized(page, &gray)));
        self.signatures.insert(key, Arc::clone(&signature));
        Ok(signature)
    }

    fn blank_picture(&self, form: &str, page: &PageSpec) -> Result<GrayImage, OcrError> {
        let bad = |why: String| OcrError::BadBlank { form: form.to_owned(), why };
        let paper = (page.width, page.height);
        let sheet = self.pages.load(&page.blank, 1, paper).map_err(|e| match e {
            OcrError::Unreadable { why } => bad(why),
            other => other,
        })?;
        let (w, h) = (f64::from(sheet.gray.width()), f64::from(sheet.gray.height()));
        let (found, wanted) = (w / h, page.width / page.height);
        if (found / wanted - 1.0).abs() > 0.03 {
            let found = format!("{:.0}×{:.0}", w / PX_PER_MM, h / PX_PER_MM);
            return Err(bad(format!(
                "用紙の大きさが帳票定義と違います（白紙原本 {found} mm、帳票定義 {:.0}×{:.0} mm）。size か orientation、または白紙原本を直してください。",
                page.width, page.height
            )));
        }
        Ok(sheet.gray)
    }
}

fn blank_key(form: &str, page: &PageSpec) -> Result<BlankKey, OcrError> {
    let missing =
        |_| OcrError::BadBlank { form: form.to_owned(), why: "ファイルがありません。".to_owned() };
    let facts = fs::metadata(&page.blank).map_err(missing)?;
    let tenths = |mm: f64| (mm * 10.0).round() as u64;
    let size = (tenths(page.width), tenths(page.height));
    Ok((page.blank.clone(), facts.len(), facts.modified().ok(), size))
}

fn not_the_form(form: &Form, fit: f64) -> OcrError {
    OcrError::NotTheForm { form: form.id.clone(), fit, need: FIT }
}

/// The single fields, and each repetition of each row block: in a repetition that is in use, what the first one requires is required.
fn blocks(form: &Form) -> Vec<Vec<(Field, bool)>> {
    let mut all = vec![form.fields.iter().map(|f| (f.clone(), f.required)).collect::<Vec<_>>()];
    let mut places = form.places().into_iter().skip(form.fields.len());
    for rows in &form.rows {
        for _ in 0..rows.count {
            all.push(rows.fields.iter().filter_map(|f| Some((places.next()?, f.required))).collect());
        }
    }
    all
}

fn read_block(
    readers: &mut Readers,
    ground: &Ground<'_>,
    block: &[(Field, bool)],
) -> Result<Vec<FieldReading>, OcrError> {
    let mut readings = Vec::with_capacity(block.len());
    for (field, _) in block {
        let reading = field_reading::read(readers, ground, field, &readings)?;
        readings.push(reading);
    }
    field_reading::compare_names(readers, &mut readings);
    let in_use = readings.iter().any(|r| !is_empty(r));
    for (reading, (field, wanted)) in readings.iter_mut().zip(block) {
        if in_use && *wanted && !field.required && is_empty(reading) {
            reading.pass = false;
            reading.reasons = vec!["この行は使われていますが、必須の項目に記入がありません".to_owned()];
        }
    }
    Ok(readings)
}

/// Nothing was written there.
fn is_empty(reading: &FieldReading) -> bool {
    match &reading.value {
        serde_json::Value::Null | serde_json::Value::Bool(false) => reading.raw.is_empty(),
        serde_json::Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Pictures of the fields that did not pass. A 個人番号 is in none of them: no picture of it is made, and where it reaches
/// into another field's picture it is painted over.
fn doubtful(page: &Registered, form: &Form, readings: &[FieldReading]) -> Vec<FieldPicture> {
    let places = form.places();
    let secret = |f: &&Field| f.kind == FieldType::MyNumber;
    let hidden = secrets(form, readings);
    let open = |name: &str| places.iter().filter(|f| !secret(f)).find(|f| f.name == name);
    let doubtful = readings.iter().filter(|r| !r.pass);
    let picture = |r: &FieldReading| {
        let bytes = evidence::picture(page, open(&r.name)?.rect, &hidden);
        Some(FieldPicture { field: r.name.clone(), bytes })
    };
    doubtful.filter_map(picture).collect()
}

/// Where a 個人番号 stands, or was written although none is asked for.
fn secrets(form: &Form, readings: &[FieldReading]) -> Vec<Rect> {
    let places = form.places();
    let secret = |f: &&Field| f.kind == FieldType::MyNumber;
    let mut hidden: Vec<Rect> = places.iter().filter(secret).map(|f| f.rect).collect();
    let stray = readings.iter().filter(|r| holds_my_number(&r.raw)).map(|r| r.name.as_str());
    hidden.extend(stray.filter_map(|name| places.iter().find(|f| f.name == name)).map(|f| f.rect));
    hidden
}
