//! Writes a sound log of N entries into a folder, to measure the verifier with: `make_log FOLDER N`.

use shoki_audit::{Actor, Draft, Event, SigningKey, Stamp, Status, Tree, layout};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::PathBuf,
};

const RUN: &str = "01JQZ8E0000000000000000001";

fn entry(seq: u64, origin: &str) -> Draft {
    let shoki = Actor::System("shoki".to_owned());
    let item = format!("{:06}", seq / 4 % 1_000_000);
    let of = |event| Draft::new(event, &shoki).run(RUN).item(&item);
    let effect = format!("01JQZ8E{:019}", seq / 4);
    match seq % 4 {
        _ if seq == 0 => Draft::new(Event::LogOpen, &shoki)
            .data("fy", 2026_u64)
            .data("origin", origin)
            .data("prev", shoki_audit::Value::Null)
            .data("spec", "shoki-audit/1"),
        0 => of(Event::ItemOpen),
        1 => of(Event::StepIntent).step("発送登録").idem(&effect).target(
            "juki",
            "juki_robot",
            "browser.submit",
            None,
        ),
        2 => of(Event::StepResult).step("発送登録").idem(&effect).res(Status::Ok, None),
        _ => of(Event::ItemEnd).res(Status::Ok, None).data("state", "done"),
    }
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (folder, count) = (arguments.next(), arguments.next().and_then(|n| n.parse::<u64>().ok()));
    let (Some(folder), Some(count)) = (folder, count) else {
        return Err(io::Error::other("make_log FOLDER N"));
    };
    let dir = PathBuf::from(folder);
    let origin = "shoki.invalid/test/host";
    let key = SigningKey::log(origin, &[7; 32]).map_err(io::Error::other)?;
    for sub in ["seg", "cp"] {
        fs::create_dir_all(dir.join(sub))?;
    }
    fs::write(dir.join(layout::KEY_FILE), format!("{}\n", key.verifier()))?;
    let mut tree = Tree::new();
    let mut out: Option<BufWriter<File>> = None;
    for seq in 0..count {
        if seq % layout::SEGMENT == 0 {
            out = Some(BufWriter::new(File::create(dir.join(layout::segment_file(seq)))?));
        }
        let millisecond = 1_775_000_000_000 + i64::try_from(seq).unwrap_or(0) * 25;
        let ts = jiff::Timestamp::from_millisecond(millisecond).map_err(io::Error::other)?;
        let stamp = Stamp { ts, mono: seq * 25_000_000, boot: "5f0c1a9e".to_owned(), ep: 1 };
        let line = entry(seq, origin).seal(seq, &stamp).map_err(io::Error::other)?;
        tree.append(line.leaf);
        if let Some(out) = &mut out {
            writeln!(out, "{}", line.text)?;
        }
        if (seq + 1) % 256 == 0 || seq + 1 == count {
            let note = key.checkpoint(seq + 1, tree.root()).to_string();
            fs::write(dir.join(layout::checkpoint_file(seq + 1)), &note)?;
            fs::write(dir.join(layout::CHECKPOINT_FILE), note)?;
        }
    }
    out.map_or(Ok(()), |mut out| out.flush())
}
