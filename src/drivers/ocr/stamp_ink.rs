//! Blue and violet stamps (受付印: a frame with a date in it) taken out by their colour.
//!
//! Blue is the colour of pens too, so colour alone takes nothing out. A stamp is a closed frame, larger than a circle around
//! an option, with something of its colour inside; only what has that colour goes, and only inside the frame. Black writing
//! under it stays. Whoever wrote in blue under a blue stamp wrote what nobody can tell from it: a field with a stamp on it is
//! shown to a person ([`super::crop::Crop::stamped`]).

use super::{
    blob::{Blob, blobs},
    mask::Mask,
    paper::{PALE, PX_PER_MM},
};
use image::{GrayImage, Rgb, RgbImage};

/// A stamp's frame is at least this wide and high, in mm: circles around options are flatter, small seals are red.
const LEAST_MM: f64 = 14.0;
/// And at most this, in mm: larger frames are tables.
const MOST_MM: f64 = 90.0;
/// Blue exceeds red or green by more than this in a stamp's ink, of 255; black ink on a colour scan by less than half of it.
const BLUISH: i32 = 28;
/// Gaps in a frame are closed up to twice this, in pixels (1.3 mm): dry ink, black rules of the blank that cross it.
const GAP: usize = 5;
/// A frame is at most this thick with the closing around it, in pixels (2 mm).
const THICK: usize = 16;
/// A frame closes in at least this share of its rectangle; a circle closes in 0.78.
const CLOSED_IN: f64 = 0.45;
/// At most this share of it is ink: a frame is no blot.
const INKED: f64 = 0.6;
/// Where at least this share of a frame's ink lies on printed matter of the blank, the frame is printed in that colour.
const PRINTED: f64 = 0.5;
/// At least this share of what is closed in has the frame's colour: words, a date.
const CONTENT: f64 = 0.015;

/// Lightens the stamps on the page where their colour is; gives their pixels. `print` is the blank's own printed matter, which
/// is no stamp whatever its colour.
pub(super) fn take_out(gray: &mut GrayImage, colour: &RgbImage, print: &Mask) -> Mask {
    let mut taken = Mask::new(print.w, print.h);
    let mut blue = Mask::new(print.w, print.h);
    for (i, (c, p)) in colour.pixels().zip(gray.iter()).enumerate() {
        blue.bits[i] = *p < PALE && blueness(*c) > BLUISH;
    }
    let least = (LEAST_MM * PX_PER_MM) as usize;
    if blue.count() < 2 * least {
        return taken;
    }
    for frame in blobs(&blue.grown(GAP)) {
        if is_printed(&frame, &blue, print) {
            continue;
        }
        if let Some(part) = closed_in(&frame, &blue) {
            lighten(gray, colour, &frame, &part, &mut taken);
        }
    }
    taken
}

/// How much bluer than grey: 0 and less for red, black and grey.
fn blueness(c: Rgb<u8>) -> i32 {
    let [r, g, b] = c.0.map(i32::from);
    if b + 10 >= r { b - r.min(g) } else { 0 }
}

/// The frame is a part of the blank, printed in blue.
fn is_printed(frame: &Blob, blue: &Mask, print: &Mask) -> bool {
    let ink = frame.pixels.iter().filter(|(x, y)| blue.at(*x, *y));
    let (on, all) = ink.fold((0_u32, 0_u32), |(on, all), (x, y)| (on + u32::from(print.at(*x, *y)), all + 1));
    f64::from(on) >= PRINTED * f64::from(all)
}

/// A piece of the page that begins at `origin`.
struct Part {
    origin: (i32, i32),
    mask: Mask,
}

