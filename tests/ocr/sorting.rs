//! Which form a page is: among many, among forms on several papers, and beside a form whose blank is damaged.

use super::{config, ready, root, scan, truth_of_strangers};
use image::imageops::{self, FilterType};
use serde_json::Value;
use shoki::{
    drivers::{ocr::OcrError, readers::ReaderPool},
    form::{Form, Forms},
    scenario::{load_form, load_forms},
};
use std::{fs, path::PathBuf};

fn bench() -> PathBuf {
    root().join("fixtures/formbench/sample")
}

fn forms() -> Forms {
    let (forms, problems) = load_forms(&bench().join("forms"));
    assert!(problems.is_empty() && forms.len() == 6);
    forms
}

#[tokio::test]
async fn a_page_is_sorted_to_its_form_or_to_none() {
    ready();
    let (folder, forms) = (bench(), forms());
    let forms: Vec<&Form> = forms.values().map(AsRef::as_ref).collect();
    let pool = ReaderPool::new(config());
    let truth: Value = serde_json::from_str(&fs::read_to_string(folder.join("truth.json")).unwrap()).unwrap();
    for page in truth["pages"].as_array().unwrap().iter().filter(|p| p["form"].is_string()).step_by(2) {
        let file = folder.join("scans").join(page["file"].as_str().unwrap());
        let sorted = pool.sort(&file, 1, &forms).await.unwrap();
        assert_eq!(sorted.form.as_deref(), page["form"].as_str(), "{sorted:?}");
    }
    let stranger = truth_of_strangers().remove(0);
    let sorted = pool.sort(&scan(&stranger), 1, &forms).await.unwrap();
    assert!(sorted.form.is_none() && sorted.reason.is_some_and(|r| r.contains("合いません")));
}

/// A slip on A5, in a picture that does not say its resolution, among forms on A4.
#[tokio::test]
async fn a_page_on_another_paper_than_the_first_form_is_sorted_as_well() {
    ready();
    let folder = tempfile::tempdir().unwrap();
    let printed = image::open(scan("受付0001.png")).unwrap().to_luma8();
    let slip = imageops::resize(&printed, 1_165, 1_654, FilterType::Triangle);
    let (blank, yaml) = (folder.path().join("小さな届.png"), folder.path().join("小さな届.yaml"));
    slip.save(&blank).unwrap();
    let text = "shoki_form: 1\nid: 小さな届\ntitle: 小さな届\npage: { size: A5, blank: 小さな届.png }\n\
                fields:\n  - { name: 氏名, type: text, box: [20, 36, 50, 7] }\n";
    fs::write(&yaml, text).unwrap();
    let small = load_form(&yaml).unwrap();
    let all = forms();
    let pool = ReaderPool::new(config());
    let sorted = pool.sort(&blank, 1, &[&all["口座振替依頼書"], &small]).await.unwrap();
    assert_eq!(sorted.form.as_deref(), Some("小さな届"), "{sorted:?}");
}

#[tokio::test]
async fn a_damaged_blank_keeps_only_the_pages_of_its_own_form_back() {
    ready();
    let (folder, all) = (tempfile::tempdir().unwrap(), forms());
    let mut damaged = Form::clone(&all["ワンストップ特例申請書"]);
    damaged.page.blank = folder.path().join("破損.pdf");
    fs::write(&damaged.page.blank, "%PDF-1.7\n1 0 obj<</Type/Catalog").unwrap();
    let sound: &Form = &all["口座振替依頼書"];
    let pool = ReaderPool::new(config());
    let page = |name: &str| bench().join("scans").join(name);
    let other = pool.sort(&page("口座振替依頼書_77_0000.png"), 1, &[&damaged, sound]).await.unwrap();
    assert_eq!(other.form.as_deref(), Some("口座振替依頼書"), "{other:?}");
    let own = page("ワンストップ特例申請書_77_0000.jpg");
    let sorted = pool.sort(&own, 1, &[&damaged, sound]).await.unwrap();
    let why = sorted.reason.unwrap_or_default();
    assert!(sorted.form.is_none() && why.contains("「ワンストップ特例申請書」の白紙原本"), "{why}");
    let alone = pool.sort(&own, 1, &[&damaged]).await;
    assert!(matches!(alone, Err(OcrError::BadBlank { .. })), "{alone:?}");
}
