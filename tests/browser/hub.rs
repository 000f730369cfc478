//! A `WebDriver` endpoint of our own before one chromedriver. It keeps browsers open from one session to the next, so that a
//! series of ten thousand does not spend its hours on starting browsers.

use super::spoiler::message;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// A chromedriver behind its keeper, for tests that stand between it and us. It ends when this is dropped.
pub struct Driver {
    keeper: Child,
    pub port: u16,
    _folder: tempfile::TempDir,
}

impl Driver {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = Command::new(env!("CARGO_BIN_EXE_shoki"))
            .arg("keeper")
            .arg(folder.path())
            .args(["--", "/usr/bin/chromedriver", "--port=0", "--allowed-ips=127.0.0.1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(keeper.stdout.take().unwrap());
        let mut said = vec![];
        let port = loop {
            assert!(out.read_until(b'.', &mut said).unwrap() > 0, "chromedriver says its port");
            let text = String::from_utf8_lossy(&said);
            let port = text
                .rsplit_once("successfully on port ")
                .and_then(|(_, p)| p.trim_end_matches('.').parse().ok());
            if let Some(port) = port {
                break port;
            }
        };
        thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { keeper, port, _folder: folder }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

/// A browser that nobody works in now.
struct Idle {
    /// What it was started with, its download folder aside.
    flags: String,
    session: String,
    /// What chromedriver said when it began.
    said: Vec<u8>,
}

/// The endpoint. Browsers end with it.
pub struct Hub {
    pub port: u16,
    _driver: Driver,
}

impl Hub {
    pub fn start() -> Self {
        let driver = Driver::start();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let desk = Desk { driver: driver.port, idle: Arc::default(), all: Arc::default() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let desk = desk.clone();
                thread::spawn(move || desk.answer(&stream));
            }
        });
        Self { port, _driver: driver }
    }
}

#[derive(Clone)]
struct Desk {
    driver: u16,
    idle: Arc<Mutex<Vec<Idle>>>,
    /// Those in use.
    all: Arc<Mutex<Vec<Idle>>>,
}

impl Desk {
    fn answer(&self, mut client: &TcpStream) -> Option<()> {
        let (head, body) = message(&mut BufReader::new(client.try_clone().ok()?)).ok()?;
        let answer = if head.starts_with("POST /session ") {
            self.begin(&head, &body)?
        } else if let Some(session) =
            head.strip_prefix("DELETE /session/").map(|rest| &rest[..rest.find(' ').unwrap_or(0)])
            && !session.contains('/')
        {
            self.end(session);
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\nConnection: close\r\n\r\n{\"value\":null}".to_vec()
        } else {
            self.ask(&head, &body)?
        };
        client.write_all(&answer).ok()
    }

    /// One request to chromedriver, as it came.
    fn ask(&self, head: &str, body: &[u8]) -> Option<Vec<u8>> {
        let mut ahead = TcpStream::connect(("127.0.0.1", self.driver)).ok()?;
        ahead.set_read_timeout(Some(Duration::from_mins(2))).ok()?;
        write!(ahead, "{head}Host: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.driver).ok()?;
        ahead.write_all(body).ok()?;
        let (head, body) = message(&mut BufReader::new(ahead)).ok()?;
        Some([format!("{head}Connection: close\r\n\r\n").as_bytes(), &body].concat())
    }

    /// A command of our own; its value, if it succeeded.
    fn command(&self, method: &str, path: &str, body: &Value) -> Option<Value> {
        let body = body.to_string();
        let content = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        let (content, body) = if method == "POST" { (content.as_str(), body.as_str()) } else { ("", "") };
        let said = self.ask(&format!("{method} /session/{path} HTTP/1.1\r\n{content}"), body.as_bytes())?;
        let said = String::from_utf8_lossy(&said);
        let (head, body) = said.split_once("\r\n\r\n")?;
        let value = serde_json::from_str::<Value>(body).ok()?["value"].take();
        head.starts_with("HTTP/1.1 200").then_some(value)
    }

    fn begin(&self, head: &str, body: &[u8]) -> Option<Vec<u8>> {
        let mut wanted: Value = serde_json::from_slice(body).ok()?;
        let options = wanted.pointer_mut("/capabilities/alwaysMatch/goog:chromeOptions")?;
        let folder = options["prefs"]["download.default_directory"].take();
        let flags = options.to_string();
        let found = {
            let mut idle = self.idle.lock().unwrap();
            idle.iter().position(|i| i.flags == flags).map(|n| idle.swap_remove(n))
        };
        let browser = if let Some(idle) = found {
            let folder = json!({ "behavior": "allow", "downloadPath": folder });
            let allow = json!({ "cmd": "Browser.setDownloadBehavior", "params": folder });
            self.command("POST", &format!("{}/goog/cdp/execute", idle.session), &allow)?;
            idle
        } else {
            let said = self.ask(head, body)?;
            let text = String::from_utf8_lossy(&said);
            let answer: Value = serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()?;
            let Some(session) = answer["value"]["sessionId"].as_str() else { return Some(said) };
            Idle { flags, session: session.to_owned(), said: said.clone() }
        };
        let said = browser.said.clone();
        self.all.lock().unwrap().push(browser);
        Some(said)
    }

    /// The browser is emptied and waits for the next; one that cannot be emptied ends.
    fn end(&self, session: &str) {
        let browser = {
            let mut all = self.all.lock().unwrap();
            all.iter().position(|i| i.session == session).map(|n| all.swap_remove(n))
        };
        match browser {
            Some(browser) if self.emptied(session).is_some() => self.idle.lock().unwrap().push(browser),
            _ => drop(self.command("DELETE", session, &json!({}))),
        }
    }

    fn emptied(&self, session: &str) -> Option<()> {
        self.no_dialogs(session);
        let open = self.command("GET", &format!("{session}/window/handles"), &json!({}))?;
        let (first, others) = open.as_array()?.split_first()?;
        for window in others {
            self.command("POST", &format!("{session}/window"), &json!({ "handle": window }))?;
            self.command("DELETE", &format!("{session}/window"), &json!({}))?;
        }
        self.command("POST", &format!("{session}/window"), &json!({ "handle": first }))?;
        self.command("POST", &format!("{session}/url"), &json!({ "url": "about:blank" }))?;
        self.no_dialogs(session);
        Some(())
    }

    fn no_dialogs(&self, session: &str) {
        for _ in 0..20 {
            if self.command("POST", &format!("{session}/alert/dismiss"), &json!({})).is_none() {
                return;
            }
        }
    }
}