/// A frame with all that it closes in; none where it is no stamp's. What only hangs on to the frame, as writing that touches
/// it, is left out.
fn closed_in(frame: &Blob, blue: &Mask) -> Option<Part> {
    let px = |mm: f64| (mm * PX_PER_MM) as i32;
    let fits = |n: i32| n >= px(LEAST_MM) && n <= px(MOST_MM);
    if !fits(frame.w()) || !fits(frame.h()) {
        return None;
    }
    let room = THICK as i32 + 1;
    let origin = (frame.bounds.0 - room, frame.bounds.1 - room);
    let (w, h) = (frame.w() + 2 * room, frame.h() + 2 * room);
    let mut wall = Mask::new(w as usize, h as usize);
    for (x, y) in &frame.pixels {
        wall.bits[(y - origin.1) as usize * wall.w + (x - origin.0) as usize] = true;
    }
    let outside = reached(&wall);
    let area = f64::from(frame.w() * frame.h());
    let mut whole = outside.clone();
    whole.bits.iter_mut().for_each(|b| *b = !*b);
    let core = whole.shrunk(THICK);
    let seen = blue.window(origin, w, h);
    let content = core.bits.iter().zip(&seen.bits).filter(|(a, b)| **a && **b).count() as f64;
    let ink = whole.bits.iter().zip(&seen.bits).filter(|(a, b)| **a && **b).count() as f64;
    let framed = whole.count() as f64 >= CLOSED_IN * area && ink <= INKED * whole.count() as f64;
    let filled = content >= CONTENT * core.count() as f64;
    (framed && filled && core.count() > 0).then(|| Part { origin, mask: core.grown(THICK) })
}

