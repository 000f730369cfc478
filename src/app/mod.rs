//! The composition root: puts the parts together.

pub mod daemon;
pub mod desk;
mod edit;
mod live;
mod means;
mod parts;
pub mod plan;
mod planned;
mod sessions;
pub mod trace;
pub mod trial;

pub use live::Live;
pub use parts::{Part, parts};
pub use planned::{Planned, Timetable};

use crate::{
    actions::ACTIONS,
    clock::{Clock, SystemClock},
    config::{Asked, Config, ConfigError, Sandbox},
    control::{AuditLog, LogError, LogPlace, approvals, evidence::Vault},
    drivers::{
        accounts::Accounts,
        browser::BrowserSettings,
        files::FileFault,
        ocr::NativeParts,
        readers::{PoolConfig, ReaderPool},
    },
    engine::{AccountSource, Brake, Credentials, Engine, Events, Limits, Reserve, Tenure, Watch},
    form::Forms,
    problem::Problem,
    scenario::{self, OfficeFacts, Scenario},
    step::{Catalog, Failure, Folder, Permit, Resources},
    store::{ContentKey, Store, StoreError, Strength},
};
use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// An office that was found and read.
pub struct Office {
    /// Its folder.
    pub root: PathBuf,
    /// Its `shoki.toml`.
    pub config: Config,
    /// Its forms.
    pub forms: Arc<Forms>,
    /// What is wrong with its forms.
    pub form_problems: Vec<Problem>,
    config_digest: String,
    watched: Arc<live::Watched>,
}

/// Why an office cannot work.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// Its `shoki.toml`.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its record.
    #[error(transparent)]
    Record(#[from] LogError),
    /// Another shoki is working in it.
    #[error(
        "このフォルダーでは別の shoki が実行中です。終わるのを待つか、その画面で Ctrl-C を押して止めてください。"
    )]
    Busy,
    /// The daemon is working in it.
    #[error("このフォルダーでは `shoki serve` がすでに動いています。")]
    Serving,
    /// Two offices point at one `state/`.
    #[error(
        "state/ は別の庁のフォルダー（{0}）のものです。2つの庁で1つの state/ を使うことはできません。state/ へのリンクを外すか、フォルダーを移したのなら元の場所を消してください。"
    )]
    TwoOffices(String),
    /// The daemon's address is taken.
    #[error(
        "{place} で待ち受けられません（{error}）。shoki.toml の [serve] listen か `--listen` で別のポートを指定してください。"
    )]
    Listen {
        /// The address.
        place: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// The console's certificate or its key.
    #[error(
        "画面の証明書（{place}）を使えません: {why}。shoki.toml の [console] certificate と key を確かめてください。`shoki certificate make` で庁内用のものを作れます。"
    )]
    Certificate {
        /// The file.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// A folder cannot be made or written.
    #[error("{place}: {}", FileFault::writing(Path::new(place), io::Error::new(error.kind(), error.to_string())))]
    Folder {
        /// The folder.
        place: String,
        /// What the operating system said.
        error: io::Error,
    },
}

impl From<StoreError> for OfficeError {
    fn from(e: StoreError) -> Self {
        Self::Record(e.into())
    }
}

/// The actions that exist.
#[must_use]
pub fn catalog() -> Catalog {
    Catalog(ACTIONS)
}

/// SHA-256 of `bytes`, hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    crate::audit::tree::hex(&crate::audit::tree::sha256(bytes).0)
}

/// A file that systemd hands to this service alone (`LoadCredentialEncrypted=`), if it does.
fn credential(name: &str) -> Option<PathBuf> {
    let file = PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join(name);
    file.is_file().then_some(file)
}

/// The accounts in `folder`, under the key that systemd hands over or the one beside them.
fn open_accounts(folder: &Path) -> Result<Accounts, String> {
    let key = credential("shoki-secrets").unwrap_or_else(|| folder.join("key"));
    Accounts::open_with(folder, &key).map_err(|e| e.to_string())
}

