//! Mistakes of YAML itself, explained: tabs, full-width signs, indents, quotes; and what the language does not take.

use super::{
    tree::{Kind, Node},
    yaml_quote,
};
use crate::{
    expr::narrow,
    problem::{Problem, Source},
};
use std::{ops::Range, sync::Arc};

/// The code of a key that is given twice.
pub(super) const TWICE: &str = "SHK0103";

/// What the library refused, in our words. Typing mistakes that explain it come instead of it.
pub(super) fn explained(source: &Arc<Source>, error: &serde_saphyr::Error) -> Vec<Problem> {
    let error = error.without_snippet();
    let at = place_of(source, error);
    let words = error.to_string();
    if let serde_saphyr::Error::DuplicateMappingKey { key, .. } = error {
        return vec![twice(source, at, key.as_deref())];
    }
    if let Some(problem) = refused_feature(source, &at, &words) {
        return vec![problem];
    }
    if let Some(problem) = yaml_quote::unescapable(source, &at).or_else(|| yaml_quote::bare_hole(source, &at))
    {
        return vec![problem];
    }
    let typed = typing_mistakes(source, &at);
    if typed.is_empty() { vec![general(source, at, &words)] } else { typed }
}

/// Where the library stopped.
fn place_of(source: &Source, error: &serde_saphyr::Error) -> Range<usize> {
    let Some(location) = error.location() else { return 0..0 };
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let start = match location.span().byte_offset() {
        Some(offset) => number(offset),
        None => source.byte_at(number(location.line()), number(location.column())),
    };
    let rest = source.text.get(start..).unwrap_or_default();
    let length =
        location.span().byte_len().map_or(0, number).max(rest.chars().next().map_or(0, char::len_utf8));
    let word = rest.lines().next().unwrap_or_default().len();
    start..start + length.min(word.max(1))
}

/// A key that stands twice in one map.
fn twice(source: &Arc<Source>, at: Range<usize>, key: Option<&str>) -> Problem {
    let key = key.unwrap_or_default();
    Problem::new(TWICE, source, at, format!("「{key}」が同じ場所に2回あります"))
        .labelled("2回目です")
        .with_help("どちらか一つにします")
}

/// YAML's own machinery that the language does not take.
fn refused_feature(source: &Arc<Source>, at: &Range<usize>, words: &str) -> Option<Problem> {
    let (what, help) = if words.contains("anchor") || words.contains("Anchors") || words.contains("alias") {
        ("アンカーと参照（& と *）は使えません", "同じ内容をもう一度書くか、文字なら引用符で囲みます")
    } else if words.contains("Documents") || words.contains("multiple YAML documents") {
        ("「---」で区切った2つ目の文書は書けません", "1つのファイルに1つだけ書きます")
    } else if words.contains("Depth") || words.contains("recursion limit") || words.contains("depth") {
        ("入れ子が深すぎます（64段まで）", "かっこの閉じ忘れがないか確かめます")
    } else if words.contains("budget") {
        ("ファイルの中身が多すぎます", "シナリオを分けます")
    } else {
        return None;
    };
    Some(Problem::new("SHK0104", source, at.clone(), what).with_help(help))
}

/// Tabs and full-width signs near the place where reading stopped; they explain most of what the library cannot.
fn typing_mistakes(source: &Arc<Source>, at: &Range<usize>) -> Vec<Problem> {
    let (here, _) = source.lines_of(at);
    let before = source.text[..here.start].trim_end_matches('\n').rfind('\n').map_or(0, |n| n + 1);
    let mut all = Vec::new();
    let mut start = before;
    let after =
        source.text[here.end..].match_indices('\n').nth(1).map_or(source.text.len(), |(n, _)| here.end + n);
    for line in source.text[before..after].split_inclusive('\n') {
        all.extend(typing_mistake(source, start, line));
        start += line.len();
    }
    all
}

