//! Marks as readings: a box or a seal that is there or not, printed options of which some are marked.

use super::{
    clean::Cleaned,
    field_reading::{Draft, Ground},
    mark_model::MarkGroup,
    marks::{self, Doubt, Seen},
    stray,
};
use crate::form::{MarkKind, Rect};
use serde_json::Value;

/// A box or a seal: there or not.
pub(super) fn flag(group: MarkGroup, seen: Seen) -> Draft {
    let is = seen.marked > 0.5;
    let probability = seen.marked.max(1.0 - seen.marked);
    let options = vec![(Value::Bool(is), probability), (Value::Bool(!is), 1.0 - probability)];
    let doubt = seen.doubt;
    let draft = Draft { options, probability, seen: Some((group, seen.features)), ..Draft::default() };
    doubt_asks(draft, doubt)
}

/// A mark that may be none, or one struck out: a person looks.
fn doubt_asks(draft: Draft, doubt: Option<Doubt>) -> Draft {
    match doubt {
        Some(doubt) => draft.ask(doubt.reason()),
        None => draft,
    }
}

/// Printed options of which some are marked.
pub(super) fn choice(
    ground: &Ground<'_>,
    mark: MarkKind,
    options: &[(String, Rect)],
    exactly: Option<u32>,
) -> Draft {
    let rects: Vec<Rect> = options.iter().map(|(_, r)| *r).collect();
    let (group, seen) = match mark {
        MarkKind::Circle => (MarkGroup::Circle, marks::circles(ground.page, &rects)),
        MarkKind::Check | MarkKind::Fill => {
            (MarkGroup::Box, rects.iter().map(|r| marks::ticked(ground.page, *r)).collect())
        }
    };
    let sets = marks::sets(&seen, exactly);
    let word = |i: usize| Value::String(options[i].0.clone());
    let value = |set: &[usize]| match set {
        [] => Value::Null,
        [one] => word(*one),
        many => Value::Array(many.iter().map(|i| word(*i)).collect()),
    };
    let (best, probability) = sets.first().cloned().unwrap_or_default();
    let allowed = |set: &[usize]| set.is_empty() || exactly.is_none_or(|n| n as usize == set.len());
    let raw = best.iter().map(|i| options[*i].0.as_str()).collect::<Vec<_>>().join("、");
    let kept: Vec<(Value, f64)> =
        sets.iter().filter(|(set, _)| allowed(set)).map(|(set, p)| (value(set), *p)).collect();
    let doubt = seen.iter().find_map(|s| s.doubt);
    let seen = Some((group, seen.into_iter().flat_map(|s| s.features).collect()));
    let draft = Draft { raw, options: kept, probability, empty: best.is_empty(), seen, ..Draft::default() };
    let draft = doubt_asks(colour_asks(draft, ground.page, &rects), doubt);
    if mark == MarkKind::Circle && best.is_empty() && stray::at_words(ground.page, &rects) {
        return draft.ask("選択肢に線か文字がありますが、どれに付けた印か分かりません");
    }
    if allowed(&best) {
        return draft;
    }
    Draft { probability: 0.4, ..draft }.ask("印の数が合いません")
}

/// A mark in red, or one under a stamp, went with the colour: a person looks.
pub(super) fn colour_asks(draft: Draft, page: &Cleaned, places: &[Rect]) -> Draft {
    if marks::coloured(page, places) {
        return draft.ask("印を付ける所に、赤か青のインクが重なっています");
    }
    draft
}

#[cfg(test)]
mod tests {
    use super::{Cleaned, Doubt, Draft, Ground, MarkGroup, Seen, choice, flag};
    use crate::{
        drivers::ocr::marks::tests::{BOX, Stroke, WORD, double_line, page, ring, tick},
        form::MarkKind,
    };
    use image::GrayImage;
    use serde_json::{Value, json};

    #[test]
    fn a_doubtful_mark_is_asked_about_however_probable_it_is() {
        let seen = |doubt| Seen { features: Vec::new(), marked: 0.9999, doubt };
        let asked = flag(MarkGroup::Box, seen(Some(Doubt::Struck)));
        assert!(asked.person && asked.reasons[0].contains("取り消し線"), "{asked:?}");
        assert_eq!(asked.value(), Some(&Value::Bool(true)));
        assert!(!flag(MarkGroup::Box, seen(None)).person);
    }

    #[test]
    fn an_option_that_is_struck_out_is_asked_about() {
        let gray = GrayImage::new(1, 1);
        let read = |page: &Cleaned| -> Draft {
            let ground = Ground::bare(page, &gray);
            choice(&ground, MarkKind::Check, &[("就労".to_owned(), BOX)], Some(1))
        };
        let ticked = read(&page(&tick()));
        assert!(!ticked.person && ticked.value() == Some(&json!("就労")), "{ticked:?}");
        let struck = read(&page(&[tick(), double_line(17.8, 40.0)].concat()));
        assert!(struck.person && struck.reasons[0].contains("取り消し線"), "{struck:?}");
    }

    #[test]
    fn an_option_that_is_ticked_where_a_circle_is_wanted_is_asked_about() {
        let gray = GrayImage::new(1, 1);
        let read = |strokes: &[Stroke]| -> Draft {
            let page = page(strokes);
            let ground = Ground::bare(&page, &gray);
            choice(&ground, MarkKind::Circle, &[("男".to_owned(), WORD)], Some(1))
        };
        let ticked = read(&[((33.0, 16.0), (34.2, 18.0), 0.5), ((34.2, 18.0), (38.4, 12.4), 0.5)]);
        assert!(ticked.person && ticked.empty && ticked.reasons[0].contains("どれに"), "{ticked:?}");
        let circled = read(&ring((34.0, 16.8), (6.6, 3.6)));
        assert!(!circled.person && circled.value() == Some(&json!("男")), "{circled:?}");
        assert!(!read(&[]).person && !read(&[((33.0, 19.6), (33.3, 19.6), 0.4)]).person);
    }
}
