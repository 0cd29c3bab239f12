//! The few words of HTTP that asking a process on this machine takes.
//!
//! One request, one answer, one connection, to an address on loopback only, within a time and a size. That is
//! less than any client brings along, and it follows nothing: no redirect, no proxy of the environment.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer is longer.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) body: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nobody listens there.
    Nobody,
    /// The address is not of this machine.
    Elsewhere,
    /// Whoever listens does not answer in time, or ends in the middle.
    Silent(io::Error),
    /// What came is no answer.
    Strange,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("nobody listens"),
            Self::Elsewhere => {
                f.write_str("is not on this machine, so the token is not sent there")
            }
            Self::Silent(error) => write!(f, "does not answer: {error}"),
            Self::Strange => f.write_str("answers with something that is no HTTP"),
        }
    }
}

pub(super) fn get(address: SocketAddr, path: &str) -> Result<Reply, Trouble> {
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    exchange(address, &head)
}

pub(super) fn post(
    address: SocketAddr,
    path: &str,
    token: &str,
    body: &str,
) -> Result<Reply, Trouble> {
    if !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Trouble::Strange);
    }
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\nauthorization: Bearer {token}\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    exchange(address, &request)
}

fn exchange(address: SocketAddr, request: &str) -> Result<Reply, Trouble> {
    if !address.ip().to_canonical().is_loopback() {
        return Err(Trouble::Elsewhere);
    }
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(|error| {
        let refused = error.kind() == io::ErrorKind::ConnectionRefused;
        if refused { Trouble::Nobody } else { Trouble::Silent(error) }
    })?;
    let said = (|| {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(request.as_bytes())?;
        let mut said = Vec::new();
        (&stream).take(ANSWER_BYTES_MAX).read_to_end(&mut said)?;
        Ok(said)
    })();
    parse(&said.map_err(Trouble::Silent)?).ok_or(Trouble::Strange)
}

/// An answer that ends with its connection.
fn parse(said: &[u8]) -> Option<Reply> {
    let said = std::str::from_utf8(said).ok()?;
    let (head, body) = said.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let is_http = first.next()?.starts_with("HTTP/1.");
    let code: u16 = first.next()?.parse().ok()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let whole = is_http && length.is_none_or(|length| length == body.len());
    whole.then(|| Reply { code, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_none_are_not_taken_for_one() {
        let of = |text: &str| parse(text.as_bytes()).map(|reply| (reply.code, reply.body));
        let good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(of(good), Some((200, "{}".to_owned())));
        for strange in [
            "",
            "SSH-2.0-OpenSSH_9.2\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}",
            "HTTP/1.1 abc OK\r\n\r\n",
            "220 mail.example ESMTP\r\n\r\n",
        ] {
            assert_eq!(of(strange), None, "{strange:?}");
        }
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe").is_none());
    }

    #[test]
    fn token_is_sent_to_this_machine_only() {
        let far = "192.0.2.1:7800".parse().unwrap();
        assert!(matches!(post(far, "/", "ab", "{}"), Err(Trouble::Elsewhere)));
        let near = "127.0.0.1:1".parse().unwrap();
        assert!(matches!(post(near, "/", "a\r\nb", "{}"), Err(Trouble::Strange)));
    }
}
