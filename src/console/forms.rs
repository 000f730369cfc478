//! 帳票: the forms of the office, each drawn over its blank original, and tried at once on a scan that somebody brings. Scans
//! are read by a walled-in reader and not kept.

use super::{
    Console, Page, Refusal, Signed,
    means::{Drawn, ReadField},
    page::show as shown,
    routes::TRIERS,
};
use crate::form::Form;
use askama::Template;
use axum::{
    extract::{DefaultBodyLimit, Multipart, Path, State, multipart::Field as Part},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::{io::Write as _, os::unix::fs::DirBuilderExt as _, sync::Arc};

/// A scan of so many bytes at most: a hundred pages of fax, or one colour page of the finest kind.
const LARGEST: usize = 20 << 20;
/// What the browser may send in all.
pub(super) const BODY: usize = LARGEST + (1 << 16);

#[derive(Template)]
#[template(path = "forms.html")]
struct List {
    page: Page,
    forms: Vec<Line>,
}

struct Line {
    id: String,
    title: String,
    fields: usize,
    checks: usize,
}

#[derive(Template)]
#[template(path = "form.html")]
struct One {
    page: Page,
    id: String,
    facts: Vec<(&'static str, String)>,
    fields: Vec<Place>,
    checks: Vec<(String, String)>,
    may_try: bool,
    tried: Option<Tried>,
    fault: Option<String>,
}

struct Place {
    name: String,
    kind: &'static str,
    required: bool,
    how: String,
}

struct Tried {
    /// The page with the boxes and what was read, as SVG of ours.
    svg: String,
    fit: String,
    read: Vec<ReadField>,
    passed: usize,
}

pub(super) async fn list(State(console): State<Arc<Console>>, signed: Signed) -> Result<Response, Refusal> {
    let page = Page::of(&console, &signed, "帳票", "/forms").await?;
    let line = |form: &Arc<Form>| Line {
        id: form.id.clone(),
        title: form.title.clone(),
        fields: form.places().len(),
        checks: form.checks.len(),
    };
    shown(&List { page, forms: console.forms.values().map(line).collect() })
}

fn find(console: &Console, id: &str) -> Result<Arc<Form>, Refusal> {
    console.forms.get(id).cloned().ok_or(Refusal::NotFound)
}

async fn form_page(
    console: &Console,
    signed: &Signed,
    form: &Form,
    tried: Result<Option<Drawn>, String>,
) -> Result<Response, Refusal> {
    let page = Page::of(console, signed, &form.title, "/forms").await?;
    let (drawn, fault) = match tried {
        Ok(drawn) => (drawn, None),
        Err(why) => (None, Some(why)),
    };
    let place = |f: crate::form::Field| Place {
        how: [(f.two, "2人で確認"), (f.twice, "2回入力"), (f.lexicon.is_some(), "語彙の一覧あり")]
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, label)| *label)
            .collect::<Vec<_>>()
            .join("、"),
        kind: super::checks::kind_label(f.kind.word()),
        required: f.required,
        name: f.name,
    };
    let size = format!("{} × {} mm", form.page.width, form.page.height);
    let blank = form.page.blank.strip_prefix(&console.root).unwrap_or(&form.page.blank).display().to_string();
    shown(&One {
        page,
        id: form.id.clone(),
        facts: vec![("帳票の名前", form.id.clone()), ("用紙", size), ("白紙の原本", blank)],
        fields: form.places().into_iter().map(place).collect(),
        checks: form.checks.iter().map(|c| (c.otherwise.clone(), c.fields.join("、"))).collect(),
        may_try: signed.may(TRIERS),
        tried: drawn.map(|drawn| Tried {
            svg: drawn.svg,
            fit: drawn.fit.map_or_else(String::new, |fit| format!("{:.0} %", fit * 100.0)),
            passed: drawn.read.iter().filter(|r| r.pass).count(),
            read: drawn.read,
        }),
        fault,
    })
}

