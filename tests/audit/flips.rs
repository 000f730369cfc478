//! Every byte of a log of a thousand entries, changed in turn. The suite changes some of them; all of them with
//! `sh installer/audit-long.sh`.

use shoki::audit::{Draft, Event, Files, Status, Verdict};

use crate::log::{Log, RUN, check, heartbeat, names, system};

fn thousand() -> Files {
    let mut log = Log::open(0);
    for number in 1..1_000_u64 {
        let item = format!("{number:04}");
        log.write(&match number % 3 {
            0 => heartbeat(),
            1 => Draft::new(Event::ItemOpen, &system()).run(RUN).item(&item),
            _ => Draft::new(Event::ItemEnd, &system()).run(RUN).item(&item).res(Status::Ok, None),
        });
        if number % 256 == 0 {
            log.checkpoint();
        }
    }
    log.checkpoint();
    log.files
}

/// 1 changes every byte.
fn stride() -> usize {
    std::env::var("SHOKI_FLIP_EVERY").ok().and_then(|n| n.parse().ok()).unwrap_or(2_999)
}

#[test]
fn a_changed_byte_in_a_thousand_entries_is_found_and_its_place_named() {
    let sound = thousand();
    assert_eq!(check(&sound).verdict, Verdict::Consistent);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found: usize = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| {
                scope.spawn({
                    let sound = &sound;
                    move || flip(sound, part, threads)
                })
            })
            .collect();
        parts.into_iter().map(|part| part.join().unwrap()).sum()
    });
    println!("{found} changed bytes found and named");
}

/// Changes every `stride`th byte of every file but the tiles, which are copies; says how many were found.
fn flip(sound: &Files, part: usize, parts: usize) -> usize {
    let (mut files, mut found) = (sound.clone(), 0);
    for (name, bytes) in sound.iter().filter(|(name, _)| !name.starts_with("tile/")) {
        let ends: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
        for at in (0..bytes.len()).step_by(stride()).skip(part).step_by(parts) {
            files.get_mut(name).unwrap()[at] ^= 1;
            let report = check(&files);
            files.get_mut(name).unwrap()[at] ^= 1;
            assert!(!report.verdict.is_good(), "{name} byte {at}: {report:?}");
            if name.starts_with("seg/") {
                let seq = ends.partition_point(|end| *end < at);
                assert!(names(&report, seq), "{name} byte {at}: {report:?}");
            } else {
                assert!(report.faults[0].what.contains(name), "{name} byte {at}: {report:?}");
            }
            found += 1;
        }
    }
    found
}
