//! Pale writing: pencil, a dry pen, yellow. The readers are given ink; of strokes paler than that some are left out, and what
//! is left may be a sound value that nobody wrote. So a person looks where the paper has strokes that were not read.

use super::{
    blank::Blank,
    blob::{Blob, blobs},
    crop,
    field_reading::Draft,
    mask::Mask,
    paper::PX_PER_MM,
    stray::with_around,
};
use crate::form::{DateParts, EraPlace, Field, FieldType, Rect};
use image::{GrayImage, imageops};

/// Print of the blank is darker than this, of 255, its edges and pale words too.
const PRINTED: u8 = 240;
/// Print lies at most so far from where the blank has it, in pixels.
const OFF: usize = 2;
/// Ink and dark print have soft edges so wide, in pixels; those of a letter in JPEG reach no farther.
const EDGE: usize = 2;
/// Colour, which others look at, goes over into paper within so many pixels.
const COLOUR: usize = 4;
/// Paper is looked at so far around a place, in mm.
const AROUND: f64 = 8.0;
/// A mark may stand so far out of its place, in mm.
const AROUND_MARK: f64 = 1.5;
/// A pale stroke is darker than its paper by this, of 255. Pencil on a scan is by 30 to 80, the writing of the sheet's other
/// side by 25 at most.
const DARKER: u32 = 20;
/// And by so many times what half of the paper's pixels stay within: five standard deviations.
const NOISE: (u32, u32) = (37, 5);
/// Half of a place may be ink; less paper than this, in pixels, tells nothing.
const ENOUGH: usize = 200;
/// What is twice so wide and more, in pixels (1.6 mm), is a shadow, a crease or a stain, and no stroke.
const BROAD: usize = 6;
/// Its rim is so wide, in pixels.
const RIM: usize = 4;
/// A straight level or upright line so long, in pixels (12 mm), is a fold or the trace of a dirty scanner.
const FOLD: usize = 96;
/// A stroke is at least so long, in pixels (1.3 mm): a hyphen. It has this many pixels; dust has fewer.
const LONG: i32 = 10;
const BODY: usize = 16;

/// The page as pale strokes are looked for on it.
pub(super) struct Pale {
    /// Each pixel the mean of its neighbourhood, the blank's tones taken out.
    gray: GrayImage,
    /// Print, ink that the readers were given, and colour, all with what is around them.
    known: Mask,
}

/// What others see on a page.
pub(super) struct Known<'a> {
    /// Dark ink of the page, print among it.
    pub dark: Mask,
    /// The writing, dark on 255.
    pub writing: &'a GrayImage,
    /// Where it is ink.
    pub ink: &'a Mask,
    /// Red, and blue stamps.
    pub colour: [&'a Mask; 2],
}

impl Pale {
    /// From the registered page, and what is known of it.
    pub(super) fn new(page: &GrayImage, blank: &Blank, known: Known<'_>) -> Self {
        let mut read = known.dark;
        for piece in blobs(known.ink).iter().filter(|b| crop::is_stroke(b, known.writing, (0, 0))) {
            for (x, y) in &piece.pixels {
                read.bits[*y as usize * read.w + *x as usize] = true;
            }
        }
        let mut all = read.grown(EDGE);
        add(&mut all, &blank.faint.grown(OFF));
        for colour in known.colour.into_iter().filter(|colour| colour.bits.contains(&true)) {
            add(&mut all, &colour.grown(COLOUR));
        }
        Self { gray: smoothed(&plain(page, blank.tint.as_ref())), known: all }
    }

