//! The console of an office: what it is given, and where it is served.

use super::{Office, OfficeError};
use crate::{
    config::{Asked, FILE},
    console::{Console, Entrance, Loaded, router},
    control::{
        AuditLog,
        evidence::Vault,
        people::{Door, People, second_factor::SecondFactors},
    },
    store::Store,
};
use axum::Router;
use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::{TLS12, TLS13},
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::SystemTime,
};
use tokio::net::TcpListener;

/// Files with their sizes and times.
type Stamps = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// The scenarios as they were read, and of which files.
#[derive(Default)]
struct Shelf(Stamps, Arc<Vec<Loaded>>);

impl Office {
    /// Who may sign in to the console.
    ///
    /// # Errors
    /// When the folder of keys cannot be made.
    pub fn people(&self, store: &Arc<Store>, log: &Arc<AuditLog>) -> Result<People, OfficeError> {
        let keys = self.state().join("keys");
        super::private_folder(&keys)?;
        let factors = SecondFactors::of(&keys, &format!("{} 書記", self.config.office.name));
        let two = self.config.console.second_factor == Asked::Required;
        Ok(People::new(Arc::clone(store), Arc::clone(log), factors, two))
    }

    /// The console with this memory.
    ///
    /// # Errors
    /// As [`Self::people`].
    pub fn console(
        self: &Arc<Self>,
        store: &Arc<Store>,
        log: &Arc<AuditLog>,
    ) -> Result<Arc<Console>, OfficeError> {
        let (office, books) = (Arc::clone(self), Mutex::new(Shelf::default()));
        Ok(Arc::new(Console {
            name: self.config.office.name.clone(),
            root: self.root.clone(),
            origin: self.config.office.origin.clone(),
            store: Arc::clone(store),
            log: Arc::clone(log),
            vault: Vault::of(&self.root),
            people: self.people(store, log)?,
            calendar: self.open_days(),
            forms: Arc::clone(&self.forms),
            means: self.means(),
            library: Box::new(move || office.shelf(&books)),
        }))
    }

    /// The scenarios; read again when a file of them has changed.
    fn shelf(&self, books: &Mutex<Shelf>) -> Arc<Vec<Loaded>> {
        let files = self.scenario_files();
        let stamp = |file: &PathBuf| {
            let facts = file.metadata().ok();
            (
                file.clone(),
                facts.as_ref().map_or(0, std::fs::Metadata::len),
                facts.and_then(|f| f.modified().ok()),
            )
        };
        let stamps: Stamps = files.iter().chain([&self.root.join(FILE)]).map(stamp).collect();
        let mut books = books.lock().expect("reading a scenario does not panic");
        if books.0 != stamps {
            *books = Shelf(stamps, Arc::new(files.into_iter().map(|file| self.loaded(file)).collect()));
        }
        Arc::clone(&books.1)
    }

    fn loaded(&self, file: PathBuf) -> Loaded {
        match self.scenario(&file) {
            Ok(scenario) => Loaded {
                id: scenario.id.clone(),
                title: scenario.title.clone(),
                scenario: Some(Arc::new(scenario)),
                problems: Vec::new(),
                file,
            },
            Err(problems) => {
                let named = std::fs::read_to_string(&file).unwrap_or_default();
                let named =
                    named.lines().find_map(|line| line.strip_prefix("id:").map(|id| id.trim().to_owned()));
                let id = named.unwrap_or_else(|| self.short(&file));
                Loaded { title: id.clone(), id, scenario: None, problems, file }
            }
        }
    }

    /// A file's path inside the office.
    fn short(&self, file: &Path) -> String {
        file.strip_prefix(&self.root).unwrap_or(file).display().to_string()
    }
}

fn refused(place: &Path, error: impl std::fmt::Display) -> OfficeError {
    OfficeError::Certificate { place: place.display().to_string(), why: error.to_string() }
}

/// The office's own certificate and key. TLS 1.2 and newer.
fn tls(certificate: &Path, key: &Path) -> Result<RustlsConfig, OfficeError> {
    let wrong = |error: &dyn std::fmt::Display| refused(certificate, error);
    let chain = CertificateDer::pem_file_iter(certificate).map_err(|e| wrong(&e))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(|e| wrong(&e))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| refused(key, e))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_protocol_versions(&[&TLS13, &TLS12]).map_err(|e| wrong(&e))?;
    let config = builder.with_no_client_auth().with_single_cert(chain, secret).map_err(|e| wrong(&e))?;
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// Serves the console to other machines, where the office has set that up. Says its address.
pub(super) fn open_door(office: &Office, console: &Arc<Console>) -> Result<Option<SocketAddr>, OfficeError> {
    let part = &office.config.console;
    let Some(listen) = part.listen else { return Ok(None) };
    let config = tls(&office.root.join(&part.certificate), &office.root.join(&part.key))?;
    let taken = |error| OfficeError::Listen { place: listen.to_string(), error };
    let listener = std::net::TcpListener::bind(listen).map_err(taken)?;
    listener.set_nonblocking(true).map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let routes = router(console, &Entrance { door: Door::Tls, hosts: part.hosts.clone() });
    let server = axum_server::from_tcp_rustls(listener, config).map_err(taken)?;
    tokio::spawn(server.serve(routes.into_make_service_with_connect_info::<SocketAddr>()));
    Ok(Some(address))
}

/// Serves `routes` on this machine. Says the address: port 0 is any that is free.
pub(super) async fn open_local(routes: Router, listen: SocketAddr) -> Result<SocketAddr, OfficeError> {
    let taken = |error| OfficeError::Listen { place: listen.to_string(), error };
    let listener = TcpListener::bind(listen).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

/// The console alone, without an engine, until a signal ends it.
///
/// # Errors
/// When it cannot begin.
pub async fn serve_console(
    office: Office,
    listen: SocketAddr,
    ready: impl Fn(&str),
) -> Result<(), OfficeError> {
    let office = Arc::new(office);
    let store = office.store().await?;
    let log = office.log(&store).await?;
    let console = office.console(&store, &log)?;
    let address = open_local(router(&console, &Entrance::local()), listen).await?;
    let far = open_door(&office, &console)?;
    ready(&greeting(address, far));
    tokio::signal::ctrl_c().await.ok();
    Ok(())
}

/// Where the console is, for whoever started it.
pub(super) fn greeting(local: SocketAddr, far: Option<SocketAddr>) -> String {
    let far = far.map_or_else(String::new, |far| format!("、ほかの機械から: https://{far}/"));
    format!("画面: http://{local}/{far}")
}
