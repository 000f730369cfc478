//! Legacy screens: a real Chromium on pages as legacy as the real ones. Needs chromium and chromedriver.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod acting;
mod actions;
mod arrival;
mod bad;
mod city;
mod faulty;
mod hub;
mod kept;
mod keyed;
mod kinds;
mod labels;
mod legacy;
mod moments;
mod near;
mod pages;
mod places;
mod sides;
mod spoiler;
mod storm;
mod typing;
mod values;
mod waiting;
mod whole;
mod wording;

use pages::Pages;
use shoki::drivers::browser::{
    BrowserError, BrowserSettings, Cause, Dialogs, Follow, Kind, Lack, Press, PressKind, ReadBack, RowPick,
    Screen, Search, Session, Stroke, Submit, SystemRules, Table,
};
use std::{
    collections::HashSet,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tokio::sync::MutexGuard;

fn settings() -> BrowserSettings {
    let keeper = Some(PathBuf::from(env!("CARGO_BIN_EXE_shoki")));
    BrowserSettings {
        keeper,
        // Browsers that stay open, in a long series.
        webdriver_url: std::env::var("SHOKI_HUB").ok(),
        wait: Duration::from_secs(5),
        page_timeout: Duration::from_secs(20),
        ..BrowserSettings::default()
    }
}

struct Here {
    pages: Pages,
    session: Session,
}

impl Here {
    async fn with(rules: impl FnOnce(SystemRules) -> SystemRules) -> Self {
        let pages = Pages::start();
        let rules = rules(SystemRules::at(&pages.url("/")));
        let session = Session::start(&settings(), rules)
            .await
            .expect("chromium and chromedriver are installed and start");
        Self { pages, session }
    }

    async fn at(page: &str) -> Self {
        let here = Self::with(|r| r).await;
        here.open(page).await.unwrap();
        here
    }

    async fn open(&self, page: &str) -> Result<(), BrowserError> {
        self.screen().await.open(&self.pages.url(page)).await
    }

    async fn screen(&self) -> MutexGuard<'_, Screen> {
        self.session.screen().await
    }

    async fn end(self) {
        self.session.close().await;
    }
}

fn button(name: &str) -> Press {
    Press::named(name).only(PressKind::Button)
}

fn opens(title: &str) -> Follow {
    Follow { opens: Some(title.into()), ..Follow::default() }
}

fn cause<T: std::fmt::Debug>(result: Result<T, BrowserError>) -> Cause {
    result.unwrap_err().cause
}

