//! What can be typed. The help texts are the reference documentation.

use crate::{backup, diagnostics::Format, get, output::Output, policy};
use clap::{Args, Parser, Subcommand};
use cofferdam_api::Network;
use cofferdam_cluster::Access;
use cofferdam_model::{Platform, Severity};
use cofferdam_policy::Stage;
use cofferdam_posture::pod_security::Standard;
use jiff::{SignedDuration, Timestamp};
use std::{path::PathBuf, str::FromStr, time::Duration};

/// Container security for Kubernetes: build, ship, run.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXITS, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Say nothing but results and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

const EXITS: &str = "\
Exit codes:
  0  every policy passes
  1  a policy failed
  2  the command line, a policy or another file of yours is wrong
  3  something could not be assessed that a policy insists on
  4  the machine, the network or a service failed";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan an image, an archive or a root file system, and judge it.
    Scan(Box<Scan>),
    /// Check manifests, charts, kustomizations and Dockerfiles, and judge them together.
    Check(Box<Check>),
    /// Watch a cluster on this machine: console, API and audit in one process.
    Up(Box<Up>),
    /// Serve a cluster from inside, for a team (the Helm chart runs this).
    Serve(Box<Serve>),
    /// Write all that a store holds to one file, also while a server uses it.
    Backup(backup::Backup),
    /// Fill a store from a backup, of either kind of database.
    Restore(backup::Restore),
    /// Try what is here: programs, clusters, rights, room; say what is missing and what to do.
    Doctor(Doctor),
    /// Show what a server knows: workloads, findings, images, policies and more.
    Get(Box<get::Get>),
    /// Show one thing with what belongs to it.
    Describe(Box<get::Describe>),
    /// List, explain, test and lint policies.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Load, build and show the advisory database that scans are judged with.
    #[command(subcommand)]
    Advisory(Advisory),
}

/// Where the console of `up` listens, on loopback.
const PORT: u16 = 7070;

/// Which cluster.
#[derive(Debug, Args)]
pub(crate) struct ClusterChoice {
    /// A context of your kubeconfig; without it the current one, as kubectl does.
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,

    /// A kubeconfig file, instead of $KUBECONFIG and ~/.kube/config.
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
}

impl ClusterChoice {
    /// As the cluster crate takes it.
    pub(crate) fn access(&self) -> Access {
        access(self.kubeconfig.as_ref(), self.context.as_ref()).unwrap_or(Access::Find)
    }
}

impl Serve {
    /// The cluster that is named, or the one that this runs in.
    pub(crate) fn access(&self) -> Access {
        access(self.kubeconfig.as_ref(), self.context.as_ref()).unwrap_or(Access::InCluster)
    }
}

/// The cluster that is named, if one is.
fn access(kubeconfig: Option<&PathBuf>, context: Option<&String>) -> Option<Access> {
    match (kubeconfig, context) {
        (Some(path), _) => Some(Access::File { path: path.clone(), context: context.cloned() }),
        (None, Some(context)) => Some(Access::Context(context.clone())),
        (None, None) => None,
    }
}

const DOCTOR_EXITS: &str = "\
Each line says `works`, `partly` (what needs it can do without, or with less) or `missing`, and
what to do where there is something to do. Exit code: 3 where something is missing, else 0.";

/// What to try.
#[derive(Debug, Args)]
#[command(after_help = DOCTOR_EXITS)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) cluster: ClusterChoice,

    #[command(flatten)]
    pub(crate) database: DatabaseFile,

    /// Where `up --listen` would listen.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = format!("127.0.0.1:{PORT}"))]
    pub(crate) listen: String,

    /// Where `up --data` would keep data [default: cofferdam in the user's state directory].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,

    /// The containerd that `up --containerd` would read, besides the usual ones.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) containerd: Option<PathBuf>,
}

const UP_EXAMPLES: &str = "\
Examples:
  cofferdam up                       the cluster of your kubeconfig, after asking; without one the
                                     recorded sample
  cofferdam up --sample              the recorded sample: a small shop with the sins people commit
  cofferdam up --context staging     this cluster, without asking; it is only read
  cofferdam up --context staging --admission-url https://10.0.0.5:9443
                                     and answer its admission reviews, warning but not refusing";

