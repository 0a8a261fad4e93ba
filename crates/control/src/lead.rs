//! Which of several replicas writes: the one that holds a Lease.
//!
//! As other controllers do (Kubernetes, "Leases"): the holder renews every few seconds; when a
//! Lease was not renewed for its duration, as seen by the clock of the one who looks, another
//! takes it. Optimistic concurrency of the API server lets only one of two win. A holder that
//! cannot renew in time stops writing before another may begin.

use cofferdam_cluster::{ClusterError, Connection};
use cofferdam_model::ObjectKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{sync::watch, time};

/// For how long a Lease holds that is not renewed.
const DURATION: SignedDuration = SignedDuration::from_secs(15);

/// After how long without renewal the holder stops: well before another may begin.
const RENEW_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// How often everybody looks.
const LOOK: Duration = Duration::from_secs(2);

/// How long one answer of the API server is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A Lease as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it; empty: nobody.
    pub holder: String,
    /// How often it went from one to another.
    pub transitions: u32,
    /// Changes with every write.
    pub version: String,
}

/// Why a Lease could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else wrote first.
    #[error("somebody else took it")]
    Taken,
    /// It cannot be reached.
    #[error("{0}")]
    Away(String),
}

/// Where a Lease is kept.
pub trait Leases: Send + Sync {
    /// The Lease as it is; nothing before there is one.
    fn get(&self) -> impl Future<Output = Result<Option<Lease>, LeaseError>> + Send;

    /// Writes it, if it still has the version that it says; without one, if there is none. Gives
    /// the new version.
    fn put(
        &self,
        lease: &Lease,
        now: Timestamp,
    ) -> impl Future<Output = Result<String, LeaseError>> + Send;
}

/// What one replica has seen of the Lease.
#[derive(Clone, Debug, Default)]
struct Seen {
    version: String,
    /// When it was first seen with this version.
    at: Timestamp,
}

/// What to do after a look.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    /// Somebody else holds it.
    Wait,
    /// It is ours, or free: write this.
    Write(Lease),
}

fn decide(lease: Option<&Lease>, me: &str, seen: &mut Seen, now: Timestamp) -> Act {
    // One that is new has no version to go by, and two could make it: nobody holds it at first.
    let Some(lease) = lease else { return Act::Write(Lease::default()) };
    if lease.version != seen.version {
        *seen = Seen { version: lease.version.clone(), at: now };
    }
    if lease.holder == me {
        return Act::Write(lease.clone());
    }
    let is_over = now.duration_since(seen.at) > DURATION;
    if !lease.holder.is_empty() && !is_over {
        return Act::Wait;
    }
    Act::Write(Lease {
        holder: me.to_owned(),
        transitions: lease.transitions.saturating_add(1),
        version: lease.version.clone(),
    })
}

/// Tries to lead until told to stop, and says on `leads` whether it does; then gives the Lease
/// back. `me` names this replica: its pod.
pub async fn run(
    leases: impl Leases,
    me: String,
    leads: watch::Sender<bool>,
    clock: fn() -> Timestamp,
    mut stop: watch::Receiver<bool>,
) {
    let mut seen = Seen::default();
    let mut renewed: Option<Timestamp> = None;
    loop {
        if look(&leases, &me, &mut seen, clock).await == Some(true) {
            renewed = Some(clock());
            leads.send_if_modified(|leads| !std::mem::replace(leads, true));
        }
        let is_held = renewed.is_some_and(|at| clock().duration_since(at) < RENEW_WITHIN);
        if !is_held {
            renewed = None;
            leads.send_if_modified(|leads| std::mem::replace(leads, false));
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            () = crate::controller::stopped(&mut stop) => break,
        }
    }
    if renewed.is_some() {
        leads.send_replace(false);
        // If that fails the Lease runs out by itself.
        let _ = time::timeout(ANSWER_WITHIN, give_back(&leases, &me, clock())).await;
    }
}

/// Whether the Lease was written; nothing where it could not be reached.
async fn look(
    leases: &impl Leases,
    me: &str,
    seen: &mut Seen,
    clock: fn() -> Timestamp,
) -> Option<bool> {
    let lease = time::timeout(ANSWER_WITHIN, leases.get()).await.ok()?.ok()?;
    let now = clock();
    let Act::Write(lease) = decide(lease.as_ref(), me, seen, now) else { return Some(false) };
    match time::timeout(ANSWER_WITHIN, leases.put(&lease, now)).await.ok()? {
        Ok(version) => {
            *seen = Seen { version, at: now };
            Some(lease.holder == me)
        }
        Err(LeaseError::Taken) => Some(false),
        Err(LeaseError::Away(_)) => None,
    }
}

