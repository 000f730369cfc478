//! What a verifier says: the verdict, what is wrong and where, and the same in words for an auditor.

use std::fmt::Write;

use serde::{Serialize, Serializer};

/// What the whole log is, with the exit code of the verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A record, the sequence or a root does not fit what was signed.
    Invalid,
    /// A signature is wrong, or by another key.
    BadSignature,
    /// A checkpoint covers entries that are missing at the end.
    Truncated,
    /// Behind or inconsistent with a checkpoint kept elsewhere.
    Diverged,
    /// What was written does not follow the format.
    Format,
    /// Consistent, but nothing outside the machine vouches for it.
    Consistent,
    /// Consistent, and enough witnesses have cosigned.
    Witnessed,
}

impl Verdict {
    /// The word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Invalid => "INVALID",
            Self::BadSignature => "BAD_SIGNATURE",
            Self::Truncated => "TRUNCATED",
            Self::Diverged => "DIVERGED",
            Self::Format => "FORMAT",
            Self::Consistent => "CONSISTENT",
            Self::Witnessed => "WITNESSED",
        }
    }

    /// The exit code.
    #[must_use]
    pub fn exit(self) -> u8 {
        match self {
            Self::Witnessed => 0,
            Self::Consistent => 20,
            Self::Invalid => 10,
            Self::BadSignature => 11,
            Self::Truncated => 12,
            Self::Diverged => 13,
            Self::Format => 14,
        }
    }

    /// The word on a screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Invalid => "改ざん",
            Self::BadSignature => "署名不正",
            Self::Truncated => "末尾欠落",
            Self::Diverged => "分岐",
            Self::Format => "形式違反",
            Self::Consistent => "整合",
            Self::Witnessed => "立会あり",
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Consistent | Self::Witnessed)
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Invalid => {
                "この監査記録は、署名されたときの内容と違います。書き換え・削除・入れ替えがあります。"
            }
            Self::BadSignature => {
                "署名が正しくないか、別の鍵による署名です。この鍵では記録を確かめられません。"
            }
            Self::Truncated => "署名された記録の末尾がありません。記録が切り取られています。",
            Self::Diverged => {
                "外部に保管された確定点と食い違います。古い状態に戻されたか、別の記録に作り替えられています。"
            }
            Self::Format => "決められた形でない記録やファイルがあります。",
            Self::Consistent => {
                "すべての記録は署名されたときの内容のままです。ただし、外部で新しく固定された確定点はありません。"
            }
            Self::Witnessed => "すべての記録は署名されたときの内容のままで、立会者の署名もあります。",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Invalid | Self::Truncated | Self::Diverged => {
                "このフォルダーに手を加えず、そのまま別の媒体に複写して保全し、情報セキュリティ責任者に知らせてください。\
                 控えの写し(バックアップ、決裁に添付した確定点)と照らし合わせてください。"
            }
            Self::BadSignature => {
                "log.vkey が、運用開始時に受け取った検証鍵と同じか確かめてください。違うときは差し替えられた疑いがあります。\
                 フォルダーを保全し、情報セキュリティ責任者に知らせてください。"
            }
            Self::Format => {
                "監査記録のフォルダーに他のファイルを置いていないか、編集ソフトで保存し直していないか確かめてください。\
                 心当たりがないときは、フォルダーを保全し、情報セキュリティ責任者に知らせてください。"
            }
            Self::Consistent => {
                "確定点(checkpoint)を日々の決裁や他部署のフォルダーに残すと、機械ごと作り替えられた場合も見つけられます。"
            }
            Self::Witnessed => "することはありません。",
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// One thing that was found, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The entry, when it can be named.
    pub seq: Option<u64>,
    /// What is wrong, in Japanese, with file and line.
    pub what: String,
}

/// The newest evidence from outside the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anchor {
    /// How many entries it covers.
    pub size: u64,
    /// Who vouches: names of witnesses, or `known`.
    pub by: Vec<String>,
    /// When a witness signed, RFC 3339.
    pub at: Option<String>,
}

/// The answer of a verifier. Serialises to the JSON of `audit verify --format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the log is.
    pub verdict: Verdict,
    /// The exit code.
    pub exit: u8,
    /// The name of the log, when its key could be read.
    pub origin: Option<String>,
    /// How many entries were read.
    pub entries: u64,
    /// How many of them are covered by a signature that was verified against them.
    pub covered: u64,
    /// How many checkpoints with a right signature.
    pub checkpoints: u64,
    /// What is wrong, in the order of the log.
    pub faults: Vec<Fault>,
    /// What a person should look at.
    pub warnings: Vec<Fault>,
    /// The newest evidence from outside.
    pub last_anchor: Option<Anchor>,
    /// Disposals of other years' logs that this log records.
    #[serde(skip)]
    pub purges: Vec<Purge>,
}

