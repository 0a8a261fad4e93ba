//! What a review takes as an API server has it done: over TLS and HTTP/1.1, by the running program
//! on one processor, while the client has the others.
//!
//! An API server speaks HTTP/1.1 to webhooks, so that its requests spread over replicas, and keeps
//! up to 25 connections for it. Here there are eight. Requests are due at an even pace, whatever
//! becomes of those before: what each took is counted from when it was due.

use crate::{
    apiserver::Server,
    company::Company,
    reviews::{self, ENFORCED, P99_MICROSECONDS_MAX, REQUEST, REVIEWS_PER_SECOND},
    server::{Running, fresh},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::{Value, json};
use std::{
    fmt::Display,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, sleep},
    time::{Duration, Instant},
};

/// Connections that are kept.
const CONNECTIONS: usize = 8;

/// Reviews before the clock runs, on each connection.
const WARM: usize = 100;

/// Bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// How long until the webhook is in its place, and until a mode is in force.
const PATIENCE: Duration = Duration::from_mins(2);

/// Applications that share a namespace, as in [`Company`].
const NEIGHBOURS: usize = 12;

/// Where the webhook is applied.
const WEBHOOK: &str =
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/cofferdam";

/// Runs `program` before a cluster of so many applications, and sends it reviews for so many
/// seconds. Its data are kept in a fresh `folder`.
pub(crate) fn run(
    applications: &str,
    seconds: &str,
    folder: &str,
    program: &str,
) -> Result<(), String> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{text:?} is no number"));
    let (applications, seconds) = (number(applications)?, number(seconds)?);
    let applications = usize::try_from(applications).map_err(wrong)?;
    let all = reviews::cluster(applications, applications.div_ceil(NEIGHBOURS))?;
    let asked = Asked::new(&all)?;
    let company = Company::new(applications)?;
    println!("{} objects, of them {} pods", company.len(), company.pods());
    fresh(Path::new(folder)).map_err(wrong)?;
    let folder = fs::canonicalize(folder).map_err(wrong)?;
    let server = Server::start(company).map_err(wrong)?;
    let port = free_port().map_err(wrong)?;
    let more = ["--admission-url".to_owned(), format!("https://127.0.0.1:{port}")];
    let mut running = on_one_processor(|| Running::start(&folder, program, &server, &more))?;
    running.settle()?;
    let door = Way::find(&server, port)?;
    enforce(&running, &door, &asked)?;
    let asked = Arc::new(asked);
    send(&door, &asked, WARM * CONNECTIONS, None, &Arc::default())?;
    let count = usize::try_from(seconds * REVIEWS_PER_SECOND).map_err(wrong)?;
    let before = running.usage()?.cpu;
    let interval = Duration::from_secs(1) / REVIEWS_PER_SECOND;
    let taken = send(&door, &asked, count, Some(interval), &Arc::default())?;
    let cpu = (running.usage()?.cpu - before) / taken.len() as f64 * 1e6;
    let p99 = reviews::say(&format!("{count} reviews over TLS, each from when it was due"), taken);
    println!("{cpu:.0} µs of CPU each, with all else that the server did meanwhile");
    if p99 > P99_MICROSECONDS_MAX {
        return Err(format!("p99 {p99:.0} µs, promised are {P99_MICROSECONDS_MAX}"));
    }
    Ok(())
}

fn wrong(error: impl Display) -> String {
    error.to_string()
}

pub(crate) fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// What `start` starts runs on the first processor; this process on the others from then on, if
/// there are others.
fn on_one_processor<T>(start: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let me = Pid::from_raw(0);
    let mut others = sched_getaffinity(me).map_err(wrong)?;
    let ours = (0..CpuSet::count()).filter(|number| others.is_set(*number) == Ok(true));
    let ours: Vec<usize> = ours.collect();
    let first = *ours.first().ok_or("no processor")?;
    let mut one = CpuSet::new();
    one.set(first).map_err(wrong)?;
    sched_setaffinity(me, &one).map_err(wrong)?;
    let started = start()?;
    if ours.len() > 1 {
        others.unset(first).map_err(wrong)?;
    }
    sched_setaffinity(me, &others).map_err(wrong)?;
    Ok(started)
}