/// The typing mistake of one line that begins at `start`.
fn typing_mistake(source: &Arc<Source>, start: usize, line: &str) -> Option<Problem> {
    let indent = line.len() - line.trim_start_matches([' ', '\t', '\u{3000}']).len();
    if let Some(tab) = line[..indent].find('\t') {
        let at = start + tab..start + tab + 1;
        return Some(
            Problem::new("SHK0102", source, at, "字下げにタブが使われています")
                .labelled("タブです")
                .with_help("半角の空白2つに直します（タブは YAML では使えません）"),
        );
    }
    if let Some(wide) = line[..indent].find('\u{3000}') {
        return Some(wide_sign(source, start + wide, '\u{3000}'));
    }
    let code = line.split(" #").next().unwrap_or_default();
    let mut signs = code.get(indent..).unwrap_or_default().chars(); // a line of remarks alone is shorter
    if let (Some(dash @ ('－' | '−' | 'ー' | '―' | '‐')), Some(' ' | '\u{3000}')) =
        (signs.next(), signs.next())
    {
        return Some(wide_sign(source, start + indent, dash));
    }
    if code.trim_start().starts_with(['#', '"', '\'']) {
        return None;
    }
    let sign = code.char_indices().find(|(at, c)| match c {
        '：' => !code[..*at].contains(": "),
        '\u{3000}' => code[..*at].ends_with(':') && !code[..*at].contains(": "),
        '｛' | '｝' | '［' | '］' => true,
        '“' | '”' | '‘' | '’' => code[..*at].trim_end().ends_with([':', ',', '[', '{', '-']),
        '、' | '，' => {
            let flow = code[..*at].contains(['{', '[']);
            flow && code[..*at].trim_end().ends_with(['"', '\'', '}', ']'])
        }
        _ => false,
    });
    sign.map(|(at, c)| wide_sign(source, start + at, c))
}

/// A full-width sign where YAML wants the half-width one.
pub(super) fn wide_sign(source: &Arc<Source>, at: usize, sign: char) -> Problem {
    let (name, half) = match sign {
        '\u{3000}' => ("全角の空白".to_owned(), "半角の空白".to_owned()),
        '−' | 'ー' | '―' | '‐' => (format!("全角の「{sign}」"), "半角の「-」".to_owned()),
        '、' => ("全角の「、」".to_owned(), "半角の「,」".to_owned()),
        _ => (format!("全角の「{sign}」"), format!("半角の「{}」", narrow(sign).unwrap_or(sign))),
    };
    let after = if sign == '：' { "とその後ろの空白" } else { "" };
    Problem::new("SHK0102", source, at..at + sign.len_utf8(), format!("{name}が使われています"))
        .labelled("全角です")
        .with_help(format!("{half}{after}に直します"))
}

/// What remains, by the words of the library; never with its words.
fn general(source: &Arc<Source>, at: Range<usize>, words: &str) -> Problem {
    let (lines, _) = source.lines_of(&at);
    let explained = open_quote(source, lines.end).or_else(|| missing_sign(source, &lines));
    let explained = explained.or_else(|| open_bracket(source, at.start)).or_else(|| deeper(source, &lines));
    if let Some(problem) = explained {
        return problem;
    }
    let at = if words.contains("did not find expected") { uneven(source, at) } else { at };
    let line = &source.text[source.lines_of(&at).0];
    let quotes = line.matches('"').count() % 2 == 1 || line.matches('\'').count() % 2 == 1;
    let (what, help) = if quotes && !words.contains("mapping values") {
        ("引用符が閉じていません", "\" や ' の対応を確かめます")
    } else if words.contains("mapping values are not allowed") {
        (
            "ここに「:」は書けません",
            "字下げの幅が前の行とそろっているか、値に「: 」が入っていれば引用符で囲んであるか確かめます",
        )
    } else if words.contains("unclosed") || words.contains("while parsing a flow") {
        ("かっこが閉じていないか、区切りの「,」がありません", "{ } と [ ] の対応と「,」を確かめます")
    } else if words.contains("quoted") {
        ("引用符の後に余分な文字があります", "\" や ' の対応を確かめます")
    } else if words.contains("did not find expected") || words.contains("indent") {
        ("字下げの幅がそろっていません", "同じ組の行は、行頭の空白の数を同じにします")
    } else if words.contains("unexpected character") || words.contains("indicator") {
        ("この記号で値を始めることはできません", "値を引用符（' または \"）で囲みます")
    } else {
        ("YAML として読めません", "前後の行の字下げ、引用符、かっこを確かめます")
    };
    Problem::new("SHK0101", source, at, what).labelled("ここで読めなくなりました").with_help(help)
}

