//! Tests of trees: looking, and filling in.

use super::{SORTED_MIN, Scalar, Tree, Value, View};
use crate::read;
use cofferdam_bounds::Meter;

fn tree(text: &str) -> Tree {
    let mut source = read("test.yaml", text.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}", source.problems);
    source.documents.remove(0).tree
}

#[test]
fn a_node_is_24_bytes() {
    assert_eq!(size_of::<super::Node>(), 24);
}

#[test]
fn what_cannot_be_changed_by_itself_is_known() {
    let text = "a: &a {b: 1}\nc: *a\nd: {<<: *a, e: 2}\nf: {<<: *a, b: 3}\ng: &g h\ni: {j: &j [1]}\nk: 1\nk: 2\nl: [*g, m]\n";
    let mut source = read("test.yaml", text.into(), &Meter::default());
    let tree = source.documents.remove(0).tree;
    let tangled = |path: &[&str]| tree.root().at(path).unwrap().is_tangled();
    for path in [&["a"][..], &["c"], &["d", "b"], &["f", "b"], &["g"], &["i", "j"], &["k"]] {
        assert!(tangled(path), "{path:?}");
    }
    for path in [&[][..], &["d"], &["d", "e"], &["f"], &["i"], &["l"]] {
        assert!(!tangled(path), "{path:?}");
    }
    let list: Vec<bool> = tree.root().get("l").unwrap().elements().map(View::is_tangled).collect();
    assert_eq!(list, [true, false]);
}

#[test]
fn values_know_their_places() {
    let text =
        "a: one\n\"b\": 'two'\nc:\n- 3\n- {d: e}\nf: |\n  x\n  y\ng:\n\"h\\n\": &i [j]\nk: *i\n";
    let tree = tree(text);
    let stretch = |path: &str, position: usize| {
        let view = if position < 9 {
            tree.root().get(path).unwrap().element(position).unwrap()
        } else {
            tree.root().get(path).unwrap()
        };
        let span = view.span();
        &text[span.start as usize..span.end as usize]
    };
    for (path, position, expected) in [
        ("a", 9, "one"),
        ("b", 9, "'two'"),
        ("c", 9, "- 3\n- {d: e}"),
        ("c", 0, "3"),
        ("c", 1, "{d: e}"),
        ("f", 9, "|\n  x\n  y"),
        ("g", 9, ""),
        ("h\n", 9, "[j]"),
        ("k", 9, "*i"),
        ("k", 0, "j"),
    ] {
        assert_eq!(stretch(path, position), expected, "{path} {position}");
    }
    let key = |key: &str| tree.root().get(key).unwrap().key_span().unwrap();
    for (name, expected) in [("a", "a"), ("b", "\"b\""), ("h\n", "\"h\\n\""), ("k", "k")] {
        let span = key(name);
        assert_eq!(&text[span.start as usize..span.end as usize], expected);
    }
    assert_eq!(tree.root().span().start, 0);
    assert_eq!(tree.root().key_span(), None);
}

#[test]
fn looking_where_nothing_is() {
    let tree = tree("a: [1, {b: c}]\nd: e\n");
    let root = tree.root();
    assert!(root.get("x").is_none() && root.at(&["d", "x"]).is_none());
    assert!(root.element(2).is_none() && root.key(2).is_none());
    let list = root.get("a").unwrap();
    assert!(list.get("b").is_none() && list.entries().next().is_none());
    assert_eq!((list.len(), list.elements().len(), list.key(0)), (2, 2, None));
    let text = root.get("d").unwrap();
    assert_eq!((text.len(), text.elements().count(), text.as_int()), (0, 0, None));
    assert_eq!(root.at(&[]).unwrap().id(), root.id());
    assert_eq!(root.at(&["a"]).unwrap().element(1).unwrap().own_key(), "");
}

#[test]
fn filling_in() {
    let mut tree = tree("a: {b: 1}\nc: []\nd: e\n");
    let [a, c, d] = ["a", "c", "d"].map(|key| tree.root().get(key).unwrap().id());
    tree.set(a, "n", Scalar::Null);
    tree.set(a, "b", Scalar::Bool(true));
    let list = tree.set(a, "l", Scalar::EmptyList);
    tree.push(list, Scalar::Int(-7));
    let map = tree.push(list, Scalar::EmptyMap);
    tree.set(map, "s", Scalar::String("text"));
    tree.push(c, Scalar::Float(1.5));
    assert_eq!(tree.set(d, "x", Scalar::Null), d, "no map");
    assert_eq!(tree.push(a, Scalar::Null), a, "no list");

    let a = tree.root().get("a").unwrap();
    let keys: Vec<&str> = a.entries().map(|(key, _)| key).collect();
    assert_eq!(keys, ["b", "n", "l"]);
    assert_eq!(a.get("b").unwrap().value(), Value::Bool(true));
    assert!(a.get("b").unwrap().is_defaulted() && a.get("b").unwrap().key_span().is_none());
    let list = a.get("l").unwrap();
    assert_eq!(list.element(0).unwrap().as_int(), Some(-7));
    assert_eq!(list.element(1).unwrap().get("s").unwrap().as_str(), Some("text"));
    assert_eq!(tree.root().at(&["c"]).unwrap().element(0).unwrap().value(), Value::Float(1.5));
    assert!(!tree.root().get("d").unwrap().is_defaulted());
    assert_eq!(tree.root().len(), 3);
}

