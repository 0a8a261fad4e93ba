//! `cofferdam up` as a person at a terminal has it: the sample, the question, Ctrl-C, kill -9.

use crate::{
    binary::{Home, Invocation, root},
    cluster::{api_server, kubeconfig},
    tools::must,
};
use cofferdam_bounds::file::read_text;
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

/// How long something may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// `cofferdam up` as it runs.
pub(crate) struct Up {
    process: Child,
    lines: Receiver<String>,
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Up {
    /// On the sample.
    pub(crate) fn start(home: &Home, words: &[&str]) -> Self {
        Self::run(up(home, &["--sample"]).words(words))
    }

    fn run(up: Invocation) -> Self {
        let mut up = up.command;
        let mut process = up.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(process.stdout.take().unwrap());
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
        Self { process, lines }
    }

    /// The address of the console, the code in it, and the password if it tells one.
    pub(crate) fn greeting(&self) -> (String, String, Option<String>) {
        let (mut console, mut password) = (None, None);
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap();
            if let Some(url) = line.trim().strip_prefix("console") {
                console = url.trim().split_once("/#code=").map(|(a, b)| (a.into(), b.into()));
            }
            if let Some(words) = line.trim().strip_prefix("later") {
                password = words.rsplit(' ').next().map(str::to_owned);
            }
            if line.trim().starts_with("end") {
                let (address, code) = console.unwrap();
                return (address, code, password);
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        must(Command::new("kill").arg(name).arg(self.process.id().to_string()));
    }

    /// Waits for its end; the exit code, and what it said on standard error.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let errors = BufReader::new(self.process.stderr.take().unwrap());
        let said: Vec<String> = errors.lines().map_while(Result::ok).collect();
        (self.process.wait().unwrap().code(), said.join("\n"))
    }
}

/// `cofferdam up` on a port that is free.
fn up(home: &Home, words: &[&str]) -> Invocation {
    home.cofferdam(&["up", "--listen", "127.0.0.1:0"]).words(words)
}

/// What `cofferdam get workloads` finds at the server that runs: names, once all are there.
pub(crate) fn workloads(home: &Home) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let run = home.cofferdam(&["get", "workloads", "-o", "json"]).run().exits(0);
        let list: Value = serde_json::from_str(&run.stdout).unwrap();
        let items = list["items"].as_array().unwrap_or_else(|| panic!("{list}"));
        let mut names: Vec<String> = items.iter().map(|one| one["name"].to_string()).collect();
        // They are listed by risk, which is not all known yet.
        names.sort_unstable();
        // examples/shop/README.md names them.
        if names.len() >= 6 {
            return names;
        }
        assert!(begun.elapsed() < PATIENCE, "{names:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The file that `get` finds the server by.
fn server(home: &Home) -> Value {
    let found = read_text(&home.path(".local/state/cofferdam/server.json"), 4_096).unwrap();
    serde_json::from_str(&found).unwrap()
}

/// What the API of the server that runs has under this path, as its list of items.
fn items(home: &Home, path: &str) -> Vec<Value> {
    let server = server(home);
    let [url, token] = ["url", "token"].map(|key| server[key].as_str().unwrap());
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail-with-body", "--header"]);
    curl.arg(format!("Authorization: Bearer {token}")).arg(format!("{url}/api/v1{path}"));
    let list: Value = serde_json::from_str(&must(&mut curl)).unwrap();
    list["items"].as_array().unwrap_or_else(|| panic!("{list}")).clone()
}

/// Signs in, and gives the answer's status.
pub(crate) fn sign_in(address: &str, proof: &Value) -> String {
    let mut curl = Command::new("curl");
    // The authority of `serve` is its own.
    curl.args(["--insecure", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]);
    curl.args(["--header", "Content-Type: application/json", "--data", &proof.to_string()]);
    must(curl.arg(format!("{address}/api/v1/session")))
}

#[test]
fn killed_it_has_forgotten_nothing_and_ctrl_c_ends_it_cleanly() {
    let home = Home::new();
    let up = Up::start(&home, &[]);
    let (address, code, password) = up.greeting();
    let password = password.expect("the first start tells the password of the first account");
    assert_eq!(sign_in(&address, &json!({"code": code})), "200");
    assert_eq!(sign_in(&address, &json!({"code": code})), "401", "a code opens it once");
    let before = workloads(&home);
    up.signal("-KILL");
    assert_eq!(up.ended().0, None, "killed");
    let left = server(&home);
    let gone = home.cofferdam(&["get", "workloads"]).run().exits(4);
    gone.says(&["cannot connect", "is it running? `cofferdam up` starts one"]);

    let up = Up::start(&home, &[]);
    let (address, _, told) = up.greeting();
    assert_eq!(told, None, "the account is there");
    let by_password = json!({"name": "admin", "password": password});
    assert_eq!(sign_in(&address, &by_password), "200");
    assert_eq!(workloads(&home), before);
    let mut stale = home.cofferdam(&["get", "workloads", "--server", &address]);
    stale.command.env("COFFERDAM_TOKEN", left["token"].as_str().unwrap());
    stale.run().exits(2).says(&["does not know the API token"]);
    up.signal("-INT");
    let (exit, said) = up.ended();
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains("everything is written; goodbye"), "{said}");
    home.cofferdam(&["get", "workloads"]).run().exits(2).says(&["there is no server to ask"]);
}

/// Threads by their names, with how far each stands back (`proc_pid_stat(5)`, "nice").
fn threads(of: u32) -> Vec<(String, i64)> {
    let tasks = fs::read_dir(format!("/proc/{of}/task")).unwrap();
    let stats = tasks.filter_map(|task| read_text(&task.ok()?.path().join("stat"), 4_096).ok());
    let thread = |stat: String| {
        let (head, rest) = stat.rsplit_once(") ").unwrap();
        let nice = rest.split(' ').nth(16).unwrap().parse().unwrap();
        (head.split_once('(').unwrap().1.to_owned(), nice)
    };
    stats.map(thread).collect()
}

#[test]
fn what_cannot_be_asked_of_a_server_is_refused() {
    let home = Home::new();
    let up = Up::start(&home, &[]);
    up.greeting();
    for words in [["cluster", "-n", "shop"], ["overview", "--sort", "x"]] {
        let get = home.cofferdam(&["get"]).words(&words);
        get.run().exits(2).says(&["the server does not take the question", "no parameter"]);
    }
    let tomorrow = ["get", "findings", "--at", "2100-01-01"];
    home.cofferdam(&tomorrow).run().exits(2).says(&["2100-01-01T00:00:00Z is yet to come"]);
    let mut named = home.cofferdam(&["get", "cluster"]);
    named.command.env("COFFERDAM_URL", "127.0.0.1:7388").env("COFFERDAM_TOKEN", "cfd_x");
    named.run().exits(2).says(&["is no URL", "127.0.0.1:7388", "write http:// or https://"]);
}

#[test]
fn it_tells_what_it_does_once_nothing_stands_in_its_way() {
    let (home, server) = (Home::new(), api_server());
    let config = kubeconfig(&home, &server);
    let up = |words: &[&str]| up(&home, &["--kubeconfig"]).with(&config).words(words);
    home.write("broken.yaml", "kind: Nothing");
    let broken = up(&["--policy", "broken.yaml"]).run().exits(2);
    let door = up(&["--admission-url", "10.0.0.5"]).run().exits(2);
    for refused in [broken, door] {
        assert!(!refused.stderr.contains("cofferdam watches"), "{}", refused.stderr);
    }
    // Neither is one that lies beside what was meant, nor nothing.
    home.write("run/containerd.sock", "");
    for folder in ["run", "nowhere"] {
        let refused = up(&["--containerd", folder]).run().exits(2);
        refused.says(&["no images of a containerd", folder, "blobs/sha256", "/var/lib/containerd"]);
    }
    home.write("root/io.containerd.content.v1.content/blobs/sha256/none", "");
    let words = ["--record", "new", "--containerd", "root", "--database", "none.cfd"];
    let run = up(&words).run().exits(0);
    run.says(&["cofferdam watches k (", "and only reads", "no advisory database at none.cfd yet"]);
}

#[test]
fn all_threads_stand_back_but_the_one_that_begins_the_door() {
    let home = Home::new();
    let up = Up::start(&home, &[]);
    up.greeting();
    let threads = threads(up.process.id());
    let own = threads.iter().map(|(_, nice)| *nice).min().unwrap();
    let behind = (own + 10).min(19);
    for (name, nice) in &threads {
        let expected = if name == "cofferdam" { own } else { behind };
        assert_eq!(*nice, expected, "{threads:?}");
    }
    let is_there = |name: &str| threads.iter().any(|(one, _)| one == name);
    assert!(is_there("store-writer") && is_there("tokio-rt-worker"), "{threads:?}");
}

#[test]
fn two_of_them_do_not_get_into_each_others_way() {
    let home = Home::new();
    let first = Up::start(&home, &[]);
    first.greeting();
    let again = up(&home, &["--sample"]).run().exits(4);
    again.says(&["another process is using it", "sample.db", "hint"]);
    let before = workloads(&home);
    // With other data it may; then it is the one that is found, also when the first ends.
    let second = Up::start(&home, &["--data", "elsewhere"]);
    second.greeting();
    first.signal("-INT");
    assert_eq!(first.ended().0, Some(0));
    assert_eq!(workloads(&home), before);
    // When a later one ends, the one from before is found again.
    let third = Up::start(&home, &["--data", "a third place"]);
    third.greeting();
    third.signal("-INT");
    assert_eq!(third.ended().0, Some(0));
    assert_eq!(workloads(&home), before);
    second.signal("-INT");
    assert_eq!(second.ended().0, Some(0));
    home.cofferdam(&["get", "workloads"]).run().exits(2).says(&["there is no server to ask"]);
}

#[test]
fn a_cluster_that_nobody_named_is_asked_about() {
    let (home, server) = (Home::new(), api_server());
    let config = kubeconfig(&home, &server);
    // Nobody sits there.
    let mut alone = up(&home, &[]);
    alone.command.env("KUBECONFIG", &config);
    alone.run().exits(2).says(&["was found, and not chosen", "--context"]);
    // One of an empty file is not chosen by name either.
    let empty = home.write("empty", "");
    let nothing = up(&home, &["--kubeconfig"]).with(&empty).run().exits(2);
    nothing.says(&["the kubeconfig has no context", "set KUBECONFIG", "see the sample: --sample"]);
    // Somebody does, and does not want it.
    let words = format!("{} up --listen 127.0.0.1:0", crate::binary::binary().display());
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &words, "/dev/null"]);
    home.clean(&mut terminal);
    terminal.env("KUBECONFIG", &config).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut asked = terminal.spawn().unwrap();
    asked.stdin.take().unwrap().write_all(b"n\n").unwrap();
    let told = String::from_utf8(asked.wait_with_output().unwrap().stdout).unwrap();
    assert!(told.contains("Watch it? Nothing in it is changed. [y/N]"), "{told}");
    assert!(told.contains("the answer was no"), "{told}");
    // Nothing was written to the cluster, and nothing watched.
    let asked = server.seen();
    assert!(asked.iter().all(|request| request.method == "GET"), "only read");
    assert!(asked.iter().all(|request| !request.path.contains("pods")), "not watched");
}

