//! Forms of one office that share their lines and nearly all their words: the heading tells them apart.

use super::{config, ready, root};
use image::{DynamicImage, imageops};
use shoki::{
    drivers::{ocr::OcrError, readers::ReaderPool},
    form::Form,
    scenario::load_form,
};
use std::path::Path;

fn sample(name: &str) -> Form {
    load_form(&root().join(format!("fixtures/formbench/sample/forms/{name}.yaml"))).unwrap()
}

async fn blank(pool: &ReaderPool, form: &Form) -> DynamicImage {
    image::load_from_memory(&pool.picture(form, None).await.unwrap()).unwrap()
}

/// The form 住民異動届 as it would be with the heading of 保育所等利用申込書 over it.
async fn twin(pool: &ReaderPool, folder: &Path) -> Form {
    let moves = sample("住民異動届");
    let (mut drawn, other) = (blank(pool, &moves).await, blank(pool, &sample("保育利用申込書")).await);
    let px = |tenths_of_mm: u32| tenths_of_mm * 2000 / 2540;
    let heading = imageops::crop_imm(&other, px(500), px(105), px(1100), px(90)).to_image();
    imageops::replace(&mut drawn, &heading, px(500).into(), px(120).into());
    let path = folder.join("似た届.png");
    drawn.save(&path).unwrap();
    let mut twin = Form { id: "似た届".into(), ..moves };
    twin.page.blank = path;
    twin
}

#[tokio::test]
async fn a_form_with_the_same_lines_and_another_heading_is_another_form() {
    ready();
    let (pool, folder) = (ReaderPool::new(config()), tempfile::tempdir().unwrap());
    let (own, twin) = (sample("住民異動届"), twin(&pool, folder.path()).await);
    let page = root().join("fixtures/formbench/sample/scans/住民異動届_77_0000.jpg");
    let read = pool.read_form(&page, 1, &own).await.unwrap();
    assert!(read.fit > 0.6, "{}", read.fit);
    let other = pool.read_form(&page, 1, &twin).await;
    assert!(matches!(&other, Err(OcrError::AnotherHeading { form }) if form == "似た届"), "{other:?}");
    assert!(other.unwrap_err().to_string().contains("見出し"));
    let sorted = pool.sort(&page, 1, &[&twin, &own]).await.unwrap();
    assert_eq!(sorted.form.as_deref(), Some("住民異動届"), "{sorted:?}");
}