impl Office {
    /// The office in `dir`, or in the current folder.
    ///
    /// # Errors
    /// When there is no `shoki.toml` or it is not right.
    pub fn open(dir: Option<&Path>) -> Result<Self, OfficeError> {
        let root = dir.map_or_else(|| PathBuf::from("."), Path::to_owned);
        let (config, bytes) = Config::read(&root)?;
        let root = root
            .canonicalize()
            .map_err(|error| OfficeError::Folder { place: root.display().to_string(), error })?;
        let (forms, form_problems) = scenario::load_forms(&root.join("forms"));
        let (watched, config_digest) = (live::Watched::of(&root, &config), sha256_hex(&bytes));
        Ok(Self { root, config, forms: Arc::new(forms), form_problems, config_digest, watched })
    }

    /// The scenario file meant by `name`: a path, or the id of one in `scenarios/`, whatever that file is called.
    #[must_use]
    pub fn scenario_file(&self, name: &str) -> PathBuf {
        let dir = self.root.join("scenarios");
        let places = [dir.join(format!("{name}.yaml")), dir.join(name).join("scenario.yaml")];
        let named = places.into_iter().find(|p| p.is_file());
        let with_id = || self.scenario_files().into_iter().find(|file| has_id(file, name));
        named.or_else(with_id).unwrap_or_else(|| PathBuf::from(name))
    }

    /// What scenarios are checked against.
    #[must_use]
    pub fn facts(&self) -> OfficeFacts {
        OfficeFacts {
            settings: self.config.settings.clone(),
            root: Some(self.root.clone()),
            calendar: self.calendar(),
        }
    }

    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// Every Problem of the file and of the forms.
    pub fn scenario(&self, file: &Path) -> Result<Scenario, Vec<Problem>> {
        let loaded = scenario::load(file, &catalog(), &self.forms, &self.facts());
        match loaded {
            Ok(scenario) if self.form_problems.is_empty() => Ok(scenario),
            Ok(_) => Err(self.form_problems.clone()),
            Err(mut problems) => {
                problems.extend(self.form_problems.iter().cloned());
                Err(problems)
            }
        }
    }

    /// The folder of what shoki remembers.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// Where the key of the database's contents comes from.
    #[must_use]
    pub fn content_key(&self) -> ContentKey {
        ContentKey::File(credential("shoki-contents").unwrap_or_else(|| self.state().join("keys/contents")))
    }

    /// Opens the database.
    ///
    /// # Errors
    /// When it cannot be opened or made.
    pub async fn store(&self) -> Result<Arc<Store>, OfficeError> {
        let dir = self.state();
        private_folder(&dir)?;
        self.only_office()?;
        let store = Arc::new(match &self.config.store {
            Some(url) => Store::connect(url, &self.content_key()).await?,
            None => Store::open_with(&dir.join("shoki.db"), &self.content_key()).await?,
        });
        let required = self.config.office.approval == Asked::Required;
        approvals::set_required(&store, required).await?;
        Ok(store)
    }

    /// Opens the audit log for writing.
    ///
    /// # Errors
    /// When it was changed from outside or cannot be written.
    pub async fn log(&self, store: &Arc<Store>) -> Result<Arc<AuditLog>, OfficeError> {
        let place = self.log_place(store).await?;
        let log = Arc::new(AuditLog::open(Arc::clone(store), place, clock()).await?);
        tend(&log);
        Ok(log)
    }

    /// Opens a log that a checkpoint kept outside contradicts; a person answers for it. None when nothing contradicts it.
    ///
    /// # Errors
    /// As [`Self::log`].
    pub async fn log_rolled_back(
        &self,
        store: &Arc<Store>,
        by: &str,
        reason: &str,
    ) -> Result<Option<AuditLog>, OfficeError> {
        let place = self.log_place(store).await?;
        Ok(AuditLog::open_rolled_back(Arc::clone(store), place, clock(), by, reason).await?)
    }

    async fn log_place(&self, store: &Store) -> Result<LogPlace, OfficeError> {
        let place = LogPlace {
            dir: self.root.join("audit"),
            keys: self.state().join("keys"),
            origin: self.config.office.origin.clone(),
            program: program_digest(store, &self.config.office.origin).await?,
            config: self.config_digest.clone(),
            outside: self.config.audit.outside.as_ref().map(|folder| self.root.join(folder)),
        };
        private_folder(&place.dir)?;
        private_folder(&place.keys)?;
        Ok(place)
    }

    /// The accounts of the office.
    ///
    /// # Errors
    /// When the folder of secrets cannot be used; in Japanese.
    pub fn accounts(&self) -> Result<Accounts, String> {
        open_accounts(&self.state().join("secrets"))
    }