/// How to watch.
#[derive(Debug, Args)]
#[command(after_help = UP_EXAMPLES)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) cluster: ClusterChoice,

    /// Show the recorded sample, whatever clusters there are.
    #[arg(long, conflicts_with_all = ["context", "kubeconfig", "admission_url"])]
    pub(crate) sample: bool,

    /// Show a recording made with --record.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["sample", "context", "kubeconfig", "admission_url"])]
    pub(crate) recording: Option<PathBuf>,

    /// Record the cluster into a new folder once everything is judged, and end: what runs, what its
    /// images hold and what was asked of it, without any value of a Secret or ConfigMap.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["sample", "recording", "admission_url"])]
    pub(crate) record: Option<PathBuf>,

    /// Do not ask before a cluster is watched that was found and not named.
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// Where the console and the API listen: on the loopback only, for it is plain HTTP.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = format!("127.0.0.1:{PORT}"))]
    pub(crate) listen: String,

    /// Where data are kept, one file for each cluster [default: cofferdam in the user's state
    /// directory].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,

    /// Answer admission reviews too: what the cluster's API server reaches this machine by. The
    /// webhook is taken away again at the end.
    #[arg(long, value_name = "URL")]
    pub(crate) admission_url: Option<String>,

    /// The root folder of a containerd whose images are read in place, besides the usual ones.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) containerd: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// What `up` and `serve` are both told.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Files or directories of your own policies and exceptions, added to the built-in rules.
    #[arg(long, short, value_name = "PATH")]
    pub(crate) policy: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) database: DatabaseFile,

    /// PEM file of a certificate authority to trust for registries and feeds, besides the
    /// system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_certificate: Option<PathBuf>,

    /// The token that the API server sends its audit events with to /audit; without it none are
    /// taken. Give it by the environment: arguments are seen by everybody.
    #[arg(long, value_name = "TOKEN", env = "COFFERDAM_AUDIT_TOKEN", hide_env_values = true)]
    pub(crate) audit_token: Option<String>,
}

const SERVE_EXAMPLES: &str = "\
In a cluster the Helm chart starts it. Outside of one, to try it:
  kubectl create namespace cofferdam-system
  cofferdam serve --context staging --store-file cofferdam.db --listen 127.0.0.1:8443";

/// How to serve.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct Serve {
    /// A context of your kubeconfig, for a server outside of the cluster. Without it and
    /// --kubeconfig it is the cluster of the pod that this runs in, never one that was only
    /// current: Secrets, a Lease and the webhook are written there.
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,

    /// A kubeconfig file; its current context, unless --context says another.
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// Name of the Service that leads here; its certificates are kept in the Secret
    /// NAME-certificates.
    #[arg(long, default_value = "cofferdam")]
    pub(crate) name: String,

    /// The namespace that this runs in, which is never judged.
    #[arg(long, env = "COFFERDAM_NAMESPACE", default_value = "cofferdam-system")]
    pub(crate) namespace: String,

    /// What this replica is called; of several, the one that holds the Lease NAME writes.
    #[arg(long, env = "COFFERDAM_POD", value_name = "NAME", default_value = "cofferdam-0")]
    pub(crate) pod: String,

    /// Where the console and the API listen, over TLS.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8443")]
    pub(crate) listen: String,

    /// Addresses of an Ingress or another proxy that is believed who asks, as X-Forwarded-For says:
    /// attempts to sign in are counted, and changes written down, by that. May be given several
    /// times. Without it whoever connects is who asks.
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<Network>,

    /// Where admission reviews are answered; without it none are.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) admission_listen: Option<String>,

    /// A PostgreSQL database: postgres://user:password@host/database. Give it by the environment:
    /// arguments are seen by everybody.
    #[arg(long, value_name = "URL", env = "COFFERDAM_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,

    /// The SQLite file of a single replica, where no other store is named.
    #[arg(long, value_name = "FILE")]
    pub(crate) store_file: Option<PathBuf>,

    /// NATS with JetStream, for more than one replica: nats://host:4222.
    #[arg(
        long,
        value_name = "URL",
        env = "COFFERDAM_BUS",
        default_value = "memory:",
        hide_env_values = true
    )]
    pub(crate) bus: String,

    #[command(flatten)]
    pub(crate) common: Common,

    /// Fetch the public advisories now and again after this time, for example 6h.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) update_advisories: Option<Duration>,

    /// Fetch a feed from another URL, as `cofferdam advisory update --source` does; `NAME=` leaves
    /// it out.
    #[arg(long, value_name = "NAME=URL", requires = "update_advisories")]
    pub(crate) advisory_source: Vec<String>,

    /// A Secret of the namespace that keeps the password of the first account, admin, in its key
    /// `password`. Where it holds none, one is generated and written there.
    #[arg(long, value_name = "NAME", conflicts_with = "admin_password_file")]
    pub(crate) admin_secret: Option<String>,

    /// The same as a file [default: admin-password beside the store's file, or in the user's state
    /// directory].
    #[arg(long, value_name = "FILE")]
    pub(crate) admin_password_file: Option<PathBuf>,

    /// How standard error is written: as text, or as one JSON object a line [default: text on a
    /// terminal, json elsewhere].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log: Option<Format>,
}

