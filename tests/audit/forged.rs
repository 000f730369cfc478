//! The attack set: seeded logs, forged in every known way, and the verdict each forgery must get, with the files alone and
//! with a checkpoint kept outside. The suite does some hundreds; ten thousand with `sh installer/audit-long.sh`.

use shoki::audit::{Files, Note, Options, Policy, SigningKey, Verdict, layout, verify};

use crate::log::{Log, RUN, heartbeat, key, lines, seed, system, with_lines};
use crate::second;
use shoki::audit::{Draft, Event, Status};

/// A small generator of numbers; the same seed gives the same log and the same forgery.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    /// At least `from`, below `to`.
    fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.roll(to - from)
    }
}

/// A log with three checkpoints; the second was kept outside.
struct Case {
    dice: Dice,
    log: Log,
    /// Entries at each checkpoint, and in all.
    sizes: [usize; 4],
    known: Note,
}

fn grow(log: &mut Log, dice: &mut Dice, to: usize) {
    while usize::try_from(log.tree.size()).unwrap() < to {
        let item = format!("{:04}", dice.roll(10_000));
        log.write(&match dice.roll(3) {
            0 => heartbeat().data("runs", dice.roll(100) as u64),
            1 => Draft::new(Event::ItemOpen, &system()).run(RUN).item(&item),
            _ => Draft::new(Event::ItemEnd, &system()).run(RUN).item(&item).res(Status::Ok, None),
        });
    }
}

