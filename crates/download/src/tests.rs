//! Against servers on loopback that misbehave on purpose. They inject faults; that the real world
//! is spoken to correctly is shown by `advisory update` and by pulling images.

mod server;

use crate::{Client, Fetched, Request, Settings};
use cofferdam_bounds::file;
use cofferdam_model::Diagnostic;
use server::Server;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// Waits of a millisecond, and no patience.
fn settings() -> Settings {
    Settings {
        backoff: Duration::from_millis(1),
        backoff_max: Duration::from_millis(2),
        read_timeout: Duration::from_millis(300),
        attempts: 3,
        ..Settings::default()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Sends one request, reads the body up to 100 bytes: status and body, or the error.
fn send(request: Request) -> Result<(u16, String), Diagnostic> {
    block_on(async {
        let response = Client::new(&settings()).unwrap().send(request).await?;
        let status = response.status();
        Ok((status, String::from_utf8(response.bytes(100).await?).unwrap()))
    })
}

/// A file that is kept current.
struct Kept(TempDir);

impl Kept {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("cache/file")
    }

    fn fetch(&self, url: &str) -> Result<Fetched, Diagnostic> {
        let client = Client::new(&settings()).unwrap();
        block_on(client.fetch_to_file(url, &self.path(), 1_000, &|_, _| ()))
    }

    fn text(&self) -> String {
        file::read_text(&self.path(), 10_000).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join("cache")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn an_answer_and_what_was_asked() {
    let server = Server::answering([ok("body"), ok("token")]);
    let url = server.url("/path?query");
    let request = Request::get(&url).header("accept", "text/plain");
    assert_eq!(send(request).unwrap(), (200, "body".into()));
    let request = Request::post_form(&url, "a=b");
    assert_eq!(send(request).unwrap(), (200, "token".into()));
    let [get, post] = server.requests().try_into().unwrap();
    assert!(get.starts_with("GET /path?query HTTP/1.1\r\n"), "{get}");
    assert!(get.contains("accept: text/plain\r\n"), "{get}");
    assert!(get.contains(concat!("user-agent: cofferdam/", env!("CARGO_PKG_VERSION"))), "{get}");
    assert!(post.starts_with("POST ") && post.ends_with("\r\n\r\na=b"), "{post}");
}

#[test]
fn what_is_temporary_is_tried_again() {
    let busy = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n";
    let server = Server::answering([busy.into(), String::new(), ok("at last")]);
    assert_eq!(send(Request::get(server.url("/"))).unwrap(), (200, "at last".into()));
    assert_eq!(server.requests().len(), 3);

    let down = "HTTP/1.1 503 Unavailable\r\nContent-Length: 4\r\n\r\ndown";
    let server = Server::answering([down; 5].map(Into::into));
    assert_eq!(send(Request::get(server.url("/"))).unwrap(), (503, "down".into()));
    assert_eq!(server.requests().len(), 3);

    let no = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let server = Server::answering([no; 2].map(Into::into));
    assert_eq!(send(Request::get(server.url("/"))).unwrap().0, 404);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn bodies_are_bounded() {
    let check = |answer: String, expected: &str| {
        // What makes no sense is asked for again.
        let server = Server::answering(vec![answer; 3]);
        let error = send(Request::get(server.url("/"))).unwrap_err();
        assert_eq!(error.what, expected, "{error}");
    };
    let huge = "x".repeat(100_000);
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".into(),
        "the answer is too long",
    );
    check(format!("HTTP/1.1 200 OK\r\n\r\n{huge}"), "the answer is too long");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    check(format!("{chunked}186A0\r\n{huge}"), "the answer is too long");
    check(format!("{chunked}5\r\nab"), "the connection broke");
    check("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab".into(), "the connection broke");
    check("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nab".into(), "the connection broke");
    check(format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", "a: b\r\n".repeat(500)), "the connection broke");
}

#[test]
fn silence_ends() {
    let server = Server::silent_after("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
    let error = send(Request::get(server.url("/"))).unwrap_err();
    assert_eq!(error.what, "the server does not answer in time");
    let server = Server::silent_after("");
    let error = send(Request::get(server.url("/"))).unwrap_err();
    assert_eq!(error.what, "the server does not answer in time");
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn redirects_are_bounded() {
    let server = Server::answering(vec![redirect("/again"); 20]);
    let error = send(Request::get(server.url("/"))).unwrap_err();
    assert_eq!(error.what, "the server redirects where we do not go");
    assert_eq!(server.requests().len(), 11);
    for outside in ["http://example.com/", "ftp://localhost/"] {
        let server = Server::answering([redirect(outside)]);
        let error = send(Request::get(server.url("/"))).unwrap_err();
        assert_eq!(error.what, "the server redirects where we do not go", "{outside}");
    }
}

#[test]
fn credentials_stay_with_their_host() {
    let other = Server::answering([ok("blob")]);
    let server = Server::answering([redirect(&other.url("/blob"))]);
    let request = Request::get(server.url("/")).header("authorization", "Bearer secret");
    assert_eq!(send(request).unwrap().1, "blob");
    assert!(server.requests()[0].contains("authorization: Bearer secret"));
    assert!(!other.requests()[0].contains("secret"));
    let bad = Request::get(server.url("/")).header("authorization", "secret\r\nx: y");
    let error = format!("{:?}", send(bad).unwrap_err());
    assert!(!error.contains("secret"), "{error}");
    let url = server.url("/x?token=secret").replace("http://", "http://user:secret@");
    let error = format!("{:?}", send(Request::get(url)).unwrap_err());
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn an_unchanged_file_is_not_fetched_again() {
    let first = "HTTP/1.1 200 OK\r\nETag: W/\"1\"\r\nContent-Length: 3\r\n\r\none";
    let same = "HTTP/1.1 304 Not Modified\r\nETag: W/\"1\"\r\n\r\n";
    let dated = "HTTP/1.1 200 OK\r\nLast-Modified: Fri, 31 Dec 1999 23:59:59 GMT\r\n\
        Content-Length: 3\r\n\r\ntwo";
    let server = Server::answering([first, same, dated, same, same].map(Into::into));
    let kept = Kept::new();
    let url = server.url("/feed");
    assert_eq!(kept.fetch(&url).unwrap(), Fetched::New(3));
    assert_eq!(kept.fetch(&url).unwrap(), Fetched::Unchanged);
    assert_eq!(kept.text(), "one");
    assert_eq!(kept.fetch(&url).unwrap(), Fetched::New(3));
    assert_eq!(kept.fetch(&url).unwrap(), Fetched::Unchanged);
    assert_eq!(kept.text(), "two");
    assert_eq!(kept.names(), ["file", "file.validators"]);
    // What another address said of its file says nothing of this one's.
    let _ = kept.fetch(&server.url("/other"));
    let conditions = ["if-none-match: W/\"1\"\r\n", "if-modified-since: Fri, 31 Dec 1999 23:59:59"];
    let asked: Vec<_> = server
        .requests()
        .iter()
        .map(|request| conditions.map(|condition| request.contains(condition)))
        .collect();
    let (none, etag, date) = ([false, false], [true, false], [false, true]);
    assert_eq!(asked, [none, etag, etag, date, none]);
}

#[test]
fn a_broken_download_goes_on_where_it_broke() {
    let half = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 6\r\n\r\nabc";
    let rest = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-5/6\r\n\
        Content-Length: 3\r\n\r\ndef";
    let server = Server::answering([half, rest].map(Into::into));
    let kept = Kept::new();
    assert_eq!(kept.fetch(&server.url("/")).unwrap(), Fetched::New(6));
    assert_eq!(kept.text(), "abcdef");
    assert_eq!(kept.names(), ["file", "file.validators"]);
    let resumed = &server.requests()[1];
    assert!(resumed.contains("range: bytes=3-\r\n"), "{resumed}");
    assert!(resumed.contains("if-range: \"1\"\r\n"), "{resumed}");
}

#[test]
fn a_download_goes_on_in_the_next_run() {
    let half = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 6\r\n\r\nabc";
    let gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let changed = "HTTP/1.1 200 OK\r\nETag: \"2\"\r\nContent-Length: 3\r\n\r\nnew";
    let server = Server::answering([half, gone, changed].map(Into::into));
    let kept = Kept::new();
    let error = kept.fetch(&server.url("/")).unwrap_err();
    assert_eq!(error.cause.unwrap(), "HTTP status 404");
    assert_eq!(kept.names(), ["file.part", "file.part.validators"]);
    // The file changed meanwhile: nothing of the old one is in the new one.
    assert_eq!(kept.fetch(&server.url("/")).unwrap(), Fetched::New(3));
    assert_eq!(kept.text(), "new");
    assert!(server.requests()[2].contains("range: bytes=3-\r\n"));
}

#[test]
fn a_download_that_cannot_go_on_starts_over() {
    let half = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 6\r\n\r\nabc";
    let wrong = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-5/6\r\n\
        Content-Length: 5\r\n\r\nbcdef";
    let no_range = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n";
    for refusal in [wrong, no_range] {
        let server = Server::answering([half.into(), refusal.into(), ok("abcdef")]);
        let kept = Kept::new();
        assert_eq!(kept.fetch(&server.url("/")).unwrap(), Fetched::New(6));
        assert_eq!(kept.text(), "abcdef");
        assert!(!server.requests()[2].contains("range:"));
    }
    // Without anything that names the content, what is there cannot be trusted to be its start.
    let unnamed = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc";
    let server = Server::answering([unnamed.into(), ok("xyz")]);
    let kept = Kept::new();
    assert_eq!(kept.fetch(&server.url("/")).unwrap(), Fetched::New(3));
    assert_eq!(kept.text(), "xyz");
}

#[test]
fn a_failed_download_leaves_the_old_file() {
    let long = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2_000));
    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n".to_owned();
    let missing = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_owned();
    for answers in [vec![long], vec![broken; 3], vec![missing]] {
        let server = Server::answering([vec![ok("good")], answers].concat());
        let kept = Kept::new();
        kept.fetch(&server.url("/")).unwrap();
        assert!(kept.fetch(&server.url("/")).is_err());
        assert_eq!(kept.text(), "good");
    }
}

#[test]
fn two_runs_do_not_write_one_file() {
    let server = Server::answering([ok("x")]);
    let kept = Kept::new();
    fs::create_dir_all(kept.path().parent().unwrap()).unwrap();
    let other = fs::File::create(kept.path().with_extension("part")).unwrap();
    other.lock().unwrap();
    let error = kept.fetch(&server.url("/")).unwrap_err();
    assert_eq!(error.what, "another download of the file is running");
}

#[test]
fn tls_is_verified() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/tls");
    let trusting = Settings { certificates: Some(corpus.join("ca.pem")), ..settings() };
    let ask = |settings: &Settings, url: String| {
        let settings = Settings { attempts: 1, ..settings.clone() };
        block_on(async {
            let response = Client::new(&settings).unwrap().send(Request::get(url)).await;
            response.map(|response| response.status())
        })
    };
    let server = Server::tls(&corpus, 6, &ok(""));
    assert_eq!(ask(&trusting, server.url("/")).unwrap(), 200);
    let error = ask(&settings(), server.url("/")).unwrap_err();
    assert!(error.cause.as_ref().unwrap().contains("certificate"), "{error}");
    // The certificate is for `localhost`.
    let by_address = server.url("/").replace("localhost", "127.0.0.1");
    assert!(ask(&trusting, by_address).is_err());
    let scheme = |settings: &Settings, server: &Server| {
        block_on(async { Client::new(settings).unwrap().scheme(&server.host()).await })
    };
    assert_eq!(scheme(&trusting, &server), "https");
    assert_eq!(scheme(&settings(), &server), "https");
    let plain = Server::answering([String::new()]);
    assert_eq!(scheme(&trusting, &plain), "http");
    let outside = block_on(async { Client::new(&settings()).unwrap().scheme("a.example:5").await });
    assert_eq!(outside, "https");
    let not_pem = Settings { certificates: Some(corpus.join("server.der")), ..settings() };
    assert!(Client::new(&not_pem).is_err());
}
