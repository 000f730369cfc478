//! Pages of which a part is missing: a person is asked about the fields there, and about no others. And a page that is whole
//! although its PDF says that it is a metre long.

use super::{config, form, ready, scan, words};
use image::{
    GrayImage, Luma,
    codecs::jpeg::{JpegEncoder, PixelDensity},
    imageops::{self, FilterType},
};
use shoki::drivers::{
    ocr::{FieldReading, FormReading},
    readers::ReaderPool,
};
use std::fs;

/// A page that an office scanned, 200 dpi.
fn scanned() -> GrayImage {
    image::open(scan("受付0002.png")).unwrap().to_luma8()
}

fn jpeg(page: &GrayImage) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 90);
    encoder.set_pixel_density(PixelDensity::dpi(200));
    encoder.encode_image(page).unwrap();
    file
}

/// A PDF of one page of so many points that is a JPEG of so many pixels.
fn pdf_of(jpeg: &[u8], pixels: (u32, u32), points: (f64, f64)) -> Vec<u8> {
    let ((pw, ph), (w, h)) = (pixels, points);
    let content = format!("q {w} 0 0 {h} 0 0 cm /I Do Q");
    let mut pdf = format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 {w} {h}]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>endobj\n\
         4 0 obj<</Length {}>>stream\n{content}\nendstream endobj\n\
         5 0 obj<</Type/XObject/Subtype/Image/Width {pw}/Height {ph}/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode/Length {}>>stream\n",
        content.len(),
        jpeg.len()
    )
    .into_bytes();
    pdf.extend(jpeg);
    pdf.extend(b"\nendstream endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n");
    pdf
}

async fn read(name: &str, file: &[u8]) -> FormReading {
    let (pool, folder) = (ReaderPool::new(config()), tempfile::tempdir().unwrap());
    let path = folder.path().join(name);
    fs::write(&path, file).unwrap();
    pool.read_form(&path, 1, &form()).await.unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn missed(reading: &FieldReading) -> bool {
    reading.reasons.iter().any(|why| why.contains("画像に入っていません") || why.contains("印刷が見えません"))
}

/// A person is asked about the fields below `gone`, in mm, and there are some.
fn asks_below(read: &FormReading, gone: f64) {
    let below: Vec<&FieldReading> = read.readings.iter().filter(|r| r.rect[1] > gone).collect();
    assert!(!below.is_empty());
    for reading in below {
        assert!(!reading.pass && reading.ask, "{}: {:?}", reading.name, reading.reasons);
    }
}

/// The fields above `there`, in mm, are on the page, and it is said of none of them that it is not.
fn sees_above(read: &FormReading, there: f64) {
    let above: Vec<&FieldReading> = read.readings.iter().filter(|r| r.rect[1] + r.rect[3] < there).collect();
    assert!(above.len() > 20, "{} fields", above.len());
    for reading in above {
        assert!(!missed(reading), "{}: {:?}", reading.name, reading.reasons);
    }
}

#[tokio::test]
async fn fields_beyond_the_edge_of_a_cut_page_are_asked_about() {
    ready();
    let page = scanned();
    // Down to 213 mm: 異動者[4].氏名 and what stands below it are not there.
    let cut = imageops::crop_imm(&page, 0, 0, page.width(), 1_680).to_image();
    let read = read("切れた頁.jpg", &jpeg(&cut)).await;
    asks_below(&read, 214.0);
    sees_above(&read, 207.0);
    let beyond = read.readings.iter().find(|r| r.name == "異動者[4].氏名").unwrap();
    assert!(missed(beyond) && beyond.value == "", "{:?}", beyond.reasons);
}

#[tokio::test]
async fn fields_on_a_part_of_the_page_that_is_covered_are_asked_about() {
    ready();
    let mut page = scanned();
    // From 198 mm on nothing is seen, as under a sheet that lies on it: all of 異動者[4].
    let h = page.height();
    imageops::replace(&mut page, &GrayImage::from_pixel(1_700, h - 1_560, Luma([255])), 0, 1_560);
    let read = read("隠れた頁.jpg", &jpeg(&page)).await;
    asks_below(&read, 204.0);
    sees_above(&read, 190.0);
}

#[tokio::test]
async fn a_pdf_whose_picture_broke_off_is_refused_or_asked_about() {
    ready();
    let page = scanned();
    let (w, h) = page.dimensions();
    let whole = jpeg(&page);
    let half = pdf_of(&whole[..whole.len() * 6 / 10], (w, h), (f64::from(w) * 0.36, f64::from(h) * 0.36));
    let (pool, folder) = (ReaderPool::new(config()), tempfile::tempdir().unwrap());
    let path = folder.path().join("途中まで.pdf");
    fs::write(&path, half).unwrap();
    match pool.read_form(&path, 1, &form()).await {
        Ok(read) => asks_below(&read, 204.0),
        Err(why) => println!("refused: {why}"),
    }
}

#[tokio::test]
async fn a_pdf_with_a_point_for_each_pixel_is_read_like_the_scan_in_it() {
    ready();
    let page = scanned();
    let plain = read("200.png", &fs::read(scan("受付0002.png")).unwrap()).await;
    let (w, h) = (page.width() * 3 / 2, page.height() * 3 / 2);
    let drawn = imageops::resize(&page, w, h, FilterType::CatmullRom);
    let file = pdf_of(&jpeg(&drawn), (w, h), (f64::from(w), f64::from(h)));
    let metre = read("点.pdf", &file).await;
    assert!(metre.fit > 0.8, "{}", metre.fit);
    let same = words(&plain).iter().zip(words(&metre)).filter(|(a, b)| a.2 == b.2).count();
    assert!(same + 4 >= plain.readings.len(), "{same} of {}", plain.readings.len());
}
