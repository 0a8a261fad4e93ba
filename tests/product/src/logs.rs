//! The log of `cofferdam serve`: every line of it is JSON, and none tells a secret. The API server
//! is one of a few answers; what a real one makes of it is tried in the rig.

use crate::{
    backup::is_whole,
    binary::{Home, Run, read_text},
    cluster::{HOSTILE, PASSWORD, SECRET, api_server, kubeconfig},
    tools::must,
};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

/// How long something may take to be told, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// Reads a line as docs/install.md describes it.
#[track_caller]
fn read(line: &str) -> Value {
    let told: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let time = told["time"].as_str().unwrap();
    assert!(time.len() == "2026-11-22T01:26:43.611Z".len() && time.ends_with('Z'), "{line}");
    assert!(["info", "warn", "error"].contains(&told["level"].as_str().unwrap()), "{line}");
    for (field, value) in told.as_object().unwrap() {
        let known = ["time", "level", "message", "at", "because", "remedy"];
        assert!(known.contains(&&**field) && value.is_string(), "{line}");
    }
    assert!(!line.contains(SECRET), "a secret is told: {line}");
    assert!(!line.contains(|one: char| one.is_control() || one == '\u{2028}'), "{line:?}");
    told
}

#[test]
fn what_fails_at_the_start_tells_no_secret() {
    let (home, server) = (Home::new(), api_server());
    let config = kubeconfig(&home, &server);
    for (store, bus) in [
        ("postgres://me:hunter2@127.0.0.1:1/db", "memory:"),
        ("postgres://127.0.0.1:1/db?user=me&password=hunter2", "memory:"),
        ("postgres://me:hun?ter2hunter2@127.0.0.1:1/db", "memory:"),
        ("host=127.0.0.1 user=me password=hunter2", "memory:"),
        ("sqlite:cofferdam.db", "nats://me:hunter2@127.0.0.1:1"),
        ("sqlite:cofferdam.db", "nats://hunter2@127.0.0.1:1"),
        ("sqlite:cofferdam.db", "nats://127.0.0.1:1?token=hunter2"),
        ("sqlite:cofferdam.db", "hunter2"),
    ] {
        let words = ["serve", "--log", "json", "--listen", "127.0.0.1:0", "--kubeconfig"];
        let mut serve = home.cofferdam(&words).with(&config);
        serve.command.env("COFFERDAM_STORE", store).env("COFFERDAM_BUS", bus);
        let run: Run = serve.run();
        assert!([2, 4].contains(&run.code), "{run:?}");
        assert!(!run.stderr.contains("the console and the API are at"), "{}", run.stderr);
        let last = run.stderr.lines().map(read).next_back().unwrap();
        assert_eq!((&last["level"], last["at"].is_string()), (&json!("error"), true), "{last}");
    }
}

/// A server that runs, and its log.
pub(crate) struct Serving {
    process: Child,
    lines: Receiver<String>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Serving {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let log = BufReader::new(process.stderr.take().unwrap());
        thread::spawn(move || log.lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
        Self { process, lines }
    }

    /// Reads on until all of this was told; gives the lines that tell it.
    pub(crate) fn until(&self, wanted: &[&str]) -> Vec<Value> {
        let mut told: Vec<Value> = Vec::new();
        let find = |told: &[Value], text: &str| {
            let says = |one: &&Value| one["message"].as_str().unwrap().contains(text);
            told.iter().find(says).cloned()
        };
        let begun = Instant::now();
        loop {
            let found: Option<Vec<Value>> = wanted.iter().map(|text| find(&told, text)).collect();
            if let Some(found) = found {
                return found;
            }
            let line = self.lines.recv_timeout(PATIENCE.saturating_sub(begun.elapsed()));
            told.push(read(&line.unwrap_or_else(|error| panic!("{error}: {told:#?}"))));
        }
    }

    /// Ends it; what it told after all.
    fn end(mut self) -> Vec<Value> {
        must(Command::new("kill").arg(self.process.id().to_string()));
        let rest = self.lines.iter().map(|line| read(&line)).collect();
        assert!(self.process.wait().unwrap().success());
        rest
    }
}

#[test]
fn what_goes_on_is_told_in_lines_of_json_without_secrets() {
    let (home, server) = (Home::new(), api_server());
    let config = kubeconfig(&home, &server);
    let mut serve = home.cofferdam(&["serve", "--admin-secret", "cofferdam-admin"]).words(&[
        "--listen=127.0.0.1:0",
        "--admission-listen=127.0.0.1:0",
        "--store-file=cofferdam.db",
        "--update-advisories=6h",
        "--advisory-source=end-of-life=https://me:hunter2@127.0.0.1:1/all?token=hunter2",
        "--kubeconfig",
    ]);
    serve = serve.with(&config);
    serve.command.env("COFFERDAM_AUDIT_TOKEN", SECRET);
    let serving = Serving::start(&mut serve.command);
    let told = serving.until(&[
        "the console and the API are at ",
        "its password is in the Secret cofferdam-system/cofferdam-admin",
        "the admission webhook is not in place",
        "cannot connect",
        "cannot read the policy document",
    ]);
    let levels: Vec<&str> = told.iter().map(|one| one["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["info", "info", "warn", "warn", "warn"], "{told:#?}");
    assert!(told[2]["because"].as_str().unwrap().contains(HOSTILE), "{told:#?}");
    // The password is the one that another replica wrote first.
    let address = told[0]["message"].as_str().unwrap().rsplit(' ').next().unwrap();
    let session = json!({"name": "admin", "password": PASSWORD}).to_string();
    let mut curl = Command::new("curl");
    curl.args(["--insecure", "--silent", "--show-error", "--fail-with-body"]);
    curl.args(["--header", "Content-Type: application/json", "--data", &session]);
    let begun = must(curl.arg(format!("{address}/api/v1/session")));
    let begun: Value = serde_json::from_str(&begun).unwrap();
    // Whoever may read the Secret has it too.
    assert_eq!(begun["account"]["mustChange"], true, "{begun}");
    let rest = serving.end();
    assert!(rest.iter().any(|one| one["message"] == "everything is written; goodbye"), "{rest:?}");
    is_whole(&home, "cofferdam.db");
    // What it made itself is not told either.
    let patches = server.seen().into_iter().filter(|request| request.method == "PATCH");
    let data = patches.filter_map(|request| {
        let object: Value = serde_json::from_slice(&request.body).ok()?;
        object["stringData"]["password"].as_str().map(str::to_owned)
    });
    let generated: Vec<String> = data.collect();
    assert_eq!(generated.len(), 1, "asked once, and refused");
    assert!(!told.iter().chain(&rest).any(|one| one.to_string().contains(&generated[0])));
}

#[test]
fn by_hand_the_first_password_is_in_a_private_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, server) = (Home::new(), api_server());
    let config = kubeconfig(&home, &server);
    let words = ["serve", "--listen=127.0.0.1:0", "--store-file", "data.db", "--kubeconfig"];
    let mut serve = home.cofferdam(&words).with(&config);
    let serving = Serving::start(&mut serve.command);
    let told = serving.until(&["its password is in admin-password, for the first login"]);
    let file = home.path("admin-password");
    let password = read_text(&file);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(password.trim_end().len() >= 43 && !told[0].to_string().contains(password.trim_end()));
    for line in serving.end() {
        assert!(!line.to_string().contains(password.trim_end()), "{line}");
    }
}
