//! What reading paper costs: the time of a page and where it goes, memory over many pages, and the fields that
//! `sh installer/paper.sh` gives to other readers.
//!
//!     cargo bench --bench paper [-- speed [DIR] | memory PAGES | fields OUT [DIR]]
//!
//! DIR is a folder of `fixtures/formbench` (its `sample` where none is named). Prints numbers; asserts only that every page
//! was read. One reader, which uses one core; nothing else should run on the machine.
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first surprise")]

use serde::Deserialize;
use serde_json::{Value, json};
use shoki::{
    drivers::{
        ocr::{FormReading, NativeParts, Took},
        readers::{PoolConfig, ReaderPool},
    },
    form::{Form, Forms},
    scenario::load_forms,
};
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How often each page is read for the times.
const ROUNDS: usize = 5;
/// A page of an ordinary form has about so many fields.
const ORDINARY: f64 = 25.0;

#[derive(Deserialize)]
struct Truth {
    pages: Vec<Page>,
}

#[derive(Deserialize)]
struct Page {
    file: String,
    form: Option<String>,
    #[serde(default)]
    style: String,
    #[serde(default)]
    fields: BTreeMap<String, TrueField>,
}

#[derive(Deserialize)]
struct TrueField {
    value: Value,
}

/// Pages, their forms and their truth.
struct Bench {
    dir: PathBuf,
    forms: Forms,
    pages: Vec<Page>,
}

impl Bench {
    fn open(dir: Option<&String>) -> Self {
        let sample = || Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formbench/sample");
        let dir = dir.map_or_else(sample, PathBuf::from);
        let truth: Truth = serde_json::from_slice(&fs::read(dir.join("truth.json")).unwrap()).unwrap();
        let (forms, problems) = load_forms(&dir.join("forms"));
        assert!(problems.is_empty(), "the forms are sound");
        let pages = truth.pages.into_iter().filter(|p| p.form.is_some()).collect();
        Self { dir, forms, pages }
    }

    fn form(&self, page: &Page) -> &Arc<Form> {
        self.forms.get(page.form.as_ref().unwrap()).unwrap()
    }

    fn file(&self, page: &Page) -> PathBuf {
        self.dir.join("scans").join(&page.file)
    }

    async fn read(&self, pool: &ReaderPool, page: &Page) -> FormReading {
        pool.read_form(&self.file(page), 1, self.form(page)).await.unwrap()
    }
}

fn pool(pages_each: u32) -> ReaderPool {
    let usual = PoolConfig::usual(NativeParts::default()).unwrap();
    let program = env!("CARGO_BIN_EXE_shoki").into();
    ReaderPool::new(PoolConfig { program, readers: 1, pages_each, walled: true, ..usual })
}

