//! Reading paper, against the shipped scans and their truth: exact rates by style, nothing wrong passed, bad files, both engines.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use image::{GrayImage, imageops};
use serde_json::Value;
use shoki::{
    drivers::{
        ocr::{FieldReading, FormReading, NativeParts, OcrError, Runtime},
        readers::{PoolConfig, ReaderPool},
    },
    form::Form,
    scenario::load_form,
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

#[path = "ocr/beside_writing.rs"]
mod beside_writing;
#[path = "ocr/fax.rs"]
mod fax;
#[path = "ocr/glass.rs"]
mod glass;
#[path = "ocr/heading.rs"]
mod heading;
#[path = "ocr/sorting.rs"]
mod sorting;
#[path = "ocr/torn.rs"]
mod torn;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn scan(name: &str) -> PathBuf {
    root().join("fixtures/paper/scans").join(name)
}

fn form() -> Form {
    load_form(&root().join("scenarios/resident-move-notices/forms/住民異動届.yaml"))
        .expect("the shipped form loads")
}

fn config() -> PoolConfig {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_shoki"));
    let native = NativeParts::default();
    PoolConfig {
        program,
        readers: 2,
        timeout: Duration::from_mins(2),
        pages_each: 100,
        native,
        reads: Vec::new(),
        office: None,
        walled: true,
    }
}

/// Without the native parts nothing here can be tested; says so.
fn ready() {
    let missing = NativeParts::default().missing().join(", ");
    assert!(missing.is_empty(), "{missing} がありません。sh installer/native.sh を実行してください。");
}

/// One page of `truth.json`.
struct Truth {
    file: String,
    page: u32,
    style: Option<String>,
    broken: bool,
    fields: BTreeMap<String, Value>,
}

fn truth() -> Vec<Truth> {
    let text = fs::read_to_string(root().join("fixtures/paper/truth.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let field = |(name, v): (&String, &Value)| (name.clone(), v["value"].clone());
    let page = |p: &Value| Truth {
        file: p["file"].as_str().unwrap().to_owned(),
        page: u32::try_from(p["page"].as_u64().unwrap()).unwrap(),
        style: p["form"].as_str().and(p["style"].as_str()).map(str::to_owned),
        broken: p["expect"] == "broken",
        fields: p["fields"].as_object().unwrap().iter().map(field).collect(),
    };
    all["pages"].as_array().unwrap().iter().map(page).collect()
}

/// Spaces, and whether nothing is null or empty, do not count; everything else does.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) if text.trim().is_empty() => Value::Null,
        Value::String(text) => Value::String(text.split_whitespace().collect()),
        other => other.clone(),
    }
}

#[derive(Default)]
struct Score {
    fields: u32,
    right: u32,
    passed: u32,
    wrong_passed: u32,
}

impl Score {
    fn add(&mut self, right: bool, passed: bool) {
        self.fields += 1;
        self.right += u32::from(right);
        self.passed += u32::from(passed);
        self.wrong_passed += u32::from(passed && !right);
    }

    fn rate(&self) -> f64 {
        f64::from(self.right) / f64::from(self.fields.max(1))
    }
}

#[tokio::test]
async fn the_shipped_scans_are_read_right_and_nothing_wrong_passes() {
    ready();
    let (pool, form) = (ReaderPool::new(config()), form());
    let (pool, form) = (&pool, &form);
    let pages: Vec<Truth> = truth().into_iter().filter(|t| t.style.is_some()).collect();
    let begun = Instant::now();
    let halves: [Vec<&Truth>; 2] =
        [pages.iter().step_by(2).collect(), pages.iter().skip(1).step_by(2).collect()];
    let [a, b] = halves;
    let (a, b) = tokio::join!(read_all(pool, form, a), read_all(pool, form, b));
    let each = begun.elapsed() / u32::try_from(pages.len()).unwrap();
    let mut scores: BTreeMap<(String, String), Score> = BTreeMap::new();
    let mut wrong_passed = Vec::new();
    for (truth, read) in a.iter().chain(&b) {
        score(truth, read, &mut scores, &mut wrong_passed);
    }
    println!("{}", table(&scores));
    println!("{} pages, {:.2} s per page with 2 readers", pages.len(), each.as_secs_f64());
    assert!(wrong_passed.is_empty(), "wrong and passed: {wrong_passed:?}");
    for (kind, printed, handwriting) in FLOORS {
        for (style, least) in [("printed", printed), ("handwriting", handwriting)] {
            let all = &scores[&(style.to_owned(), kind.to_owned())];
            assert!(all.rate() >= least, "{style} {kind}: {:.3} of {} fields", all.rate(), all.fields);
        }
    }
}

/// At least this share of the fields of a type is read right, printed and in handwriting-style fonts. The printed names that
/// are wrong are those of one page, 渡邉 read as 渡邊; a person is asked about each.
const FLOORS: [(&str, f64, f64); 12] = [
    ("address", 0.99, 0.95),
    ("checkbox", 0.99, 0.99),
    ("choice", 0.99, 0.99),
    ("code", 0.99, 0.96),
    ("date", 0.99, 0.97),
    ("furigana", 0.99, 0.96),
    ("person_name", 0.87, 0.94),
    ("phone", 0.99, 0.95),
    ("postal_code", 0.99, 0.97),
    ("stamp", 0.99, 0.99),
    ("text", 0.99, 0.91),
    ("すべて", 0.97, 0.975),
];

async fn read_all<'a>(
    pool: &ReaderPool,
    form: &Form,
    pages: Vec<&'a Truth>,
) -> Vec<(&'a Truth, FormReading)> {
    let mut all = Vec::new();
    for truth in pages {
        let read = pool.read_form(&scan(&truth.file), truth.page, form).await;
        all.push((truth, read.unwrap_or_else(|e| panic!("{} {}: {e}", truth.file, truth.page))));
    }
    all
}

