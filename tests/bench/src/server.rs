//! What the whole server costs before a cluster as large as Kubernetes supports: `cofferdam up`
//! against a made-up API server. Memory at its peak, CPU until everything was judged once, and how
//! long a change takes to be seen by whoever asks the API.

#![expect(clippy::indexing_slicing, reason = "JSON of our own making, in a benchmark")]

use crate::{
    apiserver::Server,
    company::Company,
    door::{Beside, free_port},
    scanned::Scanned,
};
use cofferdam_bounds::file;
use cofferdam_store::rows::id;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// What SPECIFICATION.md promises.
const MEMORY_MIB_MAX: f64 = 512.0;
const CHANGE_SECONDS_MAX: f64 = 2.0;

/// How long it may take until everything is judged: this is a measurement, no promise.
const PATIENCE: Duration = Duration::from_mins(30);

/// How often the API is asked whether a change is seen.
const ASKING: Duration = Duration::from_millis(20);

/// Bytes of an answer of the API.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Between two changes, so that each stands for itself.
const PAUSE: Duration = Duration::from_secs(2);

/// How long the numbers stay as they are before they count as the last.
const STILL: Duration = Duration::from_secs(15);

const CLUSTER: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// Runs `program` before a cluster of so many applications, keeps its data in a fresh `folder`, and
/// makes so many changes of each kind. 2,500 applications make the cluster that the promise is about.
/// `more` says how many of its images were scanned before, how many findings each has, and how many
/// reviews a second come to its door while it makes changes.
pub(crate) fn run(
    applications: &str,
    changes: &str,
    folder: &str,
    program: &str,
    more: &[&str],
) -> Result<(), String> {
    let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{text:?} is no number"));
    let (applications, changes) = (number(applications)?, number(changes)?);
    let company = Company::new(applications)?;
    let deployments: Option<Vec<Value>> =
        (0..changes * 2).map(|number| company.deployment(number * 37)).collect();
    let deployments = deployments.ok_or("a Deployment")?;
    println!(
        "{} objects: {} pods, {} nodes, {} workloads",
        company.len(),
        company.pods(),
        company.nodes(),
        company.workloads()
    );
    let wrong = |error: io::Error| error.to_string();
    fresh(Path::new(folder)).map_err(wrong)?;
    // The server believes no relative path of its environment.
    let folder = &fs::canonicalize(folder).map_err(wrong)?;
    let scanned = match more {
        [images, findings, ..] => Some(scan(&company, folder, number(images)?, number(findings)?)?),
        _ => None,
    };
    let server = Server::start(company).map_err(|error| error.to_string())?;
    let port = free_port().map_err(wrong)?;
    let door = ["--admission-url".to_owned(), format!("https://127.0.0.1:{port}")];
    let a_second = match more {
        [_, _, a_second] => Some(number(a_second)?.max(1)),
        _ => None,
    };
    let more = if a_second.is_some() { &door[..] } else { &[] };
    let mut running = Running::start(folder, program, &server, more)?;
    running.settle()?;
    if let Some(scanned) = scanned {
        running.settle_images(&scanned)?;
    }
    let a_second = a_second.map(u32::try_from).transpose().map_err(|error| error.to_string())?;
    let start = |a_second| Beside::start(&running, &server, port, applications, a_second);
    let beside = a_second.map(start).transpose()?;
    let mut seen = Vec::new();
    let (plain, policies) = deployments.split_at(changes);
    for deployment in plain {
        sleep(PAUSE);
        seen.push(running.change(&server, deployment)?);
    }
    let alone = report("a change of a Deployment", &mut seen);
    let before = running.usage()?;
    let mut seen = Vec::new();
    for (number, deployment) in policies.iter().enumerate() {
        sleep(PAUSE);
        bind(&server, number);
        seen.push(running.change(&server, deployment)?);
    }
    let anew = report("the same while everything is judged anew", &mut seen);
    let mut seen = Vec::new();
    for number in 0..changes {
        sleep(PAUSE);
        bind(&server, changes + number);
        seen.push(running.open(&server, number)?);
    }
    let way = report("a way in that opens meanwhile", &mut seen);
    beside.map_or(Ok(()), Beside::end)?;
    let after = running.usage()?;
    println!("{:.1} CPU s for these; peak {:.0} MiB", after.cpu - before.cpu, after.peak);
    alone.and(anew).and(way)?;
    if after.peak > MEMORY_MIB_MAX {
        return Err(format!("{:.0} MiB, promised are {MEMORY_MIB_MAX}", after.peak));
    }
    Ok(())
}

/// A binding changes: everything is judged anew, and what changes meanwhile comes first.
fn bind(server: &Server, number: usize) {
    server.tell(
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "ADDED",
        &json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": format!("new-{number}"), "uid": format!("new-{number}"),
            "resourceVersion": format!("{}", 3_000_000 + number)},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "none"},
        "subjects": [{"kind": "User", "name": "ann"}]}),
    );
    sleep(Duration::from_millis(500));
}

pub(crate) fn fresh(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
}