async fn give_back(leases: &impl Leases, me: &str, now: Timestamp) -> Result<(), LeaseError> {
    match leases.get().await? {
        Some(lease) if lease.holder == me => {
            leases.put(&Lease { holder: String::new(), ..lease }, now).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// The Lease of a cluster (`coordination.k8s.io/v1`).
pub struct ClusterLease {
    /// The cluster.
    pub connection: Connection,
    /// The namespace that Cofferdam runs in.
    pub namespace: String,
    /// The Lease's name.
    pub name: String,
}

impl Leases for ClusterLease {
    async fn get(&self) -> Result<Option<Lease>, LeaseError> {
        let key = ObjectKey::new(API_VERSION, "Lease", Some(&self.namespace), &self.name);
        let found = self.connection.get(&key).await.map_err(|error| away(&error))?;
        Ok(found.map(|object| read(&object.json, &object.resource_version)))
    }

    async fn put(&self, lease: &Lease, now: Timestamp) -> Result<String, LeaseError> {
        let json = written(lease, &self.namespace, &self.name, now).to_string();
        match self.connection.apply(&json).await {
            Ok(object) => Ok(object.resource_version),
            Err(error) if error.code() == Some(409) => Err(LeaseError::Taken),
            Err(error) => Err(away(&error)),
        }
    }
}

const API_VERSION: &str = "coordination.k8s.io/v1";

fn away(error: &ClusterError) -> LeaseError {
    LeaseError::Away(error.to_string())
}

fn read(json: &str, version: &str) -> Lease {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    let holder = value.pointer("/spec/holderIdentity").and_then(Value::as_str);
    let transitions = value.pointer("/spec/leaseTransitions").and_then(Value::as_u64);
    Lease {
        holder: holder.unwrap_or_default().to_owned(),
        transitions: transitions.and_then(|count| count.try_into().ok()).unwrap_or(0),
        version: version.to_owned(),
    }
}

/// The version in the metadata makes the API server refuse what is based on an older one.
fn written(lease: &Lease, namespace: &str, name: &str, now: Timestamp) -> Value {
    let now = format!("{now:.6}");
    let metadata = match &*lease.version {
        "" => json!({"namespace": namespace, "name": name}),
        version => json!({"namespace": namespace, "name": name, "resourceVersion": version}),
    };
    json!({"apiVersion": API_VERSION, "kind": "Lease", "metadata": metadata, "spec": {
        "holderIdentity": lease.holder,
        "leaseDurationSeconds": DURATION.as_secs(),
        "leaseTransitions": lease.transitions,
        "renewTime": now,
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn lease(holder: &str, version: &str) -> Lease {
        Lease { holder: holder.to_owned(), transitions: 3, version: version.to_owned() }
    }

    #[test]
    fn what_nobody_has_is_taken_and_what_is_ours_is_renewed() {
        let mut seen = Seen::default();
        assert_eq!(decide(None, "me", &mut seen, at(0)), Act::Write(Lease::default()));
        let own = lease("me", "1");
        assert_eq!(decide(Some(&own), "me", &mut seen, at(2)), Act::Write(own));
        let free = lease("", "2");
        let taken = Lease { holder: "me".to_owned(), transitions: 4, version: "2".to_owned() };
        assert_eq!(decide(Some(&free), "me", &mut seen, at(4)), Act::Write(taken));
    }

    #[test]
    fn a_lease_of_another_is_taken_when_it_was_not_renewed_for_its_duration() {
        let mut seen = Seen::default();
        for second in [0, 5, 15] {
            assert_eq!(decide(Some(&lease("other", "1")), "me", &mut seen, at(second)), Act::Wait);
        }
        // It was renewed: the time runs anew, by our own clock.
        assert_eq!(decide(Some(&lease("other", "2")), "me", &mut seen, at(16)), Act::Wait);
        assert_eq!(decide(Some(&lease("other", "2")), "me", &mut seen, at(31)), Act::Wait);
        let act = decide(Some(&lease("other", "2")), "me", &mut seen, at(32));
        assert!(matches!(act, Act::Write(lease) if lease.holder == "me" && lease.version == "2"));
    }

    #[test]
    fn a_lease_reads_as_it_was_written() {
        let before = lease("me", "7");
        let value = written(&before, "cofferdam", "writer", at(0));
        assert_eq!(value["metadata"]["resourceVersion"], "7");
        assert_eq!(value["spec"]["renewTime"], "2027-01-15T08:00:00.000000Z");
        assert_eq!(read(&value.to_string(), "7"), before);
        let new = written(&Lease::default(), "cofferdam", "writer", at(0));
        assert!(new["metadata"].get("resourceVersion").is_none());
    }
}
