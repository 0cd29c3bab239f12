//! Who may reach a control at all: programs and our own page on this machine, in JSON.
//!
//! A page of somebody else in a browser on this machine could otherwise post here: by a name of its own that
//! it points at 127.0.0.1 (then the host is not ours), or across origins (then the origin is not ours, and a
//! content type that needs no asking beforehand is refused besides).

use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use telemetry::http::Hosts;

/// Why a call is turned away, and what to try.
pub(super) type Objection = (StatusCode, &'static str, &'static str);

/// What is wrong with a call, if anything.
pub(super) fn objection(hosts: Hosts, headers: &HeaderMap) -> Option<Objection> {
    let Some(host) = only(headers, HOST.as_str()).and_then(|host| host.parse::<Authority>().ok())
    else {
        let what = "a call names exactly one host";
        return Some((StatusCode::BAD_REQUEST, what, "127.0.0.1 and the port"));
    };
    if !hosts.hold(host.host()) || host.as_str().contains('@') {
        let what = "this machine is not known by that name here";
        return Some((
            StatusCode::MISDIRECTED_REQUEST,
            what,
            "127.0.0.1, or ports.bind, and the port",
        ));
    }
    let same = |origin: &str| origin.eq_ignore_ascii_case(&format!("http://{host}"));
    if headers.contains_key(ORIGIN) && !only(headers, ORIGIN.as_str()).is_some_and(same) {
        let what = "a page of somebody else may not tell this process anything";
        return Some((StatusCode::FORBIDDEN, what, "the page that this process serves itself"));
    }
    let json =
        |kind: &str| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json");
    if !only(headers, CONTENT_TYPE.as_str()).is_some_and(json) {
        let what = "a control is told in JSON";
        return Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, what, "Content-Type: application/json"));
    }
    None
}

/// The value of a header that stands there once.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], expected: Option<u16>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        let hosts = Hosts::at(Ipv4Addr::LOCALHOST.into());
        assert_eq!(
            objection(hosts, &map).map(|(status, ..)| status.as_u16()),
            expected,
            "{headers:?}"
        );
    }

    #[test]
    fn guard_takes_programs_and_our_own_page_only() {
        let json = ("content-type", "application/json");
        for host in ["127.0.0.1:7800", "localhost:7800", "LocalHost", "[::1]:7800"] {
            check(&[("host", host), json], None);
        }
        let (host, own) = (("host", "127.0.0.1:7800"), ("origin", "http://127.0.0.1:7800"));
        check(&[host, own, json], None);
        check(&[host, own, ("content-type", "application/json; charset=utf-8")], None);
        for foreign in [
            "http://evil.example",
            "null",
            "http://127.0.0.1:7801",
            "https://127.0.0.1:7800",
            "http://localhost:7800",
            "http://127.0.0.1:7800.evil.example",
        ] {
            check(&[host, ("origin", foreign), json], Some(403));
        }
        check(&[host, own, own, json], Some(403));
        for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
            check(&[host, ("content-type", kind)], Some(415));
        }
        check(&[host], Some(415));
        for foreign in ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "x@127.0.0.1"] {
            check(&[("host", foreign), json], Some(421));
        }
        check(&[json], Some(400));
        check(&[host, host, json], Some(400));
        check(&[("host", ""), json], Some(400));
    }
}
