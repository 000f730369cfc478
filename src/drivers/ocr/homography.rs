//! Maps of the plane onto itself.

/// A projective map, row by row; the last number is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Homography(pub [f64; 9]);

/// A point here belongs to a point there, and how much that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// In the blank, in pixels.
    pub from: (f64, f64),
    /// On the page, in pixels.
    pub to: (f64, f64),
    /// 0 to 1.
    pub weight: f64,
}

/// Coordinates are divided by this before solving, so that the numbers are near 1.
const UNIT: f64 = 1000.0;

impl Homography {
    /// x' = a x + b y + c, y' = d x + e y + f.
    pub(super) const fn affine(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64) -> Self {
        Self([a, b, c, d, e, f, 0.0, 0.0, 1.0])
    }

    /// Where a point goes.
    pub(super) fn apply(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let m = &self.0;
        let w = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }

    /// The map that fits the pairs best by least squares, projective or only affine. None when they do not determine one.
    pub(super) fn fit(pairs: &[Pair], projective: bool) -> Option<Self> {
        let n = if projective { 8 } else { 6 };
        let mut m = vec![vec![0.0; n + 1]; n];
        for p in pairs {
            let ((x, y), (u, v)) = ((p.from.0 / UNIT, p.from.1 / UNIT), (p.to.0 / UNIT, p.to.1 / UNIT));
            add(&mut m, &[x, y, 1.0, 0.0, 0.0, 0.0, -x * u, -y * u][..n], u, p.weight);
            add(&mut m, &[0.0, 0.0, 0.0, x, y, 1.0, -x * v, -y * v][..n], v, p.weight);
        }
        let s = solve(m)?;
        let (g, h) = if projective { (s[6] / UNIT, s[7] / UNIT) } else { (0.0, 0.0) };
        Some(Self([s[0], s[1], s[2] * UNIT, s[3], s[4], s[5] * UNIT, g, h, 1.0]))
    }

    /// As [`Self::fit`], with pairs that disagree with the rest counting less and less.
    pub(super) fn fit_robust(pairs: &[Pair], projective: bool) -> Option<Self> {
        let mut weighted = pairs.to_vec();
        let mut best = Self::fit(&weighted, projective)?;
        for _ in 0..6 {
            let errors: Vec<f64> = pairs.iter().map(|p| best.error(p)).collect();
            let limit = (3.0 * median(errors.clone())).max(0.8);
            for ((w, p), e) in weighted.iter_mut().zip(pairs).zip(&errors) {
                let r = (e / limit).min(1.0);
                w.weight = p.weight * (1.0 - r * r).powi(2);
            }
            best = Self::fit(&weighted, projective)?;
        }
        Some(best)
    }

    /// How far from its place a pair's point comes to lie, in pixels.
    pub(super) fn error(&self, pair: &Pair) -> f64 {
        let (x, y) = self.apply(pair.from);
        (x - pair.to.0).hypot(y - pair.to.1)
    }
}

/// The middle value; 0 of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Adds one equation `row · s = right` to the normal equations.
fn add(m: &mut [Vec<f64>], row: &[f64], right: f64, weight: f64) {
    for (i, a) in row.iter().enumerate() {
        for (j, b) in row.iter().enumerate() {
            m[i][j] += weight * a * b;
        }
        m[i][row.len()] += weight * a * right;
    }
}

/// Gauss with pivots; the right side is the last column.
pub(super) fn solve(mut m: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = m.len();
    for i in 0..n {
        let pivot = (i..n).max_by(|a, b| m[*a][i].abs().total_cmp(&m[*b][i].abs()))?;
        if m[pivot][i].abs() < 1e-12 {
            return None;
        }
        m.swap(i, pivot);
        for j in 0..n {
            if j != i {
                let factor = m[j][i] / m[i][i];
                (i..=n).for_each(|k| m[j][k] -= factor * m[i][k]);
            }
        }
    }
    Some((0..n).map(|i| m[i][n] / m[i][i]).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::{Homography, Pair};

    fn pairs(truth: &Homography) -> Vec<Pair> {
        let points = (0..30).map(|i| (f64::from(i % 6) * 300.0, f64::from(i / 6) * 500.0));
        points.map(|from| Pair { from, to: truth.apply(from), weight: 1.0 }).collect()
    }

    #[test]
    fn a_projective_map_is_found_again() {
        let truth = Homography([1.01, 0.02, 12.0, -0.02, 0.99, -7.0, 2e-6, -1e-6, 1.0]);
        let found = Homography::fit(&pairs(&truth), true).unwrap();
        let p = (1234.0, 567.0);
        let (a, b) = (truth.apply(p), found.apply(p));
        assert!((a.0 - b.0).abs() < 1e-3 && (a.1 - b.1).abs() < 1e-3);
    }

    #[test]
    fn a_few_wrong_pairs_do_no_harm() {
        let truth = Homography::affine(1.0, 0.01, 5.0, -0.01, 1.0, 3.0);
        let mut pairs = pairs(&truth);
        (0..6).for_each(|i| pairs[i * 5].to.0 += 40.0);
        let found = Homography::fit_robust(&pairs, false).unwrap();
        assert!(found.error(&pairs[1]) < 0.2);
    }
}
