//! How honest probabilities are: of readings said to be right with 99 %, how many were?

use super::reading_score::Judged;
use serde::Serialize;
use std::fmt::Write as _;

/// Readings of about the same probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Mean of what was said.
    pub said: f64,
    /// Share that was right.
    pub right: f64,
    /// How many.
    pub n: usize,
}

/// Upper ends of the bins: close together where it matters.
const ENDS: [f64; 10] = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.9995, 1.01];

/// The bins that hold a reading, from doubtful to sure.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of fields are far below 2^52")]
pub fn bins(readings: &[Judged]) -> Vec<Bin> {
    let mut from = 0.0;
    let mut all = Vec::new();
    for end in ENDS {
        let inside: Vec<&Judged> =
            readings.iter().filter(|j| j.probability >= from && j.probability < end).collect();
        from = end;
        let n = inside.len();
        if n > 0 {
            let said = inside.iter().map(|j| j.probability).sum::<f64>() / n as f64;
            let right = inside.iter().filter(|j| j.right).count() as f64 / n as f64;
            all.push(Bin { said, right, n });
        }
    }
    all
}

/// Where a probability stands on an axis of 0 to 1 that shows 0.9, 0.99 and 0.999 equally far apart.
fn axis(p: f64) -> f64 {
    (-(1.0 - p.clamp(0.0, 0.9997)).log10() / 3.5).clamp(0.0, 1.0)
}

/// A picture of the bins: said against right, the diagonal is honesty.
#[must_use]
pub fn svg(bins: &[Bin]) -> String {
    let (x, y) = (|p: f64| 60.0 + 400.0 * axis(p), |p: f64| 440.0 - 400.0 * axis(p));
    let mut out = String::from(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 490" font-family="sans-serif" font-size="12"><rect width="500" height="490" fill="#fff"/><path d="M60 440L460 40" stroke="#999" stroke-dasharray="4 3"/><path d="M60 40V440H460" fill="none" stroke="#000"/>"##,
    );
    for p in [0.0, 0.5, 0.9, 0.95, 0.99, 0.995, 0.999] {
        let _ = write!(
            out,
            r#"<text x="{:.0}" y="458" text-anchor="middle">{p}</text><text x="54" y="{:.0}" text-anchor="end">{p}</text>"#,
            x(p),
            y(p) + 4.0
        );
    }
    let points: Vec<String> = bins.iter().map(|b| format!("{:.1},{:.1}", x(b.said), y(b.right))).collect();
    let _ = write!(out, r##"<polyline points="{}" fill="none" stroke="#06c"/>"##, points.join(" "));
    for bin in bins {
        let (px, py) = (x(bin.said), y(bin.right));
        let _ = write!(
            out,
            r##"<circle cx="{px:.1}" cy="{py:.1}" r="4" fill="#06c"/><text x="{:.1}" y="{:.1}" fill="#555">{}</text>"##,
            px + 6.0,
            py + 14.0,
            bin.n
        );
    }
    out.push_str(r#"<text x="260" y="480" text-anchor="middle">確からしさ（予測）</text><text x="16" y="240" text-anchor="middle" transform="rotate(-90 16 240)">正しかった割合</text></svg>"#);
    out
}

#[cfg(test)]
mod tests {
    use super::{Bin, axis, svg};

    #[test]
    fn nines_are_equally_far_apart() {
        let step = axis(0.99) - axis(0.9);
        assert!((axis(0.999) - axis(0.99) - step).abs() < 1e-9 && axis(1.0) <= 1.0 && axis(0.0).abs() < 1e-9);
    }

    #[test]
    fn every_bin_is_drawn() {
        let picture = svg(&[Bin { said: 0.9, right: 0.95, n: 12 }, Bin { said: 0.99, right: 1.0, n: 345 }]);
        assert!(
            picture.contains(">345<")
                && picture.matches("<circle").count() == 2
                && picture.ends_with("</svg>")
        );
    }
}
