//! What Cofferdam stands on goes and comes back: the door answers meanwhile, nothing is lost, and
//! no replica ends for it.

use crate::{Rig, install::Install, succeed};
use cofferdam_bounds::file::read;
use serde_json::json;
use std::{fs, process::Command, thread::sleep, time::Duration};

/// How long something stays away: longer than what is waited for by itself.
const AWAY: Duration = Duration::from_secs(20);
/// How long it may take until what happened meanwhile is known, once it is back.
const BACK: Duration = Duration::from_mins(1);
/// What /proc says is shorter.
const BYTES_MAX: u64 = 1 << 20;

#[test]
fn store_bus_and_api_server_may_go_and_come_back() {
    let rig = Rig::up("test-faults", &["--dns"]);
    let mut install = Install::two_replicas(&rig);
    install.put("/policies/CFD-POD-0001/mode", &json!({"mode": "enforce"}));
    install.wait(BACK, |_| rig.refusal()).unwrap();
    for service in ["postgres", "nats"] {
        succeed(&mut rig.command(&["services", "kill", service]));
        sleep(AWAY);
        let refused = rig.refusal().unwrap_or_else(|error| panic!("without {service}: {error}"));
        assert!(refused.contains("CFD-POD-0001"), "without {service}: {refused}");
        is_known_after(&mut install, &rig, service, || succeed(&mut rig.command(&["services"])));
    }
    // Its connections stay open and nobody answers: the worst way to be gone.
    let server = api_server("test-faults");
    let signal = |name: &str| succeed(Command::new("kill").args([name, &server]));
    let _ = signal("-STOP");
    sleep(AWAY);
    let _ = signal("-CONT");
    is_known_after(&mut install, &rig, "api-server", || signal("-CONT"));
    let restarts = "--output=jsonpath={.items[*].status.containerStatuses[*].restartCount}";
    let restarts = rig.kubectl(&["-n", "cofferdam-system", "get", "pods", restarts]);
    assert_eq!(restarts, "0 0", "no replica ended");
    install.read_log();
}

/// A Deployment that is made while something is away is judged, once, when it is back; its reviews
/// are written down.
fn is_known_after<T>(install: &mut Install<'_>, rig: &Rig, what: &str, back: impl FnOnce() -> T) {
    let name = format!("without-{what}");
    let image = "--image=rig.test/pause:1";
    let _ = rig.kubectl(&["create", "deployment", &name, image, "--replicas=0"]);
    let _ = back();
    let subject = format!("Deployment default/{name}");
    let judged = install.wait(BACK, |install| {
        let findings = install.try_findings()?;
        let count = findings.iter().filter(|(of, rule)| *of == subject && rule == "CFD-NET-0010");
        match count.count() {
            0 => Err(format!("{subject} is not judged")),
            count => Ok(count),
        }
    });
    assert_eq!(judged.unwrap(), 1, "nothing is told twice");
    let reviews = install.wait(BACK, |install| {
        let reviews = install.try_get(&format!("/admission/reviews?q={name}&limit=500"))?;
        let all = reviews["items"].as_array().cloned().unwrap_or_default();
        let count = all.iter().filter(|one| one["name"] == *name).count();
        if count == 1 { Ok(()) } else { Err(format!("{count} reviews of {name}: {reviews:#}")) }
    });
    reviews.unwrap();
}

/// The process of a cluster's API server.
fn api_server(name: &str) -> String {
    let own = format!("cofferdam-{name}");
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let found = processes.filter(|process| {
        // Some end while we look.
        let says = |file: &str, word: &str| {
            let text = read(&process.path().join(file), BYTES_MAX).unwrap_or_default();
            String::from_utf8_lossy(&text).contains(word)
        };
        says("cmdline", "kube-apiserver\0") && says("cgroup", &own)
    });
    let found: Vec<String> =
        found.map(|process| process.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}
