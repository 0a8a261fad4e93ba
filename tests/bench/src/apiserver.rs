//! A made-up API server of a large cluster: lists page by page, watches on which something happens
//! when it is told to, and objects that it is given. Plain HTTP on the loopback; one thread a
//! connection.

use crate::company::Company;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// The state of the cluster that all lists show.
const VERSION: &str = "1000000";

/// The header that says how long a body is.
const LENGTH: &str = "content-length";

/// Bytes of a body.
const BODY_BYTES_MAX: u64 = 4 << 20;

/// How often a quiet watch looks whether its client is still there.
const QUIET: Duration = Duration::from_secs(30);

/// Who watches which collection.
type Watchers = Arc<Mutex<HashMap<String, Vec<mpsc::Sender<String>>>>>;

/// What was applied, by its path.
type Applied = Arc<Mutex<HashMap<String, Value>>>;

/// A running server; it ends with the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    watchers: Watchers,
    applied: Applied,
}

impl Server {
    pub(crate) fn start(company: Company) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (watchers, applied) = (Watchers::default(), Applied::default());
        let company = Arc::new(company);
        let (all, given) = (Arc::clone(&watchers), Arc::clone(&applied));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (company, watchers) = (Arc::clone(&company), Arc::clone(&all));
                let applied = Arc::clone(&given);
                // A client that goes away is no matter of ours.
                thread::spawn(move || drop(answer(&stream, &company, &watchers, &applied)));
            }
        });
        Ok(Self { address, watchers, applied })
    }

    /// What was applied at this path.
    pub(crate) fn applied(&self, path: &str) -> Option<Value> {
        self.applied.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// Tells everybody who watches this collection.
    pub(crate) fn tell(&self, path: &str, kind: &str, object: &Value) {
        let line = format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n");
        let mut all = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watchers) = all.get_mut(path) {
            watchers.retain(|watcher| watcher.send(line.clone()).is_ok());
        }
    }
}

/// Answers one request; the connection ends with it.
fn answer(
    stream: &TcpStream,
    company: &Company,
    watchers: &Watchers,
    applied: &Applied,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        let header = line.split_once(':').filter(|(key, _)| key.eq_ignore_ascii_case(LENGTH));
        length = header.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(length);
        line.clear();
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    if value("watch").is_some() {
        return watch(stream, path, watchers);
    }
    let number = |name| value(name).and_then(|text| text.parse::<usize>().ok());
    let (code, body) = match path {
        _ if first.starts_with("PATCH ") => {
            let mut body = reader.take(length);
            let body = cofferdam_bounds::read_all(&mut body, BODY_BYTES_MAX, "bytes of an object")?;
            (200, apply(path, &body, applied)?)
        }
        "/version" => (200, r#"{"gitVersion":"v1.34.4"}"#.to_owned()),
        "/api/v1/namespaces/kube-system" => (
            200,
            r#"{"metadata":{"name":"kube-system","uid":"705ab4f5-6393-11e8-b7cc-42010a800002"}}"#
                .to_owned(),
        ),
        _ => match company.page(path, number("continue").unwrap_or(0), number("limit")) {
            Some((items, next)) => {
                let next = next.map(|next| next.to_string()).unwrap_or_default();
                let metadata =
                    format!("{{\"resourceVersion\":\"{VERSION}\",\"continue\":\"{next}\"}}");
                let items = items.join(",");
                (200, format!("{{\"metadata\":{metadata},\"items\":[{items}]}}"))
            }
            None => (404, r#"{"kind":"Status","code":404,"reason":"NotFound"}"#.to_owned()),
        },
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let mut out = stream;
    out.write_all(head.as_bytes())?;
    out.write_all(body.as_bytes())
}

/// Tells what happens, until the client goes.
fn watch(mut out: &TcpStream, path: &str, watchers: &Watchers) -> io::Result<()> {
    let (sender, events) = mpsc::channel();
    let mut all = watchers.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(path.to_owned()).or_default().push(sender);
    drop(all);
    out.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
    )?;
    loop {
        match events.recv_timeout(QUIET) {
            Ok(line) => out.write_all(line.as_bytes())?,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let bookmark = format!(
                    "{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{\"resourceVersion\":\"{VERSION}\"}}}}}}\n"
                );
                out.write_all(bookmark.as_bytes())?;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Keeps an object, and gives it as it then is.
fn apply(path: &str, body: &[u8], applied: &Applied) -> io::Result<String> {
    let mut object: Value = serde_json::from_slice(body)?;
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("uid".to_owned(), json!(path));
        metadata.insert("resourceVersion".to_owned(), json!(VERSION));
    }
    let text = object.to_string();
    applied.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), object);
    Ok(text)
}