fn case(number: u64) -> Case {
    let mut dice = Dice(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let first = dice.between(4, 12);
    let second = first + dice.between(4, 12);
    let third = second + dice.between(6, 14);
    let end = third + dice.roll(5);
    let mut log = Log::open(0);
    grow(&mut log, &mut dice, first);
    log.checkpoint();
    grow(&mut log, &mut dice, second);
    let known = log.checkpoint();
    grow(&mut log, &mut dice, third);
    log.checkpoint();
    grow(&mut log, &mut dice, end);
    Case { dice, log, sizes: [first, second, third, end], known }
}

/// The state of the log when it had `size` entries: newer checkpoints and all tiles are gone.
fn back_at(case: &Case, size: usize) -> Files {
    let mut files = with_lines(&case.log.files, &lines(&case.log.files)[..size]);
    files.retain(|name, _| !name.starts_with("tile/"));
    for at in case.sizes[..3].iter().filter(|at| **at > size) {
        files.remove(&layout::checkpoint_file(*at as u64));
    }
    let newest = case.sizes[..3].iter().filter(|at| **at <= size).max().unwrap();
    files.insert("checkpoint".to_owned(), files[&layout::checkpoint_file(*newest as u64)].clone());
    files
}

/// Goes on from there with other entries and the stolen key, and signs.
fn goes_on(case: &mut Case, size: usize) -> Files {
    let mut log = Log::open(0);
    log.files = back_at(case, size);
    let (all, leaves) = (lines(&log.files), case.log.leaves.clone());
    log.tree = shoki::audit::Tree::new();
    leaves[..all.len()].iter().for_each(|leaf| log.tree.append(*leaf));
    log.leaves = leaves[..all.len()].to_vec();
    log.write(&heartbeat().data("runs", 77_777_u64));
    grow(&mut log, &mut case.dice, size + 20);
    log.checkpoint();
    log.files
}

fn renumbered(case: &Case, at: usize) -> Files {
    let mut kept = lines(&case.log.files);
    kept.remove(at);
    for (seq, line) in kept.iter_mut().enumerate().skip(at) {
        let text = String::from_utf8(line.clone()).unwrap();
        *line = text.replace(&format!("\"seq\":{},", seq + 1), &format!("\"seq\":{seq},")).into_bytes();
    }
    with_lines(&case.log.files, &kept)
}

const ATTACKS: usize = 16;

/// The forged files, the verdict without and with the kept checkpoint, and whether another implementation, which looks at
/// signatures and roots only, must refuse it too.
fn forge(case: &mut Case, attack: usize) -> (Files, Verdict, Verdict, bool) {
    use Verdict::{BadSignature, Consistent, Diverged, Format, Invalid, Truncated};
    let [first, second, third, end] = case.sizes;
    let old = case.dice.between(1, first);
    let mut all = lines(&case.log.files);
    let mut files = case.log.files.clone();
    match attack {
        0 => {
            let text = String::from_utf8(all[old].clone()).unwrap();
            all[old] = text.replace("\"boot\":\"5f0c1a9e\"", "\"boot\":\"5f0c1a9f\"").into_bytes();
            (with_lines(&files, &all), Invalid, Invalid, true)
        }
        1 => {
            all.remove(old);
            (with_lines(&files, &all), Invalid, Invalid, true)
        }
        2 => (renumbered(case, old), Invalid, Invalid, true),
        3 => {
            let other = case.dice.between(first, second);
            all.swap(old, other);
            (with_lines(&files, &all), Invalid, Invalid, true)
        }
        4 => {
            let left = case.dice.between(second, third);
            (with_lines(&files, &all[..left]), Truncated, Truncated, true)
        }
        5 => (with_lines(&files, &all[..case.dice.between(third, end + 1)]), Consistent, Consistent, false),
        6 => (back_at(case, second + case.sizes[0] % (third - second)), Consistent, Consistent, false),
        7 => (back_at(case, first), Consistent, Diverged, false),
        8 => {
            let mut anew = Log::open(0);
            anew.write(&heartbeat().data("runs", 88_888_u64));
            grow(&mut anew, &mut case.dice, end + 5);
            anew.checkpoint();
            (anew.files, Consistent, Diverged, false)
        }
        9 => (goes_on(case, first), Consistent, Diverged, false),
        10 => (goes_on(case, second), Consistent, Consistent, false),
        11 => {
            files.insert("log.vkey".to_owned(), format!("{}\n", key(9).verifier()).into_bytes());
            (files, BadSignature, BadSignature, true)
        }
        12 => {
            let (a, b) = (layout::checkpoint_file(first as u64), layout::checkpoint_file(second as u64));
            let (x, y) = (files[&a].clone(), files[&b].clone());
            files.insert(a, y);
            files.insert(b, x);
            (files, Format, Format, false)
        }
        13 => {
            let mut other = Log::open(0);
            grow(&mut other, &mut Dice(case.dice.0 ^ 1), end);
            files.insert("seg/000000.jsonl".to_owned(), other.files["seg/000000.jsonl"].clone());
            (files, Invalid, Invalid, true)
        }
        14 => {
            let file = layout::checkpoint_file(first as u64);
            let at = files[&file].len() - 2 - case.dice.roll(60);
            let byte = &mut files.get_mut(&file).unwrap()[at];
            *byte = if *byte == b'A' { b'B' } else { b'A' };
            (files, BadSignature, BadSignature, true)
        }
        _ => {
            files.remove("log.vkey");
            (files, BadSignature, BadSignature, true)
        }
    }
}

fn count() -> u64 {
    std::env::var("SHOKI_FORGED").ok().and_then(|n| n.parse().ok()).unwrap_or(320)
}

#[test]
fn every_forgery_gets_its_verdict_and_no_clean_log_an_alarm() {
    let (mut green, mut seen) = (0, [0_u64; ATTACKS]);
    for number in 0..count() {
        let mut case = case(number);
        let with = |known: Vec<Note>| Options { known, ..Options::default() };
        let clean = verify(&case.log.files, &with(vec![case.known.clone()])).unwrap();
        assert!(clean.verdict == Verdict::Consistent && clean.faults.is_empty(), "clean {number}: {clean:?}");
        green += 1;
        let attack = usize::try_from(number).unwrap() % ATTACKS;
        let (files, alone, known, refused) = forge(&mut case, attack);
        let report = verify(&files, &Options::default()).unwrap();
        assert_eq!(report.verdict, alone, "case {number}, attack {attack}, alone: {report:?}");
        let report = verify(&files, &with(vec![case.known.clone()])).unwrap();
        let known_verdict = if attack == 11 || attack == 15 { Verdict::BadSignature } else { known };
        assert_eq!(report.verdict, known_verdict, "case {number}, attack {attack}, known: {report:?}");
        assert_eq!(
            second::accepts(&files),
            !refused,
            "case {number}, attack {attack}, second implementation"
        );
        seen[attack] += 1;
    }
    println!("{green} clean logs without an alarm; forged: {seen:?}");
}

#[test]
fn the_policy_of_another_office_is_never_green() {
    for number in 0..20 {
        let case = case(number);
        let other = SigningKey::log("shoki.invalid/other/host", &seed(5)).unwrap().verifier();
        let policy = Policy::of(vec![other], Vec::new(), 0);
        let report = verify(&case.log.files, &Options { policy, ..Options::default() }).unwrap();
        assert_eq!(report.verdict, Verdict::BadSignature, "{report:?}");
    }
}