#[tokio::test]
async fn a_form_is_filled_confirmed_and_its_receipt_read() {
    let here = Here::at("/frames.html").await;
    let mut s = here.screen().await;
    s.fill("氏名", "髙﨑　太郎", &ReadBack::default()).await.unwrap();
    s.fill("フリガナ", "タカサキ", &ReadBack::default()).await.unwrap();
    s.select("gengo", "令和").await.unwrap();
    s.fill("生年月日/年", "7", &ReadBack::default()).await.unwrap();
    s.fill("生年月日/月", "4", &ReadBack::default()).await.unwrap();
    s.select("性別", "女").await.unwrap();
    s.check("同意する", true).await.unwrap();
    s.fill("備考", "一行目", &ReadBack::default()).await.unwrap();
    s.fill("郵便番号", "3050817", &ReadBack::default()).await.unwrap();
    s.fill("電話２", "029", &ReadBack::default()).await.unwrap();
    let submit = Submit {
        press: button("登録"),
        confirm: Some("よろしいですか".into()),
        expect: "登録しました".into(),
        receipt: Some("受付番号".into()),
        ..Submit::default()
    };
    assert_eq!(s.submit(&submit).await.unwrap().as_deref(), Some("R-0001"));
    let sent = here.pages.ledger();
    assert_eq!(sent.len(), 1);
    for pair in [
        "shimei=髙﨑　太郎",
        "gengo=5",
        "y=7",
        "m=4",
        "sex=2",
        "ok=on",
        "memo=一行目",
        "zip=305-0817",
        "tel=&",
        "tel2=029",
    ] {
        assert!(sent[0].contains(pair), "{pair} in {}", sent[0]);
    }
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_value_the_page_cannot_hold_is_refused_before_it_is_typed() {
    let here = Here::at("/form.html").await;
    let mut s = here.screen().await;
    let e = s.fill("氏名", "𠮷田", &ReadBack::default()).await.unwrap_err();
    assert!(matches!(&e.cause, Cause::Unrepresentable { character: '𠮷', .. }), "{e}");
    assert_eq!((e.kind(), e.to_string().contains("田")), (Kind::Stop, false));
    assert!(matches!(
        cause(s.fill("生年月日/年", "123", &ReadBack::default()).await),
        Cause::TooLong { max: 2, length: 3, .. }
    ));
    assert_eq!(s.read(&["氏名"]).await.unwrap()[0].1, "", "nothing was typed");
    assert!(
        matches!(cause(s.select("gengo", "大正").await), Cause::NoOption { options, .. } if options.len() == 3)
    );
    let Cause::NotFound { seen, .. } = ({
        s.set_wait(Duration::from_millis(300));
        cause(s.fill("続柄", "子", &ReadBack::default()).await)
    }) else {
        panic!("there is no such field")
    };
    assert!(seen.iter().any(|l| l.contains("フリガナ")), "{seen:?}");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_lies_in_the_place_of_a_button_that_moved_is_never_clicked() {
    let here = Here::at("/shifting.html").await;
    let mut s = here.screen().await;
    s.press(&button("登録"), &Follow::default()).await.unwrap();
    s.check("同意", true).await.unwrap();
    s.press(&button("枠の登録"), &Follow::default()).await.unwrap();
    s.expect("登録;同意;枠の登録;", Duration::ZERO).await.unwrap();
    s.open(&here.pages.url("/shifting.html")).await.unwrap();
    let submit = Submit { press: button("登録"), expect: "登録;".into(), ..Submit::default() };
    s.submit(&submit).await.unwrap();
    s.set_wait(Duration::from_millis(300));
    let never = s.press(&button("逃げる"), &Follow::default()).await;
    assert!(matches!(cause(never), Cause::NotReady { lack: Lack::Stable, .. }));
    let pressed = s.submit(&Submit { press: button("逃げる"), ..submit }).await.unwrap_err();
    assert!(!pressed.pressed && !s.is_broken(), "nothing was pressed: {pressed}");
    s.expect("登録;", Duration::ZERO).await.unwrap();
    let enter = Stroke { key: "Enter".into(), ..Stroke::default() };
    s.press_keys(Some(&"登録".into()), &[enter], &Dialogs::default()).await.unwrap();
    s.expect("登録;登録;", Duration::ZERO).await.unwrap();
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn the_message_says_what_an_element_lacks() {
    let here = Here::at("/ready.html").await;
    let mut s = here.screen().await;
    s.set_wait(Duration::from_millis(300));
    let lacks = [
        ("無効", Lack::Enabled),
        ("隠し", Lack::Visible),
        ("下", Lack::Uncovered("div".into())),
        ("動く", Lack::Stable),
    ];
    for (name, lack) in lacks {
        match cause(s.press(&button(name), &Follow::default()).await) {
            Cause::NotReady { lack: found, .. } => assert_eq!(found, lack, "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
    assert!(matches!(
        cause(s.fill("読取専用", "1", &ReadBack::default()).await),
        Cause::NotReady { lack: Lack::Editable, .. }
    ));
    assert!(
        matches!(cause(s.press(&button("同じ"), &Follow::default()).await), Cause::Ambiguous { found, .. } if found.len() == 2)
    );
    assert!(!s.is_broken(), "nothing was done, so the session is good");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn what_appears_late_lies_far_down_or_changes_the_page_by_itself_is_waited_for() {
    let here = Here::at("/ready.html").await;
    let mut s = here.screen().await;
    s.press(&button("遅れて"), &Follow::default()).await.unwrap();
    s.press(&button("一番下"), &Follow::default()).await.unwrap();
    s.expect("届いた", Duration::from_secs(2)).await.unwrap();
    s.select("auto", "照会へ").await.unwrap();
    assert_eq!(s.read(&["宛名番号"]).await.unwrap()[0].1, "0000012345");
    s.open(&here.pages.url("/iframes.html")).await.unwrap();
    s.fill("氏名", "奥の枠", &ReadBack::default()).await.unwrap();
    s.press(&button("印刷"), &Follow::default()).await.unwrap();
    s.expect("印刷しました", Duration::from_secs(2)).await.unwrap();
    s.open(&here.pages.url("/slow")).await.unwrap();
    s.press(&button("遅い検索"), &Follow::default()).await.unwrap();
    assert_eq!(s.read(&["世帯番号"]).await.unwrap()[0].1, "777");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn values_beside_labels_are_read_as_they_stand() {
    let here = Here::at("/frames.html").await;
    let mut s = here.screen().await;
    s.press(&Press::named("照会").only(PressKind::Link), &Follow::default()).await.unwrap();
    let labels = ["宛名番号", "氏名", "住所", "状態", "世帯番号", "受付番号", "備考"];
    let values = s.read(&labels).await.unwrap();
    let values: Vec<&str> = values.iter().map(|(_, v)| v.as_str()).collect();
    let expected =
        ["0000012345", "髙﨑　太郎", "茨城県つくば市\n研究学園", "本登録", "777", "R08-000123", "なし"];
    assert_eq!(values, expected);
    drop(s);
    here.end().await;
}

fn list() -> Table {
    Table {
        columns: vec!["氏名".into(), "宛名番号".into()],
        next: Some("次頁".into()),
        max_pages: 3,
        ..Table::default()
    }
}

#[tokio::test]
async fn a_list_is_read_to_its_last_page_or_not_at_all() {
    let here = Here::at("/frames.html").await;
    let mut s = here.screen().await;
    s.press(&Press::named("一覧"), &Follow::default()).await.unwrap();
    let rows = s.read_table(&list()).await.unwrap();
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[6], ["氏名7", "007"]);
    s.press(&Press::named("一覧"), &Follow::default()).await.unwrap();
    let row = vec![RowPick { column: Some("宛名番号".into()), value: "002".into() }];
    s.press(&Press::named("詳細").in_row(row), &Follow::default()).await.unwrap();
    s.expect("詳細 002", Duration::from_secs(2)).await.unwrap();
    s.press(&Press::named("一覧"), &Follow::default()).await.unwrap();
    let short = Table { max_pages: 2, ..list() };
    assert_eq!(cause(s.read_table(&short).await), Cause::TooManyPages(2));
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_declared_popup_is_searched_and_writes_back_to_its_opener() {
    let here = Here::at("/form.html").await;
    let mut s = here.screen().await;
    s.press(&button("住民検索"), &opens("住民検索")).await.unwrap();
    s.use_window(Some("住民検索")).await.unwrap();
    let table = Table {
        columns: vec!["宛名番号".into(), "状態".into()],
        none: Some("該当者がありません".into()),
        ..list()
    };
    let search = |name: &str| Search {
        fields: vec![("氏名".into(), name.into())],
        press: button("検索実行"),
        table: table.clone(),
    };
    assert_eq!(s.search(&search("髙﨑")).await.unwrap(), [["0001", "本登録"], ["0002", "仮登録"]]);
    assert!(s.search(&search("居ない")).await.unwrap().is_empty());
    assert_eq!(s.search(&search("髙﨑")).await.unwrap().len(), 2);
    let row = vec![RowPick { column: Some("状態".into()), value: "本登録".into() }];
    s.press(&button("選択").in_row(row), &Follow::default()).await.unwrap();
    s.use_window(None).await.unwrap();
    assert_eq!(s.read(&["氏名"]).await.unwrap()[0].1, "甲");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_declared_notice_is_closed_and_an_undeclared_window_stops_the_session() {
    let here = Here::with(|r| SystemRules { notices: vec!["お知らせ".into()], ..r }).await;
    here.open("/notice.html").await.unwrap();
    let mut s = here.screen().await;
    s.expect("業務メニュー", Duration::from_secs(2)).await.unwrap();
    s.open(&here.pages.url("/form.html")).await.unwrap();
    let e = s.press(&button("別の画面"), &Follow::default()).await.unwrap_err();
    assert_eq!((e.kind(), &e.cause), (Kind::Undeclared, &Cause::Window("システムからのお願い".into())));
    assert_eq!(cause(s.fill("氏名", "x", &ReadBack::default()).await), Cause::Broken);
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn an_undeclared_dialog_is_never_answered() {
    for name in ["中止", "後で警告"] {
        let here = Here::at("/form.html").await;
        let mut s = here.screen().await;
        let e = s.press(&button(name), &Follow::default()).await.unwrap_err();
        assert!(
            matches!(&e.cause, Cause::Dialog(text) if text.contains("中止します") || text == "あとから"),
            "{e}"
        );
        assert_eq!(e.kind(), Kind::Undeclared);
        let evidence = s.evidence().await.unwrap();
        assert!(evidence.dialog.is_some() && evidence.picture.is_none());
        assert_eq!(cause(s.press(&button(name), &Follow::default()).await), Cause::Broken);
        drop(s);
        here.end().await;
    }
}

#[tokio::test]
async fn a_question_with_other_words_is_not_confirmed() {
    let here = Here::at("/form.html").await;
    let mut s = here.screen().await;
    s.fill("フリガナ", "ア", &ReadBack::default()).await.unwrap();
    let submit = Submit {
        press: button("登録"),
        confirm: Some("削除しますか".into()),
        expect: "登録しました".into(),
        ..Submit::default()
    };
    let e = s.submit(&submit).await.unwrap_err();
    assert!(
        matches!(&e.cause, Cause::Dialog(t) if t.contains("よろしいですか") && !t.contains("0001234567")),
        "{e}"
    );
    assert!(e.pressed);
    drop(s);
    let pages = here.pages.clone();
    here.end().await;
    assert!(pages.ledger().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn the_browser_stays_on_the_allow_list() {
    let here = Here::at("/form.html").await;
    let mut s = here.screen().await;
    let e = s.press(&button("移動"), &Follow::default()).await.unwrap_err();
    assert_eq!(e.cause, Cause::Foreign(here.pages.foreign()));
    drop(s);
    assert_eq!(cause(here.open("/form.html").await), Cause::Broken);
    let pages = here.pages.clone();
    here.end().await;
    assert_eq!(pages.foreign_requests(), 0, "not even the request left");

    let here = Here::at("/form.html").await;
    let mut s = here.screen().await;
    assert!(
        matches!(cause(s.open("http://192.0.2.1/secret?token=1").await), Cause::Foreign(o) if o == "http://192.0.2.1")
    );
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn declared_texts_decide_what_follows() {
    let rules = |r| SystemRules { expired_when: vec!["有効期限が切れました".into()], ..r };
    let here = Here::with(rules).await;
    let e = here.open("/expired.html").await.unwrap_err();
    assert_eq!((e.kind(), e.cause), (Kind::Again, Cause::Expired("有効期限が切れました".into())));
    here.end().await;
    let rules = |r| SystemRules { error_when: vec!["世帯番号".into()], ..r };
    let here = Here::with(rules).await;
    let e = here.open("/detail.html").await.unwrap_err();
    assert_eq!((e.kind(), e.breaks_session()), (Kind::Stop, false));
    here.end().await;
}

#[tokio::test]
async fn evidence_hides_the_declared_values() {
    let here = Here::with(|r| SystemRules { mask: vec!["氏名".into()], ..r }).await;
    here.open("/detail.html").await.unwrap();
    let mut s = here.screen().await;
    let evidence = s.evidence().await.unwrap();
    let text = &evidence.pages[0].text;
    assert!(text.contains("■■■") && !text.contains("髙﨑") && text.contains("0000012345"), "{text}");
    let picture = image::load_from_memory(&evidence.picture.unwrap()).unwrap().to_rgb8();
    let black = picture.pixels().filter(|p| p.0 == [0, 0, 0]).count();
    assert!(black > 1_000, "{black} black pixels: the name's cell is painted over");
    let again = s.evidence().await.unwrap();
    assert_eq!(&again.pages[0].text, text, "nothing of the mask stays on the page");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn files_come_and_go_under_japanese_names() {
    let here = Here::at("/ready.html").await;
    let mut s = here.screen().await;
    let file = s.download(&Press::named("一覧取得"), Duration::from_secs(10)).await.unwrap();
    assert_eq!(file.file_name().unwrap().to_str(), Some("明細.csv"));
    assert_eq!(std::fs::read(&file).unwrap(), b"a,b\n");
    s.upload("添付", &file).await.unwrap();
    drop(s);
    here.end().await;
    assert!(!file.exists(), "the session's folder goes with it");
}

#[tokio::test]
async fn two_sessions_work_side_by_side() {
    let (left, right) = tokio::join!(Here::at("/form.html"), Here::at("/form.html"));
    let (mut ours, mut theirs) = (left.screen().await, right.screen().await);
    let back = ReadBack::default();
    let (one, other) = tokio::join!(ours.fill("氏名", "甲", &back), theirs.fill("氏名", "乙", &back));
    one.unwrap();
    other.unwrap();
    assert_eq!(ours.read(&["氏名"]).await.unwrap()[0].1, "甲");
    assert_eq!(theirs.read(&["氏名"]).await.unwrap()[0].1, "乙");
    drop((ours, theirs));
    tokio::join!(left.end(), right.end());
}

#[tokio::test]
async fn a_missing_driver_is_said_with_its_repair() {
    let settings = BrowserSettings { chromedriver: Some("/nowhere/chromedriver".into()), ..settings() };
    let e = Session::start(&settings, SystemRules::default()).await.unwrap_err();
    assert!(e.to_string().contains("apt-get install chromium chromium-driver"), "{e}");
    let settings = BrowserSettings { chromedriver: Some("/bin/true".into()), ..settings };
    assert!(matches!(cause(Session::start(&settings, SystemRules::default()).await), Cause::DriverStart(_)));
}

#[tokio::test]
async fn a_system_that_does_not_answer_is_a_technical_failure() {
    let here = Here::with(|mut r| {
        r.allow.push("http://127.0.0.1:1".into());
        r
    })
    .await;
    let e = here.screen().await.open("http://127.0.0.1:1/").await.unwrap_err();
    assert_eq!(e.kind(), Kind::Again, "{e}");
    assert!(matches!(e.cause, Cause::Unreachable(_) | Cause::Driver(_)), "{e:?}");
    here.end().await;
}

/// Not a test: the child of the next one.
#[tokio::test]
#[ignore = "started by `a_killed_parent_leaves_no_process`"]
async fn holds_a_browser_until_killed() {
    let here = Here::at("/form.html").await;
    println!("READY");
    tokio::time::sleep(Duration::from_mins(1)).await;
    here.end().await;
}

#[test]
fn a_killed_parent_leaves_no_process() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "holds_a_browser_until_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|l| l.contains("READY")), "the child starts a browser");
    let family = descendants(child.id());
    let kept = std::fs::read(format!("/proc/{}/cmdline", family[0])).unwrap();
    let downloads =
        PathBuf::from(String::from_utf8_lossy(kept.split(|b| *b == 0).nth(2).unwrap()).into_owned());
    assert!(downloads.is_dir(), "the keeper is told which folder goes with it");
    let homes: HashSet<PathBuf> = family.iter().filter_map(|p| home_of(*p)).collect();
    assert!(family.len() >= 4, "keeper, chromedriver and several of Chromium: {family:?}");
    assert_eq!(homes.len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while family.iter().any(|p| is_running(*p)) || homes.iter().any(|h| h.exists()) || downloads.exists() {
        assert!(
            Instant::now() < end,
            "still there: {:?}",
            family.iter().filter(|p| is_running(**p)).collect::<Vec<_>>()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// As `systemctl stop` and `timeout` do it.
#[test]
fn a_group_that_is_told_to_end_leaves_no_process() {
    let mut child = Command::new("setsid")
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "holds_a_browser_until_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|l| l.contains("READY")), "the child starts a browser");
    let family = descendants(child.id());
    assert!(family.len() >= 4, "keeper, chromedriver and several of Chromium: {family:?}");
    for pid in family.iter().take(1).chain([&child.id()]) {
        Command::new("kill").args(["-TERM", &pid.to_string()]).status().unwrap();
    }
    child.wait().unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while family.iter().any(|p| is_running(*p)) {
        assert!(Instant::now() < end, "left behind: {family:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn stat_of(pid: u32) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// Running, and not merely waiting to be reaped by whoever is init here.
fn is_running(pid: u32) -> bool {
    stat_of(pid).is_some_and(|s| s[0] != "Z")
}

fn descendants(of: u32) -> Vec<u32> {
    let all =
        std::fs::read_dir("/proc").unwrap().filter_map(|e| e.unwrap().file_name().to_str()?.parse().ok());
    let children: Vec<u32> = all.filter(|p| stat_of(*p).is_some_and(|s| s[1] == of.to_string())).collect();
    children.iter().flat_map(|c| [vec![*c], descendants(*c)].concat()).collect()
}

fn home_of(pid: u32) -> Option<PathBuf> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut all = environment.split(|b| *b == 0).map(String::from_utf8_lossy);
    all.find_map(|v| v.strip_prefix("TMPDIR=").filter(|d| d.contains("shoki-browser-")).map(PathBuf::from))
}
