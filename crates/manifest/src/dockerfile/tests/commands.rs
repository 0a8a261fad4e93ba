//! What the shell is made to start. Expected words are what bash starts (`bash -x`), by hand.

use super::parse;
use crate::dockerfile::{Command, commands, script};

/// The commands of a script: words with `|` between, and the programs behind a pipe after `>`.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(shown(&script(text, 1)), expected, "{text}");
}

fn shown(found: &[Command]) -> Vec<String> {
    let show = |command: &Command| {
        let mut words = vec![command.name.clone()];
        words.extend(command.arguments.iter().cloned());
        let mut text = words.join("|");
        if !command.piped_to.is_empty() {
            text = format!("{text} > {}", command.piped_to.join(","));
        }
        text
    };
    found.iter().map(show).collect()
}

#[test]
fn lists_and_pipelines() {
    check("a b && c || d; e & f", &["a|b", "c", "d", "e", "f"]);
    check("curl -s x | tee y | /bin/sh -s", &["curl|-s|x > tee,sh", "tee|y > sh", "sh|-s"]);
    check("a |& b\nc |\n d", &["a > b", "b", "c", "d"]);
    check("(a; b) && { c; }", &["a", "b", "c"]);
    check("! a && time b", &["a", "time|b", "b"]);
    check("", &[]);
    check("  # only a comment && a", &[]);
    check("a #b\n#c\nd#e", &["a", "d#e"]);
}

