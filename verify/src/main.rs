//! `shoki-verify`: recomputes an audit log on any machine and says what it found. It holds no code of the daemon, opens no
//! socket and no database, and reads only what it is pointed at.
//!
//! Exit codes: those of the verdict (0, 20, 10–14); 1 when what was asked is not right, 3 when a file cannot be read.

mod arguments;

use arguments::{Arguments, Wanted};
use shoki_audit::{Note, Options, Policy, Proof, VerifierKey, VerifyError, office, verify_office};
use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

/// What was asked is not right.
const WRONG: u8 = 1;
/// A file cannot be read.
const UNREADABLE: u8 = 3;

/// A sentence for the person and an exit code.
struct Stopped(String, u8);

fn main() -> ExitCode {
    let ended = arguments::parse(std::env::args_os().skip(1).collect()).map_or_else(
        |why| Err(Stopped(format!("{why}\n\n{}", arguments::USAGE), WRONG)),
        |wanted| match wanted {
            Wanted::Help => print(arguments::USAGE).map(|()| 0),
            Wanted::Version => print(&format!("shoki-verify {}", env!("CARGO_PKG_VERSION"))).map(|()| 0),
            Wanted::Verify(arguments) => run(&arguments),
        },
    );
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(Stopped(why, code)) => {
            let _ = writeln!(io::stderr(), "{why}");
            ExitCode::from(code)
        }
    }
}

fn print(text: &str) -> Result<(), Stopped> {
    let unwritten = |e: io::Error| Stopped(format!("結果を書き出せません: {e}"), UNREADABLE);
    writeln!(io::stdout(), "{}", text.trim_end()).map_err(unwritten)
}

fn run(arguments: &Arguments) -> Result<u8, Stopped> {
    let options = options(arguments)?;
    if arguments.path.extension().is_some_and(|ending| ending == "tlog-proof") {
        return check_proof(&arguments.path, &options);
    }
    let years = verify_office(&arguments.path, &options).map_err(|why| {
        let code = if matches!(why, VerifyError::NotALog) { WRONG } else { UNREADABLE };
        Stopped(format!("{}: {why}", arguments.path.display()), code)
    })?;
    if arguments.json {
        print(&office::json(&years).to_string())?;
    } else {
        for year in &years {
            print(&format!("■ {}\n{}", year.dir.display(), year.report.render_ja()))?;
        }
    }
    Ok(office::worst(&years).exit())
}

fn options(arguments: &Arguments) -> Result<Options, Stopped> {
    let wrong = |path: &Path, why: String| Stopped(format!("{}: {why}", path.display()), WRONG);
    let mut policy = match &arguments.policy {
        None => Policy::default(),
        Some(path) => Policy::parse(&read(path)?).map_err(|why| wrong(path, why.to_string()))?,
    };
    for path in &arguments.keys {
        let text = String::from_utf8(read(path)?).unwrap_or_default();
        let key = VerifierKey::parse(text.trim_end()).map_err(|why| wrong(path, why.to_string()))?;
        policy.logs.push(key);
    }
    let mut known = Vec::new();
    for path in &arguments.known {
        known.push(Note::parse(&read(path)?).map_err(|why| wrong(path, why.to_string()))?);
    }
    Ok(Options { policy, known, anchor_hours: arguments.hours })
}

fn read(path: &Path) -> Result<Vec<u8>, Stopped> {
    std::fs::read(path).map_err(|e| Stopped(format!("{} を読めません: {e}", path.display()), WRONG))
}

/// One entry that was disclosed with its proof.
fn check_proof(path: &Path, options: &Options) -> Result<u8, Stopped> {
    let bad = |why: String, code| Stopped(format!("{}: {why}", path.display()), code);
    let proof = Proof::parse(&read(path)?).map_err(|why| bad(why.to_string(), 14))?;
    let Some(line) = &proof.line else {
        return Err(bad("証明の中に記録そのものがありません".to_owned(), 14));
    };
    if options.policy.logs.is_empty() {
        let why = "証明を確かめるには、受け取った検証鍵を --key log.vkey で指定してください";
        return Err(bad(why.to_owned(), WRONG));
    }
    let checked: Vec<_> = options.policy.logs.iter().map(|key| proof.check(line, key)).collect();
    if checked.iter().any(Result::is_ok) {
        let text = String::from_utf8_lossy(line);
        let (seq, size) = (proof.index, proof.note.checkpoint.size);
        let origin = &proof.note.checkpoint.origin;
        print(&format!(
            "判定: 証明は正しい\n次の記録は、署名された {size} 件の記録({origin})の seq {seq} です。\n\n{text}"
        ))?;
        return Ok(20);
    }
    let signature = |r: &Result<(), shoki_audit::ProofError>| r == &Err(shoki_audit::ProofError::Signature);
    let why = checked.iter().find(|r| !signature(r)).or(checked.first());
    let text = why.and_then(|r| r.as_ref().err()).map(ToString::to_string).unwrap_or_default();
    Err(bad(text, if checked.iter().all(signature) { 11 } else { 10 }))
}
