//! What of the rig can be tried without one.

use super::{
    cluster::{Cluster, Network},
    image::layout,
    up::Options,
};
use std::io::Read as _;

#[test]
fn a_cluster_is_called_so_that_paths_and_cgroups_can_be() {
    let names = ["rig", "two", "a-1", "12345678901234567890"];
    for name in names {
        assert_eq!(Cluster::named(Some(name)).unwrap().name, name);
    }
    // The last is as long as a name may be, and one more.
    let others =
        ["", "..", "a/b", "Rig", "-a", "apiserver", "kube-1.34.4", "123456789012345678901"];
    for name in others {
        assert!(Cluster::named(Some(name)).is_err(), "{name}");
    }
}

#[test]
fn sockets_have_short_paths() {
    let cluster = Cluster::named(Some("12345678901234567890")).unwrap();
    // sun_path has 108 bytes, of which the last is zero (unix(7)).
    assert!(cluster.socket().as_os_str().len() <= 107);
}

#[test]
fn each_network_has_a_node_and_a_machine() {
    let network = Network { number: 7 };
    assert_eq!(network.server(), "https://10.200.7.1:6443");
    assert_eq!(network.machine().to_string(), "10.200.7.254");
    // IFNAMSIZ is 16, with the zero at its end.
    assert!(Network { number: 249 }.interface().len() <= 15);
}

#[test]
fn up_takes_what_its_help_says() {
    let parse = |line: &str| Options::parse(&line.split_whitespace().collect::<Vec<_>>());
    assert!(parse("").is_ok());
    assert!(parse("two --dns --audit-webhook https://10.200.0.254:9443/audit").is_ok());
    assert_eq!(parse("two --dns").unwrap(), parse("--dns two").unwrap());
    for line in ["one two", "--audit-webhook", "--dsn", "ONE"] {
        assert!(parse(line).is_err(), "{line}");
    }
}

/// The image specification: each descriptor's digest and size are those of its blob, and the
/// layer's digest stands in the configuration.
#[test]
fn a_layout_names_its_blobs_by_what_they_are() {
    let bytes = layout("rig.test/one:1", "one", b"program").unwrap();
    let mut files = std::collections::BTreeMap::new();
    for entry in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(entry.path().unwrap().display().to_string(), bytes);
    }
    let json = |path: &str| serde_json::from_slice::<serde_json::Value>(&files[path]).unwrap();
    let blob = |descriptor: &serde_json::Value| {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let path = format!("blobs/sha256/{digest}");
        assert_eq!(files[&path].len() as u64, descriptor["size"].as_u64().unwrap());
        assert_eq!(super::image::digest(&files[&path]), digest);
        path
    };
    let manifest = json(&blob(&json("index.json")["manifests"][0]));
    let config = json(&blob(&manifest["config"]));
    let layer = blob(&manifest["layers"][0]);
    assert_eq!(config["rootfs"]["diff_ids"][0], manifest["layers"][0]["digest"]);
    assert_eq!(config["config"]["Entrypoint"][0], "/one");
    let mut layer = tar::Archive::new(files[&layer].as_slice());
    let entry = layer.entries().unwrap().next().unwrap().unwrap();
    assert_eq!(entry.path().unwrap().to_str(), Some("one"));
    assert_eq!(entry.header().mode().unwrap(), 0o755);
}
