//! Documents from bytes, and which image is meant.

use super::*;
use cofferdam_model::{Digest, ImageSource, ProblemKind};
use std::collections::BTreeMap;

fn digest(byte: u8) -> String {
    Digest::sha256([byte; 32]).to_string()
}

fn parse(text: &str) -> Result<Document, DocumentError> {
    Document::parse(text.as_bytes(), &Limits::default())
}

fn descriptor(byte: u8, rest: &str) -> String {
    format!(r#"{{"mediaType":"m","digest":"{}","size":{byte}{rest}}}"#, digest(byte))
}

fn manifest(layers: &[u8]) -> String {
    let layers: Vec<_> = layers.iter().map(|byte| descriptor(*byte, "")).collect();
    let config = descriptor(1, "");
    format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{}]}}"#, layers.join(","))
}

#[test]
fn index_or_manifest_and_never_both() {
    assert!(matches!(parse(&manifest(&[2])), Ok(Document::Manifest(m)) if m.layers.len() == 1));
    let index = format!(r#"{{"manifests":[{}],"annotations":null}}"#, descriptor(1, ""));
    assert!(matches!(parse(&index), Ok(Document::Index(list)) if list.len() == 1));
    let both = manifest(&[]).replace("\"layers\"", "\"manifests\":[],\"layers\"");
    assert!(matches!(parse(&both), Err(DocumentError::Both)));
    for (media_type, text) in
        [(INDEX_MEDIA_TYPES[0], manifest(&[])), (MANIFEST_MEDIA_TYPES[1], index.clone())]
    {
        let lying = text.replacen('{', &format!(r#"{{"mediaType":"{media_type}","#), 1);
        assert!(matches!(parse(&lying), Err(DocumentError::Both)), "{lying}");
    }
    assert!(matches!(parse("{}"), Err(DocumentError::Neither)));
    let old = r#"{"schemaVersion":1,"fsLayers":[]}"#;
    assert!(matches!(parse(old), Err(DocumentError::Schema1)));
    assert!(matches!(parse("[]"), Err(DocumentError::Json(_))));
    assert!(matches!(parse(&index.replace("sha256", "sha512")), Err(DocumentError::Digest(_))));
    let limits = Limits { layers: 1, manifests: 0, ..Limits::default() };
    for text in [manifest(&[2, 3]), index] {
        let result = Document::parse(text.as_bytes(), &limits);
        assert!(matches!(result, Err(DocumentError::Exceeded(_))));
    }
    let deep = format!(r#"{{"annotations":{}"#, "[".repeat(100_000));
    assert!(matches!(parse(&deep), Err(DocumentError::Json(_))));
}

#[test]
fn keys_that_differ_in_case_only_are_refused_or_read_as_go_does() {
    let (good, evil) = (descriptor(2, ""), descriptor(3, ""));
    let layers = format!(r#""layers":[{good}]"#);
    for second in ["layers", "Layers", "layerſ"] {
        let both = format!(r#"{layers},"{second}":[{evil}]"#);
        let text = manifest(&[2]).replace(&layers, &both);
        let found = parse(&text);
        assert!(matches!(&found, Err(DocumentError::Twice(key)) if key == second), "{found:?}");
    }
    let upper = manifest(&[2]).replace("layers", "LAYERS").replace("digest", "Digest");
    assert!(matches!(parse(&upper), Ok(Document::Manifest(m)) if m.layers.len() == 1));
    let annotated = manifest(&[]).replacen('{', r#"{"annotations":{"a":"1","A":"2"},"#, 1);
    assert!(matches!(parse(&annotated), Ok(Document::Manifest(m)) if m.annotations.len() == 2));

    let config = |text: &str| Config::parse(text.as_bytes(), &Limits::default());
    for text in [
        r#"{"config":{"User":"1000","user":"0"}}"#,
        r#"{"config":{"User":"1000"},"Config":{"User":"0"}}"#,
        r#"{"rootfs":{"diff_ids":[],"DIFF_IDS":["x"]}}"#,
        r#"{"os":"linux","OS":"windows"}"#,
    ] {
        assert!(matches!(config(text), Err(DocumentError::Twice(_))), "{text}");
    }
    let text = r#"{"Config":{"user":"0","env":["A=b"],"LABELS":{"a":"1","A":"2"},
        "volumes":{"/a":{},"/A":{}}},"OS":"linux"}"#;
    let found = config(text).unwrap();
    assert_eq!((&*found.image.user, found.image.env.len()), ("0", 1));
    assert_eq!((found.image.labels.len(), found.image.volumes.len()), (2, 2));
    assert_eq!(found.platform.unwrap().os, "linux");
}

/// A configuration as BuildKit writes it, shortened.
const CONFIG: &str = r#"{
    "architecture": "arm64", "os": "linux", "variant": "v8",
    "created": "2026-03-01T10:00:00.5Z", "author": null,
    "config": {
        "User": "app", "Env": ["PATH=/bin", "EMPTY=", "BARE", "A=b=c"], "Cmd": null,
        "Entrypoint": ["/app"], "WorkingDir": "/srv", "Labels": {"b": "2", "a": "1"},
        "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/data": {}}, "OnBuild": null
    },
    "rootfs": {"type": "layers", "diff_ids": ["D1", "D2", "sha512:00"]},
    "history": [
        {"created_by": "ADD rootfs"},
        {"created_by": "ENV A=b", "empty_layer": true},
        {"created_by": "RUN one", "comment": "buildkit"},
        {"created_by": "RUN two"}
    ]
}"#;

fn config() -> Config {
    let text = CONFIG.replace("D1", &digest(1)).replace("D2", &digest(2));
    Config::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn configuration_and_its_layers() {
    let config = config();
    assert_eq!(config.platform.as_ref().unwrap().to_string(), "linux/arm64/v8");
    assert_eq!(
        config.diff_ids.iter().map(Option::is_some).collect::<Vec<_>>(),
        [true, true, false]
    );
    let image = &config.image;
    let env = [("PATH", "/bin"), ("EMPTY", ""), ("BARE", ""), ("A", "b=c")];
    assert_eq!(image.env, env.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(image.labels[0].0, "a");
    assert_eq!((&*image.user, &*image.working_directory), ("app", "/srv"));
    assert_eq!(
        (&image.exposed_ports, &image.volumes),
        (&vec!["80/tcp".into()], &vec!["/data".into()])
    );
    assert_eq!((image.entrypoint.len(), image.command.len(), image.history.len()), (1, 0, 4));
    assert_eq!(image.created.unwrap().to_string(), "2026-03-01T10:00:00.5Z");

    let Ok(Document::Manifest(three)) = parse(&manifest(&[7, 8, 9])) else { panic!() };
    let open = assemble(&three, config.clone(), ImageSource::Registry, Digest::to_string);
    assert_eq!(open.problems, []);
    let steps: Vec<_> = open.image.layers.iter().map(|layer| layer.created_by.as_deref()).collect();
    assert_eq!(steps, [Some("ADD rootfs"), Some("RUN one"), Some("RUN two")]);
    assert_eq!(open.layers[1].place, digest(8));
    assert_eq!(open.layers[1].claims.diff_id, Some(Digest::sha256([2; 32])));
    assert_eq!(open.image.layers[2].size_bytes, 9);
    assert_eq!(open.image.id, Some(Digest::sha256([1; 32])));

    let Ok(Document::Manifest(two)) = parse(&manifest(&[7, 8])) else { panic!() };
    let open = assemble(&two, config, ImageSource::Registry, Digest::to_string);
    assert_eq!(open.problems[0].kind, ProblemKind::Ambiguous);
    assert_eq!(open.image.layers[0].created_by, None, "history of another image");
}

#[test]
fn nearly_empty_configurations_are_read() {
    for text in ["{}", r#"{"config":null,"rootfs":null,"history":null}"#, r#"{"created":"?"}"#] {
        let config = Config::parse(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(config, Config::default(), "{text}");
    }
}

/// Chooses among images that are one word each: `NAME@PLATFORM` with either part missing.
fn check(images: &[&str], reference: &str, platform: &str, expected: Result<u8, &str>) {
    let index: Vec<_> = images
        .iter()
        .zip(1..)
        .map(|(image, byte)| {
            let (name, platform) = image.split_once('@').unwrap();
            let mut descriptor = Descriptor {
                media_type: String::new(),
                digest: Digest::sha256([byte; 32]),
                size_bytes: 0,
                platform: platform.parse().ok(),
                annotations: BTreeMap::default(),
            };
            if !name.is_empty() {
                let key = "org.opencontainers.image.ref.name".to_owned();
                descriptor.annotations.insert(key, name.to_owned());
            }
            descriptor
        })
        .collect();
    let selection = Selection {
        platform: platform.parse().ok(),
        reference: Some(reference.to_owned()).filter(|text| !text.is_empty()),
    };
    let found = choose(&index, &selection);
    let found = found.map(|descriptor| descriptor.digest.bytes()[0]).map_err(|error| error.what);
    assert_eq!(found, expected.map_err(str::to_owned), "{images:?} {reference} {platform}");
}

#[test]
fn one_image_is_chosen_or_none() {
    let (amd, arm, unknown) = ("@linux/amd64", "@linux/arm64/v8", "@unknown/unknown");
    let several = Err("there are several images and none is named");
    check(&["@"], "", "", Ok(1));
    check(&[unknown, amd, unknown], "", "", Ok(2));
    check(&[amd, arm], "", "", several);
    check(&[amd, arm], "", "linux/arm64", Ok(2));
    check(&[amd, arm], "", "linux/s390x", Err("there is no image for linux/s390x"));
    check(&["a:1@", "b:1@"], "", "", several);
    check(&["a:1@", "b:1@"], "b:1", "", Ok(2));
    check(&["a:1@", "docker.io/library/b:1@"], "b:1", "", Ok(2));
    check(&["1@", "2@"], "registry.example/b:2", "", Ok(2));
    check(&["a:1@", "b:1@"], "c", "", Err("there is no image named c"));
    check(&["a:1@", "b:1@"], &digest(2), "", Ok(2));
    check(&[amd, arm], "what/ever:1", "linux/amd64", Ok(1));
    check(&["a:1@linux/amd64", "a:1@linux/arm64"], "a:1", "linux/arm64", Ok(2));
    check(&[unknown], "", "", Err("the index lists no image"));
}
