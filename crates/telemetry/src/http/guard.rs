//! Who may ask at all: calls that name this machine, by methods that only read, and, for what needs
//! one, with the token.
//!
//! A page in a browser on this machine could otherwise reach the endpoint through a name of its own
//! that it points at 127.0.0.1; such a call names a host that is not ours, and is turned away.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_SECURITY_POLICY, HOST, X_CONTENT_TYPE_OPTIONS};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version};
use axum::middleware::{self, Next};

use super::{TEXT, answer};

/// By what this endpoint may be called, without port: this machine's names for itself, and the address that
/// it listens on, as a number. A number is no name that somebody else could point here, so whoever listens
/// on every address takes any.
#[derive(Clone, Copy, Debug)]
pub struct Hosts(IpAddr);

/// The names of a machine for itself.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Hosts {
    /// Of a listener at that address; how a port was forwarded does not matter, so any port is taken.
    pub const fn at(listens: IpAddr) -> Self {
        Self(listens)
    }

    /// Whether it may be called like that.
    pub fn hold(self, name: &str) -> bool {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let number = bare.parse::<IpAddr>().ok().map(|number| number.to_canonical());
        OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(bare))
            || number
                .is_some_and(|number| self.0.is_unspecified() || number == self.0.to_canonical())
    }
}

/// The secret that opens `/metrics`. Never printed.
#[derive(Clone)]
pub struct Token(Arc<[u8]>);

/// A token that would be easy to guess, or cannot stand in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a metrics token is 16 to 256 visible ASCII characters; try: openssl rand -hex 32")]
pub struct InvalidToken;

impl Token {
    /// The token of that text.
    pub fn new(text: &str) -> Result<Self, InvalidToken> {
        let fits = (16..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.as_bytes().into())).ok_or(InvalidToken)
    }

    /// Whether the headers carry it, once.
    pub(super) fn opens(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return false };
        let Some((scheme, given)) = value.as_bytes().split_at_checked(7) else { return false };
        scheme.eq_ignore_ascii_case(b"bearer ") && self.is(given)
    }

    /// Compares in a time that depends on the length of what was given, and on nothing else.
    fn is(&self, given: &[u8]) -> bool {
        let mut differs = u64::from(given.len() != self.0.len());
        for (place, byte) in given.iter().enumerate() {
            let own = self.0[place % self.0.len()];
            differs |= u64::from(byte ^ own);
            differs = std::hint::black_box(differs);
        }
        differs == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

/// The routes behind the guard.
pub fn guarded(routes: Router, hosts: Hosts) -> Router {
    routes.layer(middleware::from_fn_with_state(hosts, guard))
}

async fn guard(State(hosts): State<Hosts>, request: Request, next: Next) -> Response<Body> {
    let mut response = match objection(hosts, &request) {
        Some((status, why)) => answer(status, TEXT, why.to_owned() + "\n"),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}

fn objection(hosts: Hosts, request: &Request) -> Option<(StatusCode, &'static str)> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Some((
            StatusCode::METHOD_NOT_ALLOWED,
            "this is only looked at, with GET or HEAD; try: GET",
        ));
    }
    let mut named = request.headers().get_all(HOST).iter();
    let host = match (named.next(), named.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) if request.version() < Version::HTTP_11 => request.uri().host(),
        _ => None,
    };
    let Some(host) = host.and_then(|host| host.parse::<Authority>().ok()) else {
        return Some((
            StatusCode::BAD_REQUEST,
            "a call names exactly one host; try: 127.0.0.1 and the port",
        ));
    };
    let called = request.uri().host().is_none_or(|name| hosts.hold(name));
    let plain = !host.as_str().contains('@');
    if called && plain && hosts.hold(host.host()) {
        return None;
    }
    Some((
        StatusCode::MISDIRECTED_REQUEST,
        "this machine is not known by that name here; try: 127.0.0.1 and the port",
    ))
}

