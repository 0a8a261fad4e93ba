//! A server that says what the test tells it to, one connection an answer.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

/// Listens until its answers are used up; the thread ends with the last.
pub(super) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Each connection gets the next answer and is closed, as the answer says.
    pub(super) fn answering(answers: impl IntoIterator<Item = String>) -> Self {
        let close = |answer: String| answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let answers: Vec<String> = answers.into_iter().map(close).collect();
        Self::serving("http", answers.len(), move |number, mut stream, requests| {
            let request = read_request(&mut stream);
            requests.lock().unwrap().push(request);
            let _ = stream.write_all(answers[number].as_bytes());
        })
    }

    /// Says this on every connection and then nothing more, until the client goes away.
    pub(super) fn silent_after(start: &'static str) -> Self {
        Self::serving("http", 3, move |_, mut stream, _| {
            let _ = read_request(&mut stream);
            let _ = stream.write_all(start.as_bytes());
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        })
    }

    /// Speaks TLS as `localhost` and gives the same answer to so many connections.
    pub(super) fn tls(corpus: &Path, connections: usize, answer: &str) -> Self {
        let read = |name| cofferdam_bounds::file::read(&corpus.join(name), 10_000).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(read("server.key.der"));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![read("server.der").into()], key.into())
            .unwrap();
        let (config, answer) = (Arc::new(config), answer.to_owned());
        Self::serving("https", connections, move |_, stream, requests| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let request = read_request(&mut stream);
            requests.lock().unwrap().push(request);
            let _ = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    fn serving(
        scheme: &'static str,
        connections: usize,
        serve: impl Fn(usize, TcpStream, &Mutex<Vec<String>>) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().take(connections).enumerate() {
                serve(number, stream.unwrap(), &heard);
            }
        });
        Self { address, scheme, requests }
    }

    pub(super) fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.host())
    }

    /// Every request so far: head, blank line, body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_request(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}
