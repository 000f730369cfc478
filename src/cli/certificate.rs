//! `shoki certificate make`: an office without a certificate authority makes its own, and a certificate for the console.

use super::{Ended, GOOD, Stopped, print};
use crate::{
    app::Office,
    clock::{Clock, SystemClock},
};
use clap::{Args, Subcommand};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use std::{
    fs::{DirBuilder, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Years an authority of the office is good for; its certificates are good for two.
const YEARS: i32 = 10;

/// Certificates.
#[derive(Debug, Args)]
pub struct CertificateArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 庁内用の認証局（初回だけ）と、画面の証明書を state/tls/ に作ります
    Make {
        /// ブラウザーがこの機械を呼ぶ名前か IP アドレス（複数可）
        #[arg(long = "host", required = true, value_name = "名前")]
        hosts: Vec<String>,
    },
}

/// What the authority of an office is called.
fn authority(office: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::OrganizationName, office);
    params.distinguished_name.push(DnType::CommonName, format!("{office} shoki"));
    lasting(&mut params, YEARS);
    params
}

fn lasting(params: &mut CertificateParams, years: i32) {
    // These days begin at 9 o'clock in Japan: from yesterday on, so that it holds at once.
    let today = SystemClock.today();
    let today = today.yesterday().unwrap_or(today);
    let (month, day) = (today.month().unsigned_abs(), today.day().unsigned_abs().min(28));
    params.not_before = date_time_ymd(today.year().into(), month, day);
    params.not_after = date_time_ymd(i32::from(today.year()) + years, month, day);
}

fn failed(error: impl std::fmt::Display) -> Stopped {
    Stopped::technical(format!("証明書を作れません: {error}"))
}

fn write(place: &Path, text: &str) -> Result<(), Stopped> {
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(place);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| failed(format!("{}: {e}", place.display())))
}

impl CertificateArgs {
    pub fn run(&self, office: Option<&Path>) -> Ended {
        let office = Office::open(office)?;
        let Act::Make { hosts } = &self.act;
        let dir = office.state().join("tls");
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(failed)?;
        let issuer = issuer(&dir, &office.config.office.name)?;
        let mut params = CertificateParams::new(hosts.clone()).map_err(failed)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.distinguished_name.push(DnType::CommonName, hosts[0].as_str());
        lasting(&mut params, 2);
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &issuer).map_err(failed)?;
        write(&dir.join("console.pem"), &certificate.pem())?;
        write(&dir.join("console.key"), &key.serialize_pem())?;
        let names = hosts.iter().map(|h| format!("\"{h}\"")).collect::<Vec<_>>().join(", ");
        print::out(&format!(
            "{dir} に証明書を作りました（2年間有効）。\n\
             1. authority.pem を各端末の「信頼されたルート証明機関」に入れてください（グループ ポリシーで配れます）。\n\
             2. shoki.toml に書いてください:\n   [console]\n   listen = \"0.0.0.0:8443\"\n   hosts = [{names}]\n\
             authority.key があれば誰でもこの庁の証明書を作れます。控えを取ったら、この機械から外せます。",
            dir = dir.display()
        ));
        Ok(GOOD)
    }
}

/// The office's authority: the one that is there, or a new one.
fn issuer(dir: &Path, office: &str) -> Result<Issuer<'static, KeyPair>, Stopped> {
    let (certificate, key) = (dir.join("authority.pem"), dir.join("authority.key"));
    let params = authority(office);
    if certificate.is_file() {
        let pem = std::fs::read_to_string(&key).map_err(|e| failed(format!("{}: {e}", key.display())))?;
        return Ok(Issuer::new(params, KeyPair::from_pem(&pem).map_err(failed)?));
    }
    let pair = KeyPair::generate().map_err(failed)?;
    write(&key, &pair.serialize_pem())?;
    write(&certificate, &params.self_signed(&pair).map_err(failed)?.pem())?;
    Ok(Issuer::new(params, pair))
}
