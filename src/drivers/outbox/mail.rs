//! One message to the city's own mail server.

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, SinglePart, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// How long the server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the connection to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Not at all: a server on the same closed network.
    Plain,
    /// From the first greeting on.
    StartTls,
    /// From the first byte on.
    Tls,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub protection: Protection,
    /// User and password, where it asks for them.
    pub account: Option<(String, SecretString)>,
}

/// A message.
#[derive(Debug, Clone)]
pub struct Letter {
    /// `書記 <shoki@city.example.jp>`, or the address alone.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// An address that is none.
    #[error(
        "メールの宛先か差出人「{0}」が、メールアドレスとして読めません。shoki.toml の [digest.mail] を確かめてください。"
    )]
    Address(String),
    /// Nobody to send it to.
    #[error("メールの宛先がありません。shoki.toml の [digest.mail] to に書いてください。")]
    Nobody,
    /// It cannot be put together.
    #[error("メールを組み立てられません。")]
    Message,
    /// The server cannot be reached or refuses.
    #[error("メールサーバー（{host}）に送れません: {why}")]
    Server {
        /// Its name.
        host: String,
        /// What it or the network said.
        why: String,
    },
}

fn mailbox(text: &str) -> Result<Mailbox, MailFault> {
    text.parse().map_err(|_| MailFault::Address(text.to_owned()))
}

impl Letter {
    fn message(&self) -> Result<Message, MailFault> {
        if self.to.is_empty() {
            return Err(MailFault::Nobody);
        }
        let subject: String = self.subject.chars().filter(|c| !c.is_control()).collect();
        let mut message = Message::builder().from(mailbox(&self.from)?).subject(subject);
        for to in &self.to {
            message = message.to(mailbox(to)?);
        }
        let body = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(self.text.clone());
        message.singlepart(body).map_err(|_| MailFault::Message)
    }
}

impl MailServer {
    /// Sends a message.
    ///
    /// # Errors
    /// When an address is none, or the server cannot be reached or refuses.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailFault> {
        let message = letter.message()?;
        let failed = |e: lettre::transport::smtp::Error| MailFault::Server {
            host: self.host.clone(),
            why: e.to_string(),
        };
        let tls = match self.protection {
            Protection::Plain => Tls::None,
            Protection::StartTls => Tls::Required(TlsParameters::new(self.host.clone()).map_err(failed)?),
            Protection::Tls => Tls::Wrapper(TlsParameters::new(self.host.clone()).map_err(failed)?),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = &self.account {
            transport =
                transport.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        transport.build().send(message).await.map(drop).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &[&str]) -> Letter {
        Letter {
            from: "書記 <shoki@city.example.jp>".into(),
            to: to.iter().map(|t| (*t).to_owned()).collect(),
            subject: "朝のまとめ\r\nBcc: everybody@example.jp".into(),
            text: "本文".into(),
        }
    }

    #[test]
    fn a_line_break_in_the_subject_makes_no_second_header() {
        let message = letter(&["kacho@city.example.jp"]).message().map(|m| m.formatted());
        let text = String::from_utf8_lossy(&message.unwrap_or_default()).into_owned();
        assert!(text.contains("To: kacho@city.example.jp"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
    }

    #[test]
    fn what_is_no_address_is_said() {
        assert!(matches!(letter(&["課長"]).message(), Err(MailFault::Address(_))));
        assert!(matches!(letter(&[]).message(), Err(MailFault::Nobody)));
    }
}