    /// One engine at a time works in an office. The lock ends with the process, however it ends.
    ///
    /// # Errors
    /// When another process holds it.
    pub fn lock(&self) -> Result<File, OfficeError> {
        self.lock_for("run")
    }

    /// As [`Self::lock`], and says for what: others ask a daemon to do what they cannot do while it works.
    ///
    /// # Errors
    /// When another process holds it.
    pub fn lock_for(&self, what: &str) -> Result<File, OfficeError> {
        let path = self.state().join("engine.lock");
        private_folder(&self.state())?;
        let unusable = |error| OfficeError::Folder { place: path.display().to_string(), error };
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = open.map_err(unusable)?;
        if rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut said = String::new();
            io::Read::read_to_string(&mut file, &mut said).ok();
            return Err(if said.trim() == "serve" { OfficeError::Serving } else { OfficeError::Busy });
        }
        file.set_len(0).and_then(|()| io::Write::write_all(&mut file, what.as_bytes())).map_err(unusable)?;
        Ok(file)
    }

    /// One state folder belongs to one office. It may move with it.
    fn only_office(&self) -> Result<(), OfficeError> {
        let path = self.state().join("office");
        let here = self.root.display().to_string();
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        if known == here {
            return Ok(());
        }
        let same = |other: &Path| {
            let real = |root: &Path| root.join("state").canonicalize().ok();
            other.join(crate::config::FILE).is_file()
                && real(other).is_some()
                && real(other) == real(&self.root)
        };
        if !known.is_empty() && same(Path::new(&known)) {
            return Err(OfficeError::TwoOffices(known));
        }
        // A folder that cannot be written says so in better words when the database is opened.
        std::fs::write(&path, here).ok();
        Ok(())
    }

    /// A name of this office folder that no other has. It moves with the folder.
    fn home(&self) -> Result<String, OfficeError> {
        let path = self.state().join("home");
        let unusable = |error| OfficeError::Folder { place: path.display().to_string(), error };
        match std::fs::read_to_string(&path) {
            Ok(known) if !known.is_empty() => return Ok(known),
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(unusable(e)),
            // Not there, or a crash left it empty.
            _ => {}
        }
        let new = ulid::Ulid::new().to_string();
        std::fs::write(&path, &new).map_err(unusable)?;
        Ok(new)
    }

    /// Makes this process, which holds the office's lock, one of those that change runs.
    async fn tenure(&self, store: &Arc<Store>) -> Result<Arc<Tenure>, OfficeError> {
        let lease = Duration::from_secs(self.config.engine.lease_seconds);
        let name = &self.config.office.origin;
        Ok(Tenure::begin(Arc::clone(store), name, &self.home()?, &self.root, lease).await?)
    }

    /// Puts the engine together. The caller holds the office's lock.
    ///
    /// # Errors
    /// When the record cannot be opened or written.
    pub async fn engine(&self, watch: Watch, stop: Arc<Brake>) -> Result<Arc<Engine>, OfficeError> {
        let store = self.store().await?;
        let log = self.log(&store).await?;
        Ok(Arc::new(self.engine_with(store, log, watch, stop).await?))
    }

    /// An engine with this memory.
    async fn engine_with(
        &self,
        store: Arc<Store>,
        log: Arc<AuditLog>,
        watch: Watch,
        stop: Arc<Brake>,
    ) -> Result<Engine, OfficeError> {
        let tenure = self.tenure(&store).await?;
        let readers = Arc::new(ReaderPool::new(self.reader_settings()?));
        let sure = Arc::clone(&tenure);
        let permit = Arc::new(Permit(Box::new(move || sure.is_sure())));
        let resources = Resources::default().with(readers).with(permit);
        let limits = self.limits();
        limits.take_room();
        Ok(Engine {
            store,
            log,
            tenure,
            catalog: catalog(),
            folder: Arc::new(Folder::new(self.root.clone())),
            vault: Vault::of(&self.root),
            forms: Arc::clone(&self.forms),
            clock: clock(),
            resources,
            opener: Arc::new(sessions::opener(self.browser_settings())),
            accounts: self.account_source(),
            settings: self.config.settings.clone(),
            calendar: self.open_days(),
            workers: self.config.engine.workers,
            watch,
            events: Events::default(),
            stop,
            limits,
        })
    }

    /// What bounds the work.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let part = &self.config.engine;
        Limits {
            failures_in_a_row: part.failures_in_a_row,
            reserve: part.reserve_mib << 20,
            room: Some(Reserve::of(&self.state())),
            places: ["", "state", "audit", "evidence"].map(|dir| self.root.join(dir)).into(),
            look_again: jiff::SignedDuration::from_secs(i64::from(part.look_again_seconds)),
            late: Duration::from_secs(u64::from(part.late_seconds)),
            ..Limits::default()
        }
    }

    /// Where the native parts are looked for.
    #[must_use]
    pub fn native_parts(&self) -> NativeParts {
        let own = Some(self.root.join("calibration.json")).filter(|file| file.is_file());
        NativeParts { folder: self.config.reading.native.clone(), calibration: own, ..NativeParts::default() }
    }

    /// How paper is read.
    ///
    /// # Errors
    /// When the system does not say where this program is.
    pub fn reader_settings(&self) -> Result<PoolConfig, OfficeError> {
        let unknown = |e: crate::drivers::ocr::OcrError| OfficeError::Folder {
            place: "shoki reader".into(),
            error: io::Error::other(e.to_string()),
        };
        let usual = PoolConfig::usual(self.native_parts()).map_err(unknown)?;
        let (readers, walled) =
            (self.config.reading.readers, self.config.reading.sandbox == Sandbox::Required);
        Ok(PoolConfig { readers, walled, office: Some(self.root.clone()), ..usual })
    }

    /// How screens are driven.
    #[must_use]
    pub fn browser_settings(&self) -> BrowserSettings {
        let part = &self.config.browser;
        BrowserSettings {
            chromedriver: part.chromedriver.clone(),
            chromium: part.chromium.clone(),
            webdriver_url: part.webdriver_url.clone(),
            headless: part.headless,
            page_timeout: Duration::from_secs(part.page_seconds),
            wait: Duration::from_secs(part.wait_seconds),
            ..BrowserSettings::default()
        }
    }

    fn account_source(&self) -> AccountSource {
        let dir = self.state().join("secrets");
        Arc::new(move |name| {
            let unusable = |e: String| Failure::stop("SHK0733", e);
            let accounts = open_accounts(&dir).map_err(unusable)?;
            let account = accounts.get(name).map_err(|e| {
                unusable(format!("{e} `shoki account set {name} --user 利用者ID` で登録してください。"))
            })?;
            Ok(Credentials { user: account.user, password: account.password })
        })
    }
}