/// Requests, and whether each is allowed.
struct Asked {
    /// What is before and after the uid.
    bodies: Vec<(Vec<u8>, Vec<u8>)>,
    /// By a door in this process.
    allowed: Vec<bool>,
}

impl Asked {
    fn new(all: &[Value]) -> Result<Self, String> {
        let (door, _decided) = reviews::door(reviews::objects(all)?)?;
        let mut asked = Self { bodies: Vec::new(), allowed: Vec::new() };
        for body in reviews::bodies(all) {
            asked.allowed.push(is_allowed(&door.handle(&body), REQUEST)?);
            let text = String::from_utf8(body).map_err(wrong)?;
            let (before, after) = text.split_once(REQUEST).ok_or("a uid")?;
            asked.bodies.push((before.into(), after.into()));
        }
        Ok(asked)
    }

    /// Sends one of them over a connection; whether it is allowed, and ought to be.
    fn send(&self, number: usize, connection: &mut Connection) -> Result<(bool, bool), String> {
        let index = number % self.bodies.len();
        let (Some((before, after)), Some(expected)) =
            (self.bodies.get(index), self.allowed.get(index))
        else {
            return Err("no requests".to_owned());
        };
        // Each of its own, or the store would keep one for all.
        let uid = format!("11111111-6393-11e8-b7cc-{number:012x}");
        let answer = connection.post(&[before, uid.as_bytes(), after].concat())?;
        Ok((is_allowed(&answer, &uid)?, *expected))
    }
}

/// What an answer says of the request with this uid.
fn is_allowed(answer: &[u8], uid: &str) -> Result<bool, String> {
    let answer: Value = serde_json::from_slice(answer).map_err(wrong)?;
    if answer.pointer("/response/uid").and_then(Value::as_str) != Some(uid) {
        return Err(format!("the answer to another request: {answer}"));
    }
    answer.pointer("/response/allowed").and_then(Value::as_bool).ok_or("no verdict".to_owned())
}

/// How an API server comes to the door.
struct Way {
    port: u16,
    path: String,
    trusted: Arc<ClientConfig>,
}

impl Way {
    /// By the webhook that was put in its place.
    fn find(server: &Server, port: u16) -> Result<Self, String> {
        let began = Instant::now();
        let webhook = loop {
            match server.applied(WEBHOOK) {
                Some(webhook) => break webhook,
                None if began.elapsed() > PATIENCE => return Err("there is no webhook".to_owned()),
                None => sleep(Duration::from_millis(100)),
            }
        };
        let text = |pointer: &str| {
            let text = webhook.pointer(pointer).and_then(Value::as_str);
            text.ok_or_else(|| format!("no {pointer} in the webhook"))
        };
        let url = text("/webhooks/0/clientConfig/url")?;
        let path = url.strip_prefix(&format!("https://127.0.0.1:{port}")).ok_or("another door")?;
        let pem = STANDARD.decode(text("/webhooks/0/clientConfig/caBundle")?).map_err(wrong)?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            roots.add(certificate.map_err(wrong)?).map_err(wrong)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { port, path: path.to_owned(), trusted: Arc::new(config) })
    }

    fn connect(&self) -> Result<Connection, String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(wrong)?;
        stream.set_nodelay(true).map_err(wrong)?;
        let name = ServerName::try_from("127.0.0.1").map_err(wrong)?;
        let mut session = ClientConnection::new(Arc::clone(&self.trusted), name).map_err(wrong)?;
        session.complete_io(&mut stream).map_err(wrong)?;
        let stream = BufReader::new(StreamOwned::new(session, stream));
        Ok(Connection { stream, path: self.path.clone() })
    }
}

/// A connection that is kept.
struct Connection {
    stream: BufReader<StreamOwned<ClientConnection, TcpStream>>,
    path: String,
}

impl Connection {
    fn post(&mut self, body: &[u8]) -> Result<Vec<u8>, String> {
        let (path, length) = (&self.path, body.len());
        let mut request = format!(
            "POST {path}?timeout=5s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json, */*\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request).map_err(wrong)?;
        let mut line = String::new();
        self.stream.read_line(&mut line).map_err(wrong)?;
        if !line.starts_with("HTTP/1.1 200 ") {
            return Err(format!("the door says {line:?}"));
        }
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            if self.stream.read_line(&mut line).map_err(wrong)? == 0 {
                return Err("the connection ended".to_owned());
            }
            let (key, value) = line.split_once(':').unwrap_or_default();
            if key.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(wrong)?;
            }
        }
        let mut body = std::io::Read::take(&mut self.stream, length);
        cofferdam_bounds::read_all(&mut body, ANSWER_BYTES_MAX, "bytes of an answer").map_err(wrong)
    }
}

