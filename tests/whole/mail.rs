//! Mail of a real IMAP server (Dovecot), over TLS and without: what is there comes over, and nothing changes there.

use crate::bench::root;
use shoki::drivers::mail::{Mail, MailFault, Server, letter, maildir};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const PASSWORD: &str = "yubin-2026";

/// A Dovecot with the mail of the sample. Ends with the test, however that ends.
struct PostOffice {
    child: Child,
    home: TempDir,
    plain: u16,
    secure: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn output(program: &str, args: &[&str]) -> String {
    let done = Command::new(program).args(args).output().unwrap();
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

impl PostOffice {
    /// None where Dovecot is not installed.
    fn open() -> Self {
        let program = ["/usr/sbin/dovecot", "/usr/bin/dovecot"].into_iter().find(|p| Path::new(p).exists());
        let program =
            program.expect("an IMAP server is needed: sh installer/packages.sh installs dovecot-imapd");
        let home = tempfile::Builder::new().prefix("post-").tempdir_in("/tmp").unwrap();
        let at = |name: &str| home.path().join(name);
        for folder in ["mail/new", "mail/cur", "mail/tmp", "run"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in fs::read_dir(sample()).unwrap().map(Result::unwrap) {
            fs::copy(file.path(), at("mail/new").join(file.file_name())).unwrap();
        }
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(at("cert.pem"), made.cert.pem()).unwrap();
        fs::write(at("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let (plain, secure) = (free_port(), free_port());
        fs::write(at("conf"), conf(home.path(), plain, secure)).unwrap();
        if is_root() {
            // Dovecot never reads mail as root.
            Command::new("chmod").arg("755").arg(home.path()).status().unwrap();
            Command::new("chown").args(["-R", "65534:65534"]).arg(at("mail")).status().unwrap();
        }
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", program, "-F", "-c"]).arg(at("conf"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let office = Self { child, home, plain, secure };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", plain)).is_err() {
            let log = || fs::read_to_string(office.home.path().join("log")).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_secs(30), "Dovecot does not listen: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        office
    }

    fn server(&self, address: String, password: &str) -> Server {
        let authority: PathBuf = self.home.path().join("cert.pem");
        Server {
            address,
            user: "furusato".to_owned(),
            password: password.to_owned().into(),
            mailbox: "INBOX".to_owned(),
            authority: Some(authority),
        }
    }

    fn unseen(&self) -> Vec<String> {
        let names = |folder: &str| {
            let files = fs::read_dir(self.home.path().join(folder)).unwrap();
            files.map(|f| f.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        let mut all = [names("mail/new"), names("mail/cur")].concat();
        all.sort();
        all
    }
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().ok();
        self.child.wait().ok();
    }
}

fn is_root() -> bool {
    output("id", &["-u"]) == "0"
}

fn sample() -> PathBuf {
    root().join("scenarios/furusato-tax-intake/見本/受付/メール/new")
}

fn conf(home: &Path, plain: u16, secure: u16) -> String {
    let (uid, gid) = if is_root() {
        ("65534".to_owned(), "65534".to_owned())
    } else {
        (output("id", &["-u"]), output("id", &["-g"]))
    };
    let own = if is_root() {
        String::new()
    } else {
        let (user, group) = (output("id", &["-un"]), output("id", &["-gn"]));
        format!(
            "default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}\nservice anvil {{\n  chroot =\n}}\n"
        )
    };
    let chroot = if is_root() { "" } else { "  chroot =\n" };
    let home = home.display();
    format!(
        "base_dir = {home}/run\nlog_path = {home}/log\nprotocols = imap\nlisten = 127.0.0.1\nssl = yes\nssl_cert = <{home}/cert.pem\nssl_key = <{home}/key.pem\n\
         disable_plaintext_auth = no\nmail_location = maildir:{home}/mail\nfirst_valid_uid = 1\n{own}\
         passdb {{\n  driver = static\n  args = password={PASSWORD}\n}}\nuserdb {{\n  driver = static\n  args = uid={uid} gid={gid} home={home}\n}}\n\
         service imap-login {{\n{chroot}  inet_listener imap {{\n    port = {plain}\n  }}\n  inet_listener imaps {{\n    port = {secure}\n    ssl = yes\n  }}\n}}\n"
    )
}

#[tokio::test]
async fn mail_of_a_real_server_comes_over_and_stays_as_it_was() {
    let office = PostOffice::open();
    let before = office.unseen();
    let local = maildir(sample().parent().unwrap(), "見本").unwrap();
    let mut local: Vec<Mail> = local.iter().filter_map(|path| Mail::parse(&letter(path).unwrap())).collect();
    let secure = office.server(format!("imaps://localhost:{}", office.secure), PASSWORD);
    let over_tls = secure.since("1-Nov-2020").await.unwrap();
    let plain = office.server(format!("imap://127.0.0.1:{}", office.plain), PASSWORD);
    assert_eq!(plain.since("1-Nov-2020").await.unwrap(), over_tls);
    let over_tls: Vec<Mail> = over_tls.iter().filter_map(|bytes| Mail::parse(bytes)).collect();
    let mut sorted = over_tls.clone();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    local.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(sorted, local, "what comes over is what lies there");
    let subjects: Vec<_> = over_tls.iter().map(|m| m.subject.as_str()).collect();
    assert!(
        subjects.contains(&"【ふるさとA】パスワードのお知らせ") && subjects.contains(&"寄附データ送付"),
        "{subjects:?}"
    );
    assert_eq!((over_tls.len(), over_tls.iter().map(|m| m.attachments.len()).sum::<usize>()), (5, 3));
    assert_eq!(office.unseen().len(), before.len(), "nothing is moved away");
    assert!(
        office.unseen().iter().all(|name| !name.ends_with('S')),
        "nothing is marked as seen: {:?}",
        office.unseen()
    );
    assert!(plain.since("1-Jan-2099").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_password_mailbox_or_certificate_is_named() {
    let office = PostOffice::open();
    let address = format!("imaps://localhost:{}", office.secure);
    let refused = office.server(address.clone(), "falsch").since("1-Nov-2020").await;
    assert!(matches!(refused, Err(MailFault::Refused)), "{refused:?}");
    let other = Server { mailbox: "なし".to_owned(), ..office.server(address.clone(), PASSWORD) };
    assert!(matches!(other.since("1-Nov-2020").await, Err(MailFault::NoMailbox(_))));
    let stranger = Server { authority: None, ..office.server(address, PASSWORD) };
    assert!(matches!(stranger.since("1-Nov-2020").await, Err(MailFault::Certificate(_))));
    let nobody =
        office.server(format!("imap://127.0.0.1:{}", free_port()), PASSWORD).since("1-Nov-2020").await;
    assert!(matches!(nobody, Err(MailFault::Connect(_))), "{nobody:?}");
}