/// Whether an address can only be reached from this machine.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn opens(values: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        Token::new(TOKEN).unwrap().opens(&headers)
    }

    #[test]
    fn token_opens_only_by_itself_alone() {
        assert!(opens(&["Bearer 0123456789abcdef"]) && opens(&["bearer 0123456789abcdef"]));
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdef0",
            "Bearer 0123456789abcdef0123456789abcdef",
            "Bearer 0123456789abcdeF",
            "Basic 0123456789abcdef",
            "0123456789abcdef",
        ] {
            assert!(!opens(&[wrong]), "{wrong}");
        }
        assert!(!opens(&[]));
        assert!(!opens(&["Bearer 0123456789abcdef", "Bearer 0123456789abcdef"]));
    }

    #[test]
    fn token_that_is_weak_is_refused_and_none_is_printed() {
        for weak in ["", "short", "has a space in it", "ümlauteümlauteümlaute", &"x".repeat(257)]
        {
            assert_eq!(Token::new(weak).unwrap_err(), InvalidToken, "{weak}");
        }
        assert_eq!(format!("{:?}", Token::new(TOKEN).unwrap()), "Token(redacted)");
    }

    fn check(host: Option<&str>, uri: &str, expected: Option<u16>) {
        let hosts = Hosts::at(IpAddr::from([127, 0, 0, 1]));
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        let found = objection(hosts, &request.body(Body::empty()).unwrap());
        assert_eq!(found.map(|(status, _)| status.as_u16()), expected, "{host:?} {uri}");
    }

    #[test]
    fn guard_takes_calls_for_this_machine_only() {
        let own = ["localhost", "LOCALHOST:9100", "127.0.0.1:1", "[::1]:80"];
        for host in own {
            check(Some(host), "/health", None);
        }
        let foreign = ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "10.0.0.1:9100"];
        for host in foreign {
            check(Some(host), "/health", Some(421));
        }
        check(Some("evil.example@localhost"), "/health", Some(421));
        check(Some("localhost"), "http://evil.example/health", Some(421));
        check(None, "/health", Some(400));
        check(Some(""), "/health", Some(400));
        check(Some("local host"), "/health", Some(400));
    }

    #[test]
    fn guard_beyond_loopback_takes_the_address_that_it_listens_on_and_no_name() {
        let holds = |listens: [u8; 4], name: &str| Hosts::at(IpAddr::from(listens)).hold(name);
        assert!(holds([10, 0, 0, 5], "10.0.0.5") && holds([10, 0, 0, 5], "localhost"));
        assert!(holds([10, 0, 0, 5], "[::ffff:10.0.0.5]"), "the same, written otherwise");
        assert!(!holds([10, 0, 0, 5], "10.0.0.6") && !holds([127, 0, 0, 1], "10.0.0.5"));
        for number in ["10.0.0.6", "[2001:db8::1]", "127.0.0.1"] {
            assert!(holds([0, 0, 0, 0], number), "{number}");
        }
        for name in ["evil.example", "10.0.0.5.evil.example", "0x0a000005", ""] {
            assert!(!holds([0, 0, 0, 0], name) && !holds([10, 0, 0, 5], name), "{name}");
        }
    }

    #[test]
    fn guard_two_hosts_or_a_writing_method_are_turned_away() {
        let hosts = Hosts::at(IpAddr::from([127, 0, 0, 1]));
        let twice = Request::builder().header(HOST, "localhost").header(HOST, "evil.example");
        let found = objection(hosts, &twice.body(Body::empty()).unwrap());
        assert_eq!(found.map(|(status, _)| status), Some(StatusCode::BAD_REQUEST));
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "X"] {
            let call = Request::builder().method(method).header(HOST, "localhost");
            let found = objection(hosts, &call.body(Body::empty()).unwrap());
            assert_eq!(found.map(|(status, _)| status), Some(StatusCode::METHOD_NOT_ALLOWED));
        }
    }
}
