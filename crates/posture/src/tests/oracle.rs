//! Access and selectors as Kubernetes' own code decides them: `corpus/access/questions.txt` has
//! the answers of its RBAC authorizer and its label selectors (`tests/oracles/kubernetes-access`).

use super::read;
use crate::{
    Answer, ObjectSet, User,
    selector::{Selector, SelectorIndex},
};
use cofferdam_cel::Resource;
use std::path::Path;

fn corpus(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/access");
    cofferdam_bounds::file::read_text(&folder.join(name), 1 << 20).unwrap()
}

/// The words and the answer of each question that begins with this one.
fn questions(text: &str, first: &str) -> Vec<(Vec<String>, bool)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(first)?.split_once(" = "));
    lines
        .map(|(question, answer)| {
            (question.split_whitespace().map(str::to_owned).collect(), answer == "yes")
        })
        .collect()
}

#[test]
fn access_is_decided_as_the_api_server_does() {
    let source = read(&corpus("rbac.yaml"));
    let set = ObjectSet::of([&source]);
    let text = corpus("questions.txt");
    let questions = questions(&text, "can ");
    assert!(questions.len() > 500);
    let mut known = 0;
    for (words, expected) in &questions {
        let mut names = words[0].split('+');
        let name = names.next().unwrap();
        let groups: Vec<_> = names.collect();
        let who = User { name, groups: &groups };
        let word = |index: usize| if words[index] == "-" { "" } else { &*words[index] };
        let answer = if let Some(path) = words[2].strip_prefix("path:") {
            set.access().can_path(&who, &words[1], path)
        } else {
            let mut target = words[2].splitn(3, '/');
            let asked = Resource {
                group: target.next().unwrap(),
                resource: target.next().unwrap(),
                subresource: target.next().unwrap_or(""),
                namespace: word(3),
                name: word(4),
                ..Resource::default()
            };
            set.access().can(&who, &words[1], &asked)
        };
        assert_eq!(matches!(answer, Answer::Yes { .. }), *expected, "{words:?}: {answer:?}");
        known += usize::from(answer != Answer::Unknown);
    }
    // Only of mallory, whose role is not there, and of strangers nothing can be said.
    assert!(known * 10 > questions.len() * 7, "{known} of {}", questions.len());
}

/// Each selector alone, all of them in the index, and few of them in one.
#[test]
fn selectors_select_as_in_kubernetes() {
    const SOME: usize = 7;
    let text = corpus("questions.txt");
    let questions = questions(&text, "selects ");
    assert!(questions.len() > 400);
    let documents = |word: usize| {
        let words: Vec<_> = questions.iter().map(|(words, _)| &*words[word]).collect();
        read(&words.join("\n---\n"))
    };
    let (selectors, labels) = (documents(0), documents(1));
    let of = |index: usize| Selector::of(selectors.documents[index].tree.root());
    let given = (0..questions.len()).map(|index| (None, of(index))).collect();
    let all = SelectorIndex::of(given);
    let few = |from: usize| {
        let given = (from..questions.len().min(from + SOME)).map(|index| (None, of(index)));
        SelectorIndex::of(given.collect())
    };
    let fews: Vec<_> = (0..questions.len()).step_by(SOME).map(few).collect();
    for (index, (words, expected)) in questions.iter().enumerate() {
        let view = Some(labels.documents[index].tree.root());
        assert_eq!(of(index).selects(view), *expected, "{words:?}");
        let mut found = all.selecting(None, view, |_| false).found;
        found.sort_unstable();
        let one_by_one = (0..questions.len()).filter(|index| of(*index).selects(view));
        let one_by_one: Vec<_> = one_by_one.collect();
        assert_eq!(found, one_by_one, "{words:?}");
        let of_few = fews.iter().enumerate().flat_map(|(number, few)| {
            let found = few.selecting(None, view, |_| false).found.into_iter();
            found.map(move |position| number * SOME + position)
        });
        assert_eq!(of_few.collect::<Vec<_>>(), one_by_one, "{words:?}");
    }
}