/// What can be reached from the edge of the mask without crossing a wall.
fn reached(wall: &Mask) -> Mask {
    let (w, h) = (wall.w as i32, wall.h as i32);
    let mut out = Mask::new(wall.w, wall.h);
    let mut todo = vec![(0, 0)];
    while let Some((x, y)) = todo.pop() {
        let open = x >= 0 && y >= 0 && x < w && y < h && !wall.at(x, y) && !out.at(x, y);
        if open {
            out.bits[y as usize * out.w + x as usize] = true;
            todo.extend([(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]);
        }
    }
    out
}

/// The frame's colour becomes paper, as if seen through a glass of that colour: what is darker stays dark.
fn lighten(gray: &mut GrayImage, colour: &RgbImage, frame: &Blob, part: &Part, taken: &mut Mask) {
    let of_ink = |(x, y): &(i32, i32)| {
        let c = colour.get_pixel(*x as u32, *y as u32);
        (blueness(*c) > BLUISH).then_some(c[2])
    };
    let mut levels: Vec<u8> = frame.pixels.iter().filter_map(of_ink).collect();
    levels.sort_unstable();
    // Three in ten of its pixels are darker than its full ink: noise, and whatever lies under it.
    let level = u32::from(levels.get(levels.len() * 3 / 10).copied().unwrap_or(u8::MAX).max(64));
    for (i, _) in part.mask.bits.iter().enumerate().filter(|(_, inside)| **inside) {
        let (x, y) = ((i % part.mask.w) as i32 + part.origin.0, (i / part.mask.w) as i32 + part.origin.1);
        if x < 0 || y < 0 || x >= taken.w as i32 || y >= taken.h as i32 {
            continue;
        }
        let c = colour.get_pixel(x as u32, y as u32);
        let blueness = blueness(*c);
        if blueness <= BLUISH / 2 {
            continue;
        }
        let seen = (u32::from(c[2]) * 255 / (level * 95 / 100)).min(255) as u8;
        let p = &mut gray.get_pixel_mut(x as u32, y as u32)[0];
        taken.bits[y as usize * taken.w + x as usize] = blueness > BLUISH && *p < PALE;
        *p = (*p).max(seen);
    }
}

#[cfg(test)]
mod tests {
    use super::take_out;
    use crate::drivers::ocr::mask::Mask;
    use image::{GrayImage, Rgb, RgbImage, imageops};

    const BLUE: [u8; 3] = [70, 90, 190];
    const VIOLET: [u8; 3] = [120, 70, 165];
    const BLACK: [u8; 3] = [30, 30, 34];
    const PEN: [u8; 3] = [28, 48, 138];

    /// Multiplies ink onto paper.
    fn ink(page: &mut RgbImage, x: u32, y: u32, of: [u8; 3]) {
        let p = page.get_pixel_mut(x, y);
        for (value, tint) in p.0.iter_mut().zip(of) {
            *value = (u32::from(*value) * u32::from(tint) / 255) as u8;
        }
    }

    fn bar(page: &mut RgbImage, (x, y, w, h): (u32, u32, u32, u32), of: [u8; 3]) {
        (y..y + h).for_each(|v| (x..x + w).for_each(|u| ink(page, u, v, of)));
    }

    /// A frame of `w` × `h` pixels with two lines of words in it.
    fn stamp(page: &mut RgbImage, (x, y, w, h): (u32, u32, u32, u32), of: [u8; 3]) {
        bar(page, (x, y, w, 5), of);
        bar(page, (x, y + h - 5, w, 5), of);
        bar(page, (x, y + 5, 5, h - 10), of);
        bar(page, (x + w - 5, y + 5, 5, h - 10), of);
        for line in [h / 3, h * 2 / 3] {
            (0..6).for_each(|i| bar(page, (x + 20 + i * w / 8, y + line, 8, 12), of));
        }
    }

    fn cleaned(page: &RgbImage) -> (GrayImage, Mask) {
        let mut gray = imageops::grayscale(page);
        let print = Mask::new(gray.width() as usize, gray.height() as usize);
        let taken = take_out(&mut gray, page, &print);
        (gray, taken)
    }

    fn paper() -> RgbImage {
        RgbImage::from_pixel(600, 500, Rgb([250, 250, 248]))
    }

    #[test]
    fn a_stamp_goes_and_black_writing_under_it_stays() {
        for colour in [BLUE, VIOLET] {
            let mut page = paper();
            stamp(&mut page, (150, 120, 260, 200), colour);
            bar(&mut page, (100, 210, 400, 6), BLACK);
            let (gray, taken) = cleaned(&page);
            assert!(gray.get_pixel(250, 122)[0] > 225, "the frame is gone: {}", gray.get_pixel(250, 122)[0]);
            assert!(gray.get_pixel(172, 190)[0] > 225, "its words too");
            assert!([(120, 212), (151, 212), (300, 212)].iter().all(|(x, y)| gray.get_pixel(*x, *y)[0] < 90));
            assert!(taken.count() > 2_000);
        }
    }

    #[test]
    fn a_blue_pen_is_no_stamp() {
        let mut page = paper();
        bar(&mut page, (40, 40, 300, 5), PEN);
        bar(&mut page, (60, 60, 5, 200), PEN);
        // A circle around an option: closed, but flatter than any stamp.
        stamp(&mut page, (300, 300, 90, 60), PEN);
        // A large frame with nothing in it, as one drawn around a block of black print.
        for side in [(60, 250, 220, 5), (60, 445, 220, 5), (60, 255, 5, 190), (275, 255, 5, 190)] {
            bar(&mut page, side, PEN);
        }
        let before = imageops::grayscale(&page);
        let (gray, taken) = cleaned(&page);
        assert!(taken.count() == 0 && gray == before);
    }

    #[test]
    fn a_box_that_the_blank_has_in_blue_is_no_stamp_and_a_rule_across_a_stamp_hides_none() {
        let mut page = paper();
        stamp(&mut page, (150, 120, 260, 200), BLUE);
        let mut gray = imageops::grayscale(&page);
        let mut print = Mask::new(600, 500);
        print.bits.iter_mut().zip(gray.iter()).for_each(|(b, p)| *b = *p < 200);
        assert_eq!(take_out(&mut gray, &page, &print).count(), 0);

        // A black rule along the lower edge of the frame, and another across it.
        bar(&mut page, (0, 316, 600, 3), BLACK);
        bar(&mut page, (300, 0, 3, 500), BLACK);
        let (gray, taken) = cleaned(&page);
        assert!(taken.count() > 2_000 && gray.get_pixel(172, 190)[0] > 225);
    }

    #[test]
    fn red_and_black_frames_are_left_to_others() {
        for colour in [[205, 42, 48], BLACK] {
            let mut page = paper();
            stamp(&mut page, (150, 120, 260, 200), colour);
            assert_eq!(cleaned(&page).1.count(), 0);
        }
    }
}