/// The disposal of a fiscal year's log, as a later log records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// The fiscal year.
    pub fy: u64,
    /// How many entries its closing checkpoint covered.
    pub size: u64,
    /// The root of its closing checkpoint, base64.
    pub root: String,
}

/// How many findings of each kind the text shows; JSON has them all.
const SHOWN: usize = 20;

impl Report {
    /// The verdict in words, for a terminal or a sheet of paper.
    #[must_use]
    pub fn render_ja(&self) -> String {
        let mut text = format!(
            "判定: {} ({})\n{}\n\n",
            self.verdict.label(),
            self.verdict.word(),
            self.verdict.meaning()
        );
        self.render_facts(&mut text);
        render_list(&mut text, "見つかった問題", &self.faults);
        render_list(&mut text, "注意", &self.warnings);
        line(&mut text, &format!("\nすること\n  {}", self.verdict.advice()));
        text
    }

    fn render_facts(&self, text: &mut String) {
        line(text, &format!("  記録の名前  {}", self.origin.as_deref().unwrap_or("(検証鍵が読めません)")));
        line(text, &format!("  記録        {}件", self.entries));
        line(text, &format!("  うち署名済  {}件", self.covered));
        line(text, &format!("  確定点      {}個", self.checkpoints));
        let anchor = self.last_anchor.as_ref().map_or_else(
            || "なし".to_owned(),
            |anchor| {
                let by = anchor.by.join("、").replace("known", "手元の確定点");
                let at = anchor.at.as_ref().map(|at| format!(" {at}")).unwrap_or_default();
                format!("{}件まで({by}{at})", anchor.size)
            },
        );
        line(text, &format!("  外部の固定  {anchor}"));
        line(text, &format!("  終了コード  {}", self.exit));
    }
}

fn render_list(text: &mut String, title: &str, faults: &[Fault]) {
    if faults.is_empty() {
        return;
    }
    line(text, &format!("\n{title} ({}件)", faults.len()));
    for (number, fault) in faults.iter().take(SHOWN).enumerate() {
        let seq = fault.seq.map(|seq| format!("seq {seq}: ")).unwrap_or_default();
        line(text, &format!("  {}. {seq}{}", number + 1, fault.what));
    }
    if faults.len() > SHOWN {
        line(text, &format!("  ほか {}件(--format json で全部見られます)", faults.len() - SHOWN));
    }
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("writing to a String cannot fail");
}

/// At most so many findings of each kind are kept; a log can have millions.
const KEPT: usize = 1_000;

/// Findings as they are collected.
#[derive(Debug, Default)]
pub(super) struct Findings {
    faults: Vec<(Verdict, Fault)>,
    warnings: Vec<Fault>,
    more_faults: usize,
    more_warnings: usize,
    worst: Option<Verdict>,
}

impl Findings {
    pub(super) fn fault(&mut self, verdict: Verdict, seq: Option<u64>, what: String) {
        self.worst = Some(self.worst.map_or(verdict, |worst| worst.min(verdict)));
        if self.faults.len() < KEPT {
            self.faults.push((verdict, Fault { seq, what }));
        } else {
            self.more_faults += 1;
        }
    }

    pub(super) fn warn(&mut self, seq: Option<u64>, what: String) {
        if self.warnings.len() < KEPT {
            self.warnings.push(Fault { seq, what });
        } else {
            self.more_warnings += 1;
        }
    }

    /// Whether a fault names an entry in `from..to`.
    pub(super) fn names_one_in(&self, from: u64, to: u64) -> bool {
        self.faults.iter().any(|(_, fault)| fault.seq.is_some_and(|seq| from <= seq && seq < to))
    }

    /// The worst that was found.
    pub(super) fn worst(&self) -> Option<Verdict> {
        self.worst
    }

    /// Faults in the order of the log, and warnings.
    pub(super) fn finish(self) -> (Vec<Fault>, Vec<Fault>) {
        let mut faults: Vec<Fault> = self.faults.into_iter().map(|(_, fault)| fault).collect();
        faults.sort_by_key(|fault| fault.seq.unwrap_or(u64::MAX));
        let mut warnings = self.warnings;
        for (list, more) in [(&mut faults, self.more_faults), (&mut warnings, self.more_warnings)] {
            if more > 0 {
                list.push(Fault {
                    seq: None, what: format!("ほかに同じような指摘が {more} 件あります")
                });
            }
        }
        (faults, warnings)
    }
}
