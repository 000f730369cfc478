//! Stands between us and a driver: one call of the protocol, counted from when it is armed, goes wrong.

use serde_json::json;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// What happens to one call of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call never reaches the driver.
    Lost,
    /// The answer is lost.
    Reset,
    /// The answer does not come.
    Stall,
    /// The answer breaks off.
    Cut,
    /// The answer is a server error.
    Error,
    /// The answer says that there is no such session.
    WrongId,
    /// The answer is 20 MiB of something else.
    Huge,
    /// The answer comes byte by byte and never ends.
    Drip,
}

/// All of them.
pub const FAULTS: [Fault; 8] = [
    Fault::Lost,
    Fault::Reset,
    Fault::Cut,
    Fault::Error,
    Fault::WrongId,
    Fault::Huge,
    Fault::Stall,
    Fault::Drip,
];

/// Longer than anybody waits for a command here.
const NEVER: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Count {
    /// The call that goes wrong, and how; none goes wrong while nothing is armed.
    fault: Option<(usize, Fault)>,
    /// How many came since it was armed.
    calls: usize,
    /// How long an answer that did not come was waited for at most.
    longest: Duration,
}

/// A running one.
pub struct Proxy {
    pub port: u16,
    count: Arc<Mutex<Count>>,
}

impl Proxy {
    pub fn start(driver: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let count = Arc::<Mutex<Count>>::default();
        let shared = Arc::clone(&count);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let count = Arc::clone(&shared);
                thread::spawn(move || pass(driver, &stream, &count).ok());
            }
        });
        Self { port, count }
    }

    /// The call of that number, from 0, goes wrong.
    pub fn arm(&self, at: usize, fault: Fault) {
        let mut count = self.count.lock().unwrap();
        (count.fault, count.calls) = (Some((at, fault)), 0);
    }

    /// Nothing goes wrong any more; gives how many calls came.
    pub fn disarm(&self) -> usize {
        let mut count = self.count.lock().unwrap();
        count.fault = None;
        count.calls
    }

    /// How long an answer that did not come was waited for at most, so far.
    pub fn longest(&self) -> Duration {
        self.count.lock().unwrap().longest
    }
}

fn pass(driver: u16, client: &TcpStream, count: &Mutex<Count>) -> std::io::Result<()> {
    let (head, body) = message(&mut BufReader::new(client.try_clone()?))?;
    let came = Instant::now();
    let fault = {
        let mut count = count.lock().unwrap();
        count.calls += 1;
        count.fault.filter(|(at, _)| *at == count.calls - 1).map(|(_, fault)| fault)
    };
    if fault == Some(Fault::Lost) || head.is_empty() {
        return Ok(());
    }
    let mut ahead = TcpStream::connect(("127.0.0.1", driver))?;
    write!(ahead, "{head}Host: 127.0.0.1:{driver}\r\nConnection: close\r\n\r\n")?;
    ahead.write_all(&body)?;
    let (head, body) = message(&mut BufReader::new(ahead))?;
    let answer = [format!("{head}Connection: close\r\n\r\n").as_bytes(), &body].concat();
    let spoilt = spoil(client, &answer, fault);
    if matches!(fault, Some(Fault::Stall | Fault::Drip)) {
        let mut count = count.lock().unwrap();
        count.longest = count.longest.max(came.elapsed());
    }
    spoilt
}

/// One message of HTTP, without what says whose connection it is and how long that lasts.
pub fn message(reader: &mut BufReader<TcpStream>) -> std::io::Result<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(n) = lower.strip_prefix("content-length:") {
            length = n.trim().parse().unwrap_or(0);
        }
        if !lower.starts_with("connection:") && !lower.starts_with("host:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}

/// Gives the answer on, or what the fault makes of it.
fn spoil(mut client: &TcpStream, answer: &[u8], fault: Option<Fault>) -> std::io::Result<()> {
    let json = |status: &str, error: &str| {
        let body = json!({ "value": { "error": error, "message": error, "stacktrace": "" } }).to_string();
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    match fault {
        None => client.write_all(answer),
        Some(Fault::Lost | Fault::Reset) => Ok(()),
        Some(Fault::Cut) => client.write_all(&answer[..answer.len() - answer.len().min(9)]),
        Some(Fault::Error) => client.write_all(json("500 Internal Server Error", "unknown error").as_bytes()),
        Some(Fault::WrongId) => client.write_all(json("404 Not Found", "invalid session id").as_bytes()),
        Some(Fault::Huge) => {
            let size = 20 << 20;
            write!(
                client,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
            )?;
            let block = vec![b'x'; 1 << 16];
            (0..size / block.len()).try_for_each(|_| client.write_all(&block))
        }
        Some(Fault::Stall) => {
            // Until whoever asked gives up.
            client.set_read_timeout(Some(NEVER))?;
            client.read(&mut [0]).map(drop)
        }
        Some(Fault::Drip) => {
            write!(client, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n ")?;
            let began = Instant::now();
            while began.elapsed() < NEVER {
                client.write_all(b" ")?;
                thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
    }
}
