//! Programs that start the program named by their arguments.

use super::{base_name, scan::Word};

/// What a program does with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// Starts the program at this argument.
    Program(usize),
    /// Gives this argument to a shell.
    Script(usize),
    /// Gives all arguments to a shell.
    Arguments,
    /// Reads a script from its standard input.
    Input,
    /// Nothing of the kind.
    Nothing,
}

const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"];

/// Whether a program is a shell for scripts as POSIX has them.
pub(super) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name)
}

/// Programs that start others, with those of their options that take a word.
const WRAPPERS: [(&str, &[&str]); 19] = [
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R"]),
    ("doas", &["-u", "-C"]),
    ("env", &["-u", "-C"]),
    ("exec", &["-a"]),
    ("command", &[]),
    ("builtin", &[]),
    ("nohup", &[]),
    ("nice", &["-n"]),
    ("ionice", &["-c", "-n"]),
    ("time", &["-o", "-f"]),
    ("timeout", &["-s", "-k"]),
    ("xargs", &["-n", "-I", "-P", "-L", "-d", "-a", "-s", "-E"]),
    ("stdbuf", &["-i", "-o", "-e"]),
    ("setarch", &[]),
    ("eatmydata", &[]),
    ("gosu", &[]),
    ("su-exec", &[]),
    ("chroot", &[]),
    ("busybox", &[]),
];

/// What `words`, a program and its arguments, run.
pub(super) fn runs(words: &[Word]) -> Runs {
    let Some(first) = words.first() else { return Runs::Input };
    let name = base_name(&first.text);
    if name == "eval" {
        return Runs::Arguments;
    }
    if is_shell(name) || name == "su" {
        return shell(name, words);
    }
    let Some((_, with_word)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) else {
        return Runs::Nothing;
    };
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let is_option = word.text.starts_with('-') && word.text != "-";
        if with_word.contains(&&*word.text) {
            at += 2;
        } else if is_option || is_assignment(word) {
            at += 1;
        } else {
            break;
        }
    }
    // These have a word of their own first: how long, as whom, where.
    if matches!(name, "timeout" | "gosu" | "su-exec" | "chroot" | "setarch") {
        at += 1;
    }
    if at < words.len() { Runs::Program(at) } else { Runs::Nothing }
}

/// `sh -c SCRIPT`, `sh -ec SCRIPT`, `su -c SCRIPT USER`; otherwise a file, or standard input.
fn shell(name: &str, words: &[Word]) -> Runs {
    let mut has_file = false;
    for (at, word) in words.iter().enumerate().skip(1) {
        let text = &word.text;
        let is_cluster = text.starts_with('-') && !text.starts_with("--");
        if is_cluster && text.contains('c') || text == "--command" {
            return if at + 1 < words.len() { Runs::Script(at + 1) } else { Runs::Nothing };
        }
        // `-s` reads standard input, whatever follows.
        if is_cluster && text.contains('s') && name != "su" {
            return Runs::Input;
        }
        let after_option = words.get(at - 1).is_some_and(|word| word.text == "-o");
        has_file |= !text.starts_with('-') && !text.starts_with('+') && !after_option;
        if has_file && name != "su" {
            break;
        }
    }
    if has_file || name == "su" { Runs::Nothing } else { Runs::Input }
}

/// `NAME=value` before a program.
pub(super) fn is_assignment(word: &Word) -> bool {
    let Some((name, _)) = word.text.split_once('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    // An element of a list: `a[1]=b`.
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