/// A quotation mark without its second one, on the first line that has one: everything behind it is read as text.
fn open_quote(source: &Arc<Source>, end: usize) -> Option<Problem> {
    let mut start = 0;
    for line in source.text[..end].split_inclusive('\n') {
        let code = line.split(" #").next().unwrap_or_default();
        let open = ['"', '\''].into_iter().find(|quote| {
            let other = if *quote == '"' { '\'' } else { '"' };
            !line.trim_start().starts_with('#')
                && !code.contains(other)
                && code.matches(*quote).count() % 2 == 1
        });
        if let Some(quote) = open {
            let at = start + code.rfind(quote).unwrap_or(0);
            return Some(
                Problem::new("SHK0101", source, at..at + 1, "引用符が閉じていません")
                    .labelled("対になる引用符がありません")
                    .with_help(format!("文の終わりにも「{quote}」を書きます")),
            );
        }
        start += line.len();
    }
    None
}

/// The line before a line.
fn line_before(source: &Source, lines: &Range<usize>) -> Range<usize> {
    let end = source.text[..lines.start].trim_end_matches('\n').len();
    source.text[..end].rfind('\n').map_or(0, |n| n + 1)..end
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A blank or a `:` that is missing on this line, or on the one before it.
fn missing_sign(source: &Arc<Source>, lines: &Range<usize>) -> Option<Problem> {
    let before = line_before(source, lines);
    let places = [lines.clone(), before.clone()];
    let missing =
        places.iter().find_map(|at| missing_blank(source, at).or_else(|| missing_colon(source, at)));
    missing.or_else(|| {
        let (line, above) = (&source.text[lines.clone()], &source.text[before.clone()]);
        let opens = indent(line) > indent(above) && !above.contains(':') && !above.trim().is_empty();
        let word = above.trim();
        (opens && word.chars().all(|c| c.is_alphanumeric() || c == '_'))
            .then(|| colon_problem(source, before.end, word))
    })
}

fn colon_problem(source: &Arc<Source>, end: usize, word: &str) -> Problem {
    Problem::new("SHK0101", source, end - word.len()..end, format!("「{word}」の後ろに「:」がありません"))
        .with_help(format!("「{word}: 」に直します（: の後ろに半角の空白）"))
}

/// `- id 読取`, or `{ field: 届出日, value "…" }`.
fn missing_colon(source: &Arc<Source>, lines: &Range<usize>) -> Option<Problem> {
    let line = source.text[lines.clone()].trim_end();
    let is_key = |c: char| c.is_ascii_lowercase() || c == '_';
    let entry = line.trim_start().trim_start_matches("- ").trim_start();
    let word = &entry[..entry.find(|c| !is_key(c)).unwrap_or(entry.len())];
    let rest = &entry[word.len()..];
    let start = lines.start + line.len() - entry.len();
    if !word.is_empty() && rest.starts_with(' ') && !rest.trim_start().starts_with([':', '#']) {
        return Some(colon_problem(source, start + word.len(), word));
    }
    // Inside { }: a word directly before a quotation mark.
    let quote = entry.match_indices(" \"").find(|(at, _)| {
        let before = entry[..*at].trim_end_matches(is_key);
        before.len() < *at && before.ends_with(['{', ',', ' ']) && before.contains('{')
    });
    let (at, _) = quote?;
    let word = &entry[entry[..at].trim_end_matches(is_key).len()..at];
    Some(colon_problem(source, start + at, word))
}

/// A `{` or `[` that is not closed before the place where reading stopped.
fn open_bracket(source: &Arc<Source>, stop: usize) -> Option<Problem> {
    let mut open: Vec<usize> = Vec::new();
    let mut quote = None;
    let mut comment = false;
    for (at, c) in source.text[..stop].char_indices() {
        match (c, quote) {
            ('\n', _) => comment = false,
            _ if comment => {}
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(q)) if c == q => quote = None,
            ('#', None) => comment = true,
            ('{' | '[', None) => open.push(at),
            ('}' | ']', None) => drop(open.pop()),
            _ => {}
        }
    }
    let first = *open.first()?;
    let (lines, _) = source.lines_of(&(first..first));
    if let Some(typed) = typing_mistake(source, lines.start, &source.text[lines.clone()]) {
        return Some(typed);
    }
    let sign = &source.text[first..=first];
    let close = if sign == "{" { "}" } else { "]" };
    Some(
        Problem::new("SHK0101", source, first..first + 1, format!("「{sign}」が閉じていません"))
            .labelled("ここで開いています")
            .with_help(format!("「{close}」と区切りの「,」を確かめます")),
    )
}

