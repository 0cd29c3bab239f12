//! Whether the ports of the plan are free.

use std::net::{SocketAddr, TcpListener};

use settings::{BusKind, Service, Settings};

use crate::finding::Finding;

/// One process needs one port; several processes need those of all services.
pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let ports = &settings.ports;
    let wanted = match settings.bus.kind {
        BusKind::None | BusKind::Mirror => &[Service::Up][..],
        BusKind::Redis => &Service::ALL[..],
    };
    let mut findings = Vec::new();
    let mut free = Vec::new();
    for &service in wanted {
        let address = ports.address(service);
        match listen(address) {
            Ok(()) if address.port() == 0 => free.push("any".to_owned()),
            Ok(()) => free.push(address.port().to_string()),
            Err(error) => findings.push(taken(address, service, &error)),
        }
    }
    if findings.is_empty() {
        let what = format!("{} free on {}", free.join(", "), ports.bind);
        findings.push(Finding::ok("ports", what));
    }
    findings
}

/// Listens for a moment, and lets go.
fn listen(address: SocketAddr) -> std::io::Result<()> {
    TcpListener::bind(address).map(drop)
}

fn taken(address: SocketAddr, service: Service, error: &std::io::Error) -> Finding {
    let what = match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("{address} is taken by somebody"),
        _ => format!("{address}: {error}"),
    };
    Finding::fail("ports", what)
        .advice(format!("another ports.{}, or stopping who listens there", service.key()))
}