/// Filled fields count for the rates; for what passes wrongly, the empty ones too.
fn score(
    truth: &Truth,
    read: &FormReading,
    scores: &mut BTreeMap<(String, String), Score>,
    wrong_passed: &mut Vec<String>,
) {
    let style = truth.style.clone().unwrap();
    for reading in &read.readings {
        let wanted = plain(&truth.fields[&reading.name]);
        let right = plain(&reading.value) == wanted;
        if reading.pass && !right {
            wrong_passed.push(format!("{} {} {}", truth.file, truth.page, reading.name));
        }
        if !matches!(wanted, Value::Null | Value::Bool(false)) {
            for kind in [reading.kind.as_str(), "すべて"] {
                scores.entry((style.clone(), kind.to_owned())).or_default().add(right, reading.pass);
            }
        }
    }
}

fn table(scores: &BTreeMap<(String, String), Score>) -> String {
    let mut out = String::from("style        type            fields  right  passed  wrong passed\n");
    for ((style, kind), s) in scores {
        let (right, passed) = (s.rate() * 100.0, f64::from(s.passed) / f64::from(s.fields.max(1)) * 100.0);
        let _ = writeln!(
            out,
            "{style:<12} {kind:<14} {:>7} {right:>5.1}% {passed:>6.1}% {:>13}",
            s.fields, s.wrong_passed
        );
    }
    out
}

#[tokio::test]
async fn pages_that_are_not_the_form_are_refused_with_a_number() {
    ready();
    let (pool, form) = (ReaderPool::new(config()), form());
    let strangers: Vec<Truth> = truth().into_iter().filter(|t| t.style.is_none() && !t.broken).collect();
    assert!(strangers.len() >= 2);
    for stranger in strangers {
        match pool.read_form(&scan(&stranger.file), stranger.page, &form).await {
            Err(OcrError::NotTheForm { fit, need, .. }) => {
                assert!(fit < need * 0.7, "{}: {fit}", stranger.file);
            }
            other => panic!("{}: {other:?}", stranger.file),
        }
    }
}

/// A PDF that wants a password nobody knows.
const LOCKED: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n\
4 0 obj<</Filter/Standard/V 1/R 2/P -44/O<AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA>\
/U<BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB>>>endobj\n\
trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]/Size 5>>\n%%EOF\n";

