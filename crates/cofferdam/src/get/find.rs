//! The one that is meant by a name: what the lists show of it, or its id.

use super::{PAGE, Resource, columns, items_of, server, server::Server};
use cofferdam_model::{Diagnostic, Exit};
use serde_json::Value;

/// The fewest letters of a digest that are taken for one.
const DIGEST_LETTERS: usize = 6;

/// Finds it by its id or code, or by what people call it.
pub(super) async fn find(
    server: &Server,
    resource: Resource,
    name: &str,
    namespace: Option<&str>,
) -> Result<Value, Diagnostic> {
    let path = resource.path();
    if !resource.has_names() {
        return Err(Diagnostic::new(Exit::Usage, "these are not shown one by one")
            .at(name)
            .remedy("search with -s TEXT"));
    }
    let (namespace, name_in_it) = match (resource, name.split_once('/')) {
        (Resource::Workloads, Some((namespace, own))) => (Some(namespace), own),
        _ => (namespace, name),
    };
    let is_by_name = resource == Resource::Workloads && namespace.is_some();
    if !is_by_name
        && let Some(found) = server.look(&format!("{path}/{}", server::encode(name))).await?
    {
        return Ok(found);
    }
    let mut query = query(resource, name_in_it);
    query.push(("limit".to_owned(), PAGE.to_string()));
    if matches!(resource, Resource::Workloads | Resource::Findings) {
        query.extend(namespace.map(|namespace| ("namespace".to_owned(), namespace.to_owned())));
    }
    let page = server.get(path, &query).await?;
    let items = items_of(&page);
    let matching: Vec<&Value> =
        items.iter().filter(|item| is_called(resource, item, name_in_it)).collect();
    match matching.as_slice() {
        [one] => {
            let id = one[key(resource)].as_str().unwrap_or_default();
            server.get(&format!("{path}/{}", server::encode(id)), &[]).await
        }
        [] => Err(Diagnostic::new(Exit::Usage, "there is no such thing, or you may not see it")
            .at(name)
            .remedy(resource.naming())),
        several => Err(ambiguous(resource, name, several)),
    }
}

fn ambiguous(resource: Resource, name: &str, several: &[&Value]) -> Diagnostic {
    let told = |item: &&Value| {
        let id = item[key(resource)].as_str().unwrap_or_default();
        format!("{id} is {}", columns::title(resource, item))
    };
    let mut titles: Vec<String> = several.iter().take(5).map(told).collect();
    if several.len() > titles.len() {
        titles.push("…".to_owned());
    }
    Diagnostic::new(Exit::Usage, "several are called so")
        .at(name)
        .because(titles.join("; "))
        .remedy("say which, by what stands before `is`; -o wide lists it of all")
}

/// The field that one of them is asked for by.
fn key(resource: Resource) -> &'static str {
    if resource == Resource::Policies { "code" } else { "id" }
}

/// What a list is asked for so that the one is in it.
fn query(resource: Resource, name: &str) -> Vec<(String, String)> {
    let search = |text: &str| ("q".to_owned(), text.to_owned());
    match (resource, name.split_once(' ')) {
        (Resource::Findings, Some((rule, subject))) => {
            vec![("rule".to_owned(), rule.to_owned()), search(subject)]
        }
        (Resource::Findings, None) => vec![("rule".to_owned(), name.to_owned())],
        (Resource::Images, _) => {
            let image = ImageName::of(name);
            vec![search(image.digest.unwrap_or(image.name))]
        }
        _ => vec![search(name)],
    }
}

/// Whether this is what people call it.
pub(super) fn is_called(resource: Resource, item: &Value, name: &str) -> bool {
    let is = |key: &str, wanted: &str| item[key].as_str() == Some(wanted);
    match resource {
        Resource::Images => ImageName::of(name).is_of(item) || has_digest(item, name),
        Resource::Findings => {
            let (rule, subject) = name.split_once(' ').map_or((name, None), |(r, s)| (r, Some(s)));
            is("rule", rule) && subject.is_none_or(|subject| is("subjectTitle", subject))
        }
        Resource::Policies => {
            let code = item["code"].as_str().unwrap_or_default();
            code.eq_ignore_ascii_case(name) || is("name", name)
        }
        _ => is("name", name),
    }
}

/// The parts of what an image is called by: `nginx`, `nginx:1.27`, `docker.io/library/nginx@sha256:
/// 5f0e…`, `sha256:5f0e…`.
struct ImageName<'n> {
    name: &'n str,
    tag: Option<&'n str>,
    /// Its first letters, without the algorithm.
    digest: Option<&'n str>,
}

impl<'n> ImageName<'n> {
    fn of(text: &'n str) -> Self {
        let (front, digest) = match (text.split_once("@sha256:"), text.strip_prefix("sha256:")) {
            (Some((front, digest)), _) => (front, Some(digest)),
            (None, Some(digest)) => ("", Some(digest)),
            (None, None) => (text, None),
        };
        // What stands before a colon may be a host, and after it its port and the rest.
        match front.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
            Some((name, tag)) => Self { name, tag: Some(tag), digest },
            None => Self { name: front, tag: None, digest },
        }
    }

    fn is_of(&self, item: &Value) -> bool {
        let full = item["name"].as_str().unwrap_or_default();
        let before = full.strip_suffix(self.name);
        let is_named = match before {
            Some(before) if !self.name.is_empty() => before.is_empty() || before.ends_with('/'),
            _ => self.name.is_empty() && self.tag.is_none() && self.digest.is_some(),
        };
        is_named
            && self.tag.is_none_or(|tag| item["tag"].as_str() == Some(tag))
            && self.digest.is_none_or(|digest| has_digest(item, digest))
    }
}

/// Whether the digest of an image begins so.
fn has_digest(item: &Value, letters: &str) -> bool {
    let digest = item["digest"].as_str().and_then(|digest| digest.strip_prefix("sha256:"));
    letters.len() >= DIGEST_LETTERS && digest.is_some_and(|digest| digest.starts_with(letters))
}
