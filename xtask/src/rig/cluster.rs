//! One cluster: its name, and where everything of it is.
//!
//! | what | where |
//! |---|---|
//! | certificates, settings, logs, the store, the node's disk | `target/rig/NAME` |
//! | sockets, and what runs | `/run/cofferdam-rig/NAME` |
//! | cgroup, in every hierarchy | `/cofferdam-NAME`; its programs in `node`, pods in `kubepods` |
//! | network | a namespace of its own; `eth0` has 10.200.N.1, the machine's end 10.200.N.254 |
//! | mounts | a namespace of its own, in which the node's folders are at their usual places |
//!
//! Both namespaces live as long as a process is in them, so they end with the last one.

use super::{folder, read};
use std::{
    fs,
    io::{self, Write as _},
    net::Ipv4Addr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// Where sockets are: the paths of sockets have 107 bytes at most.
const RUN: &str = "/run/cofferdam-rig";

/// What a cluster is called that nobody gave a name.
const NAME: &str = "rig";

/// Other things of the rig have folders beside those of clusters.
const RESERVED: [&str; 1] = ["apiserver"];

/// A cluster that is, was or will be. Its parts are found by its name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cluster {
    pub(super) name: String,
}

impl Cluster {
    /// The cluster of this name, else of the name in COFFERDAM_RIG.
    pub(super) fn named(name: Option<&str>) -> Result<Self, String> {
        let given = std::env::var_os("COFFERDAM_RIG").filter(|name| !name.is_empty());
        let given = given.map(|name| name.to_string_lossy().into_owned());
        let name = name.map(str::to_owned).or(given).unwrap_or_else(|| NAME.to_owned());
        let ordinary = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
        if name.is_empty() || name.len() > 20 || !name.chars().all(ordinary) {
            return Err(format!("a cluster's name is a-z, 0-9 and -, 20 at most: {name}"));
        }
        if RESERVED.contains(&name.as_str()) || name.starts_with('-') {
            return Err(format!("a cluster cannot be called {name}"));
        }
        Ok(Self { name })
    }

    /// The same, if it is up.
    pub(super) fn running(name: Option<&str>) -> Result<Self, String> {
        let cluster = Self::named(name)?;
        if cluster.is_up() {
            return Ok(cluster);
        }
        Err(format!("there is no cluster {0}: cargo xtask rig up {0}", cluster.name))
    }

    /// Whether it was started to the end, and not ended since.
    pub(super) fn is_up(&self) -> bool {
        self.run().join("up").is_file()
    }

    /// All of this machine, half-made ones too.
    pub(super) fn all() -> Vec<Self> {
        let entries = fs::read_dir(RUN).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names.into_iter().map(|name| Self { name }).collect()
    }

    /// Takes the name: nobody else can have it until it is given up.
    pub(super) fn claim(&self) -> Result<(), String> {
        let told = |error: io::Error| format!("{}: {error}", self.run().display());
        fs::create_dir_all(RUN).map_err(told)?;
        match fs::create_dir(self.run()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(format!(
                "there is (half of) a cluster {0}: cargo xtask rig down {0}, or take another name",
                self.name
            )),
            result => result.map_err(told),
        }?;
        let state = folder().join(&self.name);
        // What is in it lets one do everything with the cluster.
        super::make_folder(&state)?;
        fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).map_err(told)?;
        super::write(&self.run().join("state"), &state.display().to_string())
    }

    /// The folder of sockets and of what says that it runs.
    pub(super) fn run(&self) -> PathBuf {
        Path::new(RUN).join(&self.name)
    }

    /// The folder of everything else; another checkout's, if that one made it.
    pub(super) fn state(&self) -> PathBuf {
        let noted = read(&self.run().join("state")).ok().filter(|text| !text.is_empty());
        noted.map_or_else(|| folder().join(&self.name), PathBuf::from)
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.state().join("kubeconfig")
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.state().join(format!("logs/{name}.log"))
    }

    /// The socket of its containerd.
    pub(super) fn socket(&self) -> PathBuf {
        self.run().join("containerd/containerd.sock")
    }

    /// Its cgroup, from the root of each hierarchy.
    pub(super) fn cgroup(&self) -> String {
        format!("/cofferdam-{}", self.name)
    }

    /// The process that holds its namespaces.
    pub(super) fn holder(&self) -> Result<String, String> {
        read(&self.run().join("holder")).map_err(|_| format!("{} is not up", self.name))
    }

    /// Which of the networks is its own.
    pub(super) fn network(&self) -> Result<Network, String> {
        let path = self.run().join("network");
        let number =
            read(&path)?.parse().map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Network { number })
    }

    /// Deletes what clusters leave on the machine when there is none any more.
    pub(super) fn forget_all() {
        if !Self::all().is_empty() {
            return;
        }
        let made = Path::new(RUN).join("made");
        for folder in read(&made).unwrap_or_default().lines().rev() {
            // What has something in it by now is somebody else's.
            let _ = fs::remove_dir(folder);
        }
        let _ = fs::remove_file(made);
        let _ = fs::remove_dir(RUN);
    }

    /// Notes a folder that was made outside of the cluster's own; others may note theirs at the
    /// same time.
    pub(super) fn note_made(folder: &str) -> Result<(), String> {
        let path = Path::new(RUN).join("made");
        let file = fs::OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(format!("{folder}\n").as_bytes()))
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// The network between a cluster and the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) number: u8,
}

impl Network {
    /// The node, and so its API server and node ports.
    pub(super) fn node(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 200, self.number, 1)
    }

    /// The machine, to the node and its pods.
    pub(super) fn machine(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 200, self.number, 254)
    }

    /// The machine's end.
    pub(super) fn interface(self) -> String {
        format!("cofferdam{}", self.number)
    }

    /// Where its API server answers.
    pub(super) fn server(self) -> String {
        format!("https://{}:6443", self.node())
    }
}
