//! One A4 sheet as a PDF, written by hand: text in the reader's own Japanese font, figures in Courier, filled rectangles.
//! No font is embedded, so that a sheet has a few kilobytes; every PDF program used in Japan brings the font.

use crate::audit::tree;
use std::fmt::Write;

/// Millimetres to points.
const MM: f64 = 72.0 / 25.4;
/// A4, in mm.
const PAGE: (f64, f64) = (210.0, 297.0);

/// Which of the two fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Font {
    /// Gothic; any Japanese text.
    Gothic,
    /// Courier; ASCII only, every character 0.6 of its size wide.
    Courier,
}

/// A sheet being drawn. Places are in mm from its left upper corner.
#[derive(Debug, Default)]
pub struct Sheet(String);

impl Sheet {
    /// Writes one line whose letters stand on `y`; `size` in points.
    pub fn text(&mut self, (x, y): (f64, f64), size: f64, font: Font, text: &str) {
        let (name, coded) = match font {
            Font::Gothic => ("G", hex(text.encode_utf16())),
            Font::Courier => ("C", hex_bytes(text)),
        };
        let (x, y) = (x * MM, (PAGE.1 - y) * MM);
        writeln!(self.0, "BT /{name} {size:.1} Tf {x:.2} {y:.2} Td <{coded}> Tj ET").expect("a String grows");
    }

    /// Writes a paragraph in Gothic, broken into lines no wider than `width` mm; `size` in points. Says where the letters of
    /// the next line would stand.
    pub fn paragraph(&mut self, (x, mut y): (f64, f64), size: f64, width: f64, text: &str) -> f64 {
        for line in lines(text, width * MM / size) {
            self.text((x, y), size, Font::Gothic, &line);
            y += size * 1.7 / MM;
        }
        y
    }

    /// Fills a rectangle with black.
    pub fn fill(&mut self, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.rectangle((x, y), (width, height), "f");
    }

    /// Draws the outline of a rectangle.
    pub fn frame(&mut self, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.rectangle((x, y), (width, height), "S");
    }

    fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), act: &str) {
        let (x, y) = (x * MM, (PAGE.1 - y - height) * MM);
        let (width, height) = (width * MM, height * MM);
        writeln!(self.0, "{x:.3} {y:.3} {width:.3} {height:.3} re {act}").expect("a String grows");
    }

    /// The file.
    #[must_use]
    pub fn pdf(&self) -> Vec<u8> {
        let (width, height) = (PAGE.0 * MM, PAGE.1 * MM);
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2} {height:.2}] /Contents 4 0 R \
                 /Resources << /Font << /G 5 0 R /C 6 0 R >> >> >>"
            ),
            format!("<< /Length {} >>\nstream\n{}endstream", self.0.len(), self.0),
            "<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5-UniJIS-UTF16-H /Encoding /UniJIS-UTF16-H \
             /DescendantFonts [7 0 R] >>"
                .to_owned(),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 /DW 1000 /W [1 95 500] \
             /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 5 >> /FontDescriptor 8 0 R >>"
                .to_owned(),
            "<< /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 /FontBBox [-92 -250 1010 922] \
             /ItalicAngle 0 /Ascent 752 /Descent -221 /CapHeight 737 /StemV 114 >>"
                .to_owned(),
        ];
        put_together(&objects)
    }
}

/// Lines of at most `ems` letters as wide as a kanji; ASCII is half as wide. What closes a sentence does not begin a line.
fn lines(text: &str, ems: f64) -> Vec<String> {
    let (mut all, mut line, mut wide) = (Vec::new(), String::new(), 0.0);
    for letter in text.chars() {
        let own = if letter.is_ascii() { 0.5 } else { 1.0 };
        if wide + own > ems && !"。、）」".contains(letter) {
            all.push(std::mem::take(&mut line));
            wide = 0.0;
        }
        line.push(letter);
        wide += own;
    }
    all.push(line);
    all
}

fn put_together(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.5\n".to_owned();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(file.len());
        write!(file, "{} 0 obj\n{object}\nendobj\n", at + 1).expect("a String grows");
    }
    let table = file.len();
    let count = objects.len() + 1;
    write!(file, "xref\n0 {count}\n0000000000 65535 f \n").expect("a String grows");
    for place in places {
        writeln!(file, "{place:010} 00000 n ").expect("a String grows");
    }
    write!(file, "trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n")
        .expect("a String grows");
    file.into_bytes()
}

fn hex(units: impl Iterator<Item = u16>) -> String {
    tree::hex(&units.flat_map(u16::to_be_bytes).collect::<Vec<_>>())
}

fn hex_bytes(text: &str) -> String {
    tree::hex(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_paragraph_stays_within_its_width() {
        let text = "廃棄したことは、監査記録（log.vkey）に残っています。";
        let broken = lines(text, 10.0);
        assert_eq!(broken.concat(), text);
        let wide = |line: &String| line.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum::<f64>();
        // One closing sign may hang over.
        assert!(broken.len() > 2 && broken.iter().all(|line| wide(line) <= 11.0), "{broken:?}");
        assert!(broken.iter().all(|line| !line.starts_with(['。', '、', '）'])), "{broken:?}");
    }
}
