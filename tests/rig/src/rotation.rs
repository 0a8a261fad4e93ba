//! The authority of the door is replaced while the door is asked: it refuses all the way through.

use crate::{
    Rig,
    install::{Install, NAMESPACE},
    succeed,
};
use serde_json::json;
use std::{
    fs,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

/// How long a change of the Secret may take to be all over: replicas look at it every minute.
const PATIENCE: Duration = Duration::from_mins(3);
/// Between two looks at everything.
const AGAIN: Duration = Duration::from_secs(1);
/// How a certificate begins in PEM.
const BEGIN: &str = "BEGIN CERTIFICATE";

/// What the API server believes the door by.
fn bundle(rig: &Rig) -> String {
    let bundle =
        "--output=go-template={{(index .webhooks 0).clientConfig.caBundle | base64decode}}";
    rig.kubectl(&["get", "validatingwebhookconfiguration", "cofferdam", bundle])
}

/// Who signed what the door serves at this port, once what the API server believes vouches for it.
fn signed_by(rig: &Rig, port: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bundle(rig)).unwrap();
    let mut connect = Command::new("openssl");
    connect.args(["s_client", "-verify_return_error", "-connect", &format!("localhost:{port}")]);
    connect.arg("-CAfile").arg(file.path()).arg("-verify_hostname");
    let answer = succeed(connect.arg(format!("cofferdam.{NAMESPACE}.svc"))).stdout;
    let pem = tempfile::NamedTempFile::new().unwrap();
    fs::write(pem.path(), answer).unwrap();
    let mut read = Command::new("openssl");
    let read = read.args(["x509", "-noout", "-ext", "authorityKeyIdentifier", "-in"]);
    String::from_utf8_lossy(&succeed(read.arg(pem.path())).stdout).into_owned()
}

/// Dates one of the authorities back by so many of its 730 days, as if time had passed.
fn age(rig: &Rig, which: &str, days: u32) {
    let ago = format!("--date={days} days ago");
    let made = succeed(Command::new("date").args(["--utc", &ago, "+%Y-%m-%d"])).stdout;
    let made = String::from_utf8_lossy(&made).trim().to_owned();
    let patch = json!({"stringData": {which: made}}).to_string();
    let secret = ["secret", "cofferdam-certificates", "--type=merge", "--patch", &patch];
    let _ = rig.kubectl(&[&["-n", NAMESPACE, "patch"], &secret[..]].concat());
}

/// Asks the door again and again until it is so; it refuses each time.
fn refused_until(rig: &Rig, what: &str, mut is_so: impl FnMut() -> bool) {
    let (began, mut asked) = (Instant::now(), 0);
    loop {
        let after = began.elapsed();
        let refused = rig.refusal().unwrap_or_else(|error| panic!("{what}, {after:?}: {error}"));
        assert!(refused.contains("CFD-POD-0001"), "{what}, {after:?}: {refused}");
        asked += 1;
        if is_so() {
            println!("{what}: after {:.0} s, refused {asked} times", after.as_secs_f32());
            return;
        }
        assert!(after < PATIENCE, "not {what}");
        sleep(AGAIN);
    }
}

/// With two replicas, and the rule about privileged containers enforced.
pub(crate) fn no_request_slips_through_while_certificates_change(
    install: &mut Install<'_>,
    rig: &Rig,
) {
    let pods = ["get", "pods", "-l=app.kubernetes.io/name=cofferdam", "-o=name", "-n", NAMESPACE];
    let pods = rig.kubectl(&pods);
    let doors: Vec<_> = pods.lines().map(|pod| install.lead(pod, ":9443")).collect();
    assert_eq!(doors.len(), 2, "{pods}");
    let signers = || doors.iter().map(|door| signed_by(rig, &door.port)).collect::<Vec<_>>();
    let (old, first) = (signers(), bundle(rig));
    assert_eq!((first.matches(BEGIN).count(), &old[0]), (1, &old[1]));

    // 60 days before its end another is made; what is served is still of the old one.
    age(rig, "created", 670);
    let is_told = || signers() == old && bundle(rig).matches(BEGIN).count() == 2;
    refused_until(rig, "both are believed", is_told);
    let both = bundle(rig);
    assert!(both.ends_with(&first), "{both}");
    // What people copy has both, and they have weeks to do it.
    install.forward();
    install.authority_is(&both);
    let _ = install.get("/overview");

    age(rig, "before-created", 700);
    refused_until(rig, "the new one signs", || signers().iter().all(|new| *new != old[0]));
    let new = signers();
    assert_eq!(new[0], new[1]);
    let _ = install.get("/overview");

    // Ended, it is forgotten.
    age(rig, "before-created", 731);
    refused_until(rig, "the old one is forgotten", || bundle(rig).matches(BEGIN).count() == 1);
    assert!(both.starts_with(&bundle(rig)));
    assert_eq!(signers(), new);
    let keys = "--output=go-template={{range $key, $_ := .data}}{{$key}} {{end}}";
    let keys = rig.kubectl(&["-n", NAMESPACE, "get", "secret", "cofferdam-certificates", keys]);
    assert!(!keys.contains("before-ca.key"), "{keys}");
    assert_eq!(install.get("/admission/status")["failedOpen"], 0);
}
