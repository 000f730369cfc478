//! What the daemon tells people by itself: the digest by file and mail, a call for a run that ended badly. A real `shoki serve`,
//! a real mail server of a few lines, a real web server of a few lines.

use jiff::{ToSpan, Zoned, tz::TimeZone};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use serde_json::Value;
use shoki::store::{Due, DueState, Store, Strength};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

type Heard = Arc<Mutex<Vec<String>>>;

/// A mail server that takes every message.
async fn mail_server() -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, heard) = (listener.local_addr().unwrap().port(), Heard::default());
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move { take_mail(stream, kept).await });
        }
    });
    (port, heard)
}

async fn take_mail(stream: TcpStream, kept: Heard) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mail.test ESMTP\r\n").await.ok()?;
    let mut whole = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let answer: &[u8] = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => b"250-mail.test\r\n250 8BITMIME\r\n",
            "DATA" => {
                writer.write_all(b"354 go\r\n").await.ok()?;
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    whole.push_str(&(line + "\n"));
                }
                kept.lock().unwrap().push(std::mem::take(&mut whole));
                b"250 kept\r\n"
            }
            "RCPT" => {
                whole.push_str(&line);
                whole.push('\n');
                b"250 ok\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        writer.write_all(answer).await.ok()?;
    }
    Some(())
}

/// A web server that keeps what is posted.
async fn web_server() -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, heard) = (listener.local_addr().unwrap().port(), Heard::default());
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            take_post(stream, &kept).await;
        }
    });
    (port, heard)
}

async fn take_post(mut stream: impl AsyncRead + AsyncWrite + Unpin, kept: &Heard) {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    while !text.ends_with('}') {
        let n = stream.read(&mut bytes).await.unwrap_or(0);
        if n == 0 {
            break;
        }
        text += &String::from_utf8_lossy(&bytes[..n]);
    }
    kept.lock().unwrap().push(text);
    stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await.ok();
    stream.shutdown().await.ok();
}

/// The same over TLS, with the certificate in `folder`. Also says how many hand-shakes failed.
async fn tls_server(folder: &Path) -> (u16, Heard, Arc<Mutex<u32>>) {
    let chain = CertificateDer::pem_file_iter(folder.join("console.pem")).unwrap().map(Result::unwrap);
    let key = PrivateKeyDer::from_pem_file(folder.join("console.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(chain.collect(), key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, heard) = (listener.local_addr().unwrap().port(), Heard::default());
    let refused = Arc::new(Mutex::new(0));
    let (kept, failed) = (Arc::clone(&heard), Arc::clone(&refused));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            match acceptor.accept(stream).await {
                Ok(stream) => take_post(stream, &kept).await,
                Err(_) => *failed.lock().unwrap() += 1,
            }
        }
    });
    (port, heard, refused)
}

/// `shoki serve`, ended with the test.
struct Serve(Child);

impl Drop for Serve {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn shoki(office: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shoki"));
    command.arg("--office").arg(office).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

async fn until<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = ask() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} does not come");
}

/// Its only item is refused by a rule of the business: the run ends with exceptions.
const REFUSED: &str = "shoki: 1\nid: refused\ntitle: 必ず止まる業務\nowner: 情報システム課\nretention: 1y\n\
                       items: { do: file.list, with: { folder: 受付, pattern: \"*.csv\" }, key: \"${{ item.sha256 }}-${{ run.id }}\" }\n\
                       steps:\n  - { id: 検査, do: value.require, with: { that: \"${{ 1 == 2 }}\", else: 氏名なし } }\n";

