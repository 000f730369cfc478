//! What is on a page beside writing: a stamp over it, text that nobody sees, and a page that lies askew.

use super::{config, form, ready, scan, words};
use image::{
    GrayImage, RgbImage,
    codecs::jpeg::{JpegEncoder, PixelDensity},
    imageops,
};
use shoki::drivers::{
    ocr::{FieldReading, FormReading},
    readers::ReaderPool,
};
use std::{fmt::Write as _, fs};

/// The reading of a field.
fn reading<'a>(read: &'a FormReading, name: &str) -> &'a FieldReading {
    read.readings.iter().find(|r| r.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// Whether a reason of the reading speaks of something.
fn speaks_of(reading: &FieldReading, word: &str) -> bool {
    reading.reasons.iter().any(|r| r.contains(word))
}

/// Lays a 受付印 of this ink on the page: a ring of 26 mm with two bars and a date in it; `at` is its middle in mm.
fn received(page: &mut RgbImage, at: (f64, f64), ink: [u8; 3]) {
    let mm = |px: u32, middle: f64| f64::from(px) / 200.0 * 25.4 - middle;
    for (x, y, p) in page.enumerate_pixels_mut() {
        let (dx, dy) = (mm(x, at.0), mm(y, at.1));
        let ring = (12.2..13.0).contains(&dx.hypot(dy));
        let bar = dx.hypot(dy) < 12.5 && (3.0..3.5).contains(&dy.abs());
        let word = dx.abs() < 8.0 && (5.0..8.0).contains(&dy.abs()) && dx.rem_euclid(3.0) < 1.0;
        if ring || bar || word {
            for (value, tint) in p.0.iter_mut().zip(ink) {
                *value = u8::try_from(u32::from(*value) * u32::from(tint) / 255).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_blue_stamp_is_taken_out_by_its_colour_and_a_person_sees_what_it_lay_on() {
    ready();
    let (pool, form, folder) = (ReaderPool::new(config()), form(), tempfile::tempdir().unwrap());
    let plain = pool.read_form(&scan("受付0002.png"), 1, &form).await.unwrap();
    let [x, y, w, h] = reading(&plain, "新住所").rect;
    for (name, ink) in [("青.png", [70, 95, 195]), ("紫.png", [120, 75, 170])] {
        let mut page = image::open(scan("受付0002.png")).unwrap().to_rgb8();
        received(&mut page, (x + 0.35 * w, y + h / 2.0), ink);
        let path = folder.path().join(name);
        page.save(&path).unwrap();
        let read = pool.read_form(&path, 1, &form).await.unwrap();
        let stamped = reading(&read, "新住所");
        assert_eq!(stamped.value, reading(&plain, "新住所").value, "{name}: the black writing stayed");
        assert!(!stamped.pass && speaks_of(stamped, "印影"), "{name}: {:?}", stamped.reasons);
        let [_, sy, _, sh] = stamped.rect;
        let clear = |r: &&FieldReading| r.rect[1] > sy + sh + 14.0 || r.rect[1] + r.rect[3] < sy - 14.0;
        for far in read.readings.iter().filter(clear) {
            let before = reading(&plain, &far.name);
            // The scan was grey: its seal is black, which on a page with colour a person is asked about.
            let pass = before.pass && far.name != "受付印";
            assert_eq!((&far.value, far.pass), (&before.value, pass), "{name}: {}", far.name);
        }
    }
}

/// A PDF of a scan (200 dpi) with text over it that nobody sees: what, and where in mm.
fn with_hidden_text(page: &GrayImage, texts: &[(&str, f64, f64)]) -> Vec<u8> {
    let mut jpeg = Vec::new();
    page.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 90)).unwrap();
    let (w, h) = (f64::from(page.width()) * 0.36, f64::from(page.height()) * 0.36);
    let pt = 72.0 / 25.4;
    let mut content = format!("q {w} 0 0 {h} 0 0 cm /I Do Q BT /F 6 Tf 3 Tr\n");
    for (text, x, y) in texts {
        let _ = writeln!(content, "1 0 0 1 {:.2} {:.2} Tm ({text}) Tj", x * pt, h - y * pt);
    }
    content.push_str("ET");
    let mut pdf = format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 {w} {h}]/Contents 4 0 R\
         /Resources<</XObject<</I 5 0 R>>/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n\
         4 0 obj<</Length {}>>stream\n{content}\nendstream endobj\n\
         5 0 obj<</Type/XObject/Subtype/Image/Width {}/Height {}/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode/Length {}>>stream\n",
        content.len(),
        page.width(),
        page.height(),
        jpeg.len()
    )
    .into_bytes();
    pdf.extend(&jpeg);
    pdf.extend(b"\nendstream endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n");
    pdf
}

#[tokio::test]
async fn a_text_layer_is_a_witness_and_never_believed_alone() {
    ready();
    let (pool, form, folder) = (ReaderPool::new(config()), form(), tempfile::tempdir().unwrap());
    let page = image::open(scan("受付0001.png")).unwrap().to_luma8();
    let plain = pool.read_form(&scan("受付0001.png"), 1, &form).await.unwrap();
    let place = |name: &str| {
        let [x, y, w, h] = reading(&plain, name).rect;
        (x + 0.3 * w, y + 0.6 * h)
    };
    let empty =
        plain.readings.iter().find(|r| r.kind == "person_name" && r.value == "").unwrap().name.clone();
    let phone = reading(&plain, "電話番号").value.as_str().unwrap().to_owned();
    let said = [(phone.as_str(), "電話番号"), ("1540024", "新方書"), ("9999", empty.as_str())];
    let texts: Vec<(&str, f64, f64)> = said.iter().map(|(t, at)| (*t, place(at).0, place(at).1)).collect();
    let path = folder.path().join("文字つき.pdf");
    fs::write(&path, with_hidden_text(&page, &texts)).unwrap();
    let read = pool.read_form(&path, 1, &form).await.unwrap();
    let same = reading(&read, "電話番号");
    assert!(same.pass && speaks_of(same, "一致"), "{:?}", same.reasons);
    let other = reading(&read, "新方書");
    assert_eq!(other.value, reading(&plain, "新方書").value, "the picture is what counts");
    assert!(!other.pass && other.ask && speaks_of(other, "画像の読みが違います"), "{:?}", other.reasons);
    assert!(other.candidates.iter().any(|c| c.value == "1540024"), "the person is offered both");
    let nothing = reading(&read, &empty);
    let seen = nothing.value == "" && !nothing.pass && speaks_of(nothing, "何も見えません");
    assert!(seen, "{:?}", nothing.reasons);
    let quiet = reading(&read, "届出人氏名");
    assert_eq!((quiet.pass, speaks_of(quiet, "PDF")), (reading(&plain, "届出人氏名").pass, false));

    let text = pool.read_text(&path, 1).await.unwrap().text;
    assert!(text.contains("つくば市") && !text.contains("9999"), "hidden text is no text of the page");
}

/// The page turned by `degrees` to the right about its middle, shrunk by 3 %, shifted by so many mm, on a glass 9 mm larger
/// on each side.
fn askew(page: &GrayImage, degrees: f64, shift: (f64, f64)) -> GrayImage {
    let (w, h) = page.dimensions();
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = (f64::from(w) / 2.0, f64::from(h) / 2.0);
    GrayImage::from_fn(w + 142, h + 142, |x, y| {
        let dx = f64::from(x) - 71.0 - middle.0 - shift.0 * 7.874;
        let dy = f64::from(y) - 71.0 - middle.1 - shift.1 * 7.874;
        let (u, v) = ((dx * cos + dy * sin) / 0.97 + middle.0, (dy * cos - dx * sin) / 0.97 + middle.1);
        let inside = u >= 0.0 && v >= 0.0 && u < f64::from(w) - 1.0 && v < f64::from(h) - 1.0;
        #[expect(clippy::cast_possible_truncation, reason = "inside the picture")]
        let (u, v) = (u as f32, v as f32);
        if inside { imageops::interpolate_bilinear(page, u, v).unwrap() } else { image::Luma([250]) }
    })
}

#[tokio::test]
async fn a_page_that_lies_far_askew_is_read_as_if_it_lay_straight() {
    ready();
    let (pool, form, folder) = (ReaderPool::new(config()), form(), tempfile::tempdir().unwrap());
    let straight: GrayImage = image::open(scan("受付0002.png")).unwrap().to_luma8();
    let right = pool.read_form(&scan("受付0002.png"), 1, &form).await.unwrap();
    for (name, degrees, shift) in [("右.jpg", 4.8, (13.0, 12.0)), ("左.jpg", -4.0, (9.0, -8.0))] {
        let path = folder.path().join(name);
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
        encoder.set_pixel_density(PixelDensity::dpi(200));
        encoder.encode_image(&askew(&straight, degrees, shift)).unwrap();
        fs::write(&path, jpeg).unwrap();
        let read = pool.read_form(&path, 1, &form).await.unwrap();
        assert!(read.fit > 0.85, "{name}: {}", read.fit);
        assert!(!read.readings.iter().any(|r| speaks_of(r, "位置がずれて")), "{name}");
        let same = words(&right).iter().zip(words(&read)).filter(|(a, b)| a.2 == b.2).count();
        assert!(same + 2 >= right.readings.len(), "{name}: {same} of {}", right.readings.len());
    }
}
