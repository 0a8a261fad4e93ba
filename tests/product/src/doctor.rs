//! `cofferdam doctor` as a program: what is found and what is missing is said line by line, what is
//! not well with what to do about it, and a script has the whole of it in the exit code.

use crate::{
    binary::{Home, Run, read},
    cluster::kubeconfig,
    databases::SMALL,
    server::{Answer, Request, Server},
};
use serde_json::{Value, json};
use std::net::TcpListener;

/// One line of what it says.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    state: String,
    area: String,
    /// Name and what was found.
    says: String,
    /// What to do.
    remedy: String,
}

/// Reads every line: each is a state, or the remedy of the line above it.
fn lines(run: &Run) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for text in run.stdout.lines() {
        if let Some(remedy) = text.strip_prefix(&" ".repeat(37)) {
            let line = lines.last_mut().expect("a remedy is of a line");
            assert_eq!(line.remedy, "", "{text}");
            remedy.clone_into(&mut line.remedy);
            continue;
        }
        let (state, rest) = text.split_once(' ').unwrap();
        assert!(["works", "partly", "missing"].contains(&state), "{text}");
        let (area, says) = rest.trim_start().split_once(' ').unwrap();
        let says = says.split_whitespace().collect::<Vec<_>>().join(" ");
        let (state, area) = (state.to_owned(), area.to_owned());
        lines.push(Line { state, area, says, remedy: String::new() });
    }
    for line in &lines {
        let is_well = line.state == "works";
        assert_eq!(is_well, line.remedy.is_empty(), "what is not well has a remedy: {line:?}");
    }
    lines
}

/// The line that begins so.
#[track_caller]
fn line<'l>(lines: &'l [Line], area: &str, begin: &str) -> &'l Line {
    let is_it = |line: &&Line| line.area == area && line.says.starts_with(begin);
    lines.iter().find(is_it).unwrap_or_else(|| panic!("no {area} {begin} in {lines:#?}"))
}

/// Fails unless a line is in this state and says all of these.
#[track_caller]
fn says(line: &Line, state: &str, words: &[&str]) {
    assert_eq!(line.state, state, "{line:?}");
    let all = format!("{} / {}", line.says, line.remedy);
    assert!(words.iter().all(|word| all.contains(word)), "{words:?}: {line:?}");
}

/// A home in which nothing that `scan` needs is missing.
fn home() -> Home {
    let home = Home::new();
    home.write(".local/share/cofferdam/advisories.cfd", read(&SMALL));
    home
}

/// A cluster without Argo Rollouts, in which neither Secrets, routes nor these may be listed, and no
/// webhook made.
fn cluster() -> Server {
    const REFUSED: [&str; 4] =
        ["secrets", "httproutes", "rollouts", "validatingwebhookconfigurations"];
    Server::start(|request: &Request| {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let resource = &asked["spec"]["resourceAttributes"]["resource"];
        let is_allowed = !REFUSED.iter().any(|refused| resource == refused);
        if request.path.contains("/argoproj.io") {
            return Answer::new(404, "");
        }
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let body = match name {
            "version" => json!({"gitVersion": "v1.34.4"}),
            "selfsubjectaccessreviews" => json!({"status": {"allowed": is_allowed}}),
            "gateway.networking.k8s.io" => {
                json!({"versions": [{"groupVersion": "gateway.networking.k8s.io/v1"}]})
            }
            "v1" => json!({"resources": [{"name": "httproutes", "kind": "HTTPRoute"}]}),
            _ => json!({"metadata": {"name": name, "uid": name, "resourceVersion": "1"}}),
        };
        Answer::new(200, body.to_string()).header("content-type", "application/json")
    })
}

#[test]
fn without_a_cluster_nothing_is_missing_that_a_scan_needs() {
    let home = home();
    // Whether this gets it or another process has it: it is not free.
    let held = TcpListener::bind("127.0.0.1:7070");
    let run = home.cofferdam(&["doctor"]).run().exits(0);
    drop(held);
    let lines = lines(&run);
    let feeds = line(&lines, "scan", "advisories");
    // The feeds of the tests are of one day, and do not stay young.
    assert!(feeds.state != "missing" && feeds.says.contains("1 ecosystem, built"), "{feeds:?}");
    // How much room there is the machine says.
    let room = line(&lines, "scan", "temporary files");
    assert!(room.state != "missing" && room.says.contains("MiB left"), "{room:?}");
    let login = line(&lines, "scan", "registry login");
    says(login, "partly", &["public images only", "docker login REGISTRY"]);
    let found = line(&lines, "cluster", "contexts");
    says(found, "partly", &["no kubeconfig", "set KUBECONFIG", "`cofferdam up` shows"]);
    assert!(!lines.iter().any(|line| line.says.starts_with("API server")), "nobody was asked");
    let room = line(&lines, "up", "data");
    assert!(room.state != "missing" && room.says.contains("state/cofferdam, "), "{room:?}");
    let port = line(&lines, "up", "console");
    says(port, "partly", &["127.0.0.1:7070", "is it running already?", "--listen"]);
}

