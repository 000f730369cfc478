//! When two business keys are the same, and when two prints of what an act was done with are not.

use crate::text::width;

/// A business key as it is kept: wide and narrow letters are the same, and blanks count only between words.
#[must_use]
pub fn folded_key(once: &str) -> String {
    let parts: Vec<String> = once.split(['/', '／']).map(folded).collect();
    parts.join("/")
}

/// A value for comparing: as [`folded_key`] has its parts.
#[must_use]
pub fn folded(value: &str) -> String {
    width::fold_spaces(&width::fold_width(value))
}

/// Whether two prints were made of the same questions and other answers. A print is made of both, with a point between them:
/// after a change of the scenario nothing is known.
#[must_use]
pub fn is_other(known: &str, now: &str) -> bool {
    match (known.split_once('.'), now.split_once('.')) {
        (Some((asked, said)), Some((asked_now, said_now))) => asked == asked_now && said != said_now,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_in_any_width_and_with_any_blanks() {
        for (one, other) in [
            ("ＡＢ-１", "AB-1"),
            (" AB-1\u{3000}", "AB-1"),
            ("山田　 太郎/２０２６－１１－２０", "山田 太郎/2026-11-20"),
            ("ｶﾞｽ/1 ", "ガス/1"),
        ] {
            assert_eq!(folded_key(one), folded_key(other), "{one}");
        }
        for (one, other) in [("AB-1", "ab-1"), ("AB-1", "AB-10"), ("山田太郎", "山田 太郎"), ("高", "髙")]
        {
            assert_ne!(folded_key(one), folded_key(other), "{one}");
        }
    }

    #[test]
    fn only_other_answers_to_the_same_questions_differ() {
        assert!(is_other("q.a", "q.b"));
        assert!(!is_other("q.a", "q.a") && !is_other("q.a", "r.b") && !is_other("", "q.b"));
    }
}
