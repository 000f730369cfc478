//! Which form a page is, out of many: a quick look at all of them, a close look at the best few.

use super::{
    OcrError,
    coarse::{Laid, Signature, guess},
    page::Sheet,
    read_form::Desk,
    reading::{FormFit, SortedPage},
    register::{CLEAR, FIT, register},
};
use crate::form::PageSpec;
use std::{path::Path, sync::Arc};

/// So many of the likely forms are looked at closely.
const CLOSELY: usize = 4;
/// The second best form must fit worse by this much; two editions of one form that differ little go to a person.
const APART: f64 = 0.08;

/// Sorts a page into one of the forms, or none.
pub(in crate::drivers) fn sort(
    desk: &mut Desk,
    file: &Path,
    n: u32,
    forms: &[(String, PageSpec)],
) -> Result<SortedPage, OcrError> {
    let paper = forms.first().map_or((210.0, 297.0), |(_, p)| (p.width, p.height));
    let mut best: Vec<FormFit> = Vec::new();
    let top = |fits: &[FormFit]| fits.first().map_or(-1.0, |f| f.fit);
    for way in 0.. {
        let Some(sheet) = desk.pages.load_as(file, n, paper, way)? else { break };
        let fits = fits(desk, &sheet, forms)?;
        if top(&fits) > top(&best) {
            best = fits;
        }
        if top(&best) >= CLEAR {
            break;
        }
    }
    Ok(decide(n, best))
}

/// How well the likely forms fit, best first.
fn fits(desk: &mut Desk, sheet: &Sheet, forms: &[(String, PageSpec)]) -> Result<Vec<FormFit>, OcrError> {
    let ways = Laid::ways(&sheet.gray, true, true);
    let mut rough: Vec<(f64, usize)> = Vec::new();
    for (i, (id, page)) in forms.iter().enumerate() {
        let signature: Arc<Signature> = desk.signature(id, page)?;
        rough.push((guess(&signature, &ways).map_or(-1.0, |g| g.score), i));
    }
    rough.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut fits = Vec::new();
    for (_, i) in rough.into_iter().take(CLOSELY) {
        let (id, page) = &forms[i];
        fits.push(FormFit { form: id.clone(), fit: fit(desk, sheet, id, page)? });
    }
    fits.sort_by(|a, b| b.fit.total_cmp(&a.fit));
    Ok(fits)
}

fn fit(desk: &mut Desk, sheet: &Sheet, id: &str, page: &PageSpec) -> Result<f64, OcrError> {
    let blank = desk.blank(id, page)?;
    Ok(register(&blank, sheet).map_or(0.0, |r| r.fit))
}

/// The best form, if it fits and no other fits nearly as well.
fn decide(page: u32, fits: Vec<FormFit>) -> SortedPage {
    let best = fits.first().map_or(0.0, |f| f.fit);
    let second = fits.get(1).map_or(0.0, |f| f.fit);
    let reason = if best < FIT {
        Some(format!("どの帳票にも合いません（最も近いもので一致度 {best:.2}、必要 {FIT:.2}）"))
    } else if best - second < APART {
        Some("よく似た帳票が2つ以上あり、決められません".to_owned())
    } else {
        None
    };
    let form = if reason.is_none() { fits.first().map(|f| f.form.clone()) } else { None };
    SortedPage { page, form, fits, reason }
}

#[cfg(test)]
mod tests {
    use super::{FormFit, decide};

    fn fit(form: &str, fit: f64) -> FormFit {
        FormFit { form: form.into(), fit }
    }

    #[test]
    fn a_page_that_fits_one_form_is_that_form() {
        let sorted = decide(1, vec![fit("甲", 0.91), fit("乙", 0.2)]);
        assert_eq!((sorted.form.as_deref(), sorted.reason), (Some("甲"), None));
    }

    #[test]
    fn what_fits_none_or_two_goes_to_the_unsortable_tray() {
        assert_eq!(decide(1, vec![fit("甲", 0.3)]).form, None);
        assert_eq!(decide(1, vec![fit("甲", 0.91), fit("甲改", 0.89)]).form, None);
        assert_eq!(decide(1, Vec::new()).form, None);
    }
}