    /// Whether strokes stand in the place (in mm) that are too pale to have been read.
    pub(super) fn written(&self, place: Rect) -> bool {
        let px = |mm: f64| (mm * PX_PER_MM).round() as i32;
        let end = |mm: f64, n: u32| px(mm + AROUND).clamp(0, n as i32);
        let (x0, y0) = (px(place.x - AROUND).max(0), px(place.y - AROUND).max(0));
        let w = end(place.x + place.w, self.gray.width()) - x0;
        let h = end(place.y + place.h, self.gray.height()) - y0;
        if w <= 0 || h <= 0 {
            return false;
        }
        let gray = imageops::crop_imm(&self.gray, x0 as u32, y0 as u32, w as u32, h as u32).to_image();
        let known = self.known.window((x0, y0), w, h);
        let Some((paper, darker)) = paper(&gray, &known) else { return false };
        let mut dark = Mask::darker(&gray, paper.saturating_sub(darker));
        take_off(&mut dark, &known);
        if dark.count() < BODY {
            return false;
        }
        let strokes = strokes(dark, &gray, &known, paper.saturating_sub(darker / 5 * 3));
        let inside = |b: &Blob| {
            let middle = |from: i32, to: i32| f64::midpoint(f64::from(from), f64::from(to + 1)) / PX_PER_MM;
            let x = middle(b.bounds.0, b.bounds.2) + f64::from(x0) / PX_PER_MM - place.x;
            let y = middle(b.bounds.1, b.bounds.3) + f64::from(y0) / PX_PER_MM - place.y;
            (0.0..place.w).contains(&x) && (0.0..place.h).contains(&y)
        };
        let stroke = |b: &Blob| b.w().max(b.h()) >= LONG && b.pixels.len() >= BODY;
        blobs(&strokes).iter().any(|b| stroke(b) && inside(b))
    }
}

/// A person looks where a field has pale writing, unless one does already.
pub(super) fn asks(draft: Draft, pale: &Pale, field: &Field) -> Draft {
    if draft.person || !places(field).into_iter().any(|place| pale.written(place)) {
        return draft;
    }
    draft.ask("薄い記入があります（薄くて読み取っていない線か文字です）")
}

/// Where something may be written in a field. A seal may be pale.
fn places(field: &Field) -> Vec<Rect> {
    let mark = |r: Rect| with_around(r, AROUND_MARK);
    match &field.kind {
        FieldType::Stamp | FieldType::Barcode => Vec::new(),
        FieldType::Checkbox => vec![mark(field.rect)],
        FieldType::Choice { options, .. } => options.iter().map(|(_, r)| mark(*r)).collect(),
        FieldType::Date { parts: Some(DateParts { era, year, month, day }) } => {
            let eras: &[(String, Rect)] = match era {
                EraPlace::Circled(list) => list,
                EraPlace::Printed(_) => &[],
            };
            eras.iter().map(|(_, r)| mark(*r)).chain([*year, *month, *day]).collect()
        }
        _ => vec![field.rect],
    }
}

/// The blank's print, however pale it is, its tones left out.
pub(super) fn printed(blank: &GrayImage, tones: Option<&GrayImage>) -> Mask {
    Mask::darker(&smoothed(&plain(blank, tones)), PRINTED)
}

/// The picture without the blank's tones.
fn plain(gray: &GrayImage, tones: Option<&GrayImage>) -> GrayImage {
    let mut plain = gray.clone();
    if let Some(tones) = tones {
        for (p, tone) in plain.iter_mut().zip(tones.iter()) {
            *p = (u32::from(*p) * 255 / u32::from((*tone).max(1))).min(255) as u8;
        }
    }
    plain
}

/// Each pixel the mean of three by three; at the rim its own row or column counts twice.
fn smoothed(gray: &GrayImage) -> GrayImage {
    let (w, h) = (gray.width() as usize, gray.height() as usize);
    let mut across: Vec<u16> = gray.iter().map(|p| u16::from(*p)).collect();
    for (row, sums) in gray.chunks_exact(w.max(1)).zip(across.chunks_exact_mut(w.max(1))) {
        let (first, last) = (u16::from(row[0]), u16::from(row[w - 1]));
        sums[0] += first;
        sums[w - 1] += last;
        let value = |p: &u8| u16::from(*p);
        sums[1..].iter_mut().zip(row).for_each(|(sum, left)| *sum += value(left));
        sums.iter_mut().zip(&row[1..]).for_each(|(sum, right)| *sum += value(right));
    }
    let mut out = Vec::with_capacity(w * h);
    let row = |y: usize| &across[y * w..(y + 1) * w];
    for y in 0..h {
        let around = row(y.saturating_sub(1)).iter().zip(row(y)).zip(row((y + 1).min(h - 1)));
        out.extend(around.map(|((above, here), below)| ((above + here + below) / 9) as u8));
    }
    GrayImage::from_raw(gray.width(), gray.height(), out).expect("as many values as pixels")
}

