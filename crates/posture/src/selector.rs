//! Label selectors, and an index that finds those which select given labels.

use cofferdam_manifest::{Value, View};
use foldhash::HashMap;

/// Selectors that are compared with the labels of one workload after the index has narrowed them
/// down. A namespace in which more of them share their rarest label is made to be slow.
const CANDIDATES_MAX: usize = 2_000;

/// `matchLabels` and `matchExpressions` (Kubernetes API, LabelSelector), or the plain map of a
/// Service. All requirements must hold; without any, everything is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector<'t> {
    requirements: Vec<Requirement<'t>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement<'t> {
    Is(&'t str, &'t str),
    In(&'t str, Vec<&'t str>),
    NotIn(&'t str, Vec<&'t str>),
    Exists(&'t str),
    DoesNotExist(&'t str),
    /// One that no label can meet: an unknown operator, a value that is no string.
    Never,
}

impl<'t> Selector<'t> {
    /// The selector that a plain map of labels is.
    pub(crate) fn of_labels(map: View<'t>) -> Self {
        let requirements = map.entries().map(|(key, value)| equal(key, value)).collect();
        Self { requirements }
    }

    /// A LabelSelector.
    pub(crate) fn of(view: View<'t>) -> Self {
        let labels = view.get("matchLabels");
        let mut selector = labels.map_or_else(Self::default, Self::of_labels);
        for expression in view.get("matchExpressions").into_iter().flat_map(View::elements) {
            selector.requirements.push(requirement(expression));
        }
        selector
    }

    /// Whether it selects everything.
    pub(crate) const fn is_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether it selects something with these labels.
    pub(crate) fn selects(&self, labels: Option<View<'_>>) -> bool {
        let value = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(View::as_str);
        self.requirements.iter().all(|requirement| match requirement {
            Requirement::Is(key, wanted) => value(key) == Some(*wanted),
            Requirement::In(key, values) => value(key).is_some_and(|found| values.contains(&found)),
            Requirement::NotIn(key, values) => {
                value(key).is_none_or(|found| !values.contains(&found))
            }
            Requirement::Exists(key) => value(key).is_some(),
            Requirement::DoesNotExist(key) => value(key).is_none(),
            Requirement::Never => false,
        })
    }

    /// The labels of which something must have one to be selected, for each requirement that has
    /// such; `None` stands for any value.
    fn needs(&self) -> impl Iterator<Item = (&'t str, Vec<Option<&'t str>>)> {
        self.requirements.iter().filter_map(|requirement| match requirement {
            Requirement::Is(key, value) => Some((*key, vec![Some(*value)])),
            Requirement::In(key, values) => {
                Some((*key, values.iter().map(|value| Some(*value)).collect()))
            }
            Requirement::Exists(key) => Some((*key, vec![None])),
            _ => None,
        })
    }
}

fn equal<'t>(key: &'t str, value: View<'t>) -> Requirement<'t> {
    match value.value() {
        Value::String(text) => Requirement::Is(key, text),
        _ => Requirement::Never,
    }
}

fn requirement(expression: View<'_>) -> Requirement<'_> {
    let text = |name: &str| expression.get(name).and_then(View::as_str);
    let (Some(key), Some(operator)) = (text("key"), text("operator")) else {
        return Requirement::Never;
    };
    let values = || {
        let values = expression.get("values").into_iter().flat_map(View::elements);
        values.filter_map(View::as_str).collect()
    };
    match operator {
        "In" => Requirement::In(key, values()),
        "NotIn" => Requirement::NotIn(key, values()),
        "Exists" => Requirement::Exists(key),
        "DoesNotExist" => Requirement::DoesNotExist(key),
        _ => Requirement::Never,
    }
}

/// Selectors that are asked one after the other: to file fewer than these takes longer.
const FEW: usize = 32;

/// A namespace, a key and a value that selectors ask for.
type Filing<'t> = (Option<&'t str>, &'t str, Option<&'t str>);

/// Selectors of many namespaces, each filed under the requirement that it shares with the fewest
/// others: asking for those that select a workload costs a look-up per label, not per selector.
#[derive(Debug, Default)]
pub(crate) struct SelectorIndex<'t> {
    selectors: Vec<Selector<'t>>,
    filed: HashMap<Filing<'t>, Vec<usize>>,
    /// Those that ask for no label, by namespace; or all, if they are [`FEW`].
    rest: HashMap<Option<&'t str>, Vec<usize>>,
}

/// What selects something.
#[derive(Debug, Default)]
pub(crate) struct Selecting {
    /// Positions of the selectors, in no order.
    pub(crate) found: Vec<usize>,
    /// Whether some were not asked, for there were too many.
    pub(crate) is_cut: bool,
}

impl<'t> SelectorIndex<'t> {
    /// An index of these selectors with their namespaces.
    pub(crate) fn of(given: Vec<(Option<&'t str>, Selector<'t>)>) -> Self {
        let mut index = Self::default();
        if given.len() <= FEW {
            for (position, (namespace, selector)) in given.into_iter().enumerate() {
                index.rest.entry(namespace).or_default().push(position);
                index.selectors.push(selector);
            }
            return index;
        }
        let mut shared: HashMap<Filing<'t>, usize> = HashMap::default();
        for (namespace, selector) in &given {
            for (key, values) in selector.needs() {
                for value in values {
                    *shared.entry((*namespace, key, value)).or_default() += 1;
                }
            }
        }
        for (position, (namespace, selector)) in given.into_iter().enumerate() {
            let crowd = |(key, values): &(&'t str, Vec<Option<&'t str>>)| -> usize {
                let count = |value: Option<&'t str>| shared.get(&(namespace, *key, value));
                values.iter().copied().filter_map(count).sum()
            };
            match selector.needs().min_by_key(crowd) {
                Some((key, values)) => {
                    for value in values {
                        index.filed.entry((namespace, key, value)).or_default().push(position);
                    }
                }
                None => index.rest.entry(namespace).or_default().push(position),
            }
            index.selectors.push(selector);
        }
        index
    }

    /// The selectors of this namespace that select something with these labels, until `enough`
    /// says that no more are needed.
    pub(crate) fn selecting<'v>(
        &self,
        namespace: Option<&'v str>,
        labels: Option<View<'v>>,
        mut enough: impl FnMut(usize) -> bool,
    ) -> Selecting
    where
        't: 'v,
    {
        let mut selecting = Selecting::default();
        let mut left = CANDIDATES_MAX;
        let filed = labels.into_iter().flat_map(View::entries).flat_map(|(key, value)| {
            let exact =
                value.as_str().and_then(|value| self.filed.get(&(namespace, key, Some(value))));
            exact.into_iter().chain(self.filed.get(&(namespace, key, None))).flatten()
        });
        for position in self.rest.get(&namespace).into_iter().flatten().chain(filed) {
            if left == 0 {
                selecting.is_cut = true;
                break;
            }
            left -= 1;
            let selects = self.selectors.get(*position).is_some_and(|found| found.selects(labels));
            if selects {
                selecting.found.push(*position);
                if enough(*position) {
                    break;
                }
            }
        }
        selecting
    }
}