#[tokio::test]
async fn files_that_cannot_be_read_say_why_and_harm_nothing() {
    ready();
    let (pool, form, folder) = (ReaderPool::new(config()), form(), tempfile::tempdir().unwrap());
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let png = fs::read(scan("受付0001.png")).unwrap();
    let tiff = fs::read(scan("受付0013.tif")).unwrap();
    let jpeg = fs::read(scan("受付0006.jpg")).unwrap();
    let bad = [
        (put("空.pdf", b""), "空のファイル"),
        (put("実は文章.pdf", "これは PDF ではありません".as_bytes()), "中身が PDF ではない"),
        (put("文章.png", b"hello"), "対応していない形式"),
        (put("鍵付き.pdf", LOCKED.as_bytes()), "パスワード付き"),
        (put("途中まで.png", &png[..png.len() / 2]), "壊れています"),
        (put("途中まで.tif", &tiff[..tiff.len() / 3]), ""),
        (put("途中まで.jpg", &jpeg[..jpeg.len() * 3 / 4]), "途中で切れています"),
        (put("爆弾.png", &bomb()), "大きさ"),
        (scan("受付0027.pdf"), "壊れています"),
        (folder.path().join("ない.pdf"), "ファイルがありません"),
    ];
    for (path, why) in bad {
        match pool.read_form(&path, 1, &form).await {
            Err(OcrError::Unreadable { why: said }) => {
                assert!(said.contains(why), "{}: {said}", path.display());
            }
            other => panic!("{}: {other:?}", path.display()),
        }
    }
    let beyond = pool.read_form(&scan("受付0013.tif"), 99, &form).await;
    assert!(beyond.unwrap_err().to_string().contains("99 ページ目はありません"));
    assert_eq!(pool.count_pages(&scan("受付0013.tif")).await.unwrap(), 4);
}

/// A PNG that promises 60,000 × 60,000 pixels.
fn bomb() -> Vec<u8> {
    promised(60_000, 60_000)
}

