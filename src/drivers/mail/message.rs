//! One message, whatever character set its mailer used.

use mail_parser::{MessageParser, MimeHeaders};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A file that came with a message, or in an archive.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name as the mailer gave it, empty where it gave none; without folders where it came in an archive.
    pub name: String,
    /// Its bytes; a reader hands them over beside the name.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// Masks what is in it.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({} bytes)", self.bytes.len())
    }
}

/// One message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Message-ID, or `sha256:…` of the bytes where a mailer gave none.
    pub id: String,
    /// The sender's address in lower case, without the name.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// When it was sent, as `2026-11-09T23:10:00+09:00`; empty where it does not say.
    pub sent: String,
    /// Its text.
    pub text: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
}

/// Masks what is written.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({}, {} attachments)", self.id, self.attachments.len())
    }
}

impl Mail {
    /// The message in these bytes; none where they are no message (no header at all).
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(bytes)?;
        if message.from().is_none() && message.message_id().is_none() && message.subject().is_none() {
            return None;
        }
        let own = || format!("sha256:{}", hex(&Sha256::digest(bytes)));
        let from = message.from().and_then(|a| a.first()).and_then(|a| a.address());
        let attachments = message.attachments().map(|part| Attachment {
            name: part.attachment_name().unwrap_or_default().to_owned(),
            bytes: part.contents().to_vec(),
        });
        Some(Self {
            id: message.message_id().map_or_else(own, str::to_owned),
            from: from.unwrap_or_default().to_lowercase(),
            subject: message.subject().unwrap_or_default().to_owned(),
            sent: message.date().map(mail_parser::DateTime::to_rfc3339).unwrap_or_default(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            attachments: attachments.collect(),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_a_japanese_mailer() {
        let bytes = b"From: =?ISO-2022-JP?B?GyRCJFUkayQ1JEgbKEI=?= <Data@Furusato-B.example.com>\r\nSubject: =?ISO-2022-JP?B?GyRCNHNJbSVHITwlPxsoQg==?=\r\nDate: Fri, 13 Nov 2026 07:00:00 +0900\r\nMessage-ID: <b-77@furusato-b.example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B%Q%9%o!<%I\x1b(B: abc\r\n--x\r\nContent-Type: application/octet-stream; name=\"=?UTF-8?B?5a+E6ZmELmNzdg==?=\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\nMSwy\r\n--x--\r\n";
        let mail = Mail::parse(bytes).unwrap();
        assert_eq!(
            (mail.id.as_str(), mail.from.as_str()),
            ("b-77@furusato-b.example.com", "data@furusato-b.example.com")
        );
        assert_eq!((mail.subject.as_str(), mail.text.trim()), ("寄附データ", "パスワード: abc"));
        assert_eq!(mail.sent, "2026-11-13T07:00:00+09:00");
        assert_eq!(mail.attachments, [Attachment { name: "寄附.csv".into(), bytes: b"1,2".to_vec() }]);
        assert_eq!(format!("{mail:?}"), "Mail(b-77@furusato-b.example.com, 1 attachments)");
    }

    #[test]
    fn what_is_no_message_is_none() {
        assert_eq!(Mail::parse(b""), None);
        assert_eq!(Mail::parse("ただの文".as_bytes()), None);
        let bare = Mail::parse(b"Subject: x\r\n\r\n").unwrap();
        assert!(bare.id.starts_with("sha256:"), "{}", bare.id);
    }
}
