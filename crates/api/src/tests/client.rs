//! A client that says exactly what it is told to.

use serde_json::Value;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// A request to be sent.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// What comes after the head, for a stream.
    pub(super) rest: Option<BufReader<TcpStream>>,
}

impl Ask {
    pub(super) fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: None }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(super) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends it, and reads the answer; of a stream only the head.
    pub(super) async fn send(self, address: SocketAddr) -> Answer {
        let mut head = vec![format!("{} {} HTTP/1.1", self.method, self.path)];
        if !self.headers.iter().any(|(name, _)| *name == "host") {
            head.push(format!("host: {address}"));
        }
        head.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        let body = self.body.unwrap_or_default();
        head.push(format!("connection: close\r\ncontent-length: {}\r\n\r\n", body.len()));
        let head = head.join("\r\n");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that refuses early need not read on.
        let _ = stream.write_all(&body).await;
        read(BufReader::new(stream)).await
    }
}

async fn read(mut stream: BufReader<TcpStream>) -> Answer {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &String| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    };
    let headers = lines[1..].iter().map(header).collect();
    let mut answer = Answer { status, headers, body: Vec::new(), rest: None };
    if answer.header("content-type") == Some("text/event-stream") {
        answer.rest = Some(stream);
    } else {
        stream.read_to_end(&mut answer.body).await.unwrap();
    }
    answer
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The word of a problem.
    pub(super) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status);
        for field in ["title", "detail", "instance"] {
            assert!(json[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {json}");
        }
        json["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// The next lines of a stream, up to an empty one.
    pub(super) async fn event(&mut self) -> String {
        let stream = self.rest.as_mut().unwrap();
        let mut text = String::new();
        loop {
            let mut line = String::new();
            let read = stream.read_line(&mut line).await.unwrap();
            // The sizes of chunks are on lines of their own.
            let is_size = line.trim().bytes().all(|byte| byte.is_ascii_hexdigit());
            if read == 0 || (line == "\n" && !text.is_empty()) {
                return text;
            }
            if !is_size {
                text.push_str(&line);
            }
        }
    }
}
