//! An API server out of a script, for what a real one does seldom: it answers one kind's requests
//! in an order that is given, each on a connection of its own.

use crate::{Access, Connection};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// What to answer.
#[derive(Clone)]
pub(super) enum Answer {
    /// A list.
    Page { objects: &'static [&'static str], version: &'static str, next: &'static str },
    /// Events of a watch, after which it ends.
    Events(&'static [&'static str]),
    /// A refusal.
    No(u16, &'static str),
    /// Some bytes.
    Raw(String),
    /// Nothing: the connection is closed.
    Cut,
}

/// What was asked, as [`asked`] says it, and what to answer.
pub(super) type Script = Vec<(&'static str, Answer)>;

/// The server and what it met that is not in its script.
pub(super) struct Fake {
    pub(super) connection: Connection,
    wrong: Arc<Mutex<Vec<String>>>,
    script: Arc<Mutex<VecDeque<(&'static str, Answer)>>>,
}

impl Fake {
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(VecDeque::from(script)));
        let wrong = Arc::<Mutex<Vec<String>>>::default();
        tokio::spawn({
            let (script, wrong) = (Arc::clone(&script), Arc::clone(&wrong));
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&wrong)));
                }
            }
        });
        let file = tempfile::NamedTempFile::new().unwrap();
        let config = format!(
            "clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {{}}}}]\n\
             contexts: [{{name: fake, context: {{cluster: c, user: u}}}}]\ncurrent-context: fake\n"
        );
        std::fs::write(file.path(), config).unwrap();
        let access = Access::File { path: file.path().to_owned(), context: None };
        let connection = Connection::open(&access).await.unwrap();
        Self { connection, wrong, script }
    }

    /// Complains of what was asked and not in the script, and of what was not asked.
    pub(super) fn finish(self) {
        assert_eq!(*self.wrong.lock().unwrap(), Vec::<String>::new());
        assert_eq!(self.script.lock().unwrap().len(), 0, "not all of the script was asked for");
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<(&'static str, Answer)>>>,
    wrong: Arc<Mutex<Vec<String>>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap();
    let answer = match path {
        "/version" => Answer::Raw(r#"{"gitVersion":"v1.34.4"}"#.to_owned()),
        _ if path.ends_with("kube-system") => {
            Answer::Raw(r#"{"metadata":{"name":"kube-system","uid":"cluster"}}"#.to_owned())
        }
        _ => {
            let asked = asked(path);
            let next = script.lock().unwrap().pop_front();
            match next {
                Some((expected, answer)) if expected == asked => answer,
                Some((expected, _)) => {
                    wrong.lock().unwrap().push(format!("{asked}, not {expected}"));
                    return;
                }
                // The end of the script: a watch on which nothing happens.
                None => {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                    std::future::pending().await
                }
            }
        }
    };
    let _ = stream.write_all(response(answer).as_bytes()).await;
}

/// `list`, `list TOKEN`, `watch VERSION`, `kinds` of a version of a group, `versions` of a group.
fn asked(path: &str) -> String {
    let Some((_, query)) = path.split_once('?') else {
        let is_of_version = path.matches('/').count() > 2;
        return if is_of_version { "kinds" } else { "versions" }.to_owned();
    };
    let value = |name: &str| {
        let mut values = query.split('&').filter_map(|pair| pair.split_once('='));
        values.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    match (value("watch"), value("continue")) {
        (Some(_), _) => format!("watch {}", value("resourceVersion").unwrap()),
        (None, Some(token)) => format!("list {token}"),
        (None, None) => "list".to_owned(),
    }
}

/// `name version` as an object.
fn object(text: &str) -> String {
    let (name, version) = text.split_once(' ').unwrap();
    format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"x","uid":"{name}","resourceVersion":"{version}"}}}}"#
    )
}

/// `+name version`, `-name version`, `=version` (a bookmark), `!` (410) as an event.
fn event(text: &str) -> String {
    let (what, rest) = text.split_at(1);
    let (what, object) = match what {
        "+" => ("MODIFIED", object(rest)),
        "-" => ("DELETED", object(rest)),
        "=" => ("BOOKMARK", format!(r#"{{"metadata":{{"resourceVersion":"{rest}"}}}}"#)),
        _ => ("ERROR", r#"{"kind":"Status","code":410,"reason":"Expired"}"#.to_owned()),
    };
    format!("{{\"type\":\"{what}\",\"object\":{object}}}\n")
}

fn response(answer: Answer) -> String {
    let (code, body) = match answer {
        Answer::Page { objects, version, next } => {
            let items: Vec<String> = objects.iter().map(|text| object(text)).collect();
            let metadata = format!(r#"{{"resourceVersion":"{version}","continue":"{next}"}}"#);
            (200, format!(r#"{{"metadata":{metadata},"items":[{}]}}"#, items.join(",")))
        }
        Answer::Events(events) => (200, events.iter().map(|text| event(text)).collect()),
        Answer::No(code, reason) => (
            code,
            format!(r#"{{"kind":"Status","reason":"{reason}","message":"no","code":{code}}}"#),
        ),
        Answer::Raw(body) => (200, body),
        Answer::Cut => return String::new(),
    };
    format!("HTTP/1.1 {code} X\r\nConnection: close\r\n\r\n{body}")
}
