//! What can be known of a blank original (白紙の様式) without reading paper: whether it is a page at all, and how large the pages
//! of a PDF are. A blank of another size would be made to fit, and every field be looked for at the wrong place.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// So much of a blank is looked at, in bytes. Of a larger one only the kind is known.
const MOST: u64 = 16 << 20;
/// Millimetres of a point, the unit of PDF.
const POINT_MM: f64 = 25.4 / 72.0;
/// A page may differ from the paper by this share of it: margins that were cut, sizes that were rounded.
const NEAR: f64 = 0.05;
/// A page longer than this, in mm, was measured in pixels: its size says nothing.
const LONGEST_MM: f64 = 500.0;
/// Papers in mm, upright: A3 to A6, B4 to B6. A page in the form's proportions that is none of them was measured in pixels too,
/// of 100 or 150 dpi, and is the form's paper all the same.
const PAPERS: [(f64, f64); 7] = [
    (297.0, 420.0),
    (210.0, 297.0),
    (148.0, 210.0),
    (105.0, 148.0),
    (257.0, 364.0),
    (182.0, 257.0),
    (128.0, 182.0),
];
/// So near to the size of a paper, or to the form's proportions, is a page that was not cut, as a share.
const EXACT: f64 = 0.015;

/// What is wrong with the file as the blank of a paper of this size (width and height in mm), and the repair.
pub(super) fn mistake(path: &Path, paper: Option<(f64, f64)>) -> Option<(String, &'static str)> {
    let bytes = match beginning(path) {
        Ok(bytes) => bytes,
        Err(e) => return Some((format!("白紙の様式を開けません（{e}）"), "ファイルの権限を確かめます")),
    };
    let is_pdf = bytes[..bytes.len().min(1024)].windows(5).any(|w| w == b"%PDF-");
    if !is_pdf && !is_picture(&bytes) {
        let message = "白紙の様式が PDF でも画像でもないか、壊れています".to_owned();
        return Some((message, "PDF、TIFF、PNG、JPEG のどれかにします"));
    }
    let whole = u64::try_from(bytes.len()).is_ok_and(|n| n < MOST);
    let sizes = if is_pdf && whole { page_sizes(&bytes)? } else { return None };
    let paper = paper?;
    let turned = holds(&bytes, b"/Rotate");
    if sizes.iter().any(|size| fits(*size, paper) || (turned && fits((size.1, size.0), paper))) {
        return None;
    }
    let (width, height) = sizes.first()?;
    let message = format!(
        "白紙の様式の大きさ（{width:.0}×{height:.0} mm）が、用紙（{:.0}×{:.0} mm）と違います",
        paper.0, paper.1
    );
    Some((message, "size か orientation を直すか、同じ大きさの白紙の様式にします"))
}

fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A TIFF, PNG or JPEG by its first bytes.
fn is_picture(bytes: &[u8]) -> bool {
    let begins: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"\x89PNG", b"\xff\xd8\xff"];
    begins.iter().any(|kind| bytes.starts_with(kind))
}

/// The sizes of a PDF's pages, width and height in mm; none where they do not stand in the file for all to read.
fn page_sizes(bytes: &[u8]) -> Option<Vec<(f64, f64)>> {
    if holds(bytes, b"/ObjStm") || holds(bytes, b"/UserUnit") {
        return None;
    }
    let boxes = after(bytes, b"/MediaBox").chain(after(bytes, b"/CropBox"));
    let sizes: Option<Vec<(f64, f64)>> = boxes.map(size).collect();
    sizes.filter(|sizes| !sizes.is_empty())
}

/// `[0 0 595 842]` as a width and a height in mm.
fn size(rest: &[u8]) -> Option<(f64, f64)> {
    let inside = rest.trim_ascii_start().strip_prefix(b"[")?;
    let end = inside.iter().take(200).position(|b| *b == b']')?;
    let words = std::str::from_utf8(&inside[..end]).ok()?.split_ascii_whitespace();
    let sides: Vec<f64> = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let [left, lower, right, upper] = sides[..] else { return None };
    Some(((right - left).abs() * POINT_MM, (upper - lower).abs() * POINT_MM))
}

fn fits((width, height): (f64, f64), paper: (f64, f64)) -> bool {
    let near = |found: f64, wanted: f64, by: f64| (found / wanted - 1.0).abs() <= by;
    let (short, long) = (width.min(height), width.max(height));
    let known = PAPERS.iter().any(|(w, h)| near(short, *w, EXACT) && near(long, *h, EXACT));
    long > LONGEST_MM
        || (near(width, paper.0, NEAR) && near(height, paper.1, NEAR))
        || (near(width / height, paper.0 / paper.1, EXACT) && !known)
}

/// What follows each place of a word.
fn after<'b>(bytes: &'b [u8], word: &'static [u8]) -> impl Iterator<Item = &'b [u8]> {
    let at = (0..bytes.len()).filter(move |at| bytes[*at..].starts_with(word));
    at.map(move |at| &bytes[at + word.len()..])
}

fn holds(bytes: &[u8], word: &'static [u8]) -> bool {
    after(bytes, word).next().is_some()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use super::mistake;

    const A4: (f64, f64) = (210.0, 297.0);

    fn said(file: &[u8], paper: (f64, f64)) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("白紙");
        std::fs::write(&path, file).unwrap();
        mistake(&path, Some(paper)).map(|(message, _)| message)
    }

    #[test]
    fn a_pdf_of_another_size_is_known_where_its_size_can_be_read() {
        let page = |facts: &str| format!("%PDF-1.4\n3 0 obj<</Type/Page {facts}>>endobj\n").into_bytes();
        for good in [
            "/MediaBox[0 0 595 842]",
            "/MediaBox [ 0 0 594.96 841.92 ]/Contents 4 0 R",
            "/MediaBox[0 0 842 595]/Rotate 90",
            "/MediaBox[0 0 630 880]/CropBox[18 19 613 861]",
            // Not to be read, and a scan with a point for each pixel.
            "/MediaBox 7 0 R",
            "/MediaBox[0 0 420 595]/UserUnit 1.4",
            "/MediaBox[0 0 2480 3508]",
            // A picture of 150 dpi taken for one of 96, and one of 100 dpi with a point for each pixel.
            "/MediaBox[0 0 930 1315.5]",
            "/MediaBox[0 0 827 1169]",
            "/MediaBox[0 0 1315.5 930]/Rotate 90",
            "",
        ] {
            assert_eq!(said(&page(good), A4), None, "{good}");
        }
        for bad in [
            "/MediaBox[0 0 420 595]",
            "/MediaBox[0 0 842 595]",
            "/MediaBox[0 0 842 1191]",
            // B4, and nothing that is known, in other proportions.
            "/MediaBox[0 0 729 1032]",
            "/MediaBox[0 0 930 1100]",
            "/MediaBox[0 0 1315.5 930]",
        ] {
            assert!(said(&page(bad), A4).is_some_and(|m| m.contains("大きさ")), "{bad}");
        }
        assert_eq!(said(&page("/MediaBox[0 0 842 595]"), (297.0, 210.0)), None);
    }

    #[test]
    fn what_is_no_page_is_no_blank() {
        for good in [b"\x89PNG\r\n".as_slice(), b"\xff\xd8\xff\xe0", b"II*\0", b"MM\0*", b"\0\0%PDF-1.7"] {
            assert_eq!(said(good, A4), None, "{good:?}");
        }
        for bad in [b"PK\x03\x04".as_slice(), b"", b"shoki_form: 1"] {
            assert!(said(bad, A4).is_some_and(|m| m.contains("画像でもない")), "{bad:?}");
        }
    }
}