/// A PNG that promises so many pixels and has none.
fn promised(w: u32, h: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [&w.to_be_bytes()[..], &h.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    for (kind, data) in [(b"IHDR", &head[..]), (b"IDAT", &[]), (b"IEND", &[])] {
        png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let body = [kind.as_slice(), data].concat();
        png.extend(&body);
        png.extend(crc32(&body).to_be_bytes());
    }
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, b| {
        (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    })
}

/// What a reading says, for comparing two.
fn words(read: &FormReading) -> Vec<(String, String, Value)> {
    read.readings.iter().map(|r: &FieldReading| (r.name.clone(), r.raw.clone(), r.value.clone())).collect()
}

#[tokio::test]
async fn both_engines_read_the_same_text() {
    ready();
    let form = form();
    let mut said = Vec::new();
    for runtime in [Runtime::Ort, Runtime::Rten] {
        let native = NativeParts { runtime, ..NativeParts::default() };
        let pool = ReaderPool::new(PoolConfig { native, readers: 1, ..config() });
        said.push(words(&pool.read_form(&scan("受付0002.png"), 1, &form).await.unwrap()));
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn a_page_that_lies_upside_down_is_read_as_if_it_did_not() {
    ready();
    let (pool, form, folder) = (ReaderPool::new(config()), form(), tempfile::tempdir().unwrap());
    let upright: GrayImage = image::open(scan("受付0002.png")).unwrap().to_luma8();
    let right = pool.read_form(&scan("受付0002.png"), 1, &form).await.unwrap();
    for (name, turned) in
        [("180.png", imageops::rotate180(&upright)), ("90.png", imageops::rotate90(&upright))]
    {
        let path = folder.path().join(name);
        turned.save(&path).unwrap();
        let read = pool.read_form(&path, 1, &form).await.unwrap();
        assert!(read.fit > 0.8, "{name}: {}", read.fit);
        let same = words(&right).iter().zip(words(&read)).filter(|(a, b)| a.2 == b.2).count();
        assert!(same + 2 >= right.readings.len(), "{name}: {same} of {}", right.readings.len());
    }
}

#[tokio::test]
async fn missing_parts_are_named_with_the_repair() {
    ready();
    let (form, folder) = (form(), tempfile::tempdir().unwrap());
    let empty = NativeParts { tessdata: Some(folder.path().to_owned()), ..NativeParts::default() };
    let pool = ReaderPool::new(PoolConfig { native: empty, ..config() });
    let said = pool.read_form(&scan("受付0001.png"), 1, &form).await.unwrap_err();
    assert_eq!(said, OcrError::NoTesseractData);
    assert!(said.to_string().contains("tesseract-ocr-jpn"));

    fs::write(folder.path().join("libpdfium.so"), b"not a library").unwrap();
    let damaged = NativeParts { folder: Some(folder.path().to_owned()), ..NativeParts::default() };
    let pool = ReaderPool::new(PoolConfig { native: damaged, ..config() });
    let said = pool.read_form(&scan("受付0001.png"), 1, &form).await.unwrap_err();
    assert!(matches!(said, OcrError::NativeDamaged { .. }), "{said}");
    assert!(said.to_string().contains("installer/native.sh"));
}

/// Whether a process of that id is alive and not only waiting to be buried.
fn alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| state != "Z")
}

#[tokio::test]
async fn a_reader_that_falls_or_hangs_costs_one_page() {
    ready();
    let pool = ReaderPool::new(PoolConfig { readers: 1, ..config() });
    pool.count_pages(&scan("受付0001.png")).await.unwrap();
    let [pid] = pool.idle_readers()[..] else { panic!("one reader is idle") };
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(pid.cast_signed()).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    while alive(pid) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(pool.count_pages(&scan("受付0001.png")).await, Err(OcrError::Crashed));
    assert_eq!(pool.count_pages(&scan("受付0001.png")).await, Ok(1), "the next one is fresh");

    let hasty = ReaderPool::new(PoolConfig { timeout: Duration::from_millis(20), ..config() });
    let said = hasty.read_form(&scan("受付0001.png"), 1, &form()).await;
    assert!(matches!(said, Err(OcrError::TimedOut { .. })), "{said:?}");
}

#[tokio::test]
async fn readers_end_with_their_pool() {
    ready();
    let pool = ReaderPool::new(config());
    pool.count_pages(&scan("受付0001.png")).await.unwrap();
    let pids = pool.idle_readers();
    assert_eq!(pids.len(), 1);
    drop(pool);
    for _ in 0..200 {
        if !pids.iter().any(|p| alive(*p)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a reader outlived its pool");
}

#[tokio::test]
async fn the_text_of_a_page_is_found_with_and_without_a_text_layer() {
    ready();
    let pool = ReaderPool::new(config());
    for file in ["受付0008.pdf", "受付0026.png"] {
        let text = pool.read_text(&scan(file), 1).await.unwrap();
        assert!(text.lines.len() >= 5, "{file}: {} lines", text.lines.len());
        assert!(text.text.contains("市"), "{file} speaks of a city");
    }
}

#[test]
fn the_installer_names_the_files_the_reader_wants() {
    let script =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("installer/native.sh")).unwrap();
    let source = fs::read_to_string(root().join("src/drivers/ocr/native.rs")).unwrap();
    let quoted = source.split('"').filter(|s| s.len() == 64 && s.chars().all(|c| c.is_ascii_hexdigit()));
    let sums: Vec<&str> = quoted.collect();
    assert!(sums.len() >= 5);
    for sum in sums {
        assert!(script.contains(sum), "{sum} is not in installer/native.sh");
    }
}

/// What `shoki ocr` says with these arguments, as JSON, and its exit code.
fn said(args: &[&str]) -> (Value, i32) {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_shoki")).arg("ocr").args(args).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let json = serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{args:?}: {e}\n{text}\n{}", String::from_utf8_lossy(&out.stderr)));
    (json, out.status.code().unwrap_or(-1))
}

