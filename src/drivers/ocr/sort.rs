//! Which form a page is, out of many: a quick look at all of them, a close look at the best few.

use super::{
    OcrError,
    coarse::{Laid, Signature, guess},
    page::Sheet,
    read_form::Desk,
    reading::{FormFit, SortedPage},
    register::{CLEAR, FIT, OTHER, register},
};
use crate::form::{Form, PageSpec, Rect};
use serde::{Deserialize, Serialize};
use std::{iter, path::Path, sync::Arc};

/// So many of the likely forms are looked at closely.
const CLOSELY: usize = 4;
/// The second best form must fit worse by this much; two editions of one form that differ little go to a person.
const APART: f64 = 0.08;

/// What is known of a form where only its pages are told from others.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::drivers) struct Outline {
    id: String,
    page: PageSpec,
    /// Where one writes, in mm.
    fields: Vec<Rect>,
}

impl From<&Form> for Outline {
    fn from(form: &Form) -> Self {
        let fields = form.places().iter().map(|field| field.rect).collect();
        Self { id: form.id.clone(), page: form.page.clone(), fields }
    }
}

/// A form whose blank can be read.
struct Candidate<'a> {
    form: &'a Outline,
    signature: Arc<Signature>,
}

/// Sorts a page into one of the forms, or none. A form whose blank cannot be read does not keep the pages of the others back.
pub(in crate::drivers) fn sort(
    desk: &mut Desk,
    file: &Path,
    n: u32,
    forms: &[Outline],
) -> Result<SortedPage, OcrError> {
    let (candidates, broken) = candidates(desk, forms)?;
    let papers = papers(&candidates);
    let mut best: Vec<FormFit> = Vec::new();
    let top = |fits: &[FormFit]| fits.first().map_or(-1.0, |f| f.fit);
    for way in 0.. {
        let Some(sheet) = desk.pages.load_as(file, n, &papers, way)? else { break };
        let fits = fits(desk, &sheet, &candidates)?;
        if top(&fits) > top(&best) {
            best = fits;
        }
        if top(&best) >= CLEAR {
            break;
        }
    }
    Ok(decide(n, best, &broken))
}

/// The forms whose blanks can be read, and of the others the causes. When it is all of them, that is the failure.
fn candidates<'a>(
    desk: &mut Desk,
    forms: &'a [Outline],
) -> Result<(Vec<Candidate<'a>>, Vec<OcrError>), OcrError> {
    let (mut sound, mut broken) = (Vec::new(), Vec::new());
    for form in forms {
        match desk.signature(&form.id, &form.page) {
            Ok(signature) => sound.push(Candidate { form, signature }),
            Err(bad @ OcrError::BadBlank { .. }) => broken.push(bad),
            Err(other) => return Err(other),
        }
    }
    if sound.is_empty()
        && let Some(bad) = broken.pop()
    {
        return Err(bad);
    }
    Ok((sound, broken))
}

/// The papers that the forms are printed on, each once, in mm; A4 where there are none.
fn papers(candidates: &[Candidate<'_>]) -> Vec<(f64, f64)> {
    let mut papers: Vec<(f64, f64)> = Vec::new();
    for Candidate { form: Outline { page, .. }, .. } in candidates {
        let (w, h) = (page.width.min(page.height), page.width.max(page.height));
        if !papers.iter().any(|p| (p.0 - w).abs() < 2.0 && (p.1 - h).abs() < 2.0) {
            papers.push((w, h));
        }
    }
    if papers.is_empty() { vec![(210.0, 297.0)] } else { papers }
}

/// How well the likely forms fit, best first.
fn fits(desk: &mut Desk, sheet: &Sheet, candidates: &[Candidate<'_>]) -> Result<Vec<FormFit>, OcrError> {
    let ways = Laid::ways(&sheet.gray, true, true);
    let score = |candidate: &Candidate<'_>| guess(&candidate.signature, &ways).map_or(-1.0, |g| g.score);
    let mut rough: Vec<(f64, &Candidate<'_>)> = candidates.iter().map(|c| (score(c), c)).collect();
    rough.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut fits = Vec::new();
    for (_, Candidate { form, .. }) in rough.into_iter().take(CLOSELY) {
        fits.push(FormFit { form: form.id.clone(), fit: fit(desk, sheet, form)? });
    }
    fits.sort_by(|a, b| b.fit.total_cmp(&a.fit));
    Ok(fits)
}

fn fit(desk: &mut Desk, sheet: &Sheet, form: &Outline) -> Result<f64, OcrError> {
    let blank = desk.blank(&form.id, &form.page)?;
    let Some(page) = register(&blank, sheet) else { return Ok(0.0) };
    if page.fit >= FIT && blank.heading.is_another(desk.readers()?, &page.gray, &form.fields)? {
        return Ok(OTHER);
    }
    Ok(page.fit)
}

/// The best form, if it fits and no other fits nearly as well. Where none does, the page may be one of a form whose blank could
/// not be read: those are named.
fn decide(page: u32, fits: Vec<FormFit>, broken: &[OcrError]) -> SortedPage {
    let best = fits.first().map_or(0.0, |f| f.fit);
    let second = fits.get(1).map_or(0.0, |f| f.fit);
    let reason = if best < FIT {
        Some(format!("どの帳票にも合いません（最も近いもので一致度 {best:.2}、必要 {FIT:.2}）"))
    } else if best - second < APART {
        Some("よく似た帳票が2つ以上あり、決められません".to_owned())
    } else {
        None
    };
    let reason = reason.map(|why| {
        let named = broken.iter().map(ToString::to_string);
        iter::once(why).chain(named).collect::<Vec<_>>().join("。")
    });
    let form = if reason.is_none() { fits.first().map(|f| f.form.clone()) } else { None };
    SortedPage { page, form, fits, reason }
}

#[cfg(test)]
mod tests {
    use super::{FormFit, OcrError, decide};

    fn fit(form: &str, fit: f64) -> FormFit {
        FormFit { form: form.into(), fit }
    }

    #[test]
    fn a_page_that_fits_one_form_is_that_form() {
        let sorted = decide(1, vec![fit("甲", 0.91), fit("乙", 0.2)], &[]);
        assert_eq!((sorted.form.as_deref(), sorted.reason), (Some("甲"), None));
    }

    #[test]
    fn what_fits_none_or_two_goes_to_the_unsortable_tray() {
        assert_eq!(decide(1, vec![fit("甲", 0.3)], &[]).form, None);
        assert_eq!(decide(1, vec![fit("甲", 0.91), fit("甲改", 0.89)], &[]).form, None);
        assert_eq!(decide(1, Vec::new(), &[]).form, None);
    }

    #[test]
    fn a_form_whose_blank_cannot_be_read_is_named_where_a_page_fits_no_other() {
        let broken = [OcrError::BadBlank { form: "丙".into(), why: "PDF が壊れています。".into() }];
        let sorted = decide(1, vec![fit("甲", 0.3)], &broken);
        let why = sorted.reason.unwrap_or_default();
        assert!(
            sorted.form.is_none() && why.contains("合いません") && why.contains("「丙」の白紙原本"),
            "{why}"
        );
        assert_eq!(decide(1, vec![fit("甲", 0.91)], &broken).form.as_deref(), Some("甲"));
    }
}
