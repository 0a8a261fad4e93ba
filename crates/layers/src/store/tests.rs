//! Containers of images, built by hand as the real tools lay them out.

use super::*;
use crate::{Visitor, tar::testing::Archive, walk_layer};
use cofferdam_model::{Digest, ImageSource, ProblemKind};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;

type Files = Vec<(String, Vec<u8>)>;

fn digest(bytes: &[u8]) -> Digest {
    Digest::sha256(Sha256::digest(bytes).into())
}

fn layer(name: &str) -> Vec<u8> {
    Archive::default().file(name, name).end()
}

fn config(platform: &str, layers: &[Vec<u8>]) -> String {
    let ids: Vec<_> =
        layers.iter().map(|layer| format!("{:?}", digest(layer).to_string())).collect();
    let ids = ids.join(",");
    format!(r#"{{"os":"linux","architecture":"{platform}","rootfs":{{"diff_ids":[{ids}]}}}}"#)
}

fn blob(files: &mut Files, bytes: Vec<u8>) -> String {
    let digest = digest(&bytes);
    let size = bytes.len();
    let name = format!("blobs/sha256/{}", digest.hex());
    if files.iter().all(|(other, _)| *other != name) {
        files.push((name, bytes));
    }
    format!(r#""digest":"{digest}","size":{size}"#)
}

/// A manifest with two layers, all in blobs; gives its descriptor's fields.
fn image(files: &mut Files, platform: &str) -> String {
    let layers = [layer("one"), layer("two")];
    let config = blob(files, config(platform, &layers).into_bytes());
    let layers = layers.map(|layer| {
        let media_type = "application/vnd.oci.image.layer.v1.tar";
        format!(r#"{{"mediaType":"{media_type}",{}}}"#, blob(files, layer))
    });
    let manifest = format!(r#"{{"config":{{{config}}},"layers":[{}]}}"#, layers.join(","));
    let platform = format!(r#""platform":{{"os":"linux","architecture":"{platform}"}}"#);
    format!("{{{},{platform}}}", blob(files, manifest.into_bytes()))
}

fn oci(platforms: &[&str]) -> Files {
    let mut files = Files::new();
    let images: Vec<_> = platforms.iter().map(|platform| image(&mut files, platform)).collect();
    let nested = format!(r#"{{"manifests":[{}]}}"#, images.join(","));
    let nested = blob(&mut files, nested.into_bytes());
    let name = r#""annotations":{"org.opencontainers.image.ref.name":"app:1"}"#;
    files.push(("index.json".into(), format!(r#"{{"manifests":[{{{nested},{name}}}]}}"#).into()));
    files.push(("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    files
}

/// As `docker save` before version 25: the second layer is a link to that of another image.
fn docker(tags: &[&str]) -> Files {
    let layers = [layer("one"), layer("two")];
    let config = config("amd64", &layers);
    let config_name = format!("{}.json", digest(config.as_bytes()).hex());
    let images: Vec<_> = tags
        .iter()
        .map(|tag| {
            format!(r#"{{"Config":"{config_name}","RepoTags":["{tag}"],"Layers":["a/layer.tar","b/layer.tar"]}}"#)
        })
        .collect();
    let [one, two] = layers;
    vec![
        (config_name, config.into_bytes()),
        ("a/layer.tar".into(), one),
        ("c/layer.tar".into(), two),
        ("manifest.json".into(), format!("[{}]", images.join(",")).into_bytes()),
    ]
}

fn tar(files: &Files) -> Vec<u8> {
    let mut archive = Archive::default().link("b/layer.tar", b'2', "../c/layer.tar");
    for (name, bytes) in files {
        archive = archive.with(name, b'0', bytes);
    }
    archive.with("repositories", b'0', b"{}").end()
}

/// A path of its own for one test, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = format!("cofferdam-store-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(path))
    }

    fn file(name: &str, bytes: &[u8]) -> Self {
        let scratch = Self::new(name);
        fs::write(&scratch.0, bytes).unwrap();
        scratch
    }

    fn folder(name: &str, files: &Files) -> Self {
        let scratch = Self::new(name);
        fs::create_dir_all(&scratch.0).unwrap();
        for (name, bytes) in files {
            let path = scratch.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        scratch
    }

    fn open(&self) -> Result<Target, Diagnostic> {
        Target::open(&self.0, &Meter::default())
    }

    fn image(&self, selection: &Selection) -> Result<(Store, OpenImage), Diagnostic> {
        match self.open()? {
            Target::Image(store) => {
                let open = store.image(selection, &Meter::default())?;
                Ok((store, open))
            }
            Target::RootFilesystem(_) => panic!("not an image"),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ =
            if self.0.is_dir() { fs::remove_dir_all(&self.0) } else { fs::remove_file(&self.0) };
    }
}

struct Names(Vec<String>);

impl Visitor for Names {
    fn entry(&mut self, entry: &crate::Entry<'_>, _: &mut dyn crate::Content) -> io::Result<()> {
        self.0.push(entry.path.to_owned());
        Ok(())
    }
}

/// Opens the image and walks its two layers, which must be whole and verified.
fn check(scratch: &Scratch, selection: &Selection) -> OpenImage {
    let (store, open) = scratch.image(selection).unwrap();
    assert_eq!(open.problems, []);
    let mut names = Names(Vec::new());
    for layer in &open.layers {
        assert!(layer.claims.diff_id.is_some());
        let blob = store.open(layer).unwrap();
        let walk = walk_layer(blob, &layer.claims, &Meter::default(), &mut names);
        assert_eq!(walk.problems, []);
    }
    assert_eq!(names.0, ["one", "two"]);
    open
}

fn wish(platform: &str, reference: &str) -> Selection {
    let reference = Some(reference.to_owned()).filter(|text| !text.is_empty());
    Selection { platform: platform.parse().ok(), reference }
}

#[test]
fn docker_archives() {
    let files = docker(&["app:1"]);
    let open = check(&Scratch::file("docker", &tar(&files)), &wish("", ""));
    assert_eq!(open.image.source, ImageSource::DockerArchive);
    assert_eq!(open.image.name.as_deref(), Some("app:1"));
    assert_eq!(open.image.id, Some(digest(&files[0].1)));
    assert_eq!(open.image.digest, None);

    let mut unlinked = files.clone();
    unlinked[2].0 = "b/layer.tar".into();
    check(&Scratch::folder("docker-folder", &unlinked), &wish("linux/amd64", "app:1"));

    let two = Scratch::file("docker-two", &tar(&docker(&["app:1", "app:2"])));
    assert_eq!(check(&two, &wish("", "app:2")).image.name.as_deref(), Some("app:2"));
    let refusal = |selection| two.image(&selection).unwrap_err();
    assert_eq!(refusal(wish("", "")).exit, Exit::Usage);
    assert_eq!(refusal(wish("", "app:3")).what, "there is no image named app:3");
    assert!(refusal(wish("linux/arm64", "app:1")).what.contains("for linux/arm64"));
}

#[test]
fn oci_layouts() {
    let one = oci(&["amd64"]);
    let open = check(&Scratch::file("oci", &tar(&one)), &wish("", ""));
    assert_eq!(open.image.source, ImageSource::OciLayout);
    assert_eq!(open.image.name.as_deref(), Some("app:1"));
    assert!(open.image.digest.is_some() && open.image.id.is_some());
    check(&Scratch::folder("oci-folder", &one), &wish("linux/amd64", "app:1"));

    let both = Scratch::file("oci-both", &tar(&oci(&["amd64", "arm64"])));
    let arm = check(&both, &wish("linux/arm64", ""));
    assert_eq!(arm.image.platform.unwrap().architecture, "arm64");
    let error = both.image(&wish("", "")).unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    assert!(error.cause.unwrap().contains("linux/arm64"), "says what there is");
    assert!(both.image(&wish("", "other")).is_err());
}

#[test]
fn archives_compressed_as_a_whole() {
    let plain = tar(&docker(&["app:1"]));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    check(&Scratch::file("gz", &gzip.finish().unwrap()), &wish("", ""));
    check(&Scratch::file("zst", &zstd::encode_all(&*plain, 1).unwrap()), &wish("", ""));
}

#[test]
fn docker_archives_that_are_oci_layouts_too() {
    let mut files = oci(&["amd64"]);
    let path = |files: &Files, start: &str| {
        let is = |(_, bytes): &&(String, Vec<u8>)| bytes.starts_with(start.as_bytes());
        files.iter().find(is).unwrap().0.clone()
    };
    let config = path(&files, "{\"os\"");
    let (one, two) = (path(&files, "one"), path(&files, "two"));
    let entry = format!(r#"[{{"Config":"{config}","RepoTags":null,"Layers":["{one}","{two}"]}}]"#);
    files.push(("manifest.json".into(), entry.into()));
    let open = check(&Scratch::file("modern", &tar(&files)), &wish("", ""));
    assert_eq!(open.image.source, ImageSource::DockerArchive);
    assert!(open.image.digest.is_some(), "from the index");
    assert!(open.layers.iter().all(|layer| layer.claims.digest.is_some()));
    assert!(open.layers.iter().all(|layer| layer.claims.media_type.is_some()));

    let other = oci(&["arm64"]);
    files.retain(|(name, _)| name != "index.json");
    files.extend(other);
    let (_, open) = Scratch::folder("modern-liar", &files).image(&wish("", "")).unwrap();
    assert_eq!(open.problems[0].kind, ProblemKind::Ambiguous, "two images in one archive");
}

#[test]
fn what_is_missing_or_changed_is_said() {
    let mut files = docker(&["app:1"]);
    files[0].1.push(b' ');
    let (_, open) = Scratch::file("changed", &tar(&files)).image(&wish("", "")).unwrap();
    assert_eq!(open.problems[0].kind, ProblemKind::DigestMismatch);
    files.remove(0);
    files.remove(0);
    let (store, open) = Scratch::file("missing", &tar(&files)).image(&wish("", "")).unwrap();
    let kinds: Vec<_> = open.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::Missing, ProblemKind::Ambiguous]);
    assert_eq!(store.open(&open.layers[0]).err().unwrap().kind(), io::ErrorKind::NotFound);

    let whole = tar(&docker(&["app:1"]));
    let mut cut = tar(&docker(&["app:1"]));
    cut.truncate(whole.len() - 1024 - 512);
    let (_, open) = Scratch::file("cut", &cut).image(&wish("", "")).unwrap();
    assert_eq!(open.problems[0].kind, ProblemKind::Truncated, "{:?}", open.problems);
    let twice = [&docker(&["app:1"])[..], &docker(&["app:2"])[..]].concat();
    let (_, open) = Scratch::file("twice", &tar(&twice)).image(&wish("", "")).unwrap();
    assert!(open.problems.iter().any(|problem| problem.kind == ProblemKind::Ambiguous));
}

#[test]
fn what_is_no_image_is_refused_with_a_remedy() {
    let refused = |name: &str, bytes: &[u8]| {
        let error = Scratch::file(name, bytes).open().unwrap_err();
        assert!(error.place.is_some() && error.cause.is_some() && error.remedy.is_some());
        (error.exit, error.what)
    };
    let not = (Exit::NotAssessed, "the file is not an image archive".to_owned());
    assert_eq!(refused("text", b"hello, world"), not);
    assert_eq!(refused("xz", b"\xfd7zXZ\0"), not);
    let mut bad_gzip = vec![0x1f, 0x8b];
    bad_gzip.resize(100, 7);
    assert_eq!(refused("gzip", &bad_gzip), not);
    let cut = tar(&docker(&["app:1"])).get(..5_000).unwrap().to_vec();
    let error = Scratch::file("cut-short", &cut).open().unwrap_err();
    assert!(error.cause.unwrap().contains("damaged"));
    let many: Files = (0..10_001).map(|number| (format!("f{number}"), Vec::new())).collect();
    let error = Scratch::file("many", &tar(&many)).open().unwrap_err();
    assert!(error.cause.unwrap().contains("more than 10000 files"));
    let none = (Exit::NotAssessed, "the archive holds no image".to_owned());
    assert_eq!(refused("other", &layer("etc/passwd")), none);
    assert_eq!(refused("empty", b""), none);
    let missing = Scratch::new("nowhere").open().unwrap_err();
    assert_eq!(missing.exit, Exit::Usage);
    let files = vec![("etc/passwd".to_owned(), b"root".to_vec())];
    assert!(matches!(Scratch::folder("root", &files).open(), Ok(Target::RootFilesystem(_))));
}

#[test]
fn a_manifest_with_a_key_twice_is_refused_and_not_passed_over() {
    // The archive is an OCI layout too, of another image, for whoever looks only there.
    let mut files = docker(&["app:1"]);
    let manifest = &mut files.last_mut().unwrap().1;
    let text = String::from_utf8(manifest.clone()).unwrap();
    *manifest = text.replace("}]", r#","layers":["c/layer.tar"]}]"#).into_bytes();
    files.extend(oci(&["amd64"]));
    let error = Scratch::file("twice", &tar(&files)).image(&Selection::default()).unwrap_err();
    assert!(error.cause.unwrap().contains(r#"the key "layers" stands twice"#));
}
