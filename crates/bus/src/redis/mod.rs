//! A server that is Redis, version 7 or newer.
//!
//! Every connection has a timeout for connecting and one for every answer, signs in as the user that it is
//! given, and is thrown away after the first fault. Redis is transport and never the record: nothing is
//! lost when it comes back empty.

mod listening;
mod reading;
mod scripts;
mod writing;

use std::fmt;
use std::time::Duration;

use ::redis::{
    Client, Connection, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo as _,
    RedisError, ServerErrorKind,
};
use zeroize::Zeroizing;

use crate::line::{Bus, Fault, FaultKind, Fetching, Hearing, Writing};
use crate::place::Channel;

/// Redis at an address.
#[derive(Clone)]
pub struct RedisBus {
    client: Client,
    connect_timeout: Duration,
    answer_timeout: Duration,
    place: String,
}

/// Where Redis is, and who we are there.
#[derive(Clone, Debug)]
pub struct RedisSetup {
    /// The address: `redis://HOST:PORT/DB` or `redis+unix:///PATH`. No password stands in it.
    pub url: String,
    /// The user and the password; nothing where Redis asks for none.
    pub login: Option<Login>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long an answer may take.
    pub answer_timeout: Duration,
}

/// A user of Redis.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Password,
}

/// A password. Never shown.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// That password.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// The address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address of the bus {what}; try: {advice}")]
pub struct Unusable {
    what: &'static str,
    advice: &'static str,
}

impl RedisBus {
    /// Redis as it is described. Nothing is connected yet.
    pub fn new(setup: &RedisSetup) -> Result<Self, Unusable> {
        let plain = "redis://127.0.0.1:6379/0, or redis+unix:///run/redis/redis.sock";
        let unusable = |what, advice| Unusable { what, advice };
        if setup.url.contains('@') {
            return Err(unusable("has a user or a password in it", "the address alone"));
        }
        let info = setup.url.as_str().into_connection_info();
        let info = info.map_err(|_| unusable("is none that Redis has", plain))?;
        let place = place(info.addr()).ok_or_else(|| {
            let advice = "an address on this machine, or a tunnel that ends on it";
            unusable("asks for TLS, which is not in this build", advice)
        })?;
        let client = Client::open(signed_in(info, setup.login.as_ref()));
        let client = client.map_err(|_| unusable("is none that Redis has", plain))?;
        let at_least = Duration::from_millis(1);
        Ok(Self {
            client,
            connect_timeout: setup.connect_timeout.max(at_least),
            answer_timeout: setup.answer_timeout.max(at_least),
            place,
        })
    }

    /// A connection of which every call ends in time.
    fn connect(&self) -> Result<Line, Fault> {
        let connection = self.client.get_connection_with_timeout(self.connect_timeout);
        let connection = connection.map_err(|error| fault(&self.place, &error))?;
        let line =
            Line { connection, answer_timeout: self.answer_timeout, place: self.place.clone() };
        let timeout = Some(self.answer_timeout);
        line.connection.set_write_timeout(timeout).map_err(|error| line.fault(&error))?;
        line.connection.set_read_timeout(timeout).map_err(|error| line.fault(&error))?;
        Ok(line)
    }
}

fn place(addr: &ConnectionAddr) -> Option<String> {
    match addr {
        ConnectionAddr::Tcp(host, port) => Some(format!("redis at {host}:{port}")),
        ConnectionAddr::Unix(path) => Some(format!("redis at {}", path.display())),
        _ => None,
    }
}

fn signed_in(info: ConnectionInfo, login: Option<&Login>) -> ConnectionInfo {
    let mut settings = info.redis_settings().clone().set_skip_set_lib_name();
    if let Some(login) = login {
        settings = settings.set_username(&login.user).set_password(login.password.0.as_str());
    }
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    info.set_redis_settings(settings).set_tcp_settings(tcp)
}

/// A connection.
struct Line {
    connection: Connection,
    answer_timeout: Duration,
    place: String,
}

impl Line {
    fn fault(&self, error: &RedisError) -> Fault {
        fault(&self.place, error)
    }

    fn nonsense(&self, what: &str) -> Fault {
        Fault::new(FaultKind::Nonsense, format!("{}: {what}", self.place))
    }
}

/// What an error of the client means to us. What the server says is repeated, and it never says a password.
fn fault(place: &str, error: &RedisError) -> Fault {
    let (kind, advice) = match error.kind() {
        _ if error.is_timeout() => (FaultKind::Timeout, "look whether the server is overloaded"),
        ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm) => {
            let advice = "the user's line in deploy/redis/users.acl, and the secret redis_password";
            (FaultKind::NotAllowed, advice)
        }
        ErrorKind::Io => (FaultKind::Away, "look whether Redis runs there"),
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
            (FaultKind::Nonsense, "look whether that is Redis")
        }
        _ => match error.code() {
            Some("OOM" | "MISCONF") => {
                (FaultKind::NoRoom, "give Redis more memory or disk, or find who does not read")
            }
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => {
                (FaultKind::NotAllowed, "the user of this service, and the secret redis_password")
            }
            // A script that is not there any more, a server that is loading or going down: begin anew.
            _ => (FaultKind::Away, "wait; it is tried again"),
        },
    };
    Fault { kind, what: format!("{place}: {error}"), advice }
}

impl Bus for RedisBus {
    fn writer(&self) -> Result<Box<dyn Writing>, Fault> {
        Ok(Box::new(writing::Writer::on(self.connect()?)?))
    }

    fn reader(&self) -> Result<Box<dyn Fetching>, Fault> {
        Ok(Box::new(reading::Reading(self.connect()?)))
    }

    fn listener(&self, channels: &[Channel]) -> Result<Box<dyn Hearing>, Fault> {
        Ok(Box::new(listening::Listening::on(self.connect()?, channels)?))
    }
}
