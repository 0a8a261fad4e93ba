//! Ways out of a container to its node.

use crate::workload::Workload;
use cofferdam_manifest::View;

/// A way out: where it is written, and what it is.
pub(super) type Escape<'t> = (View<'t>, Means);

/// What lets a process out, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Means {
    /// After "a container of X": "is privileged".
    pub(super) does: &'static str,
    /// After "remove": "privileged".
    pub(super) remove: &'static str,
}

const PRIVILEGED: Means = Means { does: "is privileged", remove: "privileged" };
const CAPABILITY: Means =
    Means { does: "has a capability that allows a node takeover", remove: "the added capability" };
const PROCESSES: Means =
    Means { does: "has SYS_PTRACE in the host PID namespace", remove: "SYS_PTRACE or hostPID" };
const SOCKET: Means =
    Means { does: "mounts the container runtime socket", remove: "the container runtime socket" };
const FOLDER: Means = Means {
    does: "can write to system directories of its node",
    remove: "the writable hostPath volume",
};

/// Capabilities with which a process takes over its node: it loads modules, writes to devices,
/// mounts what it likes, or opens any file of the host (capabilities(7)).
const CAPABILITIES: [&str; 5] = ["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH"];

/// With the processes of the node in sight, these let a process into them.
const INTO_PROCESSES: [&str; 1] = ["SYS_PTRACE"];

/// Sockets behind which somebody with every right on the node takes orders.
const SOCKETS: [&str; 5] =
    ["docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock", "dockershim.sock"];

/// Folders of a node in which writing is taking over; their subfolders have owners of their own.
const FOLDERS: [&str; 22] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/etc/cron.d",
    "/etc/kubernetes",
    "/etc/kubernetes/manifests",
    "/etc/systemd/system",
    "/home",
    "/lib",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/usr",
    "/usr/bin",
    "/var",
    "/var/lib",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/run",
];

/// Every way out of the containers of a workload, in the order of the file.
pub(super) fn escapes<'t>(workload: &Workload<'t>) -> Vec<Escape<'t>> {
    let sees_processes = workload.spec("hostPID").and_then(View::as_bool) == Some(true);
    let mut escapes = Vec::new();
    for (_, container) in workload.pod.containers() {
        if let Some(context) = container.get("securityContext") {
            let privileged = context.get("privileged");
            if let Some(view) = privileged.filter(|value| value.as_bool() == Some(true)) {
                escapes.push((view, PRIVILEGED));
            }
            let added = context.at(&["capabilities", "add"]).into_iter().flat_map(View::elements);
            for capability in added {
                let name = capability.as_str().unwrap_or_default();
                let name = name.strip_prefix("CAP_").unwrap_or(name);
                if CAPABILITIES.contains(&name) {
                    escapes.push((capability, CAPABILITY));
                } else if sees_processes && INTO_PROCESSES.contains(&name) {
                    escapes.push((capability, PROCESSES));
                }
            }
        }
        escapes.extend(mounts(workload, container));
    }
    escapes
}

/// Folders and sockets of the node that a container mounts.
fn mounts<'t>(workload: &Workload<'t>, container: View<'t>) -> Vec<Escape<'t>> {
    let Some(volumes) = workload.spec("volumes") else { return Vec::new() };
    let text = |view: View<'t>, key: &str| view.get(key).and_then(View::as_str);
    let mounted = container.get("volumeMounts").into_iter().flat_map(View::elements);
    let escape = |mount: View<'t>| {
        let name = text(mount, "name")?;
        let volume = volumes.elements().find(|volume| text(*volume, "name") == Some(name))?;
        let path = volume.at(&["hostPath", "path"])?;
        let folder = path.as_str()?.trim_end_matches('/');
        let folder = if folder.is_empty() { "/" } else { folder };
        let is_read_only = mount.get("readOnly").and_then(View::as_bool) == Some(true);
        if SOCKETS.iter().any(|socket| folder.ends_with(socket)) {
            Some((path, SOCKET))
        } else if !is_read_only && FOLDERS.contains(&folder) {
            Some((path, FOLDER))
        } else {
            None
        }
    };
    mounted.filter_map(escape).collect()
}
