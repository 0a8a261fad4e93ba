//! The system packages that tests and benchmarks need, and how they are installed.

use crate::command::{check, command, find};

/// A program and the Debian package that has it.
const TOOLS: &[(&str, &str)] = &[
    ("cc", "gcc"),
    ("debootstrap", "debootstrap"),
    ("buildah", "buildah"),
    ("rpmbuild", "rpm"),
    ("docker-registry", "docker-registry"),
    ("htpasswd", "apache2-utils"),
    ("openssl", "openssl"),
    ("python3", "python3-venv"),
    ("npm", "npm"),
    ("mvn", "maven"),
    ("javac", "default-jdk-headless"),
    ("tar", "tar"),
    ("zstd", "zstd"),
    ("objcopy", "binutils"),
];

/// Installs what is missing when we are root on a Debian family machine; otherwise says exactly
/// what somebody who is should type.
pub(crate) fn run() -> Result<(), String> {
    install(TOOLS)
}

pub(crate) fn install(tools: &[(&str, &str)]) -> Result<(), String> {
    let missing: Vec<&str> = tools
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if find("apt-get").is_none() {
        return Err(format!("this needs the programs of these Debian packages: {list}"));
    }
    if !is_root() {
        return Err(format!("this needs packages, please run: sudo apt-get install -y {list}"));
    }
    println!("installing with apt-get: {list}");
    let apt = |arguments: &[&str]| {
        let mut apt = command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-y"]).args(arguments);
        check(&mut apt)
    };
    apt(&["update"])?;
    let mut arguments = vec!["--no-install-recommends", "install"];
    arguments.extend(&missing);
    apt(&arguments)
}

pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