#[test]
fn quotes_and_escapes() {
    check(r#"a 'b "c' "d 'e" f\ g "h\"i" j"k"'l'"#, &[r#"a|b "c|d 'e|f g|h"i|jkl"#]);
    check("echo 'a && b' \"c | d\" e\\;f", &["echo|a && b|c | d|e;f"]);
    check("a \\\n  b", &["a|b"]);
    check("echo $'a\\'b' ${B:-c d} \"$E\"", &["echo|a\\'b|${B:-c d}|$E"]);
    check("'if' a", &["if|a"]);
    check("echo 'open", &["echo|open"]);
}

#[test]
fn redirections_are_no_words() {
    check("a >b 2>&1 <c >>d &>e 3<f g", &["a|g"]);
    check("a > /dev/null && b", &["a", "b"]);
    check("cat <<< word && b", &["cat", "b"]);
    check("cat <<EOF > x && b\na && curl\nEOF\nc", &["cat", "b", "c"]);
    check("bash <<-'EOF'\n\ta | b\n\tEOF\nc", &["bash", "a > b", "b", "c"]);
    check("cat <<A <<B\n1\nA\n2\nB\nc", &["cat", "c"]);
}

#[test]
fn compound_commands() {
    check("if a; then b; elif c; then d; else e; fi; f", &["a", "b", "c", "d", "e", "f"]);
    check("for x in 1 2; do a $x; done", &["a|$x"]);
    check("while a; do b; done | c", &["a", "b", "c"]);
    check("for ((i=0; i<3; i++)); do a; done; while (( x )); do b; done", &["a", "b"]);
    check("case \"$x\" in a) b ;; c|d) e && f;; *) g ;; esac; h", &["b", "e", "f", "g", "h"]);
    check("case x in\n  a)\n    b\n    ;;\n  *)\n    c\nesac\nd", &["b", "c", "d"]);
    check("while a; do case b in c) d;; esac; done", &["a", "d"]);
    check("case $(a) in b) c;; esac", &["a", "c"]);
    check("A=$(case $(a) in b) c ;; d) (e) ;; esac) f | g", &["f > g", "a", "c", "e", "g"]);
    check("f() { a; }; f", &["a", "f"]);
    check("function f { a; }", &["a"]);
    check("A=(b c) d; e+=(f)", &["d"]);
    check("[[ a =~ ^(b|c)$ && d < e ]] && f", &["[[|a|=~|^|b|c|$|d|e|]]", "f"]);
    check("if [[ -n a ]]; then b; fi; ((i++)); (( a > b )) && c", &["[[|-n|a|]]", "b", "c"]);
    check("while read x; do a; done < <(curl y)", &["read|x", "a", "curl|y"]);
}

#[test]
fn assignments() {
    check("A=b c; d[1]=e f", &["c", "f"]);
    check("A=$(b c) D=e", &["b|c"]);
    check("export A=b", &["export|A=b"]);
}

#[test]
fn substitutions() {
    check("a $(b `c`) \"$(d | e)\"", &["a|$(b `c`)|$(d | e)", "b|`c`", "c", "d > e", "e"]);
    check("sh -c \"$(curl x)\"", &["sh|-c|$(curl x)", "curl|x > sh"]);
    check("bash <(curl x)", &["bash|<(curl x)", "curl|x > bash"]);
    check("eval \"$(wget -O- x)\"", &["eval|$(wget -O- x)", "wget|-O-|x > eval"]);
    check("A=$(curl x) sh b $(curl y)", &["sh|b|$(curl y)", "curl|x", "curl|y"]);
    check("a=($(b) `c`); d ${e:-$(f)}", &["b", "c", "d|${e:-$(f)}", "f"]);
    check("cat <<E\n$(a) \\$(b) `c`\nE\ncat <<'E'\n$(d)\nE\n", &["cat", "a", "c", "cat"]);
    check("a=${b:-{\\}}; c=(d # it's\n) e", &["e"]);
    check("a $((1 + $(b)))", &["a|$((1 + $(b)))", "b"]);
    check("a $((1 + 2))", &["a|$((1 + 2))"]);
    check("apt-get install bash $(b)", &["apt-get|install|bash|$(b)", "b"]);
}

#[test]
fn programs_that_start_others() {
    check(
        "sudo -E -u app A=b apt-get update",
        &["sudo|-E|-u|app|A=b|apt-get|update", "apt-get|update"],
    );
    check("curl x | sudo bash -", &["curl|x > sudo,bash", "sudo|bash|-", "bash|-"]);
    check("sh -ec 'a && b $c'", &["sh|-ec|a && b $c", "a", "b|$c"]);
    check("bash -o pipefail -c 'a | b'", &["bash|-o|pipefail|-c|a | b", "a > b", "b"]);
    check(
        "env -i A=1 timeout -k 5 10 b",
        &["env|-i|A=1|timeout|-k|5|10|b", "timeout|-k|5|10|b", "b"],
    );
    check("find . | xargs -n 1 rm -f", &["find|. > xargs,rm", "xargs|-n|1|rm|-f", "rm|-f"]);
    check("su app -c 'a b'", &["su|app|-c|a b", "a|b"]);
    check("bash script.sh", &["bash|script.sh"]);
}

#[test]
fn lines_are_those_of_the_file() {
    let text = "FROM alpine\nRUN a && \\\n  # no\n  b; \\\n\n  sh -c 'c; \\\n  d'\nRUN <<EOF\ne\n\nf\nEOF\n\
                RUN bash <<EOF && g\nh\nEOF\nRUN [\"sh\", \"-c\", \"i\"]\nCMD j\n\
                HEALTHCHECK --interval=3s CMD k\nONBUILD RUN l\nRUN <<E\n#!/usr/bin/env python\nm\nE\n";
    let (file, problems) = parse(text);
    assert!(problems.is_empty(), "{problems:?}");
    let found = file.instructions.iter().flat_map(|it| commands(&file, it));
    let found: Vec<_> = found.map(|command| (command.name, command.line)).collect();
    let expected = [
        ("a", 2),
        ("b", 4),
        ("sh", 6),
        ("c", 6),
        ("d", 6),
        ("e", 9),
        ("f", 11),
        ("bash", 13),
        ("g", 13),
        ("h", 14),
        ("sh", 16),
        ("i", 16),
        ("j", 17),
        ("k", 18),
        ("l", 19),
    ];
    assert_eq!(found.iter().map(|(name, line)| (&**name, *line)).collect::<Vec<_>>(), expected);
}

#[test]
fn other_shells_are_left_alone() {
    let (file, _) = parse("FROM a\nSHELL [\"powershell\"]\nRUN a | b\nRUN [\"x\\\\y.exe\"]\n");
    assert!(commands(&file, &file.instructions[2]).is_empty());
    let (file, _) = parse("# escape=`\nFROM a\nRUN a\n");
    assert!(commands(&file, &file.instructions[1]).is_empty());
}

#[test]
fn budgets() {
    assert_eq!(script(&"a;".repeat(20_000), 1).len(), 5_000);
    assert!(script(&"$(".repeat(10_000), 1).len() < 20);
    assert!(script(&"sh -c \"".repeat(1_000), 1).len() < 20);
    assert!(script(&"case x in ".repeat(1_000), 1).is_empty());
}