fn office(dir: &Path, mail: u16, web: &str) {
    for folder in ["scenarios", "forms", "受付", "出力"] {
        std::fs::create_dir_all(dir.join(folder)).unwrap();
    }
    let now = Zoned::now().with_time_zone(TimeZone::get("Asia/Tokyo").unwrap());
    let due = if now.hour() == 0 { now.clone() } else { now.checked_sub(1.minute()).unwrap() };
    let settings = format!(
        "[office]\nname = \"港北市\"\n[serve]\nlisten = \"127.0.0.1:0\"\n[digest]\nat = \"{}\"\ndays = \"all\"\n\
         [digest.mail]\nhost = \"127.0.0.1\"\nport = {mail}\nfrom = \"書記 <shoki@city.example.jp>\"\n\
         to = [\"kacho@city.example.jp\", \"kakari@city.example.jp\"]\n\
         [webhook]\nurl = \"{web}/shoki/failures\"\n",
        due.strftime("%H:%M")
    );
    std::fs::write(dir.join("shoki.toml"), settings).unwrap();
    std::fs::write(dir.join("scenarios/refused.yaml"), REFUSED).unwrap();
    std::fs::write(dir.join("受付/himitsu-taro.csv"), "氏名\n秘密太郎\n").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_morning_comes_by_mail_and_file_and_a_failure_is_called_about() {
    let dir = tempfile::tempdir().unwrap();
    let ((mail, letters), (web, calls)) = (mail_server().await, web_server().await);
    office(dir.path(), mail, &format!("http://127.0.0.1:{web}"));
    let _serve = Serve(shoki(dir.path()).arg("serve").spawn().unwrap());

    let letter = until("the letter", || letters.lock().unwrap().first().cloned()).await;
    for to in ["kacho@city.example.jp", "kakari@city.example.jp"] {
        assert!(letter.contains(&format!("RCPT TO:<{to}>")), "{letter}");
    }
    assert!(letter.contains("From:") && letter.contains("text/plain; charset=utf-8"), "{letter}");
    let folder = dir.path().join("出力/朝のまとめ");
    let file = until("the file", || std::fs::read_dir(&folder).ok()?.next()?.ok()).await;
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(text.contains("港北市 書記 朝のまとめ") && text.contains("これからの予定"), "{text}");

    // A run that ends with exceptions.
    shoki(dir.path()).args(["run", "refused"]).status().unwrap();
    let call = until("the call", || calls.lock().unwrap().first().cloned()).await;
    let (head, body) = call.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /shoki/failures HTTP/1.1"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["event"], &body["scenario"]), (&"run_ended".into(), &"refused".into()));
    assert_eq!((&body["state"], &body["items"]["stopped"]), (&"done_with_exceptions".into(), &1.into()));
    for secret in ["himitsu", "秘密太郎", "氏名なし"] {
        assert!(!call.contains(secret) && !letter.contains(secret) && !text.contains(secret), "{secret}");
    }
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(letters.lock().unwrap().len(), 1, "once a day");
}

/// What is posted about an event, once it is.
async fn told(calls: &Heard, event: &str) -> Value {
    let find = || {
        let calls = calls.lock().unwrap();
        let bodies = calls.iter().filter_map(|call| call.split_once("\r\n\r\n"));
        bodies.filter_map(|(_, body)| serde_json::from_str::<Value>(body).ok()).find(|b| b["event"] == event)
    };
    until(event, find).await
}

/// `shoki serve` has looked once whether there is something to tell: what comes from now on is news.
async fn has_looked(dir: &Path) {
    let store = Store::open(&dir.join("state/shoki.db")).await.unwrap();
    for _ in 0..600 {
        if store.known("webhook_stopped").await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never looks");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_whom_the_machine_trusts_is_called_about_stops_and_schedules_that_wait() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("shoki.toml"), "[office]\nname = \"港北市\"\n").unwrap();
    let made = shoki(dir.path()).args(["certificate", "make", "--host", "localhost"]).status().unwrap();
    assert!(made.success());
    let tls = dir.path().join("state/tls");
    let (mail, _letters) = mail_server().await;
    let (web, calls, refused) = tls_server(&tls).await;
    office(dir.path(), mail, &format!("https://localhost:{web}"));
    let serve = |roots: &Path| {
        let mut command = shoki(dir.path());
        command.env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR");
        Serve(command.arg("serve").spawn().unwrap())
    };
    // Who is not trusted hears nothing.
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = dir.path().join("state/other.pem");
    std::fs::write(&other, stranger.cert.pem()).unwrap();
    let first = serve(&other);
    has_looked(dir.path()).await;
    let stopped =
        shoki(dir.path()).args(["stop", "--all", "--reason", "氏名が違う秘密太郎"]).status().unwrap();
    assert!(stopped.success());
    until("a hand-shake that fails", || (*refused.lock().unwrap() > 0).then_some(())).await;
    assert!(calls.lock().unwrap().is_empty());
    drop(first);

    let _serve = serve(&tls.join("authority.pem"));
    let stop = told(&calls, "stopped").await;
    assert!(stop["run"].is_null() && stop["at"].is_string(), "{stop}");
    let store = Store::open(&dir.path().join("state/shoki.db")).await.unwrap();
    let due = Due {
        scenario: "refused".into(),
        at: "2026-11-19T20:30:00+09:00".into(),
        state: DueState::Held,
        why: "開庁日のため".into(),
        reason: Some("書記が動いていませんでした".into()),
        run: None,
        decided_by: None,
    };
    let mut tx = store.begin(Strength::Power).await.unwrap();
    tx.add_dues(std::slice::from_ref(&due), &format!("{:.3}", jiff::Timestamp::now())).await.unwrap();
    tx.commit().await.unwrap();
    let held = told(&calls, "due_held").await;
    assert_eq!((&held["scenario"], &held["at"]), (&"refused".into(), &due.at.as_str().into()), "{held}");
    tokio::time::sleep(Duration::from_secs(6)).await;
    let calls = calls.lock().unwrap();
    assert_eq!(calls.len(), 2, "each once: {calls:#?}");
    assert!(calls.iter().all(|c| c.starts_with("POST /shoki/failures HTTP/1.1") && !c.contains("秘密太郎")));
}