pub(super) async fn show(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    form_page(&console, &signed, &*find(&console, &id)?, Ok(None)).await
}

/// A picture that holds its page in itself: nothing else of it is loaded, and nothing of it runs.
const PICTURE: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox";

/// The form over its blank original.
pub(super) async fn picture(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let drawn = (console.means.draw)(find(&console, &id)?, None).await.map_err(Refusal::Not)?;
    let kind = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, PICTURE)];
    Ok((kind, drawn.svg).into_response())
}

/// The first bytes of what can be a scan, and how its file is called.
const KINDS: &[(&[u8], &str)] = &[
    (b"%PDF-", ".pdf"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
];

/// What somebody brings: the scan and which page of it.
struct Brought {
    scan: tempfile::NamedTempFile,
    page: u32,
}

/// Why a scan is not taken.
enum Unfit {
    Large,
    Other(&'static str),
}

async fn bytes(part: Part<'_>) -> Result<Vec<u8>, Unfit> {
    let bytes = part.bytes().await.map_err(|e| match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Unfit::Large,
        _ => Unfit::Other("ファイルを最後まで受け取れませんでした。もう一度選んでください。"),
    })?;
    if bytes.len() > LARGEST { Err(Unfit::Large) } else { Ok(bytes.to_vec()) }
}

/// Takes the parts of the form. The file is written where readers may look, and goes away with the answer.
async fn brought(console: &Console, mut parts: Multipart) -> Result<Brought, Unfit> {
    let (mut scan, mut page) = (None, 1);
    let broken = |_| Unfit::Other("送られた内容を読めません。もう一度選んでください。");
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        match part.name() {
            Some("page") => page = String::from_utf8_lossy(&bytes(part).await?).trim().parse().unwrap_or(1),
            Some("scan") => scan = Some(bytes(part).await?),
            _ => {}
        }
    }
    let scan = scan.filter(|s| !s.is_empty()).ok_or(Unfit::Other("スキャンのファイルを選んでください。"))?;
    let kind = KINDS.iter().find(|(first, _)| scan.starts_with(first));
    let (_, ending) = kind.ok_or(Unfit::Other("PDF、TIFF、PNG、JPEG のスキャンを選んでください。"))?;
    let unwritable =
        |_| Unfit::Other("スキャンを一時的に置く場所に書けません。ディスクの空きを確かめてください。");
    let dir = console.root.join("state/uploads");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(unwritable)?;
    let mut file = tempfile::Builder::new().suffix(ending).tempfile_in(dir).map_err(unwritable)?;
    file.write_all(&scan).map_err(unwritable)?;
    Ok(Brought { scan: file, page: page.clamp(1, 3000) })
}

/// Reads a scan for the form and shows what was read where.
pub(super) async fn attempt(
    State(console): State<Arc<Console>>,
    signed: Signed,
    Path(id): Path<String>,
    parts: Multipart,
) -> Result<Response, Refusal> {
    let form = find(&console, &id)?;
    let tried = match brought(&console, parts).await {
        Ok(brought) => {
            let place = (brought.scan.path().to_owned(), brought.page);
            (console.means.draw)(Arc::clone(&form), Some(place)).await.map(Some)
        }
        Err(Unfit::Other(why)) => Err(why.to_owned()),
        Err(Unfit::Large) => {
            let why =
                format!("ファイルが大きすぎます。{} MB までのスキャンを選んでください。", LARGEST >> 20);
            return Ok((StatusCode::PAYLOAD_TOO_LARGE, Refusal::Not(why).page()).into_response());
        }
    };
    let mut answer = form_page(&console, &signed, &form, tried).await?;
    // The scan stands in the page itself and is nowhere else.
    let policy = super::secure::POLICY.replace("img-src 'self'", "img-src 'self' data:");
    let policy = policy.parse().expect("our own policy");
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}

/// More than other forms may send.
pub(super) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BODY)
}