/// The middle one of several times.
fn median(times: &[Took], of: impl Fn(&Took) -> f64) -> f64 {
    let mut all: Vec<f64> = times.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Times of every page, and of an ordinary form by all of them.
async fn speed(bench: &Bench) {
    let pool = pool(u32::MAX);
    let mut times = vec![Vec::new(); bench.pages.len()];
    for round in 0..=ROUNDS {
        for (page, times) in bench.pages.iter().zip(&mut times) {
            let took = bench.read(&pool, page).await.took;
            // In the first round the models and the blanks are loaded.
            if round > 0 {
                times.push(took);
            }
        }
    }
    println!("page                               fields  seconds  laying  models  second  by 25 fields");
    let mut total = (0.0, Took::default());
    for (page, times) in bench.pages.iter().zip(&times) {
        let fields = f64::from(u32::try_from(bench.form(page).places().len()).unwrap());
        let took = Took {
            whole: median(times, |t| t.whole),
            laying: median(times, |t| t.laying),
            models: median(times, |t| t.models),
            second: median(times, |t| t.second),
        };
        line(&page.file, fields, &took);
        total.0 += fields;
        total.1.whole += took.whole;
        total.1.laying += took.laying;
        total.1.models += took.models;
        total.1.second += took.second;
    }
    line("all", total.0, &total.1);
    let share = |part: f64| 100.0 * part / total.1.whole;
    println!(
        "models {:.1} %, second reader {:.1} %, both {:.1} %",
        share(total.1.models),
        share(total.1.second),
        share(total.1.models + total.1.second)
    );
}

fn line(name: &str, fields: f64, took: &Took) {
    println!(
        "{name:34} {fields:6} {:8.3} {:7.3} {:7.3} {:7.3} {:13.3}",
        took.whole,
        took.laying,
        took.models,
        took.second,
        took.whole * ORDINARY / fields
    );
}

/// Memory of the child that reads, in MiB: now, and the most so far. None while one is replaced by the next.
fn memory_of_child() -> Option<(u64, u64)> {
    let me = std::process::id().to_string();
    let status = |pid: &fs::DirEntry| fs::read_to_string(pid.path().join("status")).ok();
    let line = |status: &str, name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name));
        line.and_then(|l| l.split_whitespace().next()).map(ToOwned::to_owned)
    };
    let mut all = fs::read_dir("/proc").unwrap().flatten().filter_map(|pid| status(&pid));
    let child = all.find(|s| line(s, "PPid:").as_deref() == Some(&me))?;
    let mib = |name: &str| Some(line(&child, name)?.parse::<u64>().ok()? >> 10);
    Some((mib("VmRSS:")?, mib("VmHWM:")?))
}

/// Memory over many pages, with as many pages a child as usual.
async fn memory(bench: &Bench, pages: usize) {
    let pool = pool(PoolConfig::usual(NativeParts::default()).unwrap().pages_each);
    let (mut now, mut peak, mut most) = (0, 0, 0);
    for (n, page) in bench.pages.iter().cycle().take(pages).enumerate() {
        bench.read(&pool, page).await;
        (now, peak) = memory_of_child().unwrap_or((now, peak));
        most = most.max(peak);
        if (n + 1) % 100 == 0 || n + 1 == pages {
            println!(
                "memory after {:5} pages: {now} MiB, this reader's most {peak} MiB, of all {most} MiB",
                n + 1
            );
        }
    }
}

/// Writes every page as it lies on its blank and every field of text with its truth and our value, for other readers.
async fn fields(bench: &Bench, out: &Path) {
    fs::create_dir_all(out).unwrap();
    let pool = pool(u32::MAX);
    let mut pages = Vec::new();
    for page in bench.pages.iter().chain(&bench.pages) {
        // The second time everything is warm.
        pages.push((page, bench.read(&pool, page).await));
    }
    let mut all = Vec::new();
    for (n, (page, read)) in pages.split_off(bench.pages.len()).into_iter().enumerate() {
        let form = bench.form(page);
        let png = pool.picture(form, Some((&bench.file(page), 1))).await.unwrap();
        fs::write(out.join(format!("{n}.png")), png).unwrap();
        let places = form.places();
        let fields = read.readings.iter().zip(&places).filter_map(|(reading, place)| {
            let truth = page.fields.get(&reading.name)?.value.as_str()?.to_owned();
            Some(json!({
                "type": reading.kind, "rect": reading.rect, "lines": place.lines, "truth": truth,
                "shoki": reading.value,
            }))
        });
        all.push(json!({
            "style": page.style, "seconds": read.took.whole, "reading": read.took.whole - read.took.laying,
            "fields": fields.collect::<Vec<_>>(),
        }));
    }
    fs::write(out.join("fields.json"), serde_json::to_vec(&all).unwrap()).unwrap();
}

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match args.first().map(String::as_str) {
            None | Some("speed") => speed(&Bench::open(args.get(1))).await,
            Some("memory") => memory(&Bench::open(args.get(2)), args[1].parse().unwrap()).await,
            Some("fields") => fields(&Bench::open(args.get(2)), Path::new(&args[1])).await,
            Some(other) => println!("{other}: speed, memory PAGES or fields OUT"),
        }
    });
}
