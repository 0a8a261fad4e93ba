//! Images made in memory: what is seen through layers, links and second names.

use crate::{Contents, Silence, contents};
use cofferdam_bounds::Meter;
use cofferdam_layers::{Blobs, Claims, LayerBlob, OpenImage};
use cofferdam_model::{Image, ProblemKind, SecretPlace};
use std::{
    collections::HashMap,
    io::{self, Read},
};

/// `{"name": …}` of a package.
const PACKAGE: &str = r#"{"name": "left-pad", "version": "1.3.0"}"#;
/// A credential that is none: assembled, so that nobody takes this file for a leak.
const SECRET: &str = concat!("url = postgres://app:Kw9rotter", "dam@db:5432/shop\n");

enum Member<'a> {
    File(&'a str, &'a str),
    Link(&'a str, &'a str),
    Symlink(&'a str, &'a str),
}
use Member::{File, Link, Symlink};

fn layer(members: &[Member<'_>]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for member in members {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        match member {
            File(path, text) => {
                header.set_size(text.len() as u64);
                tar.append_data(&mut header, path, text.as_bytes()).unwrap();
            }
            Link(path, target) | Symlink(path, target) => {
                let is_hard = matches!(member, Link(..));
                header.set_entry_type(if is_hard {
                    tar::EntryType::Link
                } else {
                    tar::EntryType::Symlink
                });
                header.set_size(0);
                tar.append_link(&mut header, path, target).unwrap();
            }
        }
    }
    tar.into_inner().unwrap()
}

struct Memory(HashMap<String, Vec<u8>>);

impl Blobs for Memory {
    fn open(&self, blob: &LayerBlob) -> io::Result<Box<dyn Read + Send + '_>> {
        let bytes = self.0.get(&blob.place).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(bytes.as_slice()))
    }
}

fn read(layers: &[&[Member<'_>]]) -> Contents {
    let blobs: HashMap<String, Vec<u8>> =
        layers.iter().enumerate().map(|(at, members)| (at.to_string(), layer(members))).collect();
    let blob = |at: usize| LayerBlob { place: at.to_string(), claims: Claims::default() };
    let open = OpenImage {
        image: Image::default(),
        layers: (0..layers.len()).map(blob).collect(),
        problems: vec![],
    };
    contents(open, &Memory(blobs), &Meter::default(), &Silence)
}

/// `name@version path (layer)` of every package.
#[track_caller]
fn check(layers: &[&[Member<'_>]], expected: &[&str]) -> Contents {
    let contents = read(layers);
    let found: Vec<String> = contents
        .packages
        .iter()
        .map(|one| format!("{}@{} {}", one.name, one.version, one.location))
        .collect();
    assert_eq!(found, expected);
    contents
}

#[test]
fn a_package_behind_a_hard_link_is_found() {
    // The content stands under a name that no cataloger wants, as package managers' stores do.
    let layer = &[
        File("store/ab/cd", PACKAGE),
        Link("app/node_modules/left-pad/package.json", "store/ab/cd"),
    ];
    let contents =
        check(&[layer], &["left-pad@1.3.0 /app/node_modules/left-pad/package.json (layer 0)"]);
    assert_eq!(contents.problems, []);
}

#[test]
fn a_hard_link_means_the_last_file_before_it() {
    let (path, other) = ("node_modules/left-pad/package.json", r#"{"name": "b", "version": "1"}"#);
    let expected = &["left-pad@1.3.0 /node_modules/left-pad/package.json (layer 0)"];
    // The reader of a runtime replaces the first file, then links; what follows changes nothing.
    check(&[&[File("s", other), File("s", PACKAGE), Link(path, "s")]], expected);
    check(&[&[File("s", PACKAGE), Link(path, "s"), File("s", other)]], expected);
    // A real file of the link's name replaces the link.
    check(&[&[File("s", other), Link(path, "s"), File(path, PACKAGE)]], expected);
}

#[test]
fn a_hard_link_to_nothing_is_told() {
    let contents = check(&[&[Link("node_modules/a/package.json", "elsewhere")]], &[]);
    assert!(contents.problems.iter().any(|problem| problem.kind == ProblemKind::Missing));
}

#[test]
fn what_is_deleted_or_replaced_is_not_installed() {
    let path = "node_modules/left-pad/package.json";
    let base: &[Member<'_>] = &[File(path, PACKAGE)];
    let newer = r#"{"name": "left-pad", "version": "2.0.0"}"#;
    check(&[base, &[File("node_modules/.wh.left-pad", "")]], &[]);
    check(&[base, &[File("node_modules/.wh..wh..opq", "")]], &[]);
    check(
        &[base, &[File(path, newer)]],
        &["left-pad@2.0.0 /node_modules/left-pad/package.json (layer 1)"],
    );
    // Within one layer the later entry wins, also when it is no longer interesting.
    check(
        &[&[File(path, PACKAGE), File(path, newer)]],
        &["left-pad@2.0.0 /node_modules/left-pad/package.json (layer 0)"],
    );
}

#[test]
fn a_deleted_secret_is_still_one() {
    let contents = read(&[&[File("app/.env", SECRET)], &[File("app/.wh..env", "")]]);
    let [secret] = contents.secrets.as_slice() else { panic!("{:?}", contents.secrets) };
    let SecretPlace::File { location, deleted_in, published_by } = &secret.place else {
        panic!("{:?}", secret.place)
    };
    assert_eq!((location.layer, *deleted_in, published_by), (Some(0), Some(1), &None));
}

#[test]
fn a_secret_that_a_package_published_names_it() {
    let package = File("srv/node_modules/pg/package.json", PACKAGE);
    let contents = read(&[&[package, File("srv/node_modules/pg/test/config.js", SECRET)]]);
    let [secret] = contents.secrets.as_slice() else { panic!("{:?}", contents.secrets) };
    let SecretPlace::File { published_by, .. } = &secret.place else { panic!() };
    assert_eq!(published_by.as_deref(), Some("pg"));
}

#[test]
fn a_layer_that_is_not_there_is_told() {
    let blob = LayerBlob { place: "gone".into(), claims: Claims::default() };
    let open = OpenImage { image: Image::default(), layers: vec![blob], problems: vec![] };
    let contents = contents(open, &Memory(HashMap::new()), &Meter::default(), &Silence);
    assert!(contents.problems.iter().any(|problem| problem.kind == ProblemKind::Unreadable));
}

#[test]
fn a_link_that_leads_packages_away_is_told() {
    let check = |path: &str, target: &str, expected: bool| {
        let contents = read(&[&[Symlink(path, target)]]);
        assert_eq!(!contents.problems.is_empty(), expected, "{path} -> {target}");
    };
    let site = "usr/lib/python3.11/site-packages";
    check("var/lib/dpkg/status", "/opt/status", true);
    check(&format!("{site}/jinja2-2.10.dist-info"), "../../../../opt/x", true);
    check("app/lib/log4j-core-2.14.1.jar", "../store/ab12", true);
    // As distributions and Java packages link.
    check("etc/os-release", "../usr/lib/os-release", false);
    check("usr/share/java/log4j.jar", "log4j-2.17.1.jar", false);
    check("srv/node_modules/.bin/semver", "../semver/bin/semver.js", false);
}
