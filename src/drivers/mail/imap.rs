//! Messages of an IMAP server. The mailbox is opened for reading only and messages are peeked at: nothing changes there.

use super::MailFault;
use async_imap::{Client, Session, error::Error};
use futures_util::StreamExt;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt::Debug, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long the whole conversation may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// The most messages of one fetch, and the largest of them in bytes.
const MOST: usize = 2_000;
const LARGEST: u32 = 64 << 20;

/// Where the mail is and who asks.
pub struct Server {
    /// `imaps://mail.example.jp` or `imap://127.0.0.1:1143`.
    pub address: String,
    /// Who.
    pub user: String,
    /// With what password.
    pub password: SecretString,
    /// Which mailbox.
    pub mailbox: String,
    /// The certificate of the authority that signed the server's, in PEM; none: those of this machine.
    pub authority: Option<PathBuf>,
}

/// What a connection must be able to do.
trait Wire: AsyncRead + AsyncWrite + Unpin + Debug + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Debug + Send> Wire for T {}

impl Server {
    /// The letters that arrived on or after a day, written as IMAP has it (`9-Nov-2026`), oldest first, as their bytes.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses us, or has no such mailbox.
    pub async fn since(&self, day: &str) -> Result<Vec<Vec<u8>>, MailFault> {
        let late = |_| MailFault::Talk("時間内に終わりませんでした".to_owned());
        timeout(PATIENCE, self.fetch(day)).await.map_err(late)?
    }

    async fn fetch(&self, day: &str) -> Result<Vec<Vec<u8>>, MailFault> {
        let (secure, host, port) = self.place()?;
        let tcp =
            TcpStream::connect((host.as_str(), port)).await.map_err(|e| MailFault::Connect(e.to_string()))?;
        let wire: Box<dyn Wire> =
            if secure { Box::new(self.secured(tcp, &host).await?) } else { Box::new(tcp) };
        let mut client = Client::new(wire);
        client.read_response().await.map_err(|e| MailFault::Connect(e.to_string()))?;
        let mut session =
            client.login(&self.user, self.password.expose_secret()).await.map_err(|(e, _)| refused(e))?;
        session.examine(&self.mailbox).await.map_err(|_| MailFault::NoMailbox(self.mailbox.clone()))?;
        let mails = messages(&mut session, day).await?;
        session.logout().await.ok();
        Ok(mails)
    }

    /// Whether with TLS, the host, the port. Without TLS only this machine.
    fn place(&self) -> Result<(bool, String, u16), MailFault> {
        let wrong = || MailFault::Address(self.address.clone());
        let (secure, rest) =
            match (self.address.strip_prefix("imaps://"), self.address.strip_prefix("imap://")) {
                (Some(rest), _) => (true, rest),
                (_, Some(rest)) => (false, rest),
                _ => return Err(wrong()),
            };
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
            None => (rest, if secure { 993 } else { 143 }),
        };
        let near = matches!(host, "127.0.0.1" | "localhost");
        if host.is_empty() || !(secure || near) { Err(wrong()) } else { Ok((secure, host.to_owned(), port)) }
    }

    async fn secured(&self, tcp: TcpStream, host: &str) -> Result<impl Wire + use<>, MailFault> {
        let unclear = |e: &dyn ToString| MailFault::Certificate(e.to_string());
        let mut roots = RootCertStore::empty();
        if let Some(file) = &self.authority {
            for certificate in CertificateDer::pem_file_iter(file).map_err(|e| unclear(&e))? {
                roots.add(certificate.map_err(|e| unclear(&e))?).map_err(|e| unclear(&e))?;
            }
        } else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|e| unclear(&e))?.with_root_certificates(roots).with_no_client_auth();
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| MailFault::Address(self.address.clone()))?;
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await.map_err(|e| unclear(&e))
    }
}

fn refused(error: Error) -> MailFault {
    match error {
        Error::No(_) | Error::Bad(_) => MailFault::Refused,
        other => talk(&other),
    }
}

fn talk(error: &Error) -> MailFault {
    MailFault::Talk(error.to_string())
}

async fn messages(session: &mut Session<Box<dyn Wire>>, day: &str) -> Result<Vec<Vec<u8>>, MailFault> {
    let found = session.uid_search(format!("SINCE {day}")).await.map_err(|e| talk(&e))?;
    let mut numbers: Vec<u32> = found.into_iter().collect();
    numbers.sort_unstable();
    if numbers.len() > MOST {
        return Err(MailFault::Talk(format!(
            "{MOST} 通を超えるメールがあります。`days` を小さくしてください"
        )));
    }
    let mut mails = Vec::new();
    for number in numbers {
        let query = "(RFC822.SIZE BODY.PEEK[])";
        let mut answers = session.uid_fetch(number.to_string(), query).await.map_err(|e| talk(&e))?;
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|e| talk(&e))?;
            if answer.size.is_some_and(|size| size > LARGEST) {
                return Err(MailFault::TooLarge(u64::from(LARGEST >> 20)));
            }
            mails.extend(answer.body().map(<[u8]>::to_vec));
        }
    }
    Ok(mails)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let place = |address: &str| {
            let server = Server {
                address: address.to_owned(),
                user: String::new(),
                password: SecretString::default(),
                mailbox: String::new(),
                authority: None,
            };
            server.place().ok()
        };
        assert_eq!(place("imaps://mail.example.jp"), Some((true, "mail.example.jp".into(), 993)));
        assert_eq!(place("imaps://mail.example.jp:1993/"), Some((true, "mail.example.jp".into(), 1993)));
        assert_eq!(place("imap://127.0.0.1:1143"), Some((false, "127.0.0.1".into(), 1143)));
        for wrong in ["imap://mail.example.jp", "mail.example.jp", "imaps://", "imaps://x:port", "https://x"]
        {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }
}