/// Whether the scenario in this file has that id.
fn has_id(file: &Path, name: &str) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    scenario::id_in(&text).is_some_and(|(id, _)| id == name)
}

/// Sees to the log as long as anybody holds it. What it cannot write, the next act cannot either, and says so.
fn tend(log: &Arc<AuditLog>) {
    let log = Arc::downgrade(log);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let Some(log) = log.upgrade() else { break };
            if let Err(error) = log.tend().await {
                tracing::error!(%error, "the audit log cannot be tended");
            }
        }
    });
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn private_folder(dir: &Path) -> Result<(), OfficeError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|error| OfficeError::Folder { place: dir.display().to_string(), error })
}

/// SHA-256 of the running program. Kept between starts as long as size and time of the file stay the same.
async fn program_digest(store: &Store, machine: &str) -> Result<String, OfficeError> {
    let key = format!("program {machine}");
    let unreadable = |error| OfficeError::Folder { place: "shoki".into(), error };
    let path = std::env::current_exe().map_err(unreadable)?;
    let facts = path.metadata().map_err(unreadable)?;
    let modified = facts.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
    let stamp = format!("{}-{}", facts.len(), modified.map_or(0, |d| d.as_nanos()));
    let mut tx = store.begin(Strength::Process).await?;
    if let Some(known) = tx.meta(&key).await?
        && let Some((old, digest)) = known.split_once(' ')
        && old == stamp
    {
        return Ok(digest.to_owned());
    }
    let digest = sha256_hex(&std::fs::read(&path).map_err(unreadable)?);
    tx.set_meta(&key, &format!("{stamp} {digest}")).await?;
    tx.commit().await?;
    Ok(digest)
}
