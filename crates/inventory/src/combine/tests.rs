//! Precedence, merging, ownership and missing databases.

use super::*;
use cofferdam_model::{Evidence, Location};

fn package(kind: PackageKind, name: &str, version: &str, path: &str) -> Package {
    Package {
        kind,
        name: name.into(),
        version: version.into(),
        architecture: kind.is_distribution().then(|| "amd64".into()),
        source: None,
        location: Location::path(path),
        evidence: Evidence::Metadata,
        owner: None,
        license: None,
    }
}

fn deb(name: &str) -> Package {
    package(PackageKind::Deb, name, "1.0-1", "var/lib/dpkg/status")
}

fn owned(package: &str, architecture: Option<&str>, paths: &[&str]) -> FileFacts {
    FileFacts {
        owned: vec![OwnedPaths {
            kind: PackageKind::Deb,
            package: package.into(),
            version: None,
            architecture: architecture.map(Into::into),
            paths: paths.iter().map(|path| path_key(path)).collect(),
            layer: None,
        }],
        ..FileFacts::default()
    }
}

fn installed(packages: &[Package]) -> FileFacts {
    FileFacts { packages: packages.to_vec(), ..FileFacts::default() }
}

fn named(rank: usize, id: &str, like: &[&str]) -> FileFacts {
    let like = like.iter().map(|like| (*like).to_owned()).collect();
    let distribution = Distribution { id: id.into(), like, ..Distribution::default() };
    FileFacts {
        distribution: Some(RankedDistribution {
            rank,
            distribution,
            location: Location::path("etc/os-release"),
        }),
        ..FileFacts::default()
    }
}

/// The owner of `usr/lib/python3/dist-packages/six-1.16.0.egg-info` among `files`, in any order.
fn check_owner(files: &[FileFacts], expected: Option<&str>) {
    let path = "usr/lib/python3/dist-packages/six-1.16.0.egg-info";
    let six = package(PackageKind::Python, "six", "1.16.0", path);
    let mut files = files.to_vec();
    files.push(installed(&[six]));
    let forward = combine(files.clone(), &[]);
    files.reverse();
    assert_eq!(combine(files, &[]), forward);
    let six = forward.packages.iter().find(|package| package.name == "six").unwrap();
    assert_eq!(six.owner.as_deref(), expected);
}

#[test]
fn owner_of_a_language_package() {
    let list = ["/.", "/usr", "/usr/lib/python3/dist-packages/six-1.16.0.egg-info"];
    let present = installed(&[deb("python3-six")]);
    check_owner(&[present.clone(), owned("python3-six", None, &list)], Some("python3-six@1.0-1"));
    let merged = ["/lib/python3/dist-packages/six-1.16.0.egg-info"];
    check_owner(&[present.clone(), owned("python3-six", None, &merged)], Some("python3-six@1.0-1"));
    let amd64 = owned("python3-six", Some("amd64"), &list);
    check_owner(&[present.clone(), amd64], Some("python3-six@1.0-1"));
    check_owner(&[present.clone(), owned("python3-six", Some("i386"), &list)], None);
    let other = ["/usr/lib/python3/dist-packages/six-1.15.0.egg-info"];
    check_owner(&[present, owned("python3-six", None, &other)], None);
}

#[test]
fn a_list_left_behind_owns_nothing() {
    let list = ["/usr/lib/python3/dist-packages/six-1.16.0.egg-info"];
    check_owner(&[installed(&[deb("bash")]), owned("python3-six", None, &list)], None);
}

/// Both would take minutes if every path looked through all packages of its list's name.
#[test]
fn repeated_paths_and_names_cost_little() {
    let path = "/usr/lib/python3/dist-packages/six-1.16.0.egg-info";
    let version = |number| Package { version: format!("{number:05}"), ..deb("a") };
    let many: Vec<Package> = (0..20_000).map(version).collect();
    let mut list = owned("a", Some("amd64"), &[]);
    list.owned[0].paths = vec![path_key(path); 150_000];
    let mut lists = owned("a", None, &[]);
    lists.owned = (0..20_000)
        .map(|number| OwnedPaths {
            version: Some(format!("{number:05}")),
            ..owned("a", None, &[path]).owned.remove(0)
        })
        .collect();
    check_owner(&[installed(&many), list, lists], Some("a@00000"));
    let long = deb(&"a".repeat(2_000));
    check_owner(&[owned(&long.name, None, &[path]), installed(&[long])], None);
}

#[test]
fn of_two_owners_always_the_same_one() {
    let list = ["/usr/lib/python3/dist-packages/six-1.16.0.egg-info"];
    let both = installed(&[deb("a"), deb("b")]);
    check_owner(&[both, owned("b", None, &list), owned("a", None, &list)], Some("a@1.0-1"));
}

