//! A fax of standard resolution: half as many lines down the page as dots across, which only the file says.

use super::{config, form, ready, scan, words};
use image::{
    GrayImage, Luma,
    imageops::{self, FilterType},
};
use shoki::drivers::readers::ReaderPool;
use std::{fs, io::Cursor};
use tiff::{
    encoder::{Rational, TiffEncoder, colortype::Gray8},
    tags::ResolutionUnit,
};

/// Dots per inch across and down.
const DPI: (u32, u32) = (204, 98);
/// Dots of a line.
const LINE: u32 = 1_728;

/// A page of 200 dpi as a fax sends it.
fn fax(page: &GrayImage) -> Vec<u8> {
    let (w, h) = (page.width() * DPI.0 / 200, page.height() * DPI.1 / 200);
    let mut sent = GrayImage::from_pixel(LINE, h, Luma([255]));
    imageops::overlay(&mut sent, &imageops::resize(page, w, h, FilterType::Triangle), 20, 0);
    for dot in sent.pixels_mut() {
        dot.0 = [if dot.0[0] < 160 { 0 } else { 255 }];
    }
    let mut file = Cursor::new(Vec::new());
    {
        let mut encoder = TiffEncoder::new(&mut file).unwrap();
        let mut image = encoder.new_image::<Gray8>(LINE, h).unwrap();
        image.resolution_unit(ResolutionUnit::Inch);
        image.x_resolution(Rational { n: DPI.0, d: 1 });
        image.y_resolution(Rational { n: DPI.1, d: 1 });
        image.write_data(sent.as_raw()).unwrap();
    }
    file.into_inner()
}

#[tokio::test]
async fn a_fax_with_half_as_many_lines_is_the_form() {
    ready();
    let (pool, form, folder) = (ReaderPool::new(config()), form(), tempfile::tempdir().unwrap());
    let page = image::open(scan("受付0002.png")).unwrap().to_luma8();
    let right = pool.read_form(&scan("受付0002.png"), 1, &form).await.unwrap();
    let path = folder.path().join("fax.tif");
    fs::write(&path, fax(&page)).unwrap();
    let read = pool.read_form(&path, 1, &form).await.unwrap_or_else(|e| panic!("{e}"));
    let same = words(&right).iter().zip(words(&read)).filter(|(a, b)| a.2 == b.2).count();
    assert!(same * 2 >= right.readings.len(), "{same} of {}, fit {}", right.readings.len(), read.fit);
}