/// Writes what scans of so many images would have left, where the server will find it.
fn scan(
    company: &Company,
    folder: &Path,
    images: usize,
    findings: usize,
) -> Result<Scanned, String> {
    let mut all = company.images();
    all.truncate(images);
    println!("{} images with {findings} findings each", all.len());
    let data = folder.join("state/cofferdam");
    fs::create_dir_all(&data).map_err(|error| error.to_string())?;
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700))
        .map_err(|error| error.to_string())?;
    Scanned::write(&data.join(format!("{CLUSTER}.db")), &all, findings)
}

fn report(what: &str, seconds: &mut [f64]) -> Result<(), String> {
    seconds.sort_by(f64::total_cmp);
    let middle = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN);
    let longest = seconds.last().copied().unwrap_or(f64::NAN);
    println!(
        "{what} is seen after {middle:.2} s, at the longest {longest:.2} s, of {}",
        seconds.len()
    );
    if longest > CHANGE_SECONDS_MAX {
        return Err(format!("{what}: {longest:.2} s, promised are {CHANGE_SECONDS_MAX}"));
    }
    Ok(())
}

/// The server that is measured; it ends with this.
pub(crate) struct Running {
    child: Child,
    folder: PathBuf,
    began: Instant,
    address: String,
    token: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // As Ctrl-C does, so that whatever looks into it while it runs can say what it saw.
        let process = i32::try_from(self.child.id()).map(Pid::from_raw);
        if process.map(|process| kill(process, Signal::SIGINT)) != Ok(Ok(())) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// What a process used: CPU seconds, MiB now and at most.
pub(crate) struct Usage {
    pub(crate) cpu: f64,
    now: f64,
    peak: f64,
}

impl Running {
    /// With these arguments more.
    pub(crate) fn start(
        folder: &Path,
        program: &str,
        server: &Server,
        more: &[String],
    ) -> Result<Self, String> {
        let wrong = |error: io::Error| error.to_string();
        let config = folder.join("kubeconfig");
        let text = json!({"clusters": [{"name": "c", "cluster": {"server": format!("http://{}", server.address)}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "bench", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "bench"});
        fs::write(&config, text.to_string()).map_err(wrong)?;
        let log = fs::File::create(folder.join("log")).map_err(wrong)?;
        let child = Command::new(program)
            .args(["up", "--yes", "--listen", "127.0.0.1:0", "--kubeconfig"])
            .arg(&config)
            .args(more)
            .env("HOME", folder)
            .env("XDG_STATE_HOME", folder.join("state"))
            .env("XDG_DATA_HOME", folder.join("data"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let mut running = Self {
            child,
            folder: folder.to_owned(),
            began: Instant::now(),
            address: String::new(),
            token: String::new(),
        };
        running.find()?;
        Ok(running)
    }

    /// Waits until it says where it is.
    fn find(&mut self) -> Result<(), String> {
        let path = self.folder.join("state/cofferdam/server.json");
        while self.began.elapsed() < PATIENCE {
            let text = file::read_text(&path, 1 << 16).unwrap_or_default();
            let said: Value = serde_json::from_str(&text).unwrap_or_default();
            if let (Some(url), Some(token)) = (said["url"].as_str(), said["token"].as_str()) {
                url.trim_start_matches("http://").clone_into(&mut self.address);
                token.clone_into(&mut self.token);
                return Ok(());
            }
            self.is_there()?;
            sleep(ASKING);
        }
        Err("it never began".to_owned())
    }

    fn is_there(&mut self) -> Result<(), String> {
        match self.child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => Err(format!("it ended: {status}")),
            None => Ok(()),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, String> {
        self.ask("GET", path, "")
    }

    /// Asks the API.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Result<Value, String> {
        let wrong = |error: io::Error| format!("{path}: {error}");
        let mut stream = TcpStream::connect(&*self.address).map_err(wrong)?;
        let (address, token) = (&self.address, &self.token);
        let length = body.len();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).map_err(wrong)?;
        let answer =
            cofferdam_bounds::read_all(&mut stream, ANSWER_BYTES_MAX, "bytes of an answer");
        let answer =
            String::from_utf8(answer.map_err(wrong)?).map_err(|error| error.to_string())?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        serde_json::from_str(body).map_err(|_| format!("{path}: {head}"))
    }

    /// Waits until everything was judged once, and says what it took.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        let (mut listed, mut said) = (None, Instant::now());
        while self.began.elapsed() < PATIENCE {
            sleep(Duration::from_secs(1));
            self.is_there()?;
            let overview = self.get("/overview")?;
            let number =
                |pointer: &str| overview.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
            let pods = number("/cluster/pods");
            if listed.is_none()
                && overview.pointer("/cluster/syncedAt").is_some_and(Value::is_string)
            {
                listed = Some(());
                self.say("all is listed")?;
            }
            // The numbers over time begin when everything was judged.
            let trend = overview.pointer("/trend").and_then(Value::as_array).map_or(0, Vec::len);
            if trend > 0 {
                self.say("all is judged")?;
                let counts = overview.pointer("/counts");
                println!(
                    "{pods} pods, {} workloads, findings {}",
                    number("/workloads/total"),
                    counts.map(Value::to_string).unwrap_or_default()
                );
                return Ok(());
            }
            if said.elapsed() > Duration::from_secs(10) {
                said = Instant::now();
                self.say(&format!("{pods} pods, {} workloads", number("/workloads/total")))?;
            }
        }
        Err("it was never done".to_owned())
    }

    /// Waits until what is in the images is told of all that run them: until the numbers of what is
    /// open stay as they are, but for what is unknown of the other images, which no registry gives.
    fn settle_images(&mut self, scanned: &Scanned) -> Result<(), String> {
        let (mut last, mut still) = (String::new(), Instant::now());
        while self.began.elapsed() < PATIENCE {
            sleep(Duration::from_secs(2));
            self.is_there()?;
            let left = scanned.left()?;
            let overview = self.get("/overview")?;
            let mut counts = overview.pointer("/counts").cloned().unwrap_or_default();
            counts.as_object_mut().map(|counts| counts.remove("unknown"));
            let counts = counts.to_string();
            if left > 0 || counts != last {
                self.say(&format!("{left} images are left, findings {counts}"))?;
                (last, still) = (counts, Instant::now());
            } else if still.elapsed() > STILL {
                return self.say("what is in the images is told");
            }
        }
        Err("the images were never done".to_owned())
    }

    fn say(&self, what: &str) -> Result<(), String> {
        let usage = self.usage()?;
        let wall = self.began.elapsed().as_secs_f64();
        println!(
            "{wall:>6.1} s, {:>6.1} CPU s, {:>5.0} MiB, peak {:>5.0} MiB: {what}",
            usage.cpu, usage.now, usage.peak
        );
        Ok(())
    }

    /// Makes a Deployment worse, and waits until somebody who asks is told.
    fn change(&self, server: &Server, deployment: &Value) -> Result<f64, String> {
        let text =
            |pointer: &str| deployment.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let subject =
            id(&[CLUSTER, "Deployment", text("/metadata/namespace"), text("/metadata/name")]);
        let path = format!("/findings?rule={RULE}&subject={subject}");
        let is_seen = || -> Result<bool, String> {
            let total = self.get(&path)?;
            Ok(total.pointer("/total").and_then(Value::as_u64).unwrap_or(0) > 0)
        };
        if is_seen()? {
            return Err(format!("{}: it was bad before", text("/metadata/name")));
        }
        let mut worse = deployment.clone();
        let container = worse.pointer_mut("/spec/template/spec").and_then(Value::as_object_mut);
        container.ok_or("a pod")?.insert("hostPID".to_owned(), json!(true));
        if let Some(metadata) = worse.pointer_mut("/metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), json!("2000000"));
        }
        let began = Instant::now();
        server.tell("/apis/apps/v1/deployments", "MODIFIED", &worse);
        while began.elapsed() < Duration::from_mins(2) {
            if is_seen()? {
                return Ok(began.elapsed().as_secs_f64());
            }
            sleep(ASKING);
        }
        Err("the change was never seen".to_owned())
    }

    /// Adds a Deployment that leads from the network of the nodes to its node, and waits until
    /// whoever looks at it is told the way.
    fn open(&self, server: &Server, number: usize) -> Result<f64, String> {
        let name = format!("way-{number}");
        let spec = json!({"containers": [{"name": "web", "image": "web:1",
            "securityContext": {"privileged": true},
            "ports": [{"containerPort": 80, "hostPort": 20_000 + number}]}]});
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "team-00", "uid": name,
                "resourceVersion": format!("{}", 4_000_000 + number)},
            "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": spec}}});
        let path = format!("/workloads/{}", id(&[CLUSTER, "Deployment", "team-00", &name]));
        let began = Instant::now();
        server.tell("/apis/apps/v1/deployments", "ADDED", &deployment);
        while began.elapsed() < Duration::from_mins(2) {
            let workload = self.get(&path)?;
            let ways = workload.pointer("/attackPaths").and_then(Value::as_array);
            if ways.is_some_and(|ways| !ways.is_empty()) {
                return Ok(began.elapsed().as_secs_f64());
            }
            sleep(ASKING);
        }
        Err("the way was never seen".to_owned())
    }

    pub(crate) fn usage(&self) -> Result<Usage, String> {
        /// Of a second, in which the kernel counts (`sysconf(_SC_CLK_TCK)`, 100 on Linux).
        const TICKS: f64 = 100.0;
        let read = |name: &str| {
            let path = format!("/proc/{}/{name}", self.child.id());
            file::read_text(path.as_ref(), 1 << 16).map_err(|_| "it is gone".to_owned())
        };
        let status = read("status")?;
        let mib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            kib.unwrap_or(f64::NAN) / 1_024.0
        };
        // The second field is the name, in parentheses; user and system time are the 14th and 15th.
        let stat = read("stat")?;
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks = rest.split_whitespace().skip(11).take(2);
        let cpu = ticks.filter_map(|text| text.parse::<f64>().ok()).sum::<f64>() / TICKS;
        Ok(Usage { cpu, now: mib("VmRSS:"), peak: mib("VmHWM:") })
    }
}

/// Sharing the processes of the node.
const RULE: &str = "CFD-POD-0002";