/// An indent that is deeper than the line before allows.
fn deeper(source: &Arc<Source>, lines: &Range<usize>) -> Option<Problem> {
    let (line, above) = (&source.text[lines.clone()], &source.text[line_before(source, lines)]);
    let is_deeper = indent(line) > indent(above) && !above.trim_start().starts_with("- ");
    let has_value = above.split_once(": ").is_some_and(|(_, value)| !value.trim().is_empty());
    if !is_deeper || !has_value || lines.start == 0 {
        return None;
    }
    let at = lines.start..lines.start + indent(line);
    let help = format!("同じ組の行なら、行頭の空白を前の行と同じ {} 個にします", indent(above));
    let problem = Problem::new("SHK0101", source, at, "字下げが前の行より深くなっています");
    Some(problem.labelled("行頭の空白です").with_help(help))
}

/// The place of an indent that does not fit: the line before, where its indent is the odd one.
fn uneven(source: &Source, at: Range<usize>) -> Range<usize> {
    let (lines, _) = source.lines_of(&at);
    let before = line_before(source, &lines);
    let (here, above) = (indent(&source.text[lines]), indent(&source.text[before.clone()]));
    if here % 2 == 0 && above % 2 == 1 { before.start..before.start + above } else { at }
}

/// `owner:市民課` or `-id: 読取`.
fn missing_blank(source: &Arc<Source>, lines: &Range<usize>) -> Option<Problem> {
    let line = source.text[lines.clone()].trim_end();
    let start = lines.start + line.len() - line.trim_start().len();
    let entry = line.trim_start();
    let found = |at: usize, sign: &str| {
        let problem =
            Problem::new("SHK0101", source, at..at + 1, format!("「{sign}」の後ろに空白がありません"));
        Some(problem.labelled("この後ろです").with_help("半角の空白を1つ入れます"))
    };
    if entry.starts_with('-') && !entry.starts_with("--") && entry[1..].starts_with(char::is_alphabetic) {
        return found(start, "-");
    }
    let bare = entry.strip_prefix("- ").unwrap_or(entry);
    let colon = bare.find(':').filter(|at| bare[..*at].chars().all(|c| c.is_alphanumeric() || c == '_'))?;
    let behind = bare[colon + 1..].chars().next()?;
    if colon == 0 || behind.is_whitespace() || behind == '/' {
        return None;
    }
    found(start + entry.len() - bare.len() + colon, ":")
}

/// Tags and merge keys, which the library would pass over in silence.
pub(super) fn refused_marks(source: &Arc<Source>, tree: &Node) -> Vec<Problem> {
    let mut leaves = Vec::new();
    collect(tree, &mut leaves);
    let mut all = Vec::new();
    let mut end = 0;
    for at in leaves {
        if let Some(found) = source.text.get(end..at.start).and_then(mark_outside_comments) {
            let place = end + found..end + found + 1;
            all.push(
                Problem::new("SHK0104", source, place, "タグ（! で始まる指定）は使えません")
                    .with_help("取り除きます。文字として書くなら引用符で囲みます"),
            );
        }
        end = at.end.max(end);
    }
    all
}

/// Full-width commas between the elements of a list, which make one element of two.
pub(super) fn wide_commas(source: &Arc<Source>, tree: &Node, problems: &mut Vec<Problem>) {
    match &tree.kind {
        Kind::List(items) => {
            let flow = source.text.get(tree.at.start..).is_some_and(|text| text.starts_with('['));
            for item in items {
                let raw = source.text.get(item.at.clone()).unwrap_or_default();
                let wide = matches!(item.kind, Kind::Text(_)) && !raw.starts_with(['"', '\'']);
                let comma = raw.char_indices().find(|(_, c)| *c == '，' || *c == '、' && flow);
                if let Some((at, sign)) = comma.filter(|_| wide) {
                    let problem = wide_sign(source, item.at.start + at, sign);
                    let help = "半角の「,」に直します。文字として書くなら全体を引用符で囲みます";
                    problems.push(problem.with_help(help));
                }
                wide_commas(source, item, problems);
            }
        }
        Kind::Map(entries) => entries.iter().for_each(|(_, value)| wide_commas(source, value, problems)),
        _ => {}
    }
}

/// The places of all scalars, in the order of the file.
fn collect(node: &Node, leaves: &mut Vec<Range<usize>>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|n| collect(n, leaves)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                collect(key, leaves);
                collect(value, leaves);
            }
        }
        _ => leaves.push(node.at.clone()),
    }
}

/// The first `!` between two values that is not in a comment.
fn mark_outside_comments(gap: &str) -> Option<usize> {
    let mut comment = false;
    gap.char_indices().find_map(|(at, c)| {
        comment = (comment || c == '#') && c != '\n';
        (c == '!' && !comment).then_some(at)
    })
}
