//! The cells of a portal's CSV: line breaks inside quotes, `="0123"`, a 0x1A at the end; a file cut inside a quote is named.

/// A file that ends inside a quoted value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{line}行目の引用符が閉じないままファイルが終わっています。途中で切れたファイルかもしれません。もう一度ダウンロードしてください"
)]
pub struct CsvCut {
    /// The line on which the value begins, from 1.
    pub line: usize,
}

/// The lines of a CSV text, each with the number of its first line (from 1). Empty lines are left out.
///
/// # Errors
/// When the text ends inside a quoted value.
pub fn cells(text: &str) -> Result<Vec<(usize, Vec<String>)>, CsvCut> {
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end_matches(['\u{1a}', '\0']);
    let mut reader = Reader { rest: bare.chars().peekable(), line: 1 };
    let mut lines = Vec::new();
    while reader.rest.peek().is_some() {
        let at = reader.line;
        let line = reader.line()?;
        if line.iter().any(|cell| !cell.is_empty()) {
            lines.push((at, line));
        }
    }
    Ok(lines)
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn line(&mut self) -> Result<Vec<String>, CsvCut> {
        let mut line = Vec::new();
        loop {
            line.push(self.cell()?);
            match self.rest.next() {
                Some(',') => {}
                Some('\r') => {
                    self.rest.next_if_eq(&'\n');
                    break;
                }
                _ => break,
            }
        }
        self.line += 1;
        Ok(line)
    }

    /// One value; what stands outside its quotes, such as the `=` of `="0123"`, is left out.
    fn cell(&mut self) -> Result<String, CsvCut> {
        let (mut value, mut quoted) = (String::new(), false);
        while let Some(c) = self.rest.next_if(|c| !matches!(c, ',' | '\r' | '\n')) {
            if c == '"' && (value.is_empty() || value == "=") && !quoted {
                value = self.quoted()?;
                quoted = true;
            } else if !quoted || !c.is_whitespace() {
                value.push(c);
            }
        }
        let inner = value.strip_prefix("=\"").and_then(|v| v.strip_suffix('"')).map(str::to_owned);
        Ok(match inner {
            Some(inner) => inner,
            None if quoted => value,
            None => value.trim().to_owned(),
        })
    }

    fn quoted(&mut self) -> Result<String, CsvCut> {
        let (began, mut value) = (self.line, String::new());
        loop {
            match self.rest.next() {
                None => return Err(CsvCut { line: began }),
                Some('"') if self.rest.next_if_eq(&'"').is_none() => return Ok(value),
                Some('\r') => {
                    self.rest.next_if_eq(&'\n');
                    self.line += 1;
                    value.push('\n');
                }
                Some(c) => {
                    self.line += usize::from(c == '\n');
                    value.push(c);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn traps_of_portal_files() {
        let text = "\u{feff}番号,応援\r\n=\"0123\",\"一行目\r\n\"\"二\"\"行目\"\r\n\r\n\"=\"\"0456\"\"\", x ,\r\n\u{1a}";
        let found = cells(text).expect("whole");
        let rows: Vec<(usize, Vec<&str>)> =
            found.iter().map(|(n, l)| (*n, l.iter().map(String::as_str).collect())).collect();
        assert_eq!(
            rows,
            [(1, vec!["番号", "応援"]), (2, vec!["0123", "一行目\n\"二\"行目"]), (5, vec!["0456", "x", ""])]
        );
        assert_eq!(cells("a,b\r\n1,\"二\r\n三"), Err(CsvCut { line: 2 }));
        assert_eq!(cells(""), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(table in prop::collection::vec(prop::collection::vec("[ab,\"\n ]{1,6}x", 1..4), 1..5)) {
            let quote = |v: &String| format!("\"{}\"", v.replace('"', "\"\""));
            let text: String = table.iter().map(|l| l.iter().map(quote).collect::<Vec<_>>().join(",") + "\r\n").collect();
            let found: Vec<_> = cells(&text).expect("whole").into_iter().map(|(_, l)| l).collect();
            prop_assert_eq!(found, table);
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,60}") {
            let _ = cells(&text);
        }
    }
}