#[test]
fn what_is_missing_is_3() {
    let home = Home::new();
    let mut doctor = home.cofferdam(&["doctor"]);
    // No program is found there.
    doctor.command.env("PATH", home.path("nothing")).env("TMPDIR", home.path("nowhere"));
    let run = doctor.run().exits(3);
    let lines = lines(&run);
    let feeds = line(&lines, "scan", "advisories");
    says(feeds, "missing", &["no database", "cofferdam advisory update"]);
    let room = line(&lines, "scan", "temporary files");
    says(room, "missing", &["No such file or directory", "set TMPDIR"]);
    says(line(&lines, "check", "charts"), "partly", &["no helm here", "install helm"]);
    let kustomize = line(&lines, "check", "kustomizations");
    says(kustomize, "partly", &["no kustomize or kubectl here", "install kubectl or kustomize"]);
    says(line(&lines, "check", "--since"), "partly", &["no git here", "install git"]);
}

#[test]
fn what_up_is_told_is_what_is_tried() {
    let home = Home::new();
    home.write("feeds.cfd", read(&SMALL));
    home.write("containerd/io.containerd.content.v1.content/blobs/sha256/none", "");
    let mut doctor = home.cofferdam(&["doctor", "--data", "kept", "--containerd", "containerd"]);
    doctor.command.env("COFFERDAM_DATABASE", home.path("feeds.cfd"));
    let found = lines(&doctor.words(&["--listen", "127.0.0.1:0"]).run().exits(0));
    let feeds = line(&found, "scan", "advisories");
    assert!(feeds.state != "missing" && feeds.says.contains("1 ecosystem"), "{feeds:?}");
    says(line(&found, "up", "containerd"), "works", &["containerd: its images are read in place"]);
    assert!(line(&found, "up", "data").says.contains("kept, "), "{found:?}");
    says(line(&found, "up", "console"), "works", &["127.0.0.1:0 is free"]);

    let wrong = ["doctor", "--database", "none.cfd", "--containerd", "kept"];
    let found = lines(&home.cofferdam(&wrong).run().exits(3));
    let feeds = line(&found, "scan", "advisories");
    says(feeds, "missing", &["none.cfd: no database", "COFFERDAM_DATABASE"]);
    let store = line(&found, "up", "containerd");
    says(store, "missing", &["kept: no content store", "/var/lib/containerd"]);
}

#[test]
fn without_a_home_all_is_tried_all_the_same() {
    let home = home();
    let mut doctor = home.cofferdam(&["doctor"]);
    doctor.command.env_remove("HOME");
    let run = doctor.run().exits(3);
    assert_eq!(run.stderr, "");
    let lines = lines(&run);
    let data = line(&lines, "up", "data");
    says(data, "missing", &["no home directory", "set HOME", "`cofferdam up --data FOLDER`"]);
    line(&lines, "up", "console");
}

#[test]
fn a_dead_api_server_is_missing() {
    let (home, server) = (home(), cluster());
    let config = kubeconfig(&home, &server);
    let config = crate::binary::read_text(&config);
    // A port that was free a moment ago.
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let config = home.write("dead", config.replace(&server.address.to_string(), &dead));
    let mut doctor = home.cofferdam(&["doctor"]);
    doctor.command.env("KUBECONFIG", &config);
    let found = lines(&doctor.run().exits(3));
    says(line(&found, "cluster", "contexts"), "works", &["k"]);
    let server = line(&found, "cluster", "API server");
    says(server, "missing", &["does not answer", "whether kubectl reaches this cluster"]);
    // What comes after it is tried all the same.
    assert_ne!(line(&found, "up", "data").state, "missing");

    let run = home.cofferdam(&["doctor", "--kubeconfig", "none"]).run().exits(3);
    let server = lines(&run);
    says(line(&server, "cluster", "API server"), "missing", &["none: No such file"]);
}

#[test]
fn rights_that_are_missing_are_named() {
    let (home, server) = (home(), cluster());
    let mut doctor = home.cofferdam(&["doctor"]).words(&["--context", "k"]);
    doctor.command.env("KUBECONFIG", kubeconfig(&home, &server));
    let lines = lines(&doctor.run().exits(0));
    says(line(&lines, "cluster", "API server"), "works", &["k: v1.34.4", "http://127.0.0.1"]);
    let reading = line(&lines, "cluster", "reading");
    says(reading, "partly", &["kinds, not httproutes, secrets", "grant get, list and watch"]);
    let door = line(&lines, "cluster", "admission");
    says(door, "partly", &["may not install its webhook", "administrator of the cluster"]);
}
