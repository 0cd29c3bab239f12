//! Takes a port, on loopback unless somebody asked for more in so many words.
//!
//! Which port is decided by the one port plan of the settings; nothing here has a default.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::guard::is_loopback;

/// From where an endpoint may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// From this machine.
    Loopback,
    /// From wherever the network lets somebody; asked for explicitly.
    Network,
}

/// Why an endpoint does not listen.
#[derive(Debug, thiserror::Error)]
pub enum BindFault {
    /// An address that others can reach, and nobody asked for that.
    #[error(
        "{0} can be reached from other machines; try: 127.0.0.1, or say in the settings that \
         this is meant"
    )]
    Exposed(SocketAddr),
    /// Something else listens there.
    #[error("{0} is taken by another program; try: njord status, or another port in the settings")]
    Taken(SocketAddr),
    /// The system says no.
    #[error("cannot listen on {0}: {1}; try: a port above 1023 on 127.0.0.1")]
    Refused(SocketAddr, io::Error),
}

/// Listens at that address; port 0 takes any free port.
pub async fn bind(address: SocketAddr, exposure: Exposure) -> Result<TcpListener, BindFault> {
    if exposure == Exposure::Loopback && !is_loopback(address.ip()) {
        return Err(BindFault::Exposed(address));
    }
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => BindFault::Taken(address),
        _ => BindFault::Refused(address, error),
    })
}
