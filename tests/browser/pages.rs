//! A tiny server for the pages of `fixtures/pages/`, in the encoding each of them declares.

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// A running server; its clones are the same server. It ends with the process.
#[derive(Clone)]
pub struct Pages {
    port: u16,
    ledger: Arc<Mutex<Vec<String>>>,
    foreign: Arc<Mutex<usize>>,
}

impl Pages {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let pages = Self { port, ledger: Arc::default(), foreign: Arc::default() };
        let server = pages.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                thread::spawn(move || server.answer(stream));
            }
        });
        pages
    }

    /// The address of a page.
    pub fn url(&self, page: &str) -> String {
        format!("http://127.0.0.1:{}{page}", self.port)
    }

    /// The place `/leave` leads to: the same server under a name that is not allowed.
    pub fn foreign(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// What was sent to `/echo`, decoded.
    pub fn ledger(&self) -> Vec<String> {
        self.ledger.lock().unwrap().clone()
    }

    /// How many requests came under the name that is not allowed.
    pub fn foreign_requests(&self) -> usize {
        *self.foreign.lock().unwrap()
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let Some(first) = lines.next() else { return };
        for line in lines.take_while(|l| !l.is_empty()) {
            if line.to_ascii_lowercase().starts_with("host: localhost") {
                *self.foreign.lock().unwrap() += 1;
            }
        }
        let target = first.split_whitespace().nth(1).unwrap_or("/").to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (head, body) = self.page(path, query);
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok();
    }

    fn page(&self, path: &str, query: &str) -> (String, Vec<u8>) {
        match path {
            "/echo" => {
                self.ledger.lock().unwrap().push(decode(query));
                html(&format!(
                    "登録しました<table><tr><td>受付番号</td><td>R-{:04}</td></tr></table>",
                    self.ledger().len()
                ))
            }
            "/leave" => (format!("302 Found\r\nLocation: {}/form.html?a=1", self.foreign()), vec![]),
            "/slow" => html("<form action=/slow2><input type=submit value=遅い検索></form>世帯番号：1"),
            "/slow2" => {
                thread::sleep(Duration::from_millis(1_200));
                html("世帯番号：777")
            }
            "/list.html" => html(&list(query)),
            "/show" => html(&format!("詳細 {query}")),
            "/data.csv" => {
                let name = "filename*=UTF-8''%E6%98%8E%E7%B4%B0.csv";
                (
                    format!("200 OK\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; {name}"),
                    b"a,b\n".to_vec(),
                )
            }
            _ => file(path),
        }
    }
}

fn html(body: &str) -> (String, Vec<u8>) {
    let body = format!("<html><head><meta charset=\"Shift_JIS\"></head><body>{body}</body></html>");
    ("200 OK\r\nContent-Type: text/html".into(), SHIFT_JIS.encode(&body).0.into_owned())
}

fn list(query: &str) -> String {
    let page: usize = query.trim_start_matches("page=").parse().unwrap_or(1);
    let rows = (page * 3 - 2..=(page * 3).min(7)).map(|n| {
        format!("<tr><td>{n:03}</td><td>氏名{n}</td><td><a href=\"show?{n:03}\">詳細</a></td></tr>")
    });
    let rows: String = rows.collect();
    let next = if page < 3 {
        format!("<a href=\"list.html?page={}\">次頁</a>", page + 1)
    } else {
        "次頁".into()
    };
    format!(
        "<table><tr><td>業務 &gt; 一覧</td></tr></table><table border=1><tr><td colspan=3>検索結果</td></tr>\
         <tr><td>宛名番号</td><td>氏　名</td><td>操作</td></tr>{rows}</table>{next}"
    )
}

fn file(path: &str) -> (String, Vec<u8>) {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pages").join(path.trim_start_matches('/'));
    let Ok(text) = std::fs::read_to_string(file) else { return ("404 Not Found".into(), vec![]) };
    let encoding: &'static Encoding = if text.contains("charset=\"Shift_JIS\"") { SHIFT_JIS } else { UTF_8 };
    ("200 OK\r\nContent-Type: text/html".into(), encoding.encode(&text).0.into_owned())
}

/// Form data of a `Shift_JIS` page.
fn decode(query: &str) -> String {
    let mut bytes = vec![];
    let mut rest = query.bytes();
    while let Some(b) = rest.next() {
        bytes.push(match b {
            b'+' => b' ',
            b'%' => {
                let hex: Vec<u8> = rest.by_ref().take(2).collect();
                u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    SHIFT_JIS.decode(&bytes).0.into_owned()
}
