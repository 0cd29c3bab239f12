//! The one plan of ports: every listener of every service, so that two never meet.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::catalogue::section;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

section! {
    /// The one plan of ports. Everything listens on loopback unless somebody says otherwise twice. Port 0 is
    /// any free one.
    pub struct Ports: "ports", Serves {
        /// The address that is listened on.
        bind: IpAddr = LOOPBACK, Any, "";
        /// Must be true for an address beyond loopback. What listens there speaks neither TLS nor to friends
        /// only: put a proxy in front of it.
        beyond_loopback: bool = false, Any, "";
        /// Metrics, health and status of `njord up`.
        up: u16 = 7_800, Any, "";
        /// Metrics and health of md-ingest.
        md_ingest: u16 = 7_801, Any, "";
        /// Metrics and health of strategy-engine.
        strategy_engine: u16 = 7_802, Any, "";
        /// Metrics and health of risk-engine.
        risk_engine: u16 = 7_803, Any, "";
        /// Metrics and health of execution-gateway.
        execution_gateway: u16 = 7_804, Any, "";
        /// Metrics and health of scanner.
        scanner: u16 = 7_805, Any, "";
        /// Metrics, health and dashboard of monitor.
        monitor: u16 = 7_806, Any, "";
        /// Metrics, health and queries of auditor.
        auditor: u16 = 7_807, Any, "";
        /// Metrics, health and control of controller.
        controller: u16 = 7_808, Any, "";
        /// The simulated Kraken.
        kraken_sim: u16 = 7_809, Any, "";
        /// The simulated venue as a process of its own.
        venue: u16 = 7_810, Any, "";
    }
}

/// A service that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// All services in one process.
    Up,
    /// Market data in.
    MdIngest,
    /// Strategies.
    StrategyEngine,
    /// The gate.
    RiskEngine,
    /// The gateway.
    ExecutionGateway,
    /// The scanner.
    Scanner,
    /// The monitor.
    Monitor,
    /// The auditor.
    Auditor,
    /// The controller.
    Controller,
    /// The simulated Kraken.
    KrakenSim,
    /// The simulated venue as a process of its own.
    Venue,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 11] = [
        Self::Up,
        Self::MdIngest,
        Self::StrategyEngine,
        Self::RiskEngine,
        Self::ExecutionGateway,
        Self::Scanner,
        Self::Monitor,
        Self::Auditor,
        Self::Controller,
        Self::KrakenSim,
        Self::Venue,
    ];

    /// The key of its port.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::MdIngest => "md_ingest",
            Self::StrategyEngine => "strategy_engine",
            Self::RiskEngine => "risk_engine",
            Self::ExecutionGateway => "execution_gateway",
            Self::Scanner => "scanner",
            Self::Monitor => "monitor",
            Self::Auditor => "auditor",
            Self::Controller => "controller",
            Self::KrakenSim => "kraken_sim",
            Self::Venue => "venue",
        }
    }
}

impl Ports {
    /// The port of a service.
    pub fn port(&self, service: Service) -> u16 {
        match service {
            Service::Up => self.up,
            Service::MdIngest => self.md_ingest,
            Service::StrategyEngine => self.strategy_engine,
            Service::RiskEngine => self.risk_engine,
            Service::ExecutionGateway => self.execution_gateway,
            Service::Scanner => self.scanner,
            Service::Monitor => self.monitor,
            Service::Auditor => self.auditor,
            Service::Controller => self.controller,
            Service::KrakenSim => self.kraken_sim,
            Service::Venue => self.venue,
        }
    }

    /// Where a service listens.
    pub fn address(&self, service: Service) -> SocketAddr {
        SocketAddr::new(self.bind, self.port(service))
    }
}
