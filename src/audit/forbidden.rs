//! What may not stand in any text of the log: runs of twelve digits, whatever their spelling.

/// A My Number has twelve digits; so many in a row are refused, also inside a longer run.
const REFUSED_RUN: usize = 12;

/// Whether the text holds twelve or more digits in a row. Full-width, kanji, circled and other digits count.
#[must_use]
pub fn has_digit_run(text: &str) -> bool {
    longest_run(text, |_| false) >= REFUSED_RUN
}

/// As [`has_digit_run`], but spaces, hyphens and the like between digits do not end a run: for text typed by a person.
#[must_use]
pub fn has_spaced_digit_run(text: &str) -> bool {
    longest_run(text, is_separator) >= REFUSED_RUN
}

/// Whether the text holds 4-4-4 digits with single separators between: the way a My Number is printed.
#[must_use]
pub fn has_grouped_number(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(14).any(|window| {
        window.iter().enumerate().all(|(i, &c)| if i == 4 || i == 9 { is_separator(c) } else { is_digit(c) })
    })
}

fn longest_run(text: &str, passes: impl Fn(char) -> bool) -> usize {
    let (mut run, mut longest) = (0, 0);
    for c in text.chars() {
        if is_digit(c) {
            run += 1;
            longest = longest.max(run);
        } else if !passes(c) {
            run = 0;
        }
    }
    longest
}

/// Numbers of every script, and the kanji numerals that Unicode counts among letters.
fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    c.is_numeric() || "零一二三四五六七八九壱弐参".contains(c)
}

/// What people and forms put between groups of digits.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || "-‐‑‒–—―−－ーｰ_.．・･,，、/／\u{200b}".contains(c)
}