const SCAN_EXAMPLES: &str = "\
Examples:
  cofferdam scan image.tar                      a `docker save` or OCI archive
  cofferdam scan ghcr.io/org/app:1.2            straight from its registry
  cofferdam scan ./rootfs                       an unpacked root file system
  cofferdam scan app.tar -o table -o sarif=out.sarif -o cyclonedx=sbom.json";

#[derive(Debug, Args)]
#[command(after_help = SCAN_EXAMPLES)]
pub(crate) struct Scan {
    /// An archive or directory (docker-archive, OCI layout), a root file system directory, or
    /// a registry reference.
    pub(crate) target: String,

    /// Which platform of a multi-platform image, for example linux/arm64.
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub(crate) platform: Option<Platform>,

    /// Which image of an archive that holds several.
    #[arg(long, value_name = "NAME")]
    pub(crate) reference: Option<String>,

    /// How to report: table, json, sarif, cyclonedx, junit, html, markdown; with a file or to
    /// standard output. May be given several times.
    #[arg(long, short, value_name = "FORMAT[=FILE]", default_value = "table")]
    pub(crate) output: Vec<Output>,

    /// Files or directories of your own policies and exceptions, added to the built-in ones; a
    /// policy with the name of a built-in one replaces it.
    #[arg(long, short, value_name = "PATH")]
    pub(crate) policy: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) database: DatabaseFile,

    /// PEM file of a certificate authority to trust for the registry, besides the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_certificate: Option<PathBuf>,

    /// Raise or lower a limit on what the target may use. Names: layer-bytes, image-bytes,
    /// entries, file-bytes, archive-depth, seconds.
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) limit: Vec<String>,

    /// Judge as of this time instead of now (RFC 3339 with its zone, or a day), to replay an
    /// old verdict.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Timestamp>,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  cofferdam check deploy/                       every manifest, chart and Dockerfile below
  cofferdam check web.yaml Dockerfile           just these files
  helm template shop ./chart | cofferdam check -
  cofferdam check chart/ --values prod.yaml --set replicas=3
  cofferdam check . --since origin/main         only what a change touched
  cofferdam check . --fail-on high              show all, fail on high and critical
  cofferdam check . --pod-security restricted:v1.30
  cofferdam check . -o table -o sarif=check.sarif -o html=check.html

Objects are judged together: give the directory that has them all, so that the rights of a
service account, the NetworkPolicy and the Ingress of a workload are known.";

#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct Check {
    /// Files and directories with manifests (YAML, JSON), Helm charts, kustomizations and
    /// Dockerfiles; `-` is standard input.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Files or directories of your own policies, ValidatingAdmissionPolicies and exceptions,
    /// added to the built-in rules; a policy with the name of a built-in one replaces it.
    #[arg(long, short, value_name = "PATH")]
    pub(crate) policy: Vec<PathBuf>,

    /// Judge pods by a level of the Pod Security Standards too: baseline or restricted, and the
    /// version of Kubernetes, for example restricted:v1.30.
    #[arg(long, value_name = "LEVEL[:VERSION]")]
    pub(crate) pod_security: Option<Standard>,

    /// The version of Kubernetes that the manifests are for, for example 1.30. Without it only what
    /// no supported version takes any more is said of APIs that were removed.
    #[arg(long, value_name = "VERSION")]
    pub(crate) kubernetes_version: Option<KubernetesVersion>,

    /// The stage to judge as: build, admission or background.
    #[arg(long, value_name = "STAGE", default_value = "build", value_parser = stage)]
    pub(crate) stage: Stage,

    /// Judge only the objects and Dockerfiles that changed since this Git revision. All files are
    /// still read, for what did not change says what the rest leads to.
    #[arg(long, value_name = "REV")]
    pub(crate) since: Option<String>,

    /// The least severity that fails: critical, high, medium, low. What is less severe is shown
    /// and decides nothing [default: low].
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(crate) fail_on: Option<Severity>,

    /// Only the rules with this code or name, or whose code begins with these parts: CFD-POD is all
    /// about pods. May be given several times.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) select: Vec<String>,

    /// All rules but those with this code or name, or whose code begins with these parts. May be
    /// given several times.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    /// A value for Helm charts.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,

    /// A file of values for Helm charts.
    #[arg(long, value_name = "FILE")]
    pub(crate) values: Vec<PathBuf>,

    /// The namespace that Helm charts are released into [default: default].
    #[arg(long, short, value_name = "NAME", value_parser = namespace)]
    pub(crate) namespace: Option<String>,

    /// How to report: table, json, sarif, junit, html, markdown; with a file or to standard
    /// output. May be given several times.
    #[arg(long, short, value_name = "FORMAT[=FILE]", default_value = "table")]
    pub(crate) output: Vec<Output>,

    /// Judge as of this time instead of now (RFC 3339 with its zone, or a day), to replay an
    /// old verdict.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Timestamp>,
}

