//! 設定, 取扱者名簿, 効果: what an administrator changes, what two people decide, what a section chief takes along.

use crate::house::House;
use calamine::{Reader, Xlsx};
use shoki::control::people::Role;

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_written_and_never_shown_and_who_changed_it_is_on_record() {
    let house = House::new().await;
    let admin = house.person("kanri", &[Role::Admin]).await;
    let secret = "himitsu-no-kotoba-9x";
    let typed = format!("name=juki_robot&user=robot01&password={secret}");
    let answer = house.post("/settings/secrets", &admin, &typed).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/settings?said=saved")));
    let page = house.get("/settings", &admin).await;
    assert!(page.body.contains("juki_robot") && page.body.contains("登録済み"));
    assert!(!page.body.contains(secret) && !page.body.contains("robot01"), "neither user nor password");
    let log = house.log().await;
    let entry = log.iter().find(|l| l.contains("cfg.set")).unwrap();
    assert!(entry.contains("kanri") && entry.contains("juki_robot"), "{entry}");
    assert!(!log.iter().any(|l| l.contains(secret) || l.contains("robot01")));
    let kept = std::fs::read(house.dir.path().join("state/secrets/accounts.enc")).unwrap();
    assert!(!kept.windows(secret.len()).any(|w| w == secret.as_bytes()));
    for bad in [
        "name=&user=a&password=b",
        "name=a%2Fb&user=a&password=b",
        "name=ok&user=&password=b",
        "name=ok&user=a&password=",
    ] {
        let answer = house.post("/settings/secrets", &admin, bad).await;
        assert!(answer.status == 200 && answer.body.contains("class=\"fault\""), "{bad}: {}", answer.head);
    }
    let gone = house.post("/settings/secrets/forget", &admin, "name=juki_robot").await;
    assert_eq!(gone.status, 303);
    assert!(!house.get("/settings", &admin).await.body.contains("登録済み"));
}

