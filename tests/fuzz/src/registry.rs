//! Fuzz targets of `registry`: what a server says, and what a credential file holds.

use crate::Target;
use cofferdam_registry::{Challenge, find_in};
use std::path::Path;

pub(crate) const TARGETS: &[Target] =
    &[("registry_challenge", challenge), ("registry_credentials", credentials)];

fn challenge(bytes: &[u8]) {
    let _ = Challenge::parse(&String::from_utf8_lossy(bytes));
}

/// Names of helpers are refused or not found: the input has no say in what runs here.
fn credentials(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).replace("cred", "");
    let path = Path::new("config.json");
    let _ = find_in(text.as_bytes(), path, "registry.example", "team/app");
}
