//! A tiny server for the pages of `fixtures/pages/`, in the encoding each of them declares.

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, UTF_8};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
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
                thread::spawn(move || server.answer(&stream));
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

    fn answer(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let Some(asked) = Asked::read(&mut reader) else { return };
        if asked.header("host").is_some_and(|h| h.starts_with("localhost")) {
            *self.foreign.lock().unwrap() += 1;
        }
        if crate::faulty::answered(&asked.path, stream) || crate::waiting::answered(&asked.path, stream) {
            return;
        }
        let (head, body) = self.page(&asked);
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let mut answer = stream;
        answer.write_all(head.as_bytes()).and_then(|()| answer.write_all(&body)).ok();
    }

    fn page(&self, asked: &Asked) -> (String, Vec<u8>) {
        let (path, query) = (asked.path.as_str(), asked.query.as_str());
        match path {
            "/echo" | "/echo-euc" => {
                let encoding = if path == "/echo" { SHIFT_JIS } else { EUC_JP };
                self.ledger.lock().unwrap().push(decode(query, encoding));
                html(&format!(
                    "登録しました<table><tr><td>受付番号</td><td>R-{:04}</td></tr></table>",
                    self.ledger().len()
                ))
            }
            "/basic" if asked.header("authorization") == Some("Basic anVraTp0aGVwYXNz") => {
                html("業務メニュー<br>利用者：juki")
            }
            "/basic" => {
                let head =
                    "401 Unauthorized\r\nContent-Type: text/html\r\nWWW-Authenticate: Basic realm=\"juki\"";
                (head.into(), b"<html><body>401</body></html>".to_vec())
            }
            "/auto-slow" => {
                thread::sleep(Duration::from_millis(700));
                html(
                    "<form action=echo>世帯番号 <input name=s value=777> 続柄 <input name=z><input type=submit value=登録></form>",
                )
            }
            "/thirty.html" => html(&thirty()),
            "/aspx" => html(&postback(&asked.body)),
            "/cookie" => html(
                "<script>document.write('覚え：'+(document.cookie||localStorage.canary||'なし'));\
                 document.cookie='canary=1; max-age=9999';localStorage.canary='2'</script>",
            ),
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
            _ if path.starts_with("/acting/") => crate::acting::page(path, &self.ledger),
            _ if path.starts_with("/arrival/") => crate::arrival::page(path, query, &self.ledger),
            _ if path.starts_with("/places/") => crate::places::page(path),
            _ if path.starts_with("/waiting/") => crate::waiting::page(path, query),
            _ if path.starts_with("/wording/") => crate::wording::page(path),
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
    let declared = |name: &str| text.contains(&format!("charset=\"{name}\""));
    let encoding: &'static Encoding = match () {
        () if declared("Shift_JIS") => SHIFT_JIS,
        () if declared("EUC-JP") => EUC_JP,
        () => UTF_8,
    };
    ("200 OK\r\nContent-Type: text/html".into(), encoding.encode(&text).0.into_owned())
}

/// What the browser asked for.
struct Asked {
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Asked {
    fn read(reader: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let target = line.split_whitespace().nth(1)?.to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut asked = Self { path: path.into(), query: query.into(), headers: vec![], body: String::new() };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            asked.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = asked.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        asked.body = String::from_utf8_lossy(&body).into_owned();
        Some(asked)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Thirty fields with their labels in the neighbouring cells.
fn thirty() -> String {
    let row = |n: usize| format!("<tr><td>項目{n:02}</td><td><input name=f{n:02} value=前></td></tr>");
    format!("<form><table border=1>{}</table></form>", (1..=30).map(row).collect::<String>())
}

/// A page as ASP.NET makes it: everything goes through one form, a hidden state and `__doPostBack`.
fn postback(body: &str) -> String {
    let value = |name: &str| {
        let pair = body.split('&').find_map(|p| p.strip_prefix(&format!("{name}=")));
        decode(pair.unwrap_or_default(), SHIFT_JIS)
    };
    let (target, page, kind) = (value("__EVENTTARGET"), value("__EVENTARGUMENT"), value("ddl"));
    let state: usize = value("__VIEWSTATE").parse().unwrap_or(0) + usize::from(!body.is_empty());
    let said = match target.as_str() {
        "lnk" => format!("<span id=said>リンクで更新（区分 {kind}）</span>"),
        "grid" => format!(
            "<table><tr><th>番号</th></tr><tr><td>{page}-1</td></tr><tr><td>{page}-2</td></tr></table>"
        ),
        _ => "<table><tr><th>番号</th></tr><tr><td>Page$1-1</td></tr></table>".into(),
    };
    let next = match page.trim_start_matches("Page$").parse().unwrap_or(1) {
        n @ 1..=2 => format!("<a href=\"javascript:__doPostBack('grid','Page${}')\">次へ</a>", n + 1),
        _ => "<a disabled=disabled>次へ</a>".to_owned(),
    };
    let chosen = |v: &str| if kind == v { " selected" } else { "" };
    let streets = if kind == "2" { "<option>研究学園<option>学園の森" } else { "<option>選択" };
    format!(
        "<form name=f method=post action=aspx><input type=hidden name=__EVENTTARGET><input type=hidden name=__EVENTARGUMENT>\
         <input type=hidden name=__VIEWSTATE value={state}><script>function __doPostBack(t,a){{f.__EVENTTARGET.value=t;f.__EVENTARGUMENT.value=a;f.submit()}}</script>\
         区分 <select name=ddl onchange=\"setTimeout('__doPostBack(\\'ddl\\',\\'\\')',0)\"><option value=1{}>大字<option value=2{}>町名</select>\
         町 <select name=town>{streets}</select> <a id=lnk href=\"javascript:__doPostBack('lnk','')\">更新</a> 回数：{state} {said}{next}</form>",
        chosen("1"),
        chosen("2"),
    )
}

/// Form data of a page in that encoding.
fn decode(query: &str, encoding: &'static Encoding) -> String {
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
    encoding.decode(&bytes).0.into_owned()
}
