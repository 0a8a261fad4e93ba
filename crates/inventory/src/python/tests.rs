//! What Python metadata say, and which of them count.

use crate::check::check;

const METADATA: &str = "Metadata-Version: 2.1\nName: Flask-Login\nVersion: 0.6.3\nLicense: MIT\n\
    Classifier: x\n\nName: body\nVersion: 9\n";

#[test]
fn headers() {
    let path = "usr/lib/python3/dist-packages/a-1.dist-info/METADATA";
    check(path, METADATA, &["Flask-Login 0.6.3 Metadata MIT"]);
    check(path, METADATA.replace('\n', "\r\n"), &["Flask-Login 0.6.3 Metadata MIT"]);
    check(
        path,
        "\u{feff}name:x\nVERSION:  1 \nLicense: The text\n  of a licence\nLicense-Expression: MIT",
        &["x 1 Metadata MIT"],
    );
    // The first of repeated fields counts; a continuation is no field; not UTF-8 in a body is fine.
    check(
        path,
        b"Summary: x\n Name: evil\n\tVersion: 6\nName: a\nName: b\nVersion: 1\n\n\xff\xfe",
        &["a 1 Metadata"],
    );
    check(path, "Name: a\nVersion: 1\nLicense: UNKNOWN\n", &["a 1 Metadata"]);
}

#[test]
fn unusable_headers_leave_the_directory_name() {
    let path = "usr/lib/python3/dist-packages/my_pkg-1.0.post1.dist-info/METADATA";
    for bad in ["", "Name: x\n", "\nName: x\nVersion: 1\n", "Name: a\x1b[2J\nVersion: 1\n"] {
        check(path, bad, &["malformed", "my_pkg 1.0.post1 FileName"]);
    }
    check("opt/x.dist-info/METADATA", "", &["malformed"]);
    let egg = "usr/lib/python3/dist-packages/a-1.2-py3.11.egg-info/PKG-INFO";
    check(egg, "", &["malformed", "a 1.2 FileName"]);
}

/// Expected: what `pip list` shows, with the directory above on `sys.path`.
#[test]
fn places() {
    let site = "usr/local/lib/python3.11/site-packages";
    for installed in [
        &*format!("{site}/a-1.dist-info/METADATA"),
        &format!("{site}/a-1.egg-info/PKG-INFO"),
        &format!("{site}/a-1.egg-info"),
        &format!("{site}/a-1-py3.11.egg/EGG-INFO/PKG-INFO"),
        "app/deps/a-1.dist-info/METADATA",
        "a-1.dist-info/METADATA",
    ] {
        check(installed, "Name: a\nVersion: 1\n", &["a 1 Metadata"]);
    }
    for other in [
        &*format!("{site}/setuptools/_vendor/a-1.dist-info/METADATA"),
        &format!("{site}/virtualenv/tests/a-1.dist-info/METADATA"),
        &format!("{site}/a-1.dist-info/RECORD"),
        &format!("{site}/a/METADATA"),
        &format!("{site}/PKG-INFO"),
        &format!("{site}/a-1.egg-info/SOURCES.txt"),
        "opt/tool/_vendor/a-1.dist-info/METADATA",
        "usr/lib/python2.7/wsgiref.egg-info",
        "usr/lib/python2.7/lib-dynload/Python-2.7.egg-info",
        "METADATA",
    ] {
        check(other, "Name: a\nVersion: 1\n", &["-"]);
    }
}
