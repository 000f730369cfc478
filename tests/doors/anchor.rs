//! The checkpoint leaves the machine: a sheet whose QR code is the signed note, a bundle that verifies by itself.

use shoki::{
    audit::{Note, Options, Verdict, verify_office},
    report::{AnchorFacts, anchor_sheet},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn shoki(office: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shoki"))
        .args(["--office", office.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap()
}

fn office() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("shoki.toml"),
        "[office]\nname = \"試験市\"\norigin = \"shoki.invalid/test/host\"\n",
    )
    .unwrap();
    dir
}

/// The page's picture, drawn from the rectangles of the PDF itself: enough for a reader of QR codes, without any program.
fn drawn(pdf: &str) -> (usize, Vec<u8>) {
    const SCALE: f64 = 3.0;
    let (width, height) = (1786, 2526);
    let mut picture = vec![255_u8; width * height];
    for line in pdf.lines().filter(|line| line.ends_with(" re f")) {
        let numbers: Vec<f64> = line.split(' ').take(4).map(|n| n.parse().unwrap()).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places on a page")]
        let pixel = |n: f64| (n * SCALE).round() as usize;
        let (left, right) = (pixel(numbers[0]), pixel(numbers[0] + numbers[2]));
        let (bottom, top) = (pixel(numbers[1]), pixel(numbers[1] + numbers[3]));
        for y in bottom..top {
            picture[(height - 1 - y) * width + left..(height - 1 - y) * width + right].fill(0);
        }
    }
    (width, picture)
}

#[test]
fn the_qr_code_of_the_sheet_is_the_signed_checkpoint() {
    let note = fs::read_to_string("fixtures/audit/vector/checkpoint").unwrap();
    let parsed = Note::parse(note.as_bytes()).unwrap();
    let facts = AnchorFacts {
        office: "試験市".into(),
        origin: parsed.checkpoint.origin.clone(),
        fy: 2026,
        size: parsed.checkpoint.size,
        root: parsed.checkpoint.root.to_base64(),
        printed: "2026年11月21日 10:00".into(),
        note: note.clone(),
    };
    let pdf = String::from_utf8(anchor_sheet(&facts).unwrap()).unwrap();
    assert!(pdf.starts_with("%PDF-1.5") && pdf.ends_with("%%EOF\n"));
    let (width, picture) = drawn(&pdf);
    let height = picture.len() / width;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| picture[y * width + x]);
    let grids = image.detect_grids();
    let (_, content) = grids.first().unwrap().decode().unwrap();
    assert_eq!(content, note);
}

#[test]
fn anchors_prove_and_export_work_from_the_command_line() {
    let office = office();
    let root = office.path();
    let out = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let anchored = shoki(root, &["audit", "anchor", "--pdf", &out("確定点.pdf"), "--to", &out("kansa")]);
    assert!(anchored.status.success(), "{}", said(&anchored));
    assert!(fs::read(root.join("確定点.pdf")).unwrap().starts_with(b"%PDF"));
    let known: Vec<PathBuf> = fs::read_dir(root.join("kansa/shoki.invalid_test_host"))
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    let known = Note::parse(&fs::read(&known[0]).unwrap()).unwrap();
    let options = Options { known: vec![known], ..Options::default() };
    let years = verify_office(root, &options).unwrap();
    assert_eq!(years[0].report.verdict, Verdict::Consistent, "{:?}", years[0].report);
    assert!(years[0].report.last_anchor.is_some());
    let doctor = said(&shoki(root, &["doctor"]));
    assert!(doctor.contains("最後に外部へ固定した時刻: 20"), "{doctor}");

    let proved = shoki(root, &["audit", "prove", "--seq", "1", "--to", &out("1.tlog-proof")]);
    assert!(proved.status.success(), "{}", said(&proved));
    assert!(
        fs::read_to_string(root.join("1.tlog-proof")).unwrap().starts_with("c2sp.org/tlog-proof@v1\nextra ")
    );
    let early = shoki(root, &["audit", "prove", "--seq", "999", "--to", &out("x.tlog-proof")]);
    assert_eq!(early.status.code(), Some(1), "{}", said(&early));

    let exported = shoki(root, &["audit", "export", "--to", &out("監査一式.zip")]);
    assert!(exported.status.success(), "{}", said(&exported));
    unpacked(&root.join("監査一式.zip"), &root.join("auditor"));
    let years = verify_office(&root.join("auditor"), &options).unwrap();
    assert_eq!(years[0].report.verdict, Verdict::Consistent);
    for name in ["はじめに.txt", "判定.txt", "判定.json", "一覧.xlsx"] {
        assert!(root.join("auditor").join(name).is_file(), "{name}");
    }
    let verdict: serde_json::Value =
        serde_json::from_slice(&fs::read(root.join("auditor/判定.json")).unwrap()).unwrap();
    assert_eq!(verdict["verdict"], "CONSISTENT");
}

fn unpacked(zip: &Path, to: &Path) {
    let mut archive = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
    archive.extract(to).unwrap();
}

#[test]
fn whoever_looked_through_the_log_is_on_record_and_doctor_reminds() {
    let office = office();
    let root = office.path();
    assert!(shoki(root, &["audit", "anchor", "--to", root.join("k").to_str().unwrap()]).status.success());
    assert!(said(&shoki(root, &["doctor"])).contains("監査記録の点検: まだ行われていません"));
    let inspected = shoki(root, &["audit", "inspect", "--remark", "夜間の件数を確かめた"]);
    assert!(inspected.status.success() && said(&inspected).contains("判定: 整合"), "{}", said(&inspected));
    assert!(said(&shoki(root, &["doctor"])).contains("の分まで済んでいます"));
    let future = shoki(root, &["audit", "inspect", "--to", "2999-01-01"]);
    assert_eq!(future.status.code(), Some(1), "{}", said(&future));
    let number = shoki(root, &["audit", "inspect", "--remark", "1234 5678 9018"]);
    assert!(!number.status.success(), "{}", said(&number));
    let years = verify_office(root, &Options::default()).unwrap();
    assert_eq!(years[0].report.verdict, Verdict::Consistent);
    let segment = years[0].dir.join("seg/000000.jsonl");
    let text = fs::read_to_string(&segment).unwrap();
    assert!(text.contains("\"review.done\"") && text.contains("夜間の件数を確かめた"), "{text}");
    fs::write(&segment, text.replacen("\"kind\":\"system\"", "\"kind\":\"api\"", 1)).unwrap();
    let refused = shoki(root, &["audit", "inspect"]);
    assert!(!refused.status.success(), "a log that was changed is not signed off: {}", said(&refused));
}

#[test]
fn a_tampered_log_is_exported_with_its_verdict() {
    let office = office();
    let root = office.path();
    assert!(shoki(root, &["audit", "anchor", "--to", root.join("k").to_str().unwrap()]).status.success());
    let year =
        fs::read_dir(root.join("audit")).unwrap().map(|f| f.unwrap().path()).find(|p| p.is_dir()).unwrap();
    let segment = year.join("seg/000000.jsonl");
    let text = fs::read_to_string(&segment).unwrap();
    fs::write(&segment, text.replacen("\"kind\":\"system\"", "\"kind\":\"api\"", 1)).unwrap();
    let zip = root.join("x.zip");
    let output = shoki(root, &["audit", "export", "--to", zip.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(10), "{}", said(&output));
    assert!(zip.is_file());
    let refused = shoki(root, &["audit", "anchor", "--to", root.join("k").to_str().unwrap()]);
    assert_eq!(
        refused.status.code(),
        Some(12),
        "a log that was changed is not gone on with: {}",
        said(&refused)
    );
}
