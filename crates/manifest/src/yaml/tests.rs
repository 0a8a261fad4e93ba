//! Tests of YAML: what Kubernetes' own reader says of the cases in `corpus/yaml`.

#[path = "../../examples/documents/canonical.rs"]
mod canonical;

use crate::{Value, View, read};
use cofferdam_bounds::Meter;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The cases and what was said of them; `tests/oracles/yaml` made the latter.
macro_rules! corpus {
    ($($area:literal)*) => {
        [$((
            $area,
            include_str!(concat!("../../corpus/yaml/", $area, ".cases")),
            include_str!(concat!("../../corpus/yaml/", $area, ".golden")),
        )),*]
    };
}

const LEDGER: &str = include_str!("../../corpus/yaml/ledger.txt");

/// Titles and texts between lines that begin with `===`.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let starts: Vec<usize> = text
        .match_indices("=== ")
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || text[..*at].ends_with('\n'))
        .chain([text.len()])
        .collect();
    starts.windows(2).map(|pair| text[pair[0] + 4..pair[1]].split_once('\n').unwrap()).collect()
}

fn unsigned(text: &str) -> String {
    let signs = [
        ("␣", " "),
        ("␉", "\t"),
        ("␍", "\r"),
        ("␄\n", ""),
        ("␗", "\u{feff}"),
        ("␤", "\u{85}"),
        ("␊", "\u{2028}"),
        ("␛", "\u{2029}"),
        ("␀", "\u{1}"),
        ("␡", "\u{7f}"),
    ];
    signs.into_iter().fold(text.to_owned(), |text, (sign, meaning)| text.replace(sign, meaning))
}

fn hexadecimal(byte: u8) -> String {
    format!("{byte:02x}")
}

/// Documents in the order of the text, and how many could not be read.
fn ours(text: &str) -> (Vec<String>, Vec<String>) {
    let source = read("test.yaml", text.into(), &Meter::default());
    let json = |view: View<'_>| {
        let mut json = String::new();
        canonical::write(view, &mut json);
        json
    };
    let documents = source.documents.iter().map(|one| json(one.tree.root())).collect();
    (documents, source.problems.into_iter().map(|problem| problem.detail).collect())
}

#[test]
fn documents_are_read_as_kubernetes_reads_them() {
    let mut ledger: BTreeMap<&str, &str> =
        LEDGER.lines().skip(1).map(|line| line.split_once(": ").unwrap()).collect();
    let (mut count, mut complaints) = (0, Vec::new());
    let corpus =
        corpus!["scalars" "quotes" "literals" "blocks" "flows" "anchors" "keys" "documents"];
    for (area, cases, goldens) in corpus {
        let hash =
            Sha256::digest(cases).as_slice().iter().copied().map(hexadecimal).collect::<String>();
        assert!(
            goldens.contains(&hash),
            "{area}.golden is not of these cases; see tests/oracles/yaml"
        );
        let (cases, goldens) = (sections(cases), sections(goldens));
        assert_eq!(cases.len(), goldens.len());
        for ((title, text), (golden, said)) in cases.into_iter().zip(goldens) {
            assert_eq!(title, golden);
            count += 1;
            let (errors, documents): (Vec<&str>, Vec<&str>) =
                said.lines().partition(|line| line.starts_with("error: "));
            let (read, problems) = ours(&unsigned(text));
            let name = format!("{area}/{title}");
            if read == documents && problems.len() == errors.len() {
                if ledger.contains_key(&*name) {
                    complaints.push(format!("{name}: no difference, but in the ledger"));
                }
            } else if ledger.remove(&*name).is_none() {
                complaints.push(format!("{name}\n  {said}\n  {read:?}\n  {problems:?}"));
            }
        }
    }
    complaints.extend(ledger.keys().map(|name| format!("{name}: in the ledger, but no case")));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(count >= 400, "{count} cases");
}
