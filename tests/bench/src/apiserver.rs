//! A made-up API server of a large cluster: lists page by page, and watches on which something
//! happens when it is told to. Plain HTTP on the loopback; one thread a connection.

use crate::company::Company;
use std::{
    collections::HashMap,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// The state of the cluster that all lists show.
const VERSION: &str = "1000000";

/// How often a quiet watch looks whether its client is still there.
const QUIET: Duration = Duration::from_secs(30);

/// Who watches which collection.
type Watchers = Arc<Mutex<HashMap<String, Vec<mpsc::Sender<String>>>>>;

/// A running server; it ends with the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    watchers: Watchers,
}

impl Server {
    pub(crate) fn start(company: Company) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let watchers = Watchers::default();
        let (company, all) = (Arc::new(company), Arc::clone(&watchers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (company, watchers) = (Arc::clone(&company), Arc::clone(&all));
                // A client that goes away is no matter of ours.
                thread::spawn(move || drop(answer(&stream, &company, &watchers)));
            }
        });
        Ok(Self { address, watchers })
    }

    /// Tells everybody who watches this collection.
    pub(crate) fn tell(&self, path: &str, kind: &str, object: &serde_json::Value) {
        let line = format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n");
        let mut all = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watchers) = all.get_mut(path) {
            watchers.retain(|watcher| watcher.send(line.clone()).is_ok());
        }
    }
}

/// Answers one request; the connection ends with it.
fn answer(stream: &TcpStream, company: &Company, watchers: &Watchers) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    // No request here has a body.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let mut out = stream;
    if value("watch").is_some() {
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
    let number = |name| value(name).and_then(|text| text.parse::<usize>().ok());
    let (code, body) = match path {
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
    out.write_all(head.as_bytes())?;
    out.write_all(body.as_bytes())
}
