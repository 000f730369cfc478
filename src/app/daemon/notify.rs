//! What systemd is told: ready, alive, stopping. A few lines over a datagram socket; without systemd nothing is said.

use std::os::{
    linux::net::SocketAddrExt as _,
    unix::net::{SocketAddr, UnixDatagram},
};

/// Tells systemd, if it listens. That it cannot be told is no reason to end.
pub fn tell(state: &str) {
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&place.to_string_lossy(), state) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

fn send(place: &str, state: &str) -> std::io::Result<()> {
    let address = match place.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(place)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}
