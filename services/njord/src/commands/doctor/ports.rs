//! Whether the ports of the plan are free, or have those who are meant to have them.

use std::net::{SocketAddr, TcpListener};

use launch::answers_at;
use settings::{BusKind, Loaded, Service};

use crate::finding::Finding;
use crate::serving::{Door, Doorstep};

/// Of services that are processes of their own.
const APART: [Service; 4] =
    [Service::MdIngest, Service::StrategyEngine, Service::RiskEngine, Service::ExecutionGateway];

/// One process needs one port, several need one each.
pub(super) fn check(loaded: &Loaded) -> Vec<Finding> {
    let ports = &loaded.settings().ports;
    let wanted = match loaded.settings().bus.kind {
        BusKind::None | BusKind::Mirror => &[Service::Up][..],
        BusKind::Redis => &APART[..],
    };
    let (mut findings, mut free, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for &service in wanted {
        let address = ports.address(service);
        match TcpListener::bind(address).map(drop) {
            Ok(()) if address.port() == 0 => free.push("any".to_owned()),
            Ok(()) => free.push(address.port().to_string()),
            Err(_) if is_own(loaded, service, address) => ours.push(address.port().to_string()),
            Err(error) => findings.push(taken(address, service, &error)),
        }
    }
    if findings.is_empty() {
        let mut parts = Vec::new();
        for (ports, how) in [(free, "free"), (ours, "where this system runs already")] {
            if !ports.is_empty() {
                parts.push(format!("{} {how}", ports.join(", ")));
            }
        }
        findings.push(Finding::ok("ports", format!("{} on {}", parts.join("; "), ports.bind)));
    }
    findings
}

/// Whether whoever runs with this state folder has it.
fn is_own(loaded: &Loaded, service: Service, address: SocketAddr) -> bool {
    if service == Service::Up {
        let door = Doorstep::door(&loaded.places().state);
        return door.is_ok_and(|door| door == Door::At(address));
    }
    let name = service.key().replace('_', "-");
    answers_at(loaded, &name).is_some_and(|answers| answers.address == address)
}

fn taken(address: SocketAddr, service: Service, error: &std::io::Error) -> Finding {
    let what = match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("{address} is taken by somebody"),
        _ => format!("{address}: {error}"),
    };
    Finding::fail("ports", what)
        .advice(format!("another ports.{}, or stopping who listens there", service.key()))
}
