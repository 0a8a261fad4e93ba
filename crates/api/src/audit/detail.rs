//! What an audit event says besides who asked for what: as whom, and what ran in a container.

use super::loose::TEXT_MAX;
use percent_encoding::percent_decode_str;

/// Words of a command that are kept; what runs stands among the first.
const WORDS: usize = 64;
/// The group of everybody who is signed in, which says nothing.
const EVERYBODY: &str = "system:authenticated";

/// As whom somebody acted who impersonated another: `nobody (system:masters)`. The groups too, for
/// they may be chosen freely, and give the rights.
pub(super) fn acts_as(name: &str, groups: &[String]) -> String {
    let groups: Vec<&str> =
        groups.iter().map(String::as_str).filter(|group| *group != EVERYBODY).collect();
    if name.is_empty() || groups.is_empty() {
        return name.to_owned();
    }
    cut(&format!("{name} ({})", groups.join(", ")))
}

/// What ran in which container, by the address of an exec: `app: sh -c 'id; ls'`. Of an attach there
/// is only the container: `app:`.
pub(super) fn command(address: &str) -> String {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let mut words = Vec::new();
    let mut container = String::new();
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A key may be escaped too, and a command is not to be hidden that way.
        match &*decoded(key) {
            "command" if words.len() < WORDS => words.push(quoted(&decoded(value))),
            "command" if words.len() == WORDS => words.push("…".to_owned()),
            "container" => container = format!("{}:", quoted(&decoded(value))),
            _ => {}
        }
    }
    if !container.is_empty() {
        words.insert(0, container);
    }
    cut(&words.join(" "))
}

/// A part of a query (`application/x-www-form-urlencoded`).
fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    // PostgreSQL knows no text with NUL in it.
    percent_decode_str(&text).decode_utf8_lossy().replace('\0', "\u{fffd}")
}

/// A word as a shell would be given it, so that words are told from each other.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./=,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// As much as is kept of a text, with a sign where that is not all.
fn cut(text: &str) -> String {
    if text.chars().nth(TEXT_MAX).is_none() {
        return text.to_owned();
    }
    text.chars().take(TEXT_MAX - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{TEXT_MAX, acts_as, command};

    #[test]
    fn a_command_is_told_with_its_container() {
        let check = |query: &str, expected: &str| {
            let address = format!("/api/v1/namespaces/shop/pods/web/exec{query}");
            assert_eq!(command(&address), expected, "{query}");
        };
        check(
            "?command=sh&command=-c&command=id%3B+ls&container=app&stdin=true",
            "app: sh -c 'id; ls'",
        );
        check("?container=app&stdout=true", "app:");
        check("?command=id", "id");
        check("?c%6fmmand=it%27s&command=&command", "'it'\\''s' '' ''");
        check("?command=app%3A&command=%ff%00", "'app:' '\u{fffd}\u{fffd}'");
        for nothing in ["", "?", "?&&=", "?stdin=true"] {
            check(nothing, "");
        }
    }

    #[test]
    fn a_command_is_kept_as_far_as_it_may_be_long() {
        let many = "&command=a".repeat(1_000);
        assert_eq!(command(&format!("?x{many}")), format!("{}…", "a ".repeat(64)));
        let long = command(&format!("?command={}&container=app", "é".repeat(5_000)));
        assert_eq!(long.chars().count(), TEXT_MAX);
        assert!(long.starts_with("app: é") && long.ends_with('…'));
    }

    #[test]
    fn groups_that_somebody_acts_in_are_told() {
        let check = |name: &str, groups: &[&str], expected: &str| {
            let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
            assert_eq!(acts_as(name, &groups), expected);
        };
        check("", &[], "");
        check("ann", &["system:authenticated"], "ann");
        check("ann", &["dev", "system:authenticated", "ops"], "ann (dev, ops)");
        assert_eq!(acts_as("ann", &vec!["g".repeat(100); 64]).chars().count(), TEXT_MAX);
    }
}
