//! Files as distributions ship them, and quoting by os-release(5).

use super::*;
use crate::combine;

fn facts_of(path: &str, text: &[u8]) -> FileFacts {
    crate::check::facts(path, text, &Limits::default()).unwrap()
}

/// Id, version, codename and name.
fn check(path: &str, text: &str, expected: Option<[&str; 4]>) {
    let distribution = facts_of(path, text.as_bytes()).distribution;
    let found = distribution.as_ref().map(|found| {
        let Distribution { id, version, codename, name, .. } = &found.distribution;
        [id, version, codename, name].map(String::as_str)
    });
    assert_eq!(found, expected, "{path}");
}

#[test]
fn os_release_files() {
    let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n\
        VERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n";
    let expected = ["debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"];
    check("etc/os-release", debian, Some(expected));
    check("usr/lib/os-release", debian, Some(expected));
    check("etc/os-release", "ID=arch\n", Some(["arch", "", "", ""]));
    check("etc/os-release", "VERSION_ID=1\n", None);
    check("etc/os-release", "", None);
    let like = facts_of("etc/os-release", b"ID='rocky'\nID_LIKE=\"rhel  centos fedora\"");
    assert_eq!(like.distribution.unwrap().distribution.like, ["rhel", "centos", "fedora"]);
}

#[test]
fn a_real_file() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/dpkg/os-release");
    let text = cofferdam_bounds::file::read_text(&path, 1 << 10).unwrap();
    let expected = ["debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"];
    check("usr/lib/os-release", &text, Some(expected));
}

fn check_unquote(value: &str, expected: &str) {
    assert_eq!(unquote(value), expected, "{value}");
}

#[test]
fn shell_quoting() {
    check_unquote("plain", "plain");
    check_unquote("\"two words\"", "two words");
    check_unquote("'two words'", "two words");
    check_unquote("two words", "two");
    check_unquote("\"a\\\"b\\$c\\`d\\\\e\"", "a\"b$c`d\\e");
    check_unquote("\"a\\nb\"", "a\\nb");
    check_unquote("'a\\b'", "a\\b");
    check_unquote("a\\ b", "a b");
    check_unquote("\"it's\"", "it's");
    check_unquote("\"never closed", "never closed");
    check_unquote("", "");
}

#[test]
fn files_from_before_os_release() {
    check(
        "etc/lsb-release",
        "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\n\
         DISTRIB_DESCRIPTION=\"Ubuntu 10.04.4 LTS\"\n",
        Some(["ubuntu", "10.04", "lucid", "Ubuntu 10.04.4 LTS"]),
    );
    check("etc/alpine-release", "3.2.3\n", Some(["alpine", "3.2.3", "", "Alpine Linux 3.2.3"]));
    check("etc/debian_version", "6.0.10\n", Some(["debian", "6", "", "Debian GNU/Linux 6"]));
    let sid = ["debian", "", "trixie", "Debian GNU/Linux trixie"];
    check("etc/debian_version", "trixie/sid\n", Some(sid));
    check("etc/debian_version", "\n", None);
    let centos = "CentOS release 6.10 (Final)";
    check("etc/centos-release", centos, Some(["centos", "6.10", "Final", centos]));
    let rhel = "Red Hat Enterprise Linux Server release 7.9 (Maipo)";
    check("etc/redhat-release", rhel, Some(["rhel", "7.9", "Maipo", rhel]));
    let oracle = "Oracle Linux Server release 6.10";
    check("etc/oracle-release", oracle, Some(["ol", "6.10", "", oracle]));
    let amazon = "Amazon Linux AMI release 2018.03";
    check("etc/system-release", amazon, Some(["amzn", "2018.03", "", amazon]));
    check("etc/redhat-release", "Unheard of release 1\n", None);
    check("etc/redhat-release", "", None);
}

#[test]
fn the_surest_file_wins() {
    let files = [
        facts_of("etc/debian_version", b"12.5\n"),
        facts_of("usr/lib/os-release", b"ID=debian\nVERSION_ID=12"),
        facts_of("etc/os-release", b"ID=derived\nVERSION_ID=3"),
    ];
    assert_eq!(combine(files.clone(), &[]).distribution.unwrap().id, "derived");
    let [debian, os_release, _] = files;
    assert_eq!(combine([debian, os_release], &[]).distribution.unwrap().version, "12");
    // Oracle's Linux has both.
    let oracle = combine(
        [
            facts_of(
                "etc/redhat-release",
                b"Red Hat Enterprise Linux Server release 6.10 (Santiago)",
            ),
            facts_of("etc/oracle-release", b"Oracle Linux Server release 6.10"),
        ],
        &[],
    );
    assert_eq!(oracle.distribution.unwrap().id, "ol");
}

#[test]
fn broken_files_are_problems() {
    let kind =
        |path, text: &[u8]| facts_of(path, text).problems.first().map(|problem| problem.kind);
    assert_eq!(kind("etc/os-release", b"NAME=x\n"), Some(ProblemKind::Malformed));
    assert_eq!(kind("usr/lib/os-release", b"\xff\0\xfe"), Some(ProblemKind::Malformed));
    let large = b"x".repeat(70_000);
    assert_eq!(kind("etc/os-release", &large), Some(ProblemKind::BudgetExceeded));
    assert_eq!(kind("etc/debian_version", b""), None);
}