const DRIVEN: &str = "shoki: 1\nid: juki\ntitle: 住基の照会\nowner: 市民窓口課\nretention: 5y\nsettings: [juki_url]\n\
                      systems:\n  juki: { url: \"${{ settings.juki_url }}\", account: juki_robot, sign_in: [ { do: browser.open, with: { url: \"${{ settings.juki_url }}\" } } ] }\n\
                      items: { do: file.list, with: { folder: 受付, pattern: \"*.csv\" }, key: \"${{ item.sha256 }}\" }\n\
                      steps:\n  - { id: 見る, on: juki, do: browser.open, with: { url: \"${{ settings.juki_url }}\" } }\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_system_is_asked_whether_it_answers_and_nothing_else_is() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = [0; 512];
            let n = stream.read(&mut bytes).await.unwrap_or(0);
            assert!(bytes[..n].starts_with(b"HEAD / "), "nothing but a question");
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.ok();
        }
    });
    let settings = format!(
        "[console]\nsecond_factor = \"off\"\n[settings]\njuki_url = \"http://127.0.0.1:{port}/menu\"\n"
    );
    let house = House::with(&settings).await;
    std::fs::write(house.dir.path().join("scenarios/juki.yaml"), DRIVEN).unwrap();
    let admin = house.person("kanri", &[Role::Admin]).await;
    let page = house.get("/settings", &admin).await;
    assert!(page.body.contains(&format!("http://127.0.0.1:{port}/menu")), "{}", page.body);
    let good = house.post("/settings/reach", &admin, "scenario=juki&system=juki").await;
    assert!(good.body.contains("HTTP 200"), "{}", good.body);
    let other = house.post("/settings/reach", &admin, "scenario=juki&system=http://169.254.169.254/").await;
    assert_eq!(other.status, 404, "an address is never taken from a person");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_handles_a_scenario_is_decided_by_two_and_holds_at_once() {
    let house = House::new().await;
    let admin = house.person("kanri", &[Role::Admin]).await;
    let approver = house.person("kacho", &[Role::Approver]).await;
    house.person("yamada", &[Role::Operator]).await;
    house.person("suzuki", &[Role::Operator]).await;
    let asked =
        house.post("/people/handlers", &admin, "scenario=ido&user=yamada&change=add&reason=tantou").await;
    assert_eq!(asked.header("location"), Some("/people/handlers?said=proposed"));
    assert!(house.store.handles("suzuki", "ido").await.unwrap(), "nothing holds before it is decided");
    assert_eq!(house.post("/people/proposals/1", &admin, "accepted=yes").await.status, 200, "not by oneself");
    assert!(house.store.handlers().await.unwrap().is_empty());
    let people = house.get("/people", &approver).await;
    assert!(people.body.contains("業務「ido」の取扱者に加える"), "{}", people.body);
    assert_eq!(house.post("/people/proposals/1", &approver, "accepted=yes").await.status, 303);
    assert!(house.store.handles("yamada", "ido").await.unwrap());
    assert!(!house.store.handles("suzuki", "ido").await.unwrap(), "only who is named");
    let book = house.get("/people/handlers", &approver).await;
    assert!(book.body.contains("yamada さん"));
    house.post("/people/handlers", &admin, "scenario=ido&user=yamada&change=remove&reason=idou").await;
    house.post("/people/proposals/2", &approver, "accepted=yes").await;
    assert!(house.store.handles("suzuki", "ido").await.unwrap());
    let log = house.log().await;
    assert!(
        log.iter().any(|l| l.contains("user.set") && l.contains("取扱者に加える") && l.contains("kacho"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_the_office_is_added_at_the_screen_and_holds_at_once() {
    let house = House::with("[console]\nsecond_factor = \"off\"\n# 条例第2条\n").await;
    let admin = house.person("kanri", &[Role::Admin]).await;
    let file = || std::fs::read_to_string(house.dir.path().join("shoki.toml")).unwrap();
    // 2026-12-01 is a Tuesday.
    let day = "date=2026-12-01&name=%E5%BA%81%E8%88%8E%E3%81%AE%E5%81%9C%E9%9B%BB%3Cb%3E&how=closed";
    let added = house.post("/settings/days", &admin, day).await;
    assert_eq!(
        (added.status, added.header("location")),
        (303, Some("/settings?said=saved")),
        "{}",
        added.body
    );
    assert!(file().contains("# 条例第2条") && file().contains("2026-12-01"), "{}", file());
    let page = house.get("/settings", &admin).await.body;
    assert!(page.contains("庁舎の停電&#60;b&#62;") && !page.contains("<b>庁舎"), "{page}");
    let month = house.get("/schedule?month=2026-12", &admin).await.body;
    assert!(month.contains("庁舎の停電"), "the calendar shows it without a new start");
    let entry = house.log().await.into_iter().find(|l| l.contains("cfg.set") && l.contains("kanri")).unwrap();
    assert!(entry.contains("calendar") && entry.contains("庁舎の停電"), "{entry}");
    // What cannot be is said on the page, and the file stays as it was.
    let before = file();
    for bad in [
        day,
        "date=2026-02-30&name=x&how=closed",
        "date=ashita&name=x&how=open",
        "date=2026-12-02&name=&how=closed",
        "date=2026-12-01&name=x&how=open",
        "date=12-24&name=x&how=open",
        "date=2026-12-03&name=x%0Ay&how=closed",
        "date=2026-12-03&name=1234-5678-9012&how=closed",
    ] {
        let refused = house.post("/settings/days", &admin, bad).await;
        assert!(refused.status == 200 && refused.body.contains("class=\"fault\""), "{bad}: {}", refused.head);
    }
    assert_eq!(file(), before);
    let opened = house.post("/settings/days", &admin, "date=2027-03-28&name=nichiyou&how=open").await;
    assert_eq!(opened.status, 303);
    let removed = house.post("/settings/days/remove", &admin, "date=2026-12-01&how=closed").await;
    assert_eq!(removed.status, 303);
    let month = house.get("/schedule?month=2026-12", &admin).await.body;
    assert!(!month.contains("庁舎の停電"));
    assert!(house.get("/schedule?month=2027-03", &admin).await.body.contains("nichiyou"));
    assert_eq!(house.post("/settings/days/remove", &admin, "date=2026-12-01&how=closed").await.status, 200);
}

/// It is Saturday, 2026-11-21, and on the Friday the office was closed.
#[tokio::test(flavor = "multi_thread")]
async fn the_morning_looks_back_to_the_last_day_on_which_the_office_was_open() {
    let settings = "[console]\nsecond_factor = \"off\"\n[calendar]\nclosed = [{ date = \"2026-11-20\", name = \"庁舎の停電\" }]\n";
    let house = House::with(settings).await;
    let cookie = house.person("yamada", &[Role::Operator]).await;
    let start = house.get("/", &cookie).await.body;
    assert!(start.contains("11月19日（木） 17:15 から今までの実行です。"), "{start}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_things_are_kept_is_decided_by_two() {
    let house = House::new().await;
    let admin = house.person("kanri", &[Role::Admin, Role::Approver]).await;
    let approver = house.person("kacho", &[Role::Approver]).await;
    let file = || std::fs::read_to_string(house.dir.path().join("shoki.toml")).unwrap();
    for bad in [
        "days=0&years=7&reason=x",
        "days=7&years=7&reason=x",
        "days=14&years=7&reason=",
        "days=a&years=b&reason=x",
    ] {
        let refused = house.post("/settings/keep", &admin, bad).await;
        assert!(refused.status == 200 && refused.body.contains("class=\"fault\""), "{bad}: {}", refused.head);
    }
    let asked = house.post("/settings/keep", &admin, "days=14&years=10&reason=jourei").await;
    assert_eq!(asked.header("location"), Some("/settings?said=keep_proposed"), "{}", asked.body);
    assert!(!file().contains("evidence_days"), "nothing holds before it is decided");
    let own = house.post("/settings/keep/1", &admin, "accepted=yes").await;
    assert!(own.status == 200 && own.body.contains("class=\"fault\""), "not by oneself: {}", own.head);
    let page = house.get("/settings", &approver).await.body;
    assert!(page.contains("証跡を 14 日、監査記録を 10 年") && page.contains("承認する"), "{page}");
    assert_eq!(house.post("/settings/keep/1", &approver, "accepted=yes").await.status, 303);
    assert!(file().contains("evidence_days = 14") && file().contains("retention_years = 10"), "{}", file());
    let page = house.get("/settings", &approver).await.body;
    assert!(page.contains("実行の終了から 14 日") && !page.contains("承認を待っている変更"), "{page}");
    assert_eq!(house.post("/settings/keep/1", &approver, "accepted=no").await.status, 200, "decided once");
    house.post("/settings/keep", &admin, "days=3&years=10&reason=x").await;
    assert_eq!(house.post("/settings/keep/2", &approver, "accepted=no").await.status, 303);
    assert!(file().contains("evidence_days = 14"), "what is refused is not done");
    let log = house.log().await;
    assert!(log.iter().any(|l| l.contains("cfg.set") && l.contains("kacho") && l.contains("承認")));
    assert!(log.iter().any(|l| l.contains("authz.deny") && l.contains("settings.decide")));
    assert_eq!(
        house.post("/people/proposals/1", &approver, "accepted=yes").await.status,
        200,
        "a page of its own"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_effect_is_on_the_page_and_in_the_workbook() {
    let house = House::new().await;
    let cookie = house.person("yamada", &[Role::Operator]).await;
    let file = house.dir.path().join("scenarios/ido.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let measured = "saves: { minutes_by_hand: 3.0, note: 2026年4月に20件を計測 }\nschedule:";
    std::fs::write(&file, text.replace("schedule:", measured)).unwrap();
    house.night("", 40).await;
    let page = house.get("/savings", &cookie).await;
    // 30 of 40 are done: 90 minutes by hand.
    assert!(
        page.body.contains("1 時間 30 分") && page.body.contains("2026年4月に20件を計測"),
        "{}",
        page.body
    );
    let book = house.bytes("/savings/book", &cookie).await;
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(book)).unwrap();
    let sheet = book.worksheet_range("効果").unwrap();
    assert_eq!(sheet.get_value((1, 3)).unwrap().to_string(), "90");
    let empty = house.get("/savings?scenario=nothing", &cookie).await;
    assert!(empty.body.contains("まだ終わった実行がありません"));
}