#[test]
fn a_recording_is_shown_as_the_sample_is() {
    let home = Home::new();
    let sample = Up::start(&home, &[]);
    sample.greeting();
    let expected = workloads(&home);
    let asked = ["/admission/reviews?limit=500", "/cluster/events?limit=500"];
    let reviews = items(&home, asked[0]);
    let is_refused = |one: &Value| one["decision"] == "denied" && one["name"] == "debug";
    let refused = reviews.iter().find(|one| is_refused(one)).expect("a privileged pod");
    assert!(refused["messages"].to_string().contains("CFD-POD-0001"), "{refused}");
    let counts = asked.map(|path| items(&home, path).len());
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    sample.signal("-INT");
    assert_eq!(sample.ended().0, Some(0));
    // Once more over the same data: nothing is there twice, and it is no older than it was.
    let again = Up::start(&home, &[]);
    again.greeting();
    assert_eq!(asked.map(|path| items(&home, path).len()), counts);
    let newest = |reviews: &[Value]| reviews[0]["at"].as_str().unwrap().to_owned();
    assert!(newest(&items(&home, asked[0])) > newest(&reviews));
    again.signal("-INT");
    assert_eq!(again.ended().0, Some(0));

    // The sample is a recording, which lies in the repository as well as in the binary.
    let folder = root().join("examples/shop/recorded");
    let shown = Up::run(up(&home, &["--recording"]).with(&folder));
    shown.greeting();
    assert_eq!(workloads(&home), expected);
    assert_eq!(asked.map(|path| items(&home, path).len()), counts);
    shown.signal("-INT");
    let (exit, said) = shown.ended();
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains("examples/shop/recorded: nothing of it lives"), "{said}");

    // What is none is refused, and a part of one is none.
    up(&home, &["--recording", "none"]).run().exits(2).says(&["cannot read the recording", "none"]);
    home.write("part/cluster.json", crate::binary::read(&folder.join("cluster.json")));
    let part = up(&home, &["--recording", "part"]).run().exits(2);
    part.says(&["cannot read the recording", "objects.ndjson.zst"]);
    let objects = crate::binary::read(&folder.join("objects.ndjson.zst"));
    home.write("part/objects.ndjson.zst", &objects[..objects.len() / 2]);
    home.write("part/images.ndjson.zst", "");
    let cut = up(&home, &["--recording", "part"]).run().exits(2);
    cut.says(&["cannot read the recording", "objects.ndjson.zst"]);
    home.write("part/objects.ndjson.zst", &objects);
    let images = crate::binary::read(&folder.join("images.ndjson.zst"));
    home.write("part/images.ndjson.zst", images);
    home.write("part/requests.ndjson.zst", "{}");
    let broken = up(&home, &["--recording", "part"]).run().exits(2);
    broken.says(&["cannot read the recording", "requests.ndjson.zst"]);
    // As recordings were before they had what was asked.
    fs::remove_file(home.path("part/requests.ndjson.zst")).unwrap();
    let older = Up::run(up(&home, &["--recording", "part"]));
    older.greeting();
    assert_eq!(workloads(&home), expected);
    assert_eq!(asked.map(|path| items(&home, path).len()), [0, 0]);
    older.signal("-INT");
    assert_eq!(older.ended().0, Some(0));
}