#[test]
fn a_file_newer_than_its_list_is_nobodys() {
    for (file, database, owned_by_docker) in [(2, 1, false), (1, 1, true), (0, 1, true)] {
        let mut docker = deb("docker.io");
        // Whoever installs another package later writes the database anew, but not this list.
        docker.location.layer = Some(3);
        let mut list = owned("docker.io", None, &["/usr/bin/docker"]);
        list.owned[0].layer = Some(database);
        let mut module = package(PackageKind::Go, "stdlib", "1.22.0", "usr/bin/docker");
        module.location.layer = Some(file);
        let files = [installed(&[docker, module]), list];
        let inventory = combine(files, &[]);
        let module = inventory.packages.iter().find(|package| package.name == "stdlib").unwrap();
        assert_eq!(module.owner.is_some(), owned_by_docker, "layer {file} over {database}");
    }
}

#[test]
fn members_of_an_owned_archive_are_owned() {
    let path = "usr/share/java/app.jar!/lib/x-1.jar";
    let member = package(PackageKind::Maven, "g:x", "1", path);
    let files =
        [installed(&[deb("app"), member]), owned("app", None, &["/usr/share/java/app.jar"])];
    let inventory = combine(files, &[]);
    assert_eq!(inventory.packages[1].owner.as_deref(), Some("app@1.0-1"));
}

/// A private package in the distribution's format hides nothing that it brings in its own place.
#[test]
fn what_lies_where_no_distribution_puts_files_is_nobodys() {
    let metadata = "lib/python3.11/site-packages/jinja2-2.10.dist-info/METADATA";
    for (root, is_owned) in [
        ("usr", true),
        ("opt/myapp", false),
        ("srv/myapp", false),
        ("usr/local", false),
        ("var/lib/myapp", false),
        ("home/app", false),
    ] {
        let path = format!("{root}/{metadata}");
        let jinja = package(PackageKind::Python, "jinja2", "2.10", &path);
        let list = owned("myapp", None, &[&format!("/{path}"), "/opt/myapp/key.pem"]);
        let asked = [Location::path("opt/myapp/key.pem"), Location::path(&*path)];
        let inventory = combine([installed(&[deb("myapp"), jinja]), list], &asked);
        let owner = is_owned.then(|| "myapp@1.0-1".to_owned());
        assert_eq!(inventory.packages[1].owner, owner, "{path}");
        assert_eq!(inventory.publishers, [None, owner], "{path}");
    }
}

#[test]
fn duplicates_merge_and_the_surest_stays() {
    let mut elsewhere = deb("bash");
    elsewhere.location = Location::path("var/lib/dpkg/status.d/bash");
    let i386 = Package { architecture: Some("i386".into()), ..deb("bash") };
    let jar = package(PackageKind::Maven, "x", "1", "a.jar");
    let guess = Package { evidence: Evidence::FileName, ..jar.clone() };
    let copy = package(PackageKind::Maven, "x", "1", "b.jar");
    let files = [
        installed(&[guess, deb("bash")]),
        installed(&[i386.clone(), elsewhere, copy.clone(), jar.clone()]),
    ];
    assert_eq!(combine(files, &[]).packages, [deb("bash"), i386, jar, copy]);
}

#[test]
fn the_surest_file_names_the_distribution() {
    let inventory =
        combine([named(2, "debian", &[]), named(0, "ubuntu", &[]), named(1, "x", &[])], &[]);
    assert_eq!(inventory.distribution.unwrap().id, "ubuntu");
}

fn check_missing(id: &str, like: &[&str], packages: &[Package], expected: bool) {
    let inventory = combine([named(0, id, like), installed(packages)], &[]);
    let missing = inventory.problems.iter().any(|problem| problem.kind == ProblemKind::Missing);
    assert_eq!(missing, expected, "{id} {like:?}");
}

#[test]
fn a_distribution_without_packages_is_a_problem() {
    check_missing("debian", &[], &[], true);
    check_missing("debian", &[], &[deb("base-files")], false);
    check_missing("debian", &[], &[package(PackageKind::Apk, "x", "1", "y")], true);
    check_missing("linuxmint", &["ubuntu", "debian"], &[], true);
    check_missing("ol", &["fedora"], &[], true);
    check_missing("opensuse-leap", &["suse", "opensuse"], &[], true);
    check_missing("wolfi", &[], &[], true);
    check_missing("arch", &[], &[], false);
    assert_eq!(combine([], &[]), Inventory::default());
}

#[test]
fn two_rpm_databases_are_a_problem() {
    let bash = |path: &str| installed(&[package(PackageKind::Rpm, "bash", "5-1", path)]);
    let berkeley = bash("var/lib/rpm/Packages");
    let sqlite = bash("var/lib/rpm/rpmdb.sqlite");
    assert_eq!(combine([berkeley.clone(), berkeley.clone()], &[]).problems, []);
    let both = combine([sqlite.clone(), berkeley.clone()], &[]);
    assert_eq!(both.problems.len(), 1);
    assert_eq!(both.problems[0].kind, ProblemKind::Ambiguous);
    assert_eq!(both, combine([berkeley, sqlite], &[]));
}