/// A moment as RFC 3339 writes it, or a day, which begins at midnight UTC as in exceptions.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    let why = "times are with their zone, like 2026-11-22T08:00:00Z, days like 2026-11-22";
    cofferdam_api::moment(text).ok_or_else(|| why.to_owned())
}

/// A name that a namespace can have (RFC 1123, a label).
fn namespace(text: &str) -> Result<String, String> {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_name = text.bytes().all(|byte| is_part(byte) || byte == b'-')
        && text.bytes().next().is_some_and(is_part)
        && text.bytes().last().is_some_and(is_part)
        && text.len() <= 63;
    let why = "namespaces are of at most 63 lower-case letters, digits and dashes between them";
    is_name.then(|| text.to_owned()).ok_or_else(|| why.to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let known = text.parse::<SignedDuration>().ok().and_then(|known| known.try_into().ok());
    known.ok_or_else(|| "durations are like 6h or 30m".to_owned())
}

pub(crate) fn stage(text: &str) -> Result<Stage, String> {
    // At run time processes and connections are judged, not objects.
    let known = text.parse().ok().filter(|stage| *stage != Stage::Runtime);
    known.ok_or_else(|| "stages of objects are build, admission, background".to_owned())
}

fn severity(text: &str) -> Result<Severity, String> {
    let known = text.parse().ok().filter(|severity| *severity != Severity::None);
    known.ok_or_else(|| "severities are critical, high, medium, low".to_owned())
}

/// A version of Kubernetes as people write it: `1.30`, `v1.30`, `1.30.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KubernetesVersion {
    /// `1.N`.
    pub(crate) minor: u32,
}

impl FromStr for KubernetesVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let minor = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.");
        let minor = minor.and_then(|rest| rest.split('.').next()?.parse().ok());
        minor.map(|minor| Self { minor }).ok_or_else(|| "versions are like 1.30".to_owned())
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DatabaseFile {
    /// The advisory database file [default: advisories.cfd in the user's data directory].
    #[arg(long, value_name = "FILE", env = "COFFERDAM_DATABASE")]
    pub(crate) database: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Advisory {
    /// Fetch the public feeds and build the database anew.
    ///
    /// Feeds: OSV for every ecosystem that is read, CISA KEV, FIRST EPSS, endoflife.date. What has
    /// not changed is not fetched again. When a feed cannot be had, the old database stays.
    Update {
        /// Take a feed from another URL; `NAME=` leaves it out. Names are those that
        /// `cofferdam advisory update --list` shows.
        #[arg(long, value_name = "NAME=URL")]
        source: Vec<String>,
        /// Show the feeds and their URLs, and stop.
        #[arg(long)]
        list: bool,
        /// PEM file of a certificate authority to trust, besides the system's.
        #[arg(long, value_name = "FILE")]
        ca_certificate: Option<PathBuf>,
        #[command(flatten)]
        database: DatabaseFile,
    },
    /// Build the database from feeds that are already here: files and directories.
    ///
    /// Each is recognised by its content: OSV zips or JSON, the KEV catalogue, EPSS scores,
    /// endoflife.date products (a directory or a tar of them).
    Build {
        /// Files and directories of feeds.
        #[arg(required = true)]
        feeds: Vec<PathBuf>,
        #[command(flatten)]
        database: DatabaseFile,
    },
    /// Take over a database that was built elsewhere, after checking every block of it.
    Import {
        /// The database file.
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseFile,
    },
    /// Show what the database holds, from where, and how old it is.
    Status {
        #[command(flatten)]
        database: DatabaseFile,
    },
}

#[cfg(test)]
mod tests {
    use super::{moment, namespace};

    #[test]
    fn a_time_is_a_point_in_time_or_a_day() {
        let times = [
            ("2026-11-22", "2026-11-22T00:00:00Z"),
            ("2026-11-22T08:30:00Z", "2026-11-22T08:30:00Z"),
            ("2026-11-22T08:30Z", "2026-11-22T08:30:00Z"),
            ("2026-11-22T08:30:00+01:00", "2026-11-22T07:30:00Z"),
        ];
        for (text, expected) in times {
            assert_eq!(moment(text).unwrap().to_string(), expected, "{text}");
        }
        // Where it is that late nobody said.
        for bad in ["2026-11-22T08:30", "2026-11-22T08:30:00", "2026-11-22 08:30", "2026-11", ""] {
            assert!(moment(bad).unwrap_err().contains("with their zone"), "{bad:?}");
        }
    }

    #[test]
    fn names_of_namespaces() {
        let longest = "a".repeat(63);
        for good in ["shop", "team-07", "0", &longest] {
            assert!(namespace(good).is_ok(), "{good:?}");
        }
        for bad in ["", "-x", "x-", "Shop", "a b", "a.b", "größe", &format!("{longest}a")] {
            assert!(namespace(bad).is_err(), "{bad:?}");
        }
    }
}