#[test]
fn only_a_live_cluster_is_recorded_and_only_into_a_new_folder() {
    let (home, server) = (Home::new(), api_server());
    let config = kubeconfig(&home, &server);
    let record = |folder: &str| {
        let mut up = up(&home, &["--context", "k", "--record", folder]);
        up.command.env("KUBECONFIG", &config);
        up.run()
    };
    record("new").exits(0).says(&["recorded: cofferdam up --recording new"]);
    let names = ["cluster.json", "images.ndjson.zst", "objects.ndjson.zst", "requests.ndjson.zst"];
    assert!(names.iter().all(|name| home.path("new").join(name).is_file()));
    // What is in environment variables is in it, and a home may be open to others.
    let mode = |path: &str| fs::metadata(home.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("new"), 0o700);
    assert!(names.iter().all(|name| mode(&format!("new/{name}")) == 0o600));
    // Never over another, nor beside anything else.
    let before = crate::binary::read(&home.path("new/objects.ndjson.zst"));
    record("new").exits(2).says(&["there is something in the folder already", "new", "hint"]);
    assert_eq!(crate::binary::read(&home.path("new/objects.ndjson.zst")), before);
    home.write("other/notes", "mine");
    record("other").exits(2).says(&["there is something in the folder already"]);
    assert_eq!(fs::read_dir(home.path("other")).unwrap().count(), 1);

    let refused = up(&home, &["--record", "sample"]).run().exits(2);
    refused.says(&["only a live cluster can be recorded", "--context"]);
    up(&home, &["--sample", "--record", "sample"]).run().exits(2).says(&["cannot be used with"]);
    let door = up(&home, &["--record", "sample", "--admission-url", "https://10.0.0.5:9443"]);
    door.run().exits(2).says(&["cannot be used with"]);
    assert!(!home.path("sample").exists());
}

#[test]
fn ctrl_c_ends_a_recording_cleanly_and_without_one() {
    let (home, server) = (Home::new(), api_server());
    let mut up = up(&home, &["--context", "k", "--record", "new"]).command;
    up.env("KUBECONFIG", kubeconfig(&home, &server));
    let mut process = up.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    said.find(|line| line.contains("it is recorded once everything is judged")).unwrap();
    must(Command::new("kill").arg("-INT").arg(process.id().to_string()));
    let rest: Vec<String> = said.collect();
    assert_eq!(process.wait().unwrap().code(), Some(4), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("before anything was recorded")), "{rest:?}");
    assert!(!home.path("new").exists());
    let data = fs::read_dir(home.path(".local/state/cofferdam")).unwrap().flatten();
    let left = data.filter(|entry| entry.file_name().to_string_lossy().ends_with("-wal"));
    assert_eq!(left.count(), 0, "its store is closed");
}
