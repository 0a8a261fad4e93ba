//! Tokens that end in the middle of a pull, and connections that break in the middle of a layer.

use super::{AT, log_in, server::manifest};
use crate::{
    binary::{Home, Report},
    crafted::{Image, Tar, debian, digest},
    databases::SMALL,
    server::{Answer, Request, Server},
};
use std::{collections::HashMap, fmt::Write as _, net::SocketAddr};

/// How the registry treats its client.
#[derive(Clone, Copy, Default)]
struct Manners {
    /// Requests that one token is good for.
    uses_of_token: usize,
    /// Breaks off each first answer for a blob after so many bytes.
    cut_at: Option<usize>,
    /// Does not know `Range`, and starts over.
    ignores_ranges: bool,
    /// Keeps blobs on another server, as most do.
    storage: Option<SocketAddr>,
}

/// A registry with one image and a token service, at one address.
struct Fake {
    manners: Manners,
    documents: HashMap<String, Vec<u8>>,
    token: usize,
    uses: usize,
    cut: Vec<String>,
}

impl Fake {
    fn answer(&mut self, request: &Request) -> Answer {
        if request.path.starts_with("/token?") {
            return self.token(request);
        }
        let expected = format!("Bearer token-{}", self.token);
        let is_known = request.header("authorization") == Some(expected.as_str());
        if !is_known || self.uses >= self.manners.uses_of_token {
            let host = request.header("host").unwrap();
            let challenge = format!(
                "Bearer realm=\"http://{host}/token\",service=\"registry of tests\",\
                 scope=\"repository:team/app:pull\""
            );
            return Answer::new(401, "").header("www-authenticate", challenge);
        }
        self.uses += 1;
        if let Some(storage) = self.manners.storage.filter(|_| request.path.contains("/blobs/")) {
            let place = format!("http://{storage}{}", request.path);
            return Answer::new(307, "").header("location", place);
        }
        let Some(body) = self.documents.get(&request.path) else { return Answer::new(404, "") };
        let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
        let start = range.and_then(|range| range.strip_suffix('-')).map(|at| at.parse().unwrap());
        let answer = match start {
            Some(start) if !self.manners.ignores_ranges => {
                let place = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
                Answer::new(206, &body[start..]).header("content-range", place)
            }
            _ => Answer::new(200, body.clone()),
        };
        match self.manners.cut_at {
            Some(bytes) if bytes < body.len() && !self.cut.contains(&request.path) => {
                self.cut.push(request.path.clone());
                answer.cut_at(bytes)
            }
            _ => answer,
        }
    }

    fn token(&mut self, request: &Request) -> Answer {
        // tester:correct horse
        if request.header("authorization") != Some("Basic dGVzdGVyOmNvcnJlY3QgaG9yc2U=") {
            return Answer::new(401, "{\"details\":\"who are you\"}");
        }
        for part in ["service=registry%20of%20tests", "scope=repository%3Ateam%2Fapp%3Apull"] {
            assert!(request.path.contains(part), "{part} is not in {}", request.path);
        }
        self.token += 1;
        self.uses = 0;
        Answer::new(200, format!("{{\"token\":\"token-{}\",\"expires_in\":60}}", self.token))
    }
}

/// Starts a registry for an image.
fn start(image: &Image, manners: Manners) -> Server {
    let mut documents = blobs(image);
    documents.insert("/v2/team/app/manifests/1".into(), manifest(image));
    let mut fake = Fake { manners, documents, token: 0, uses: 0, cut: Vec::new() };
    Server::start(move |request| fake.answer(request))
}

/// Layers and configuration by their places.
fn blobs(image: &Image) -> HashMap<String, Vec<u8>> {
    let configuration = image.configuration();
    let blobs = image.layers.iter().map(|(layer, _)| layer).chain([&configuration]);
    blobs.map(|blob| (format!("/v2/team/app/blobs/{}", digest(blob)), blob.clone())).collect()
}

/// Three layers, the last of them of more than a megabyte.
fn image() -> Image {
    let mut noise = String::new();
    for number in 0..200_000_u32 {
        write!(noise, "{:x} ", number.wrapping_mul(2_654_435_761)).unwrap();
    }
    let big = Tar::of(&[("noise", noise.as_bytes())]);
    Image::of([debian(&[("bash", "5.2.15-9")]), Tar::of(&[("a", b"b")]), big])
}

/// Pulls and judges as if nothing had happened.
#[track_caller]
fn check(manners: Manners) -> Server {
    let image = image();
    let server = start(&image, manners);
    let home = Home::new();
    log_in(&home, &server.address.to_string(), "correct horse");
    let target = format!("{}/team/app:1", server.address);
    let report: Report = home.scan(target).database(&*SMALL).words(&AT).report();
    assert_eq!(report.problems(), Vec::<&str>::new(), "{:#}", report.json["problems"]);
    assert_eq!(report.code, 0);
    assert_eq!(report.list("packages").len(), 1);
    for request in server.seen().iter().filter(|request| !request.path.starts_with("/token")) {
        let authorization = request.header("authorization").unwrap_or_default();
        assert!(!authorization.starts_with("Basic"), "the password is for the token service only");
    }
    server
}

fn count(server: &Server, wanted: impl Fn(&Request) -> bool) -> usize {
    server.seen().iter().filter(|request| wanted(request)).count()
}

#[test]
fn a_token_serves_a_whole_pull() {
    let server = check(Manners { uses_of_token: 100, ..Manners::default() });
    assert_eq!(count(&server, |request| request.path.starts_with("/token")), 1);
}

#[test]
fn a_token_that_ends_in_the_middle_is_renewed() {
    // Manifest and configuration are two requests, the layers three.
    let server = check(Manners { uses_of_token: 3, ..Manners::default() });
    assert!(count(&server, |request| request.path.starts_with("/token")) >= 2);
}

#[test]
fn a_connection_that_breaks_is_taken_up_where_it_broke() {
    let manners = Manners { uses_of_token: 100, cut_at: Some(700_000), ..Manners::default() };
    let server = check(manners);
    let is_resumed = |request: &Request| {
        let range = request.header("range").unwrap_or_default();
        let start = range.trim_start_matches("bytes=").trim_end_matches('-').parse::<u32>();
        start.is_ok_and(|start| 0 < start && start <= 700_000)
    };
    assert_eq!(count(&server, is_resumed), 1, "what is there already is not fetched again");
    check(Manners { ignores_ranges: true, ..manners });
}

#[test]
fn a_storage_elsewhere_is_followed_and_gets_no_token() {
    let blobs = blobs(&image());
    let storage = Server::start(move |request| Answer::new(200, blobs[&request.path].clone()));
    let address = Some(storage.address);
    check(Manners { uses_of_token: 100, storage: address, ..Manners::default() });
    assert_eq!(storage.seen().len(), 4, "three layers and the configuration");
    for request in storage.seen() {
        assert_eq!(request.header("authorization"), None);
    }
}

#[test]
fn without_a_password_there_is_no_token() {
    let server = start(&image(), Manners { uses_of_token: 9, ..Manners::default() });
    let target = format!("{}/team/app:1", server.address);
    Home::new().scan(target).database(&*SMALL).run().exits(4).says(&["refuses", "docker login"]);
}
