//! The image configuration from bytes (OCI image specification 1.1, "Image Configuration";
//! Docker's is the same).

use super::{DocumentError, document::WirePlatform, json, lenient};
use cofferdam_bounds::Limits;
use cofferdam_model::{Digest, History, ImageConfig, Platform};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A configuration with what it says of platform and layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The run-time configuration and history.
    pub image: ImageConfig,
    /// What the image runs on, when it says so.
    pub platform: Option<Platform>,
    /// Digests of the uncompressed layers from the bottom up; `None` for one that is no sha256.
    pub diff_ids: Vec<Option<Digest>>,
}

impl Config {
    /// Reads a configuration.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, DocumentError> {
        super::check_size(bytes, limits)?;
        let value = json::read(bytes, &NAMES)?;
        let platform = WirePlatform::deserialize(&value)?;
        let wire: Wire = serde_json::from_value(value)?;
        super::check_count(wire.rootfs.diff_ids.len(), limits.layers, "diff ids of an image")?;
        let config = wire.config;
        let keys = |map: BTreeMap<String, serde_json::Value>| map.into_keys().collect();
        Ok(Self {
            platform: platform.platform(),
            diff_ids: wire.rootfs.diff_ids.iter().map(|text| text.parse().ok()).collect(),
            image: ImageConfig {
                user: config.user,
                env: config.env.into_iter().map(variable).collect(),
                labels: config.labels.into_iter().collect(),
                entrypoint: config.entrypoint,
                command: config.cmd,
                exposed_ports: keys(config.exposed_ports),
                volumes: keys(config.volumes),
                working_directory: config.working_dir,
                created: wire.created.and_then(|text| text.parse().ok()),
                history: wire.history.into_iter().map(History::from).collect(),
            },
        })
    }

    /// For each of `layers` layers the instruction that made it: history without its empty steps,
    /// when it tells of exactly that many.
    pub fn created_by(&self, layers: usize) -> Vec<Option<String>> {
        let steps = self.image.history.iter().filter(|step| !step.empty_layer);
        let steps: Vec<_> = steps.map(|step| Some(step.created_by.clone())).collect();
        if steps.len() == layers { steps } else { vec![None; layers] }
    }
}

fn variable(text: String) -> (String, String) {
    match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (text, String::new()),
    }
}

/// Names of all fields below, and of the platform.
const NAMES: [&str; 18] = [
    "created",
    "config",
    "rootfs",
    "history",
    "diff_ids",
    "created_by",
    "empty_layer",
    "os",
    "architecture",
    "variant",
    "User",
    "Env",
    "Labels",
    "Entrypoint",
    "Cmd",
    "ExposedPorts",
    "Volumes",
    "WorkingDir",
];

#[derive(Deserialize)]
struct Wire {
    created: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    config: WireConfig,
    #[serde(default, deserialize_with = "lenient")]
    rootfs: WireRootfs,
    #[serde(default, deserialize_with = "lenient")]
    history: Vec<WireHistory>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct WireConfig {
    #[serde(deserialize_with = "lenient")]
    user: String,
    #[serde(deserialize_with = "lenient")]
    env: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "lenient")]
    entrypoint: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    cmd: Vec<String>,
    #[serde(deserialize_with = "lenient")]
    exposed_ports: BTreeMap<String, serde_json::Value>,
    #[serde(deserialize_with = "lenient")]
    volumes: BTreeMap<String, serde_json::Value>,
    #[serde(deserialize_with = "lenient")]
    working_dir: String,
}

#[derive(Default, Deserialize)]
struct WireRootfs {
    #[serde(default, deserialize_with = "lenient")]
    diff_ids: Vec<String>,
}

#[derive(Deserialize)]
struct WireHistory {
    #[serde(default, deserialize_with = "lenient")]
    created_by: String,
    #[serde(default, deserialize_with = "lenient")]
    empty_layer: bool,
}

impl From<WireHistory> for History {
    fn from(wire: WireHistory) -> Self {
        Self { created_by: wire.created_by, empty_layer: wire.empty_layer }
    }
}
