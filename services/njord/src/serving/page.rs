//! `GET /`: the page. One file, no outside links; its script and style carry a word that is another one each
//! time, and nothing else runs.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderValue, Response, StatusCode};

use super::Entropy;
use super::doorstep::random_hex;

const MARKUP: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) async fn page(State(entropy): State<Entropy>) -> Response<Body> {
    let Ok(word) = random_hex(entropy) else {
        let mut response = Response::new(Body::from("the page cannot be made; try: again\n"));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return response;
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{word}'; style-src 'nonce-{word}'; \
         connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let mut response = Response::new(Body::from(written(&word)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn written(word: &str) -> String {
    let style = format!("<style nonce=\"{word}\">\n{STYLE}</style>");
    let script = format!("<script nonce=\"{word}\">\n{SCRIPT}</script>");
    MARKUP.replacen("<!-- style -->", &style, 1).replacen("<!-- script -->", &script, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_asks_nobody_outside_for_anything_and_holds_no_style_or_script_of_its_own_accord() {
        let page = written("word");
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        for inline in [" style=", " onclick=", " onload=", "innerHTML", "eval("] {
            assert!(!page.contains(inline), "{inline}");
        }
        assert_eq!(page.matches("nonce=\"word\"").count(), 2);
    }
}