#[test]
fn what_is_filled_in_knows_what_of_the_text_is_around_it() {
    let mut tree = tree("a: {b: {}}\n");
    let written = tree.root().at(&["a", "b"]).unwrap().id();
    let made = tree.set(written, "securityContext", Scalar::EmptyMap);
    let inner = tree.set(made, "privileged", Scalar::Bool(false));
    let list = tree.set(made, "list", Scalar::EmptyList);
    let element = tree.push(list, Scalar::Int(1));
    for id in [written, made, inner, list, element] {
        assert_eq!(tree.view(id).written().id(), written);
        assert!(tree.view(id).span().end <= 9);
    }
}

#[test]
fn a_compact_tree_is_the_same_and_no_larger() {
    let entry = |number: usize| format!("  key{number}: [1]\n");
    let long: String = (0..=SORTED_MIN).map(entry).collect();
    let mut full = tree(&format!("a:\n{long}b: {{c: []}}\n"));
    for path in [&["a"][..], &["b"], &["b", "c"]] {
        let id = full.root().at(path).unwrap().id();
        full.set(id, "restartPolicy", Scalar::String("Always"));
        full.set(id, "of our own", Scalar::EmptyMap);
        full.push(id, Scalar::Int(1));
    }
    let compact = full.compact();
    assert!(compact.children.len() < full.children.len());
    let mut left = vec![full.root().id()];
    while let Some(id) = left.pop() {
        let (one, other) = (full.view(id), compact.view(id));
        assert_eq!((one.value(), one.own_key()), (other.value(), other.own_key()));
        let ids = |view: View<'_>| -> Vec<_> {
            (0..view.len()).map(|at| view.element(at).unwrap().id()).collect()
        };
        assert_eq!(ids(one), ids(other));
        for (key, value) in one.entries() {
            assert_eq!(other.get(key).unwrap().id(), value.id());
        }
        left.extend(ids(one));
    }
}

#[test]
fn what_aliases_stand_for_is_filled_in_apart() {
    let mut tree = tree("a: &x {b: {}}\nc: *x\n");
    let id = tree.root().at(&["c", "b"]).unwrap().id();
    tree.set(id, "d", Scalar::Int(1));
    assert!(tree.root().at(&["a", "b", "d"]).is_none());
    assert!(tree.root().at(&["c", "b", "d"]).is_some());
}

#[test]
fn long_maps_are_searched_by_halving() {
    for count in [SORTED_MIN - 1, SORTED_MIN, SORTED_MIN + 1, 200] {
        let entry = |number: usize| format!("key{number}: {number}\n");
        let text: String = (0..count).map(entry).collect();
        let mut tree = tree(&text);
        let root = tree.root().id();
        for extra in 0..3 {
            tree.set(root, &format!("extra{extra}"), Scalar::Int(extra));
        }
        tree.set(root, "key5", Scalar::Int(-5));
        let view = tree.root();
        assert_eq!(view.len(), count + 3);
        let found = |key: String| view.get(&key).and_then(View::as_int);
        for number in 0..count {
            let expected = if number == 5 { -5 } else { i64::try_from(number).unwrap() };
            assert_eq!(found(format!("key{number}")), Some(expected), "{count} {number}");
        }
        assert_eq!(found("extra2".to_owned()), Some(2));
        assert_eq!(found("key".to_owned()), None);
        assert_eq!(view.key(0), Some("key0"));
    }
}

#[test]
fn duplicates_are_told_and_merged_entries_are_none() {
    let check = |text: &str, expected: &[(&str, i64)]| {
        let source = read("test.yaml", text.into(), &Meter::default());
        let document = &source.documents[0];
        let found: Vec<(&str, i64)> = document
            .duplicates
            .iter()
            .map(|duplicate| {
                assert!(document.tree.view(duplicate.map).is_map());
                let entry = document.tree.view(duplicate.entry);
                (entry.own_key(), entry.as_int().unwrap())
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    };
    check("a: 1\nb: 2\na: 3\na: 4\n", &[("a", 1), ("a", 3)]);
    check("x: &x {a: 1}\ny: {a: 0, <<: *x}\nz: {<<: *x, a: 2}\n", &[]);
    check("x: {1: 1, '1': 2}\n", &[("1", 1)]);
    let entry = |number: usize| format!("k{}: {number}\n", number % 39);
    let many: String = (0..40).map(entry).collect();
    check(&many, &[("k0", 0)]);
    check("{\"a\": 1, \"a\": 2}", &[("a", 1)]);
}

#[test]
fn entries_go() {
    for count in [1, 2, SORTED_MIN, SORTED_MIN + 1, SORTED_MIN + 2, 100] {
        let lines: Vec<String> = (0..count).map(|n| format!("k{n}: {n}\n")).collect();
        let text = lines.concat();
        for gone in [0, count / 2, count - 1] {
            let mut tree = tree(&text);
            let root = tree.root().id();
            tree.remove(root, &format!("k{gone}"));
            tree.remove(root, "nothing");
            assert_eq!(tree.root().len(), count - 1);
            for n in 0..count {
                let found = tree.root().get(&format!("k{n}")).map(View::value);
                let expected = (n != gone).then(|| Value::Int(i64::try_from(n).unwrap()));
                assert_eq!(found, expected, "{n} of {count} without {gone}");
            }
            tree.set(root, "new", Scalar::Bool(true));
            assert_eq!(tree.root().get("new").unwrap().as_bool(), Some(true));
        }
    }
}
