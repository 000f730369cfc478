//! One HTTP POST of a JSON text, over TLS where the address says so. A few lines over a socket: no redirect, no cookie, no
//! second request, and the answer's status is all that is read.

use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// How long the whole call may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a call did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum CallFault {
    /// The address is none that can be called.
    #[error("通知先「{0}」を読めません。http://ホスト名[:ポート]/道 か https:// の形で書いてください。")]
    Address(String),
    /// Nobody answers there, or not in time.
    #[error("通知先（{host}）に届きません: {why}")]
    Network {
        /// The host.
        host: String,
        /// What the network said.
        why: String,
    },
    /// The answer is not one of success.
    #[error("通知先（{host}）が受け付けませんでした（HTTP {status}）。")]
    Refused {
        /// The host.
        host: String,
        /// Its status.
        status: u16,
    },
}

/// Scheme, host, port and path of an address.
struct Address<'a> {
    tls: bool,
    host: &'a str,
    port: u16,
    path: &'a str,
}

impl<'a> Address<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (tls, rest) = match url.split_once("://")? {
            ("http", rest) => (false, rest),
            ("https", rest) => (true, rest),
            _ => return None,
        };
        let (place, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let usual = if tls { 443 } else { 80 };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (place, usual),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.[]:".contains(c);
        let clean = |c: char| c.is_ascii_graphic();
        let good = !host.is_empty() && host.chars().all(plain) && path.chars().all(clean);
        good.then_some(Self { tls, host, port, path })
    }
}

/// Posts `json` to `url`.
///
/// # Errors
/// When the address is none, nobody answers in time, or the answer is not one of success.
pub async fn call(url: &str, json: &str) -> Result<(), CallFault> {
    let address = Address::of(url).ok_or_else(|| CallFault::Address(url.to_owned()))?;
    let host = address.host.to_owned();
    let network = |why: String| CallFault::Network { host: host.clone(), why };
    let late = |_| network(format!("{} 秒以内に応答がありません", PATIENCE.as_secs()));
    let status = tokio::time::timeout(PATIENCE, ask(&address, json)).await.map_err(late)?;
    match status.map_err(|e| network(e.to_string()))? {
        200..=299 => Ok(()),
        status => Err(CallFault::Refused { host, status }),
    }
}

async fn ask(address: &Address<'_>, json: &str) -> std::io::Result<u16> {
    let stream = TcpStream::connect((address.host, address.port)).await?;
    if !address.tls {
        return exchange(stream, address, json).await;
    }
    let name = ServerName::try_from(address.host.to_owned()).map_err(std::io::Error::other)?;
    exchange(TlsConnector::from(Arc::new(trust()?)).connect(name, stream).await?, address, json).await
}

/// The authorities that this machine trusts.
fn trust() -> std::io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(std::io::Error::other)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    address: &Address<'_>,
    json: &str,
) -> std::io::Result<u16> {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\
         User-Agent: shoki/{}\r\nConnection: close\r\n\r\n",
        address.path,
        address.host,
        address.port,
        json.len(),
        env!("CARGO_PKG_VERSION")
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(json.as_bytes()).await?;
    stream.flush().await?;
    let mut first = Vec::new();
    while !first.contains(&b'\n') && first.len() < 1024 {
        let mut bytes = [0; 256];
        let n = stream.read(&mut bytes).await?;
        if n == 0 {
            break;
        }
        first.extend_from_slice(&bytes[..n]);
    }
    let line = String::from_utf8_lossy(&first);
    let status = line.split(' ').nth(1).and_then(|word| word.trim().parse().ok());
    status.ok_or_else(|| std::io::Error::other("Web の応答ではありません"))
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_what_it_says_and_nothing_hides_in_it() {
        let of = |url: &'static str| Address::of(url).map(|a| (a.tls, a.host, a.port, a.path));
        assert_eq!(of("http://kanshi.lg:8080/shoki"), Some((false, "kanshi.lg", 8080, "/shoki")));
        assert_eq!(of("https://kanshi.lg"), Some((true, "kanshi.lg", 443, "/")));
        for bad in [
            "ftp://x/",
            "kanshi.lg",
            "http://",
            "http://a b/",
            "http://a/\r\nX: y",
            "http://u@h/",
            "http://h:x/",
        ] {
            assert!(of(bad).is_none(), "{bad}");
        }
    }
}
