//! What trimming keeps, by example. The objects have the shape of the API conventions.

use super::{any, known, restore};
use crate::Kind;

#[track_caller]
fn check(api_version: &str, kind: &str, text: &str, expected: &str) {
    let object = known(text, Kind::find(api_version, kind).unwrap()).unwrap();
    assert_eq!(&*object.json, expected);
    // What says itself what it is, is trimmed the same, and a second time changes nothing.
    assert_eq!(any(&restore(&object).unwrap()).unwrap(), object);
}

#[test]
fn managed_fields_go_and_the_type_comes() {
    check(
        "v1",
        "Pod",
        r#"{"metadata":{"name":"web","namespace":"shop","managedFields":[{"manager":"kubectl"}]},
            "spec":{"containers":[{"name":"a","image":"b"}]},"status":{"phase":"Running"}}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},"spec":{"containers":[{"name":"a","image":"b"}]},"status":{"phase":"Running"}}"#,
    );
}

/// Nor does what was applied, which has it too.
#[test]
fn the_key_of_a_route_does_not_stay() {
    let applied = r#""annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{\"tls\":{\"key\":\"PRIVATE\"}}}"}"#;
    let route = format!(
        r#"{{"metadata":{{"name":"web","namespace":"shop",{applied}}},"spec":{{"host":"a","tls":{{"certificate":"c","key":"PRIVATE"}}}}}}"#
    );
    let kind = Kind::find("route.openshift.io/v1", "Route").unwrap();
    let object = known(&route, kind).unwrap();
    assert!(!format!("{object:?}").contains("PRIVATE"), "{object:?}");
    assert!(object.json.contains(r#""spec":{"host":"a","tls":{"certificate":"c"}}"#), "{object:?}");
    for spec in ["null", "{}", r#"{"tls":null}"#] {
        let text = format!(r#"{{"metadata":{{"name":"web"}},"spec":{spec}}}"#);
        assert!(known(&text, kind).unwrap().json.contains(&format!(r#""spec":{spec}"#)));
    }
}

#[test]
fn values_of_secrets_and_config_maps_do_not_stay() {
    check(
        "v1",
        "Secret",
        r#"{"kind":"Secret","apiVersion":"v1","type":"Opaque","data":{"password":"aHVudGVyMg=="},
            "stringData":{"password":"hunter2"},"metadata":{"name":"db","annotations":{"team":"a",
            "kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"password\":\"aHVudGVyMg==\"}}"}}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"annotations":{"team":"a"},"name":"db"},"type":"Opaque"}"#,
    );
    check(
        "v1",
        "ConfigMap",
        r#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"c",
            "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{}}"}}}"#,
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"#,
    );
}

#[test]
fn escapes_hide_nothing() {
    check(
        "v1",
        "Secret",
        r#"{"metadata":{"name":"a","annotations":{"kubectl.kubernetes.io\/last-applied-configuration":"x","b":"\""}}}"#,
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"annotations":{"b":"\""},"name":"a"}}"#,
    );
}

#[test]
fn a_node_does_not_list_its_images() {
    check(
        "v1",
        "Node",
        r#"{"metadata":{"name":"n"},"status":{"images":[{"names":["a"]}],"nodeInfo":{"os":"b"}}}"#,
        r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"status":{"nodeInfo":{"os":"b"}}}"#,
    );
}

#[test]
fn what_was_applied_is_kept_apart() {
    let text = r#"{"metadata":{"name":"web","namespace":"shop","uid":"u","resourceVersion":"7",
        "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"kind\":\"Deployment\"}\n"}}}"#;
    let object = known(text, Kind::find("apps/v1", "Deployment").unwrap()).unwrap();
    assert_eq!(object.applied.as_deref(), Some(r#"{"kind":"Deployment"}"#));
    assert_eq!(
        &*object.json,
        r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","resourceVersion":"7","uid":"u"}}"#
    );
    assert_eq!((&*object.uid, &*object.resource_version), ("u", "7"));
    assert_eq!(any(&restore(&object).unwrap()).unwrap(), object);
}

#[test]
fn the_owner_is_the_one_that_controls() {
    let owners = |first: &str, second: &str| {
        let text = format!(
            r#"{{"metadata":{{"name":"p","ownerReferences":[
                {{"apiVersion":"v1","kind":"A","name":"a","uid":"1"{first}}},
                {{"apiVersion":"apps/v1","kind":"B","name":"b","uid":"2"{second}}}]}}}}"#
        );
        let object = known(&text, Kind::find("v1", "Pod").unwrap()).unwrap();
        object.owner.map(|owner| owner.to_string())
    };
    assert_eq!(owners("", r#","controller":true"#).as_deref(), Some("B b"));
    assert_eq!(owners(r#","controller":true"#, "").as_deref(), Some("A a"));
    assert_eq!(owners(r#","controller":false"#, r#","controller":null"#), None);
}

#[test]
fn what_is_no_object_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"apiVersion":"v1","kind":"Pod"}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":null}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":""}}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":7}}"#,
        r#"{"apiVersion":"v1","metadata":{"name":"a"}}"#,
    ] {
        assert!(any(text).is_err(), "{text}");
    }
}
