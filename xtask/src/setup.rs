//! The system packages that tests and benchmarks need, and how they are installed.

use crate::command::{check, command, find};

/// What the scenarios of `tests/product` run, with the Debian package that has it. What images
/// need is known to their recipes (`tests/images/setup.sh`).
const TOOLS: &[(&str, &str)] = &[
    ("buildah", "buildah"),
    ("chromium", "chromium"),
    ("curl", "curl"),
    ("docker-registry", "docker-registry"),
    ("git", "git"),
    ("htpasswd", "apache2-utils"),
    ("nats-server", "nats-server"),
    ("npm", "npm"),
    ("openssl", "openssl"),
    ("pg_ctlcluster", "postgresql"),
    ("prlimit", "util-linux"),
    ("python3", "python3"),
    ("tar", "tar"),
    ("zstd", "zstd"),
];

/// Installs what is missing when we are root on a Debian family machine; otherwise says exactly
/// what somebody who is should type.
pub(crate) fn run() -> Result<(), String> {
    let mut missing: Vec<&str> = TOOLS
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    // Debian's python3 has `venv` and `pip` in packages of their own.
    if !can_make_venvs() {
        missing.push("python3-venv");
    }
    install(&missing)?;
    crate::toolchain::go()?;
    crate::oracles::run()?;
    crate::tools::run()?;
    images(&[])
}

/// What these images need; without names, what all of them need.
pub(crate) fn images(names: &[&str]) -> Result<(), String> {
    check(command("tests/images/setup.sh").args(names))
}

fn can_make_venvs() -> bool {
    let output = command("python3").args(["-c", "import ensurepip, venv"]).output();
    output.is_ok_and(|output| output.status.success())
}

/// Installs these Debian packages when we are root; otherwise says what to type.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
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
    arguments.extend(packages);
    apt(&arguments)
}

pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}
