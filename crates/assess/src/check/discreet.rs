//! Facts that may be credentials, told by their length: rules of the user's own read what they like.

use cofferdam_policy::{Input, Observation};
use cofferdam_secrets::Scanner;
use std::sync::LazyLock;

/// Finds credentials on command lines.
static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::default);

/// The facts as they may be shown: values of variables, data of Secrets and `ConfigMaps`, and
/// arguments in which a credential is found are told by their length.
pub fn discreet(mut inputs: Vec<Input>) -> Vec<Input> {
    let mut before: Option<(String, String)> = None;
    for Input { path, value, .. } in &mut inputs {
        let Observation::String(text) = value else { continue };
        let said = argument(path).map(|(list, index)| {
            let next = format!("{list}[{}]", index + 1);
            let said = before.take().filter(|(expected, _)| *path == *expected);
            let said = said.map_or_else(String::new, |(_, text)| text);
            before = Some((next, text.clone()));
            said
        });
        let is_hidden = match &said {
            Some(said) => is_credential(said, text),
            None => is_of_env(path) || is_of_data(path),
        };
        if is_hidden {
            *text = format!("({} characters, not shown)", text.chars().count());
        }
    }
    inputs
}

fn is_of_env(path: &str) -> bool {
    path.contains(".env[") && path.rsplit('.').next() == Some("value")
}

fn is_of_data(path: &str) -> bool {
    [".data", ".stringData"].iter().any(|member| {
        let mut rest = path.split(member).skip(1);
        rest.any(|rest| rest.starts_with(['.', '[']))
    })
}

/// The list and the position in it, of an element of a command line.
fn argument(path: &str) -> Option<(&str, usize)> {
    let (list, index) = path.strip_suffix(']')?.rsplit_once('[')?;
    let is_line = [".args", ".command"].iter().any(|member| list.ends_with(member));
    Some((list, index.parse().ok()?)).filter(|_| is_line)
}

/// Whether there is a credential in an argument: by itself, or as the value of the one before it.
fn is_credential(before: &str, text: &str) -> bool {
    let alone = SCANNER.command(text);
    let is_told_before = || before.starts_with('-') && SCANNER.command(before).is_empty();
    !alone.is_empty()
        || (is_told_before() && !SCANNER.command(&format!("{before}={text}")).is_empty())
}

#[cfg(test)]
mod tests {
    use super::discreet;
    use cofferdam_policy::{Input, Observation, Provenance};

    fn told(facts: &[(&str, &str)]) -> Vec<String> {
        let input = |(path, text): &(&str, &str)| Input {
            path: (*path).to_owned(),
            value: Observation::String((*text).to_owned()),
            provenance: Provenance::Derived,
        };
        let told = discreet(facts.iter().map(input).collect()).into_iter();
        told.map(|input| match input.value {
            Observation::String(text) => text,
            other => other.to_string(),
        })
        .collect()
    }

    #[test]
    fn values_that_may_be_credentials_are_not_told() {
        let is_told = |path: &str| told(&[(path, "hunter2")]) == ["hunter2"];
        assert!(is_told("workload.containers[0].name"));
        assert!(is_told("object.spec.value"));
        assert!(is_told("object.dataSource"));
        assert!(is_told("workload.containers[0].spec.args[0]"));
        assert!(!is_told("workload.containers[0].spec.env[2].value"));
        assert!(!is_told("object.data[\"password\"]"));
        assert!(!is_told("object.data.password"));
        assert!(!is_told("object.stringData.password"));
    }

    #[test]
    fn arguments_with_credentials_are_not_told() {
        let (first, second) = ("c.spec.args[0]", "c.spec.args[1]");
        let hidden = |text: &str| format!("({} characters, not shown)", text.len());
        let line = "--password=vB7-lantern-Quay";
        assert_eq!(told(&[(first, line)]), [hidden(line)]);
        let (name, value) = ("--password", "vB7-lantern-Quay");
        assert_eq!(told(&[(first, name), (second, value)]), [name.to_owned(), hidden(value)]);
        assert_eq!(told(&[(first, "--port"), (second, "8080")]), ["--port", "8080"]);
    }
}
