//! A sheet on a glass larger than itself, in a picture that does not say its resolution, and in one that does.

use super::{config, form, ready, scan, words};
use image::{
    GrayImage, Luma,
    codecs::jpeg::{JpegEncoder, PixelDensity},
    imageops,
};
use shoki::drivers::readers::ReaderPool;
use std::fs;

#[tokio::test]
async fn a_page_on_a_larger_glass_is_read_as_if_it_lay_alone() {
    ready();
    let (pool, form, folder) = (ReaderPool::new(config()), form(), tempfile::tempdir().unwrap());
    let page: GrayImage = image::open(scan("受付0002.png")).unwrap().to_luma8();
    let right = pool.read_form(&scan("受付0002.png"), 1, &form).await.unwrap();
    // A3 upright and lying, B4, Legal; the sheet at one end, at the other, turned.
    let (tall, wide, b4, legal) = ((2339, 3307), (3307, 2339), (2024, 2866), (1700, 2800));
    let (w, h) = page.dimensions();
    let turned = imageops::rotate90(&page);
    let cases = [
        ("a3-top-left.png", tall, &page, (0, 0)),
        ("a3-lying-left.png", wide, &page, (0, 0)),
        ("a3-lying-right.png", wide, &page, (3307 - w, 2339 - h)),
        ("a3-turned-below.png", tall, &turned, (0, 3307 - turned.height())),
        ("b4.png", b4, &page, (0, 0)),
        ("legal.png", legal, &page, (20, 200)),
        ("a3-says-200-dpi.jpg", wide, &page, (0, 0)),
    ];
    for (name, (gw, gh), sheet, (x, y)) in cases {
        let mut glass = GrayImage::from_pixel(gw, gh, Luma([250]));
        imageops::overlay(&mut glass, sheet, i64::from(x), i64::from(y));
        let path = folder.path().join(name);
        if name.ends_with("jpg") {
            let mut jpeg = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
            encoder.set_pixel_density(PixelDensity::dpi(200));
            encoder.encode_image(&glass).unwrap();
            fs::write(&path, jpeg).unwrap();
        } else {
            glass.save(&path).unwrap();
        }
        let read = pool.read_form(&path, 1, &form).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(read.fit > 0.8, "{name}: {}", read.fit);
        let same = words(&right).iter().zip(words(&read)).filter(|(a, b)| a.2 == b.2).count();
        assert!(same + 2 >= right.readings.len(), "{name}: {same} of {}", right.readings.len());
    }
}
