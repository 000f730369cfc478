//! The picture of Problems: the line, a caret right under the mistake, the repair.

use super::Problem;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::ops::Range;

/// How many Problems are drawn; the rest is counted.
const SHOWN: usize = 100;

/// How much of a long mistake is underlined, in bytes.
const MARKED: usize = 200;

/// Columns of the picture; longer lines are cut around the caret.
const WIDTH: usize = 120;

/// All Problems as people read them, in the order of files and places, with a last line that counts them.
#[must_use]
pub fn render(problems: &[Problem], colour: bool) -> String {
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by(|a, b| (&a.source.path, a.span.start).cmp(&(&b.source.path, b.span.start)));
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let pictures: String = sorted.iter().take(SHOWN).map(|p| one(&renderer, p) + "\n\n").collect();
    match problems.len() {
        0 => pictures,
        n if n > SHOWN => format!("{pictures}問題が{n}件あります（はじめの{SHOWN}件を表示しています）。\n"),
        n => format!("{pictures}問題が{n}件あります。\n"),
    }
}

/// The picture of one Problem. Only the lines it touches are given to the renderer, so that a large file costs nothing.
fn one(renderer: &Renderer, problem: &Problem) -> String {
    let title = Level::ERROR.with_name("問題").primary_title(problem.message.as_str()).id(problem.code);
    let source = &problem.source;
    let mut group = if source.text.is_empty() {
        let path = source.path.display().to_string();
        Group::with_title(title).element(annotate_snippets::Origin::path(path))
    } else {
        let Range { start, end } = problem.span;
        let span = source.within(&(start..end.min(start.saturating_add(MARKED))));
        let (lines, first) = source.lines_of(&span);
        let text = source.text[lines.clone()].trim_end_matches('\r');
        // A mistake may lie in the line ends that are not drawn.
        let at = |byte: usize| (byte - lines.start).min(text.len());
        let mut mark = AnnotationKind::Primary.span(at(span.start)..at(span.end));
        if !problem.label.is_empty() {
            mark = mark.label(problem.label.as_str());
        }
        let snippet =
            Snippet::source(text).line_start(first).path(source.path.display().to_string()).annotation(mark);
        Group::with_title(title).element(snippet)
    };
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.with_name("直し方").message(help.as_str()));
    }
    renderer.render(&[group])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;
    use std::sync::Arc;

    #[test]
    fn a_mistake_in_bare_carriage_returns_is_drawn() {
        let source = Arc::new(Source::new("a.yaml", "\r\rsteps: [[x]]\r\r\r"));
        for span in [2..17, 14..17, 16..17, 0..2] {
            let picture = render(&[Problem::new("SHK0101", &source, span, "読めません")], false);
            assert!(picture.contains("読めません"), "{picture}");
        }
    }

    #[test]
    fn the_caret_stands_under_japanese() {
        let source = Arc::new(Source::new(
            "税/申告書.yaml",
            "a: 1\n  - fill: { selector: '#氏名', value: 宛名番合 }\n",
        ));
        let at = source.text.find("宛名番合").map_or(0, |at| at);
        let problem = Problem::new("SHK0202", &source, at..at + 12, "「宛名番合」という名前はありません")
            .labelled("ここで使っています")
            .with_help("もしかして「宛名番号」ですか");
        let expected = "\
問題[SHK0202]: 「宛名番合」という名前はありません
 --> 税/申告書.yaml:2:37
  |
2 |   - fill: { selector: '#氏名', value: 宛名番合 }
  |                                       ^^^^^^^^ ここで使っています
  |
  = 直し方: もしかして「宛名番号」ですか

問題が1件あります。
";
        assert_eq!(render(&[problem], false), expected);
    }

    #[test]
    fn a_file_that_cannot_be_read_has_no_picture() {
        let text = render(&[Problem::of_file("SHK0101", "無い.yaml", "ファイルがありません")], false);
        assert!(text.contains("--> 無い.yaml"), "{text}");
    }
}
