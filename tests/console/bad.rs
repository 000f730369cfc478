//! What goes wrong: a database that can only be read, an upload of 500 MB, a file that is no scan.

use crate::house::House;
use shoki::{control::people::Role, store::ContentKey, store::Store};
use std::sync::Arc;
use test_database::{Disk, Server};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A city on a server that only lets itself be read from now on: every page is there and says so; nothing is done.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_only_be_read_shows_its_pages_and_says_so() {
    let server = Server::start(Disk::Fast);
    let house = House::on(Arc::new(Store::connect(&server.url(), &ContentKey::Passing).await.unwrap())).await;
    let cookie = house.person("yamada", &[Role::Operator, Role::Admin, Role::Author, Role::Approver]).await;
    let run = house.night("", 40).await;
    let before = house.get("/", &cookie).await;
    assert!(before.status == 200 && !before.body.contains("書き込めません"));
    assert!(before.body.contains("エンジンが動いていません"), "nobody works on runs, and the page says so");
    let _ = server.ask("ALTER SYSTEM SET default_transaction_read_only = on");
    let _ = server.ask("SELECT pg_reload_conf()");
    for _ in 0..100 {
        if house.store.is_frozen().await.unwrap() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    for (_, path) in crate::pages::pages(&run) {
        let page = house.get(&path, &cookie).await;
        assert_eq!(page.status, 200, "{path}: {}", page.head);
        assert!(page.body.contains("記録用データベースに書き込めません"), "{path}");
    }
    let checks = house.get("/checks", &cookie).await;
    assert!(checks.status == 200 && checks.body.contains("書き込めません"));
    let stop = house.post("/stop", &cookie, "reason=x").await;
    assert_eq!(stop.status, 503, "{}", stop.head);
    assert!(
        !stop.body.contains("25006") && stop.body.contains("class=\"single\""),
        "in words: {}",
        stop.body
    );
}

/// Whoever changes the address of a list gets a page, however far behind its end they ask.
#[tokio::test(flavor = "multi_thread")]
async fn a_place_far_behind_the_end_of_a_list_is_an_empty_page() {
    let house = House::new().await;
    let cookie = house.person("yamada", &[Role::Operator]).await;
    house.night("", 20).await;
    for from in [u32::MAX - 1, u32::MAX] {
        let page = house.get(&format!("/checks?from={from}"), &cookie).await;
        assert_eq!(page.status, 200, "{from}: {}", page.head);
    }
}

/// Sends a scan that begins so and goes on to `length` bytes in all; none: that is all of it. Says the status and how much went.
async fn upload(house: &House, cookie: &str, length: Option<usize>, begin: &[u8]) -> (u16, usize) {
    let form = crate::house::FORM;
    let part = b"--XX\r\nContent-Disposition: form-data; name=\"scan\"; filename=\"a.pdf\"\r\n\r\n";
    let body: Vec<u8> = [&part[..], begin].concat();
    let length = length.unwrap_or(body.len());
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    let head = format!(
        "POST /forms/{form}/try HTTP/1.1\r\nHost: {0}\r\nCookie: {cookie}\r\nOrigin: http://{0}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
        house.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        let mut sent = body.len();
        if writer.write_all(&body).await.is_err() {
            return (sent, writer);
        }
        let block = vec![b'x'; 1 << 20];
        while sent < length {
            let some = block.len().min(length - sent);
            if writer.write_all(&block[..some]).await.is_err() {
                break;
            }
            sent += some;
        }
        // Who closes early is not answered.
        (sent, writer)
    });
    let mut answer = Vec::new();
    reader.read_to_end(&mut answer).await.ok();
    let (sent, _open) = sending.await.unwrap();
    let status = String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, sent)
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_500_mb_is_refused_and_never_held() {
    let house = House::new().await;
    let cookie = house.person("yamada", &[Role::Operator]).await;
    let before = resident();
    let (status, sent) = upload(&house, &cookie, Some(500 << 20), b"%PDF-1.7\n").await;
    assert!(status == 413 || (status == 0 && sent < 400 << 20), "{status} after {sent} bytes");
    let grown = resident().saturating_sub(before) >> 20;
    assert!(grown < 120, "{grown} MiB more");
    assert_eq!(house.get("/", &cookie).await.status, 200, "and the console lives");
    let (status, _) = upload(&house, &cookie, None, b"GIF89a\r\n--XX--\r\n").await;
    assert_eq!(status, 200, "said on the page");
    let uploads = house.dir.path().join("state/uploads");
    let left = std::fs::read_dir(uploads).map_or(0, Iterator::count);
    assert_eq!(left, 0, "nothing of it stays");
}