/// The usual brightness of the paper between what is known, and by how much a stroke is darker.
fn paper(gray: &GrayImage, known: &Mask) -> Option<(u8, u8)> {
    let mut levels = [0_usize; 256];
    for (p, _) in gray.iter().zip(&known.bits).filter(|(_, known)| !**known) {
        levels[usize::from(*p)] += 1;
    }
    if levels.iter().sum::<usize>() < ENOUGH {
        return None;
    }
    let usual = median(&levels);
    let mut noise = [0_usize; 256];
    for (level, n) in levels.iter().enumerate() {
        noise[level.abs_diff(usual)] += n;
    }
    let noise = median(&noise) as u32 * NOISE.0 / NOISE.1;
    Some((usual as u8, noise.clamp(DARKER, 255) as u8))
}

/// The middle one of values of which it is known how often each occurs.
fn median(counts: &[usize; 256]) -> usize {
    let middle = counts.iter().sum::<usize>() / 2;
    let mut so_far = 0;
    let reached = counts.iter().position(|n| {
        so_far += n;
        so_far > middle
    });
    reached.unwrap_or(0)
}

/// Of what is `dark` and not known, what is neither broad nor a fold: their rims, and folds that come and go, are paler and
/// begin at the brightness `rim`.
fn strokes(mut dark: Mask, gray: &GrayImage, known: &Mask, rim: u8) -> Mask {
    let mut weak = Mask::darker(gray, rim);
    let broad = weak.shrunk(BROAD).grown(BROAD + RIM);
    take_off(&mut weak, known);
    let folds = folds(&weak.grown(1), known).grown(2);
    for mask in [&broad, &folds] {
        take_off(&mut dark, mask);
    }
    dark
}

/// The long straight runs of `pale`, which may go on under what is known; at least half of each is pale.
fn folds(pale: &Mask, known: &Mask) -> Mask {
    let (w, h) = (pale.w, pale.h);
    let mut out = Mask::new(w, h);
    let lines = (0..h).map(|y| (y * w, 1, w)).chain((0..w).map(|x| (x, w, h)));
    for (start, step, len) in lines {
        let (mut begun, mut seen) = (0, 0);
        for i in 0..=len {
            let at = start + i * step;
            if i < len && (pale.bits[at] || known.bits[at]) {
                seen += usize::from(pale.bits[at]);
                continue;
            }
            if i - begun >= FOLD && seen * 2 >= i - begun {
                (begun..i).for_each(|k| out.bits[start + k * step] = true);
            }
            (begun, seen) = (i + 1, 0);
        }
    }
    out
}

fn add(mask: &mut Mask, other: &Mask) {
    mask.bits.iter_mut().zip(&other.bits).for_each(|(set, other)| *set |= *other);
}

fn take_off(mask: &mut Mask, other: &Mask) {
    mask.bits.iter_mut().zip(&other.bits).for_each(|(set, other)| *set &= !*other);
}

#[cfg(test)]
mod tests {
    use super::{Draft, Field, FieldType, GrayImage, Rect, asks, median, smoothed};
    use crate::{
        drivers::ocr::marks::tests::{BLACK, BOX, Stroke, WORD, printed, ring, tick, written},
        form::MarkKind,
    };

    const PLACE: Rect = Rect { x: 30.0, y: 25.0, w: 20.0, h: 10.0 };

    fn field(kind: FieldType, rect: Rect) -> Field {
        Field::plain(kind, rect)
    }

    /// Whether a person is asked about the field on a page with these inks.
    fn asked(field: &Field, inks: &[(&[Stroke], [u8; 3])]) -> bool {
        let page = written(&printed(), inks, true);
        let draft = asks(Draft::default(), &page.faint, field);
        assert_eq!(draft.person, draft.reasons.iter().any(|why| why.contains("薄い記入")));
        draft.person
    }

    /// 30, about as a hand writes it.
    fn digits() -> Vec<Stroke> {
        let bars = [27.6, 30.0, 32.4].map(|y| ((34.0, y), (36.6, y), 0.4));
        let corners = [(39.2, 27.6), (41.8, 27.6), (41.8, 32.4), (39.2, 32.4), (39.2, 27.6)];
        let nought: Vec<Stroke> = corners.windows(2).map(|c| (c[0], c[1], 0.4)).collect();
        [&bars[..], &[((36.6, 27.6), (36.6, 32.4), 0.4)], &nought].concat()
    }

