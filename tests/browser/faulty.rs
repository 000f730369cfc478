//! Answers that do not come to an end, or are far too large.

use std::{
    io::Write as _,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

/// How long an answer that never ends goes on at most: longer than any test waits.
const NEVER: Duration = Duration::from_secs(40);

/// Answers the paths that misbehave; says whether this was one.
pub fn answered(path: &str, stream: &TcpStream) -> bool {
    let answer = match path {
        "/never" => drip(stream, "text/html", "<html><body>読み込み中", "."),
        "/endless.bin" => drip(
            stream,
            "application/octet-stream\r\nContent-Disposition: attachment; filename=a.bin",
            "a",
            "b",
        ),
        "/stall" => {
            thread::sleep(NEVER.min(Duration::from_secs(8)));
            Ok(())
        }
        "/reset" => Ok(()),
        "/huge" => huge(stream),
        "/big" => big(stream),
        _ => return false,
    };
    drop(answer);
    true
}

fn drip(mut stream: &TcpStream, kind: &str, first: &str, more: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n{first}")?;
    let began = Instant::now();
    while began.elapsed() < NEVER {
        stream.write_all(more.as_bytes())?;
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// 20 MiB of which nothing is shown.
fn big(mut stream: &TcpStream) -> std::io::Result<()> {
    let body = format!("<html><body><!-- {} -->一覧</body></html>", "x".repeat(20 << 20));
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// 50 MiB of one page, all of it shown.
fn huge(mut stream: &TcpStream) -> std::io::Result<()> {
    let line = "<p>0123456789012345678901234567890123456789012345678901234567890123456789</p>\n".repeat(128);
    let times = 50 * 1024 * 1024 / line.len();
    let length = line.len() * times;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    (0..times).try_for_each(|_| stream.write_all(line.as_bytes()))
}
