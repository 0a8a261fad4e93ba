//! The console's files, embedded where they were built.

use crate::refusal::{Kind, Refusal};
use axum::{body::Body, extract::Request, response::Response};
use hyper::{
    Method, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap,
        HeaderValue, IF_NONE_MATCH, VARY,
    },
};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::fmt::Write as _;

/// What `npm run build` in `console/` wrote; nothing where it never ran. A debug build reads it
/// when asked.
#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Files;

const INDEX: &str = "index.html";

/// What is there instead of a console that was not built.
const NOT_BUILT: &str = "<!doctype html>
<html lang=en>
<title>Cofferdam</title>
<h1>Cofferdam</h1>
<p>The console is not in this binary. Build it first, then the binary again:
<pre>cd console &amp;&amp; npm ci &amp;&amp; npm run build</pre>
<p>The API is at <a href=/api/v1/openapi.json>/api/v1</a>.
</html>
";

/// Answers every path that nothing else does.
pub(crate) async fn answer(request: Request) -> Response {
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Refusal::method("GET, HEAD".to_owned()).response(path);
    }
    let Some((name, file)) = find(path.trim_start_matches('/')) else {
        if Files::get(INDEX).is_none() && is_view(path) {
            return page(Body::from(NOT_BUILT), "text/html; charset=utf-8", "no-store");
        }
        return Refusal::new(Kind::NotFound, "There is no such file.").response(path);
    };
    let packed = Files::get(&format!("{name}.gz")).filter(|_| takes_gzip(request.headers()));
    let is_packed = packed.is_some();
    let file = packed.unwrap_or(file);
    let tag = tag(&file);
    // Vite puts a hash of the content into the names of what is below `assets/`.
    let is_forever = name.starts_with("assets/");
    let keep = if is_forever { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request.headers().get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    let mut response = page(Body::from(file.data.into_owned()), kind(name), keep);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if is_packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if known == Some(&*tag) {
        *response.body_mut() = Body::empty();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The file of a path. A path that names no file is a view of the console's own.
fn find(path: &str) -> Option<(&str, EmbeddedFile)> {
    // A debug build looks on disk: only names that a build writes, and no way up.
    let is_name = |part: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain)
    };
    if path.split('/').all(is_name)
        && let Some(file) = Files::get(path)
    {
        return Some((path, file));
    }
    if is_view(path) { Files::get(INDEX).map(|file| (INDEX, file)) } else { None }
}

/// Whether a client takes gzip; one that names it with a weight of zero does not.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim() == "gzip" && weight.parse() != Ok(0.0_f32)
    })
}

fn is_view(path: &str) -> bool {
    // Names of workloads have dots; the console's files are all below these.
    !path.starts_with("assets/") && !path.starts_with("/assets/")
}

fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex = hash.iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    format!("\"{hex}\"")
}

/// The media type of what a build writes.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn page(body: Body, kind: &'static str, keep: &'static str) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;
    use hyper::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};

    #[test]
    fn who_takes_gzip() {
        let check = |accepted: &'static str, expected| {
            let headers =
                HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
            assert_eq!(takes_gzip(&headers), expected, "{accepted}");
        };
        check("gzip, deflate, br, zstd", true);
        check("br;q=1.0, gzip;q=0.8, *;q=0.1", true);
        check("br, gzip;q=0", false);
        check("gzip; q=0.0", false);
        check("identity", false);
        check("", false);
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