    #[test]
    fn pale_writing_is_asked_about_alone_and_beside_ink() {
        let text = field(FieldType::Text, PLACE);
        let ink: &[Stroke] = &[((32.0, 27.4), (31.8, 32.6), 0.4)];
        let digits: &[Stroke] = &digits();
        let hyphen: &[Stroke] = &[((43.6, 30.0), (45.2, 30.0), 0.4)];
        for level in [205, 222] {
            assert!(asked(&text, &[(digits, [level; 3])]), "{level}");
            assert!(asked(&text, &[(ink, BLACK), (digits, [level; 3])]), "{level} beside ink");
            assert!(asked(&text, &[(ink, BLACK), (hyphen, [level - 30; 3])]), "{level}: a hyphen");
        }
    }

    #[test]
    fn pale_marks_are_asked_about() {
        let options = vec![("男".to_owned(), WORD)];
        let choice = FieldType::Choice { mark: MarkKind::Circle, options, exactly: Some(1) };
        let tick: &[Stroke] = &tick();
        let ring: &[Stroke] = &ring((34.0, 16.8), (6.6, 3.6));
        for ink in [[222; 3], [230, 200, 60]] {
            assert!(asked(&field(FieldType::Checkbox, BOX), &[(tick, ink)]), "{ink:?}");
            assert!(asked(&field(choice.clone(), WORD), &[(ring, ink)]), "{ink:?}");
        }
        assert!(!asked(&field(FieldType::Stamp, BOX), &[(tick, [205; 3])]), "a seal may be pale");
    }

    #[test]
    fn ink_colour_and_empty_paper_are_not_asked_about() {
        let text = field(FieldType::Text, PLACE);
        let fields = [text, field(FieldType::Checkbox, BOX)];
        let strokes: &[Stroke] = &[digits(), tick()].concat();
        // Around each stroke the paper is a little grey, as in a JPEG picture.
        let halo: Vec<Stroke> = strokes.iter().map(|(a, b, wide)| (*a, *b, wide + 0.4)).collect();
        let halo = halo.as_slice();
        for field in &fields {
            assert!(!asked(field, &[]));
            for ink in [BLACK, [28, 48, 138], [205, 42, 48]] {
                assert!(!asked(field, &[(halo, [228; 3]), (strokes, ink)]), "{ink:?}");
            }
        }
    }

    #[test]
    fn a_smoothed_picture_is_the_mean_of_three_by_three() {
        for (w, h) in [(9_u32, 7_u32), (1, 4), (5, 1), (2, 2)] {
            let gray = GrayImage::from_fn(w, h, |x, y| image::Luma([((x * 83 + y * 151) % 256) as u8]));
            let near = |i: u32, n: u32| [i.saturating_sub(1), i, (i + 1).min(n - 1)];
            let mean = |x: u32, y: u32| {
                let around = near(y, h).into_iter().flat_map(|v| near(x, w).map(|u| (u, v)));
                (around.map(|(u, v)| u32::from(gray.get_pixel(u, v)[0])).sum::<u32>() / 9) as u8
            };
            let smooth = smoothed(&gray);
            assert!(smooth.enumerate_pixels().all(|(x, y, p)| p[0] == mean(x, y)), "{w} × {h}");
        }
    }

    #[test]
    fn the_median_is_the_middle_of_the_values_in_their_order() {
        for values in [&[7_usize][..], &[3, 250], &[9, 9, 1, 0], &[255, 0, 255, 4, 4]] {
            let mut counts = [0; 256];
            for v in values {
                counts[*v] += 1;
            }
            let mut sorted = values.to_vec();
            sorted.sort_unstable();
            assert_eq!(median(&counts), sorted[sorted.len() / 2], "{values:?}");
        }
    }

    #[test]
    fn folds_shadows_dust_and_the_other_side_of_the_sheet_are_no_writing() {
        let text = field(FieldType::Text, PLACE);
        let fold: &[Stroke] = &[((0.0, 29.0), (60.0, 29.3), 0.3), ((38.0, 0.0), (38.2, 40.0), 0.3)];
        let shadow: &[Stroke] = &[((0.0, 36.0), (60.0, 31.0), 5.0)];
        let behind: &[Stroke] = &digits();
        let dust: &[Stroke] = &[((34.0, 29.0), (34.2, 29.2), 0.4), ((40.0, 31.0), (40.1, 31.3), 0.3)];
        for (name, strokes, level) in
            [("fold", fold, 205), ("shadow", shadow, 215), ("dust", dust, 190), ("behind", behind, 238)]
        {
            assert!(!asked(&text, &[(strokes, [level; 3])]), "{name}");
        }
    }
}
