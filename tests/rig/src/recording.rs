//! A cluster is recorded, and shown elsewhere when it is gone: the same workloads and images, what
//! was asked at its door, and no value of a Secret or ConfigMap.

use crate::{Rig, root, succeed};
use cofferdam_bounds::file::read;
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long it may take until all that was recorded is shown.
const PATIENCE: Duration = Duration::from_mins(1);
/// A recording of a small cluster is shorter.
const BYTES_MAX: u64 = 16 << 20;
/// What nobody but the cluster may know.
const PASSWORD: &str = "hunter2";
/// The same as Secrets are written.
const AS_WRITTEN: &str = "aHVudGVyMg==";

/// `cofferdam` with nothing of this machine's environment but where programs are.
fn cofferdam(home: &TempDir, words: &[&str]) -> Command {
    let named = std::env::var_os("COFFERDAM_BINARY").map(PathBuf::from);
    let mut command =
        Command::new(named.unwrap_or_else(|| root().join("target/release/cofferdam")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("HOME", home.path()).current_dir(home.path());
    command.args(words).stdin(Stdio::null());
    command
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `cofferdam up` with these words, once it says where its console is.
fn up(home: &TempDir, words: &[&str]) -> Running {
    let mut up = cofferdam(home, &["up", "--listen", "127.0.0.1:0"]);
    let mut up = Running(up.args(words).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(up.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("Ctrl-C")), "it ended");
    up
}

/// What the API has of a list, once it is so many, as text of these fields.
fn list(home: &TempDir, of: &str, count: usize, fields: &[&str]) -> Vec<String> {
    let began = Instant::now();
    loop {
        let said = succeed(&mut cofferdam(home, &["get", of, "-o", "json"])).stdout;
        let list: Value = serde_json::from_slice(&said).unwrap();
        let text = |item: &Value| {
            fields.iter().filter_map(|field| item[*field].as_str()).collect::<Vec<_>>().join(" ")
        };
        let mut items: Vec<String> = list["items"].as_array().unwrap().iter().map(text).collect();
        items.sort();
        if items.len() >= count {
            return items;
        }
        assert!(began.elapsed() < PATIENCE, "{items:?}");
        sleep(Duration::from_millis(100));
    }
}

/// The names of the pods that were asked about at the door, as the API has them.
fn asked(home: &TempDir) -> Vec<String> {
    let found = read(&home.path().join(".local/state/cofferdam/server.json"), BYTES_MAX).unwrap();
    let server: Value = serde_json::from_slice(&found).unwrap();
    let [url, token] = ["url", "token"].map(|key| server[key].as_str().unwrap());
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--fail-with-body", "--header"]);
    curl.arg(format!("Authorization: Bearer {token}"));
    let list = succeed(curl.arg(format!("{url}/api/v1/admission/reviews?limit=500"))).stdout;
    let list: Value = serde_json::from_slice(&list).unwrap();
    let reviews = list["items"].as_array().unwrap().iter();
    let pods = reviews.filter(|review| review["resource"] == "pods");
    pods.map(|review| review["name"].as_str().unwrap().to_owned()).collect()
}

/// Has a pod judged at a door that is there for that alone.
fn ask(rig: &Rig, home: &TempDir, live: &[&str]) {
    let door = format!("https://{}:9443", rig.machine());
    let mut up = up(home, &[live, &["--admission-url", &door]].concat());
    let began = Instant::now();
    // The webhook is in force some time after it is there.
    while asked(home).is_empty() {
        assert!(began.elapsed() < PATIENCE, "nobody was asked");
        let _ = rig.kubectl(&["run", "asked", "--image=rig.test/pause:1"]);
        let _ = rig.kubectl(&["delete", "pod", "asked", "--now"]);
    }
    succeed(Command::new("kill").arg("-INT").arg(up.0.id().to_string()));
    assert!(up.0.wait().unwrap().success());
}

/// The objects of a recording.
fn objects(folder: &Path) -> String {
    let packed = read(&folder.join("objects.ndjson.zst"), BYTES_MAX).unwrap();
    String::from_utf8(zstd::decode_all(&*packed).unwrap()).unwrap()
}

#[test]
fn a_cluster_is_shown_from_its_recording() {
    let rig = Rig::up("test-recording", &[]);
    let image = ["--image=rig.test/pause:1"];
    let _ = rig.kubectl(&[&["create", "deployment", "one", "--replicas=2"], &image[..]].concat());
    let _ = rig.kubectl(&[&["run", "alone"], &image[..]].concat());
    let nightly = ["create", "cronjob", "nightly", "--schedule=0 3 * * *"];
    let _ = rig.kubectl(&[&nightly, &image[..]].concat());
    let value = format!("--from-literal=key={PASSWORD}");
    let _ = rig.kubectl(&["create", "secret", "generic", "own", &value]);
    let _ = rig.kubectl(&["create", "configmap", "own", &value]);
    let _ = rig.kubectl(&["wait", "--for=condition=Ready", "pods", "--all", "--timeout=60s"]);

    let home = tempfile::tempdir().unwrap();
    let (config, containerd) = (rig.kubeconfig(), rig.folder().join("containerd"));
    let live = |words: &[&str]| {
        let mut up = cofferdam(&home, &["up", "--listen", "127.0.0.1:0"]);
        up.arg("--kubeconfig").arg(&config).arg("--containerd").arg(&containerd).args(words);
        up
    };
    let words = [&config, &containerd].map(|path| path.display().to_string());
    ask(&rig, &home, &["--kubeconfig", &words[0], "--containerd", &words[1]]);
    let said = succeed(&mut live(&["--record", "recorded"]));
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("recorded: cofferdam up --recording recorded"), "{said}");
    assert!(!said.contains("could not be had"), "{said}");
    // Never over another.
    let again = live(&["--record", "recorded"]).output().unwrap();
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(2), "{said}");
    assert!(said.contains("there is something in the folder already"), "{said}");

    drop(rig);
    let folder = home.path().join("recorded");
    let objects = objects(&folder);
    let is_recorded = |kind: &str| {
        let one = |line: &str| line.contains(kind) && line.contains(r#""name":"own""#);
        objects.lines().any(one)
    };
    assert!(is_recorded("Secret") && is_recorded("ConfigMap"), "{objects}");
    assert!(!objects.contains(PASSWORD) && !objects.contains(AS_WRITTEN), "{objects}");
    // Elsewhere is where nothing is known but the recording.
    let elsewhere = tempfile::tempdir().unwrap();
    let shown = up(&elsewhere, &["--recording", &folder.display().to_string()]);
    let workloads = list(&elsewhere, "workloads", 3, &["kind", "namespace", "name"]);
    let expected = ["CronJob default nightly", "Deployment default one", "Pod default alone"];
    assert_eq!(workloads, expected);
    let images = list(&elsewhere, "images", 1, &["name", "state"]);
    assert_eq!(images, ["rig.test/pause scanned"]);
    assert!(asked(&elsewhere).iter().any(|name| name == "asked"));
    drop(shown);
}