/// Enforces the rule, and waits until something is refused by it.
fn enforce(running: &Running, door: &Way, asked: &Asked) -> Result<(), String> {
    let mode = json!({"mode": "enforce"}).to_string();
    running.ask("PUT", &format!("/policies/{ENFORCED}/mode"), &mode)?;
    let refused = asked.allowed.iter().position(|is_allowed| !is_allowed);
    let refused = refused.ok_or("nothing is refused")?;
    let mut connection = door.connect()?;
    let began = Instant::now();
    while asked.send(refused, &mut connection)?.0 {
        if began.elapsed() > PATIENCE {
            return Err("nothing is enforced".to_owned());
        }
        sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Reviews that go on at an even pace while something else is measured.
pub(crate) struct Beside {
    next: Arc<AtomicUsize>,
    thread: thread::JoinHandle<Result<Vec<f64>, String>>,
}

/// More than are ever sent.
const WITHOUT_END: usize = usize::MAX / 2;

impl Beside {
    /// So many a second, about the objects of so many applications, at the door that `running` has
    /// at this port.
    pub(crate) fn start(
        running: &Running,
        server: &Server,
        port: u16,
        applications: usize,
        a_second: u32,
    ) -> Result<Self, String> {
        let asked =
            Asked::new(&reviews::cluster(applications, applications.div_ceil(NEIGHBOURS))?)?;
        let door = Way::find(server, port)?;
        enforce(running, &door, &asked)?;
        let (next, asked) = (Arc::<AtomicUsize>::default(), Arc::new(asked));
        let counter = Arc::clone(&next);
        let interval = Duration::from_secs(1) / a_second;
        let sent = move || send(&door, &asked, WITHOUT_END, Some(interval), &counter);
        Ok(Self { next, thread: thread::spawn(sent) })
    }

    /// Says how they were answered.
    pub(crate) fn end(self) -> Result<(), String> {
        self.next.store(WITHOUT_END, Ordering::Relaxed);
        let taken = self.thread.join().map_err(|_| "a client panicked")??;
        let _ = reviews::say("reviews meanwhile, each from when it was due", taken);
        Ok(())
    }
}

/// Sends so many requests over all connections; each when it is due, or when the one before it on
/// its connection is answered; `next` is the number of the next. What each took since it was due, in
/// microseconds.
fn send(
    door: &Way,
    asked: &Arc<Asked>,
    count: usize,
    interval: Option<Duration>,
    next: &Arc<AtomicUsize>,
) -> Result<Vec<f64>, String> {
    let connections = (0..CONNECTIONS).map(|_| door.connect()).collect::<Result<Vec<_>, _>>()?;
    let began = Instant::now();
    let one = |mut connection: Connection| {
        let (asked, next) = (Arc::clone(asked), Arc::clone(next));
        thread::spawn(move || {
            let (mut taken, mut refused) = (Vec::new(), 0_usize);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok((taken, refused));
                }
                let after = u32::try_from(number).map_err(wrong)?;
                let due = interval.map_or_else(Instant::now, |interval| began + interval * after);
                if let Some(rest) = due.checked_duration_since(Instant::now()) {
                    sleep(rest);
                }
                let (is_allowed, expected) = asked.send(number, &mut connection)?;
                taken.push(due.elapsed().as_secs_f64() * 1e6);
                refused += usize::from(!is_allowed);
                if is_allowed != expected {
                    return Err(format!("request {number}: allowed {is_allowed}, not {expected}"));
                }
            }
        })
    };
    let threads: Vec<thread::JoinHandle<Result<_, String>>> =
        connections.into_iter().map(one).collect();
    let (mut taken, mut refused) = (Vec::new(), 0);
    for thread in threads {
        let (of_one, denied) = thread.join().map_err(|_| "a client panicked")??;
        taken.extend(of_one);
        refused += denied;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{} reviews in {seconds:.1} s, {refused} refused", taken.len());
    Ok(taken)
}
