//! A form drawn: the page, a box around every field with its name, and, where a page was read, what was read there.

use super::flow::escaped;
use crate::form::{EraPlace, Field, FieldType, Form, Rect};
use std::fmt::Write as _;

/// What was read in a field, for the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The field: `異動者[1].氏名`.
    pub name: String,
    /// The value as text.
    pub value: String,
    /// Whether it passed without a person.
    pub pass: bool,
}

/// The picture as SVG text, in mm. `page` is what stands in the `href` of the page's own picture; none: a white page.
#[must_use]
pub fn form_picture(form: &Form, page: Option<&str>, read: &[Written]) -> String {
    let (w, h) = (form.page.width, form.page.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}mm\" height=\"{h}mm\" font-family=\"'Noto Sans CJK JP','IPAGothic',sans-serif\">\n<title>{}</title>\n<rect width=\"{w}\" height=\"{h}\" fill=\"#fff\"/>\n",
        escaped(&form.title)
    );
    if let Some(page) = page {
        // The picture has a margin on the right and below, so only its top left corner is pinned.
        let _ = writeln!(
            svg,
            "<image href=\"{page}\" x=\"0\" y=\"0\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"xMinYMin slice\"/>"
        );
    }
    for field in form.places() {
        let found = read.iter().find(|r| r.name == field.name);
        draw(&mut svg, &field, found);
    }
    svg + "</svg>\n"
}

fn draw(svg: &mut String, field: &Field, read: Option<&Written>) {
    let colour = match read {
        Some(read) if read.pass => "#16803c",
        Some(_) => "#c2410c",
        None => "#1d4ed8",
    };
    boxed(svg, field.rect, colour, 0.35);
    for rect in inner(field) {
        boxed(svg, rect, colour, 0.15);
    }
    let Rect { x, y, w, h } = field.rect;
    let name = field.name.rsplit('.').next().unwrap_or(&field.name);
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" font-size=\"2.2\" fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"0.5\" paint-order=\"stroke\">{}</text>",
        x + 0.4,
        y - 0.4,
        escaped(name)
    );
    if let Some(read) = read.filter(|r| !r.value.is_empty()) {
        let size = (h * 0.45).clamp(2.2, 4.2);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" font-size=\"{size}\" text-anchor=\"end\" fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"0.8\" paint-order=\"stroke\">{}</text>",
            x + w - 0.5,
            y + h - 0.6,
            escaped(&read.value)
        );
    }
}

fn boxed(svg: &mut String, rect: Rect, colour: &str, width: f64) {
    let Rect { x, y, w, h } = rect;
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{colour}\" fill-opacity=\"0.07\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"
    );
}

/// The places inside a field: the parts of a date, the options of a choice.
fn inner(field: &Field) -> Vec<Rect> {
    match &field.kind {
        FieldType::Choice { options, .. } => options.iter().map(|(_, rect)| *rect).collect(),
        FieldType::Date { parts: Some(parts) } => {
            let era: &[(String, Rect)] = match &parts.era {
                EraPlace::Circled(list) => list,
                EraPlace::Printed(_) => &[],
            };
            era.iter().map(|(_, rect)| *rect).chain([parts.year, parts.month, parts.day]).collect()
        }
        _ => Vec::new(),
    }
}
