//! Systems that misbehave: a Japanese sentence with the repair, in time, and nothing left behind.

use super::{Here, settings};
use rcgen::generate_simple_self_signed;
use shoki::drivers::browser::{BrowserSettings, Cause, Kind, Press, Session, SystemRules};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// A browser that waits two seconds for a page.
async fn hasty(here: &Here) -> Session {
    let quick = BrowserSettings { page_timeout: Duration::from_secs(2), ..settings() };
    Session::start(&quick, SystemRules::at(&here.pages.url("/"))).await.unwrap()
}

#[tokio::test]
async fn a_page_that_never_ends_or_never_answers_costs_its_limit_and_no_more() {
    let here = Here::with(|r| r).await;
    for path in ["/never", "/stall"] {
        let session = hasty(&here).await;
        let began = Instant::now();
        let e = session.screen().await.open(&here.pages.url(path)).await.unwrap_err();
        assert!(matches!(e.cause, Cause::Timeout { .. }), "{path}: {e}");
        assert!(began.elapsed() < Duration::from_secs(2 + 3 + 1), "{path}: {:?}", began.elapsed());
        assert_eq!(e.kind(), Kind::Again);
        session.close().await;
    }
    let e = here.open("/reset").await.unwrap_err();
    assert!(matches!(e.cause, Cause::Unreachable(_)), "{e}");
    here.end().await;
}

#[tokio::test]
async fn a_page_of_fifty_megabytes_is_no_screen() {
    let here = Here::with(|r| r).await;
    let e = here.open("/big").await.unwrap_err();
    assert_eq!(e.cause, Cause::TooBig(21), "{e}");
    assert!(e.to_string().contains("検索条件を絞る"), "{e}");
    assert_eq!(e.kind(), Kind::Stop);
    here.end().await;
    let here = Here::with(|r| r).await;
    let session = hasty(&here).await;
    let began = Instant::now();
    let e = session.screen().await.open(&here.pages.url("/huge")).await.unwrap_err();
    assert!(matches!(e.cause, Cause::TooBig(50) | Cause::Timeout { .. } | Cause::Gone(_)), "{e}");
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    session.close().await;
    here.open("/form.html").await.expect("other sessions do not suffer");
    here.end().await;
}

#[tokio::test]
async fn a_download_that_never_ends_is_given_up() {
    let here = Here::at("/finding.html").await;
    let mut s = here.screen().await;
    let began = Instant::now();
    s.open(&here.pages.url("/download.html")).await.unwrap();
    let e = s.download(&Press::named("終わらない"), Duration::from_secs(2)).await.unwrap_err();
    assert!(matches!(&e.cause, Cause::Timeout { what, .. } if what.contains("途中まで届いています")), "{e}");
    assert!(began.elapsed() < Duration::from_secs(8));
    assert!(e.breaks_session(), "the next item begins with a clean folder");
    drop(s);
    here.end().await;
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_not_passed() {
    let (port, _server) = tls_server();
    let url = format!("https://127.0.0.1:{port}/");
    let session = Session::start(&settings(), SystemRules::at(&url)).await.unwrap();
    let e = session.screen().await.open(&url).await.unwrap_err();
    assert!(matches!(e.cause, Cause::Certificate(_)), "{e:?}");
    assert!(e.to_string().contains("認証局"), "{e}");
    session.close().await;
}

#[tokio::test]
async fn a_session_knows_nothing_of_the_one_before() {
    let pages = super::Pages::start();
    for _ in 0..2 {
        let session = Session::start(&settings(), SystemRules::at(&pages.url("/"))).await.unwrap();
        for remembered in ["なし", "canary=1"] {
            let mut s = session.screen().await;
            s.open(&pages.url("/cookie")).await.unwrap();
            assert_eq!(s.read(&["覚え"]).await.unwrap()[0].1, remembered);
        }
        session.close().await;
    }
}

/// Speaks TLS with a certificate of its own making.
fn tls_server() -> (u16, thread::JoinHandle<()>) {
    let made = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            let _refused = tls.read(&mut [0; 1024]);
            let _refused = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    (port, server)
}
