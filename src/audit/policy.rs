//! Policy files in the form of C2SP tlog-policy: which logs are ours, which witnesses count, how many are enough.
//!
//! ```text
//! log NAME+ID+KEY
//! witness KANSA NAME+ID+KEY
//! group OFFICES 2 KANSA SOMU GIKAI
//! quorum OFFICES
//! ```

use std::collections::BTreeMap;

use super::key::{KeyError, KeyKind, VerifierKey};

/// A policy longer than this is refused (bytes).
pub const MAX_POLICY: usize = 64 * 1024;

/// Why a policy was not accepted. Always names the line, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Longer than [`MAX_POLICY`] or not UTF-8.
    #[error("方針のファイルが文字として読めないか、大きすぎます")]
    Text,
    /// A word that no line begins with.
    #[error("方針の {0} 行目: 「{1}」という指定はありません。log・witness・group・quorum のどれかです")]
    Word(usize, String),
    /// Too few or too many words.
    #[error("方針の {0} 行目: 「{1}」の書き方が違います。正しい形: {2}")]
    Shape(usize, &'static str, &'static str),
    /// A key that cannot be read.
    #[error("方針の {0} 行目: {1}")]
    Key(usize, KeyError),
    /// A log's key where a witness' must stand, or the other way round.
    #[error("方針の {0} 行目: 鍵の種類が違います。log には記録の鍵、witness には立会者の鍵を書きます")]
    Kind(usize),
    /// A name that was given twice.
    #[error("方針の {0} 行目: 名前「{1}」は前の行で使われています")]
    Twice(usize, String),
    /// A name that no line before has given.
    #[error("方針の {0} 行目: 「{1}」は、それより前の行にありません。つづりを確かめてください")]
    Unknown(usize, String),
    /// A number of members that cannot be reached.
    #[error("方針の {0} 行目: 必要な数 {1} が、並べた名前の数より多いか 0 です")]
    Number(usize, usize),
    /// No `log` line.
    #[error("方針に log の行がありません")]
    NoLog,
    /// No `quorum` line, or two.
    #[error("方針に quorum の行が1つだけ必要です(立会者を置かないときは quorum none)")]
    Quorum,
}

/// Who must have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Member {
    /// A witness, by its place in the list.
    Witness(usize),
    /// So many of these.
    Group(usize, Vec<Member>),
}

/// Whom a verifier believes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Keys of logs; one log has another key each fiscal year.
    pub logs: Vec<VerifierKey>,
    /// Keys of witnesses.
    pub witnesses: Vec<VerifierKey>,
    /// None: no witness is asked for.
    quorum: Option<Member>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// The first line that is not right; a policy with a mistake is never used in part.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_POLICY {
            return Err(PolicyError::Text);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::Text)?;
        let mut reader = Reader::default();
        for (at, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.first().is_some_and(|word| !word.starts_with('#')) {
                reader.line(at + 1, &words)?;
            }
        }
        let Reader { policy, quorums, .. } = reader;
        match (policy.logs.is_empty(), quorums) {
            (true, _) => Err(PolicyError::NoLog),
            (false, 1) => Ok(policy),
            _ => Err(PolicyError::Quorum),
        }
    }

    /// A policy with these logs and witnesses of which `need` must have signed; none with 0.
    #[must_use]
    pub fn of(logs: Vec<VerifierKey>, witnesses: Vec<VerifierKey>, need: usize) -> Self {
        let all = (0..witnesses.len()).map(Member::Witness).collect();
        Self { logs, witnesses, quorum: (need > 0).then_some(Member::Group(need, all)) }
    }

    /// Whether those who signed, by their places in [`Self::witnesses`], are enough. Never when no witness is asked for.
    #[must_use]
    pub fn is_met_by(&self, signed: &[usize]) -> bool {
        self.quorum.as_ref().is_some_and(|member| is_met(member, signed))
    }
}

fn is_met(member: &Member, signed: &[usize]) -> bool {
    match member {
        Member::Witness(at) => signed.contains(at),
        Member::Group(need, members) => members.iter().filter(|m| is_met(m, signed)).count() >= *need,
    }
}

/// Takes lines in their order.
#[derive(Default)]
struct Reader {
    policy: Policy,
    named: BTreeMap<String, Member>,
    quorums: usize,
}

impl Reader {
    fn line(&mut self, at: usize, words: &[&str]) -> Result<(), PolicyError> {
        match *words {
            ["log", key] | ["log", key, _] => {
                self.policy.logs.push(parse_key(at, key, KeyKind::Log)?);
                Ok(())
            }
            ["log", ..] => Err(PolicyError::Shape(at, "log", "log 検証鍵")),
            ["witness", name, key] | ["witness", name, key, _] => {
                let place = self.policy.witnesses.len();
                self.policy.witnesses.push(parse_key(at, key, KeyKind::Witness)?);
                self.name(at, name, Member::Witness(place))
            }
            ["witness", ..] => Err(PolicyError::Shape(at, "witness", "witness 名前 検証鍵")),
            ["group", name, need, ref members @ ..] if !members.is_empty() => {
                let group = self.group(at, need, members)?;
                self.name(at, name, group)
            }
            ["group", ..] => {
                Err(PolicyError::Shape(at, "group", "group 名前 必要な数(または all、any) 名前…"))
            }
            ["quorum", name] => {
                self.quorums += 1;
                self.policy.quorum = if name == "none" { None } else { Some(self.find(at, name)?) };
                Ok(())
            }
            ["quorum", ..] => Err(PolicyError::Shape(at, "quorum", "quorum 名前(または none)")),
            _ => Err(PolicyError::Word(at, words.first().copied().unwrap_or_default().to_owned())),
        }
    }

    fn group(&self, at: usize, need: &str, names: &[&str]) -> Result<Member, PolicyError> {
        let members = names.iter().map(|name| self.find(at, name)).collect::<Result<Vec<_>, _>>()?;
        let need = match need {
            "all" => members.len(),
            "any" => 1,
            number => number
                .parse()
                .map_err(|_| PolicyError::Shape(at, "group", "group 名前 必要な数(または all、any) 名前…"))?,
        };
        if need == 0 || need > members.len() {
            return Err(PolicyError::Number(at, need));
        }
        Ok(Member::Group(need, members))
    }

    fn find(&self, at: usize, name: &str) -> Result<Member, PolicyError> {
        self.named.get(name).cloned().ok_or_else(|| PolicyError::Unknown(at, name.to_owned()))
    }

    fn name(&mut self, at: usize, name: &str, member: Member) -> Result<(), PolicyError> {
        if name == "none" || self.named.insert(name.to_owned(), member).is_some() {
            return Err(PolicyError::Twice(at, name.to_owned()));
        }
        Ok(())
    }
}

fn parse_key(at: usize, key: &str, kind: KeyKind) -> Result<VerifierKey, PolicyError> {
    let key = VerifierKey::parse(key).map_err(|error| PolicyError::Key(at, error))?;
    if key.kind() == kind { Ok(key) } else { Err(PolicyError::Kind(at)) }
}
