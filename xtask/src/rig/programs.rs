//! Programs built from their Go modules, once for each version.

use super::{folder, make_folder, output, read, write};
use crate::command::{check, command, root};
use std::{fmt::Write as _, fs, path::Path, path::PathBuf};

/// The version of Kubernetes, without its `v`.
const VERSION: &str = "1.34.4";

/// What else is built, where it is needed: the name, its module, its version.
type Module = (&'static str, &'static str, &'static str);
const ETCD: Module = ("etcd", "go.etcd.io/etcd/server/v3", "v3.6.16");
const COREDNS: Module = ("coredns", "github.com/coredns/coredns", "v1.15.0");
const KWOK: Module = ("kwok", "sigs.k8s.io/kwok", "v0.8.0");

/// Kubernetes' programs in one; the first time takes minutes and gigabytes of cache.
pub(super) fn kubernetes() -> Result<PathBuf, String> {
    let program = folder().join(format!("kube-{VERSION}/kube"));
    if program.is_file() {
        return Ok(program);
    }
    let version = "k8s.io/component-base/version";
    let minor = VERSION.split('.').nth(1).unwrap_or_default();
    let flags = format!(
        "-s -w -X {version}.gitVersion=v{VERSION} -X {version}.gitMajor=1 \
         -X {version}.gitMinor={minor} -X k8s.io/client-go/pkg/version.gitVersion=v{VERSION}"
    );
    compile("kubernetes", &go_mod()?, &flags, &program)?;
    Ok(program)
}

/// The store's program. Not the system's: Debian's is so old that API servers of today serve
/// watches and lists from it in other ways than from those that clusters have.
pub(super) fn etcd() -> Result<PathBuf, String> {
    build(ETCD)
}

/// The cluster's server of names.
pub(super) fn coredns() -> Result<PathBuf, String> {
    build(COREDNS)
}

/// What plays nodes that are not there.
pub(super) fn kwok() -> Result<PathBuf, String> {
    build(KWOK)
}

/// A program of `tests/rig` that stands on one module.
fn build((name, module, version): Module) -> Result<PathBuf, String> {
    let program = folder().join(format!("{name}-{version}/{name}"));
    if !program.is_file() {
        let go_mod = format!("module rig/{name}\n\ngo 1.24.0\n\nrequire {module} {version}\n");
        compile(name, &go_mod, "-s -w", &program)?;
    }
    Ok(program)
}

/// Builds a program of `tests/rig` in the folder of the program, with this `go.mod`.
fn compile(name: &str, go_mod: &str, flags: &str, program: &Path) -> Result<(), String> {
    let folder = program.parent().ok_or("a program is in a folder")?;
    crate::toolchain::go()?;
    make_folder(folder)?;
    let main = root().join("tests/rig").join(name).join("main.go");
    fs::copy(&main, folder.join("main.go"))
        .map_err(|error| format!("{}: {error}", main.display()))?;
    write(&folder.join("go.mod"), go_mod)?;
    let go = || {
        let mut go = command("go");
        go.current_dir(folder).env("CGO_ENABLED", "0").env("GOFLAGS", "-buildvcs=false -mod=mod");
        go
    };
    println!("building {}; the first time takes minutes", program.display());
    check(go().args(["mod", "tidy"]))?;
    let mut build = go();
    build.args(["build", "-p", "1", "-trimpath", "-ldflags", flags, "-o"]).arg(program).arg(".");
    check(&mut build)
}

/// A module that requires Kubernetes, whose own parts are modules at the same version.
fn go_mod() -> Result<String, String> {
    let module = format!("k8s.io/kubernetes@v{VERSION}");
    let found = output(command("go").args(["mod", "download", "-json", &module]))?;
    let path = found.lines().find_map(|line| line.trim().strip_prefix("\"GoMod\": \""));
    let path = path.and_then(|path| path.strip_suffix("\",")).ok_or("go told no path of go.mod")?;
    let text = read(Path::new(path))?;
    let mut made =
        format!("module rig/kube\n\ngo 1.24.0\n\nrequire k8s.io/kubernetes v{VERSION}\n");
    made.push_str("\nreplace (\n");
    let minor = VERSION.trim_start_matches("1.");
    let part = |line: &str| {
        let (name, version) = line.trim().split_once(' ')?;
        (name.starts_with("k8s.io/") && version == "v0.0.0").then(|| name.to_owned())
    };
    for name in text.lines().filter_map(part) {
        writeln!(made, "\t{name} => {name} v0.{minor}").map_err(|error| error.to_string())?;
    }
    made.push_str(")\n");
    Ok(made)
}