/// Pages of five kinds of forms in handwriting-style fonts, and one held against a form it is not.
#[test]
fn forms_of_several_kinds_are_read_right_and_nothing_wrong_passes() {
    ready();
    let folder = root().join("fixtures/formbench/sample");
    let saved = tempfile::tempdir().unwrap();
    let (lines, picture) = (saved.path().join("readings.jsonl"), saved.path().join("reliability.svg"));
    let (lines, picture) = (lines.to_str().unwrap(), picture.to_str().unwrap());
    let (bench, code) =
        said(&["bench", folder.to_str().unwrap(), "--format", "json", "--save", lines, "--svg", picture]);
    assert_eq!(
        (&bench["refused"], &bench["accepted"]),
        (&Value::from(Vec::<Value>::new()), &Value::from(Vec::<Value>::new()))
    );
    assert_eq!(code, 0, "nothing wrong passed");
    assert!(fs::read_to_string(picture).unwrap().contains("</svg>"));
    let floor = |kind: &str, least: f64| {
        let groups = bench["score"]["groups"].as_array().unwrap();
        let all = groups.iter().find(|g| g["style"] == "すべて" && g["type"] == kind);
        let Some(all) = all.filter(|g| g["fields"].as_u64() > Some(0)) else { panic!("no {kind}") };
        assert!(all["exact"].as_f64() >= Some(least), "{kind}: {all}");
    };
    for kind in
        ["choice", "checkbox", "stamp", "digits", "money", "time", "date", "code", "postal_code", "barcode"]
    {
        floor(kind, 1.0);
    }
    for (kind, least) in
        [("person_name", 0.85), ("furigana", 0.8), ("address", 0.8), ("text", 0.8), ("すべて", 0.97)]
    {
        floor(kind, least);
    }
    let (again, _) = said(&["score", lines, "--format", "json"]);
    assert_eq!(
        again["score"]["groups"], bench["score"]["groups"],
        "score computes the same from what bench saved"
    );
}

fn truth_of_strangers() -> Vec<String> {
    truth().into_iter().filter(|t| t.style.is_none() && !t.broken).map(|t| t.file).collect()
}

#[tokio::test]
async fn what_is_too_large_or_too_long_or_of_another_size_costs_one_page() {
    ready();
    let (pool, folder) = (ReaderPool::new(config()), tempfile::tempdir().unwrap());
    let huge = folder.path().join("巨大.png");
    fs::write(&huge, promised(20_000, 20_000)).unwrap();
    let said = pool.read_form(&huge, 1, &form()).await.unwrap_err().to_string();
    assert!(said.contains("大きさ"), "{said}");

    let long = folder.path().join("長い.pdf");
    fs::write(&long, pdf_of(500)).unwrap();
    assert_eq!(pool.count_pages(&long).await, Ok(500));
    assert!(matches!(pool.read_form(&long, 500, &form()).await, Err(OcrError::NotTheForm { .. })));
    fs::write(&long, pdf_of(501)).unwrap();
    let many = pool.count_pages(&long).await.unwrap_err().to_string();
    assert!(many.contains("500 ページまで"), "{many}");
    fs::File::options().write(true).open(&long).unwrap().set_len((100 << 20) + 1).unwrap();
    let large = pool.count_pages(&long).await.unwrap_err().to_string();
    assert!(large.contains("100 MB まで"), "{large}");

    let mut other = form();
    (other.page.width, other.page.height) = (297.0, 210.0);
    let said = pool.read_form(&scan("受付0001.png"), 1, &other).await.unwrap_err();
    assert!(matches!(said, OcrError::BadBlank { .. }) && said.to_string().contains("用紙の大きさ"), "{said}");
}

/// A PDF of so many empty pages.
fn pdf_of(pages: usize) -> String {
    let kids: Vec<String> = (0..pages).map(|i| format!("{} 0 R", i + 3)).collect();
    let mut out = format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count {pages}/Kids[{}]>>endobj\n",
        kids.join(" ")
    );
    for i in 0..pages {
        let _ = writeln!(out, "{} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj", i + 3);
    }
    let _ = write!(out, "trailer<</Root 1 0 R/Size {}>>\n%%EOF\n", pages + 3);
    out
}
