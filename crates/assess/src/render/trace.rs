//! From rendered lines back to the lines of a template.
//!
//! A line is traced only where nothing else is possible: it stands literally in one line of the
//! template, or it fits the literal parts of one line with `{{ … }}` between two lines that are
//! traced. What a helper or `toYaml` wrote stays without an origin.

use std::collections::HashMap;

/// Lines of a template that are compared; a longer one is not traced.
const LINES_MAX: usize = 20_000;

/// Literal characters that a line with `{{ … }}` must have to be recognised by them.
const LITERAL_MIN: usize = 3;

/// For each line of `rendered` the line of `template` it is written in, from 1.
pub(super) fn trace(template: &str, rendered: &str) -> Vec<Option<u32>> {
    let written: Vec<&str> = template.lines().map(str::trim_end).collect();
    let lines: Vec<&str> = rendered.lines().map(str::trim_end).collect();
    if written.len() > LINES_MAX || lines.len() > LINES_MAX {
        return vec![None; lines.len()];
    }
    let mut found = literal(&written, &lines);
    between(&written, &lines, &mut found);
    found.into_iter().map(|at| u32::try_from(at? + 1).ok()).collect()
}

/// Lines that stand once in the template, as they are. One that is repeated by `range` is traced
/// every time.
fn literal(written: &[&str], lines: &[&str]) -> Vec<Option<usize>> {
    let mut places: HashMap<&str, Option<usize>> = HashMap::new();
    for (at, line) in written.iter().enumerate().filter(|(_, line)| !line.contains("{{")) {
        places.entry(line).and_modify(|place| *place = None).or_insert(Some(at));
    }
    let place = |line: &&str| places.get(line).copied().flatten().filter(|_| is_telling(line));
    lines.iter().map(place).collect()
}

/// Whether a line says anything: `---` and `-` are everywhere.
fn is_telling(line: &str) -> bool {
    line.chars().any(char::is_alphanumeric)
}

/// Lines between two that are traced, in the part of the template between their origins: by their
/// text where it stands there once, or by the literal parts of one line with `{{ … }}`.
fn between(written: &[&str], lines: &[&str], found: &mut [Option<usize>]) {
    let mut at = 0;
    while at < lines.len() {
        if found.get(at).copied().flatten().is_some() {
            at += 1;
            continue;
        }
        let end = (at..lines.len())
            .find(|next| found.get(*next).copied().flatten().is_some())
            .unwrap_or(lines.len());
        let before = at.checked_sub(1).and_then(|it| found.get(it).copied().flatten());
        let after = found.get(end).copied().flatten();
        let first = before.map_or(0, |it| it + 1);
        let last = after.unwrap_or(written.len());
        if let Some(window) = written.get(first..last) {
            gap(window, first, lines, at..end, found);
        }
        at = end;
    }
}

fn gap(
    window: &[&str],
    first: usize,
    lines: &[&str],
    range: std::ops::Range<usize>,
    found: &mut [Option<usize>],
) {
    // Each line of the template takes part in a gap once: this bounds the work.
    if window.len().saturating_mul(range.len()) > LINES_MAX * 20 {
        return;
    }
    for at in range {
        let Some(line) = lines.get(at).filter(|line| is_telling(line)) else { continue };
        let mut fitting = window.iter().enumerate().filter(|(_, written)| fits(written, line));
        let (one, other) = (fitting.next(), fitting.next());
        if let (Some((offset, _)), None, Some(place)) = (one, other, found.get_mut(at)) {
            *place = Some(first + offset);
        }
    }
}

/// Whether a rendered line can come from a line of the template: equal, or with something for each
/// `{{ … }}` between the literal parts.
fn fits(written: &str, line: &str) -> bool {
    if !written.contains("{{") {
        return written == line;
    }
    let parts = literal_parts(written);
    let telling: usize = parts.iter().map(|part| part.trim().len()).sum();
    let Some((first, rest)) = parts.split_first() else { return false };
    let Some((last, middle)) = rest.split_last() else { return false };
    if telling < LITERAL_MIN {
        return false;
    }
    let Some(mut rest) = line.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    true
}

/// What stands around the `{{ … }}` of a line; a dash inside takes the blanks off on its side.
fn literal_parts(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let trims = after.starts_with('-');
        parts.push(if trims { before.trim_end() } else { before });
        let Some((inside, after)) = after.split_once("}}") else { return Vec::new() };
        rest = if inside.ends_with('-') { after.trim_start() } else { after };
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::trace;

    /// Lines of the template for the lines of what was rendered; 0 where none is known.
    #[track_caller]
    fn check(template: &str, rendered: &str, expected: &[u32]) {
        let found: Vec<_> =
            trace(template, rendered).into_iter().map(Option::unwrap_or_default).collect();
        assert_eq!(found, expected, "{template}\n---\n{rendered}");
    }

    #[test]
    fn literal_lines_and_values() {
        check(
            "kind: Pod\nmetadata:\n  name: {{ .Release.Name }}-web\nspec:\n  hostPID: {{ .Values.pid }}\n",
            "kind: Pod\nmetadata:\n  name: shop-web\nspec:\n  hostPID: true\n",
            &[1, 2, 3, 4, 5],
        );
        check(
            "a: 1\n  image: \"{{ .r }}:{{ .t }}\"\nb: 2\n",
            "a: 1\n  image: \"x:1\"\nb: 2\n",
            &[1, 2, 3],
        );
    }

    #[test]
    fn what_helpers_write_is_not_traced() {
        check(
            "spec:\n  {{- toYaml .Values.x | nindent 2 }}\nlast: 1\n",
            "spec:\n  privileged: true\n  a: b\nlast: 1\n",
            &[1, 0, 0, 3],
        );
        check(
            "metadata:\n  labels:\n    {{- include \"labels\" . | nindent 4 }}\nspec: {}\n",
            "metadata:\n  labels:\n    app: x\nspec: {}\n",
            &[1, 2, 0, 4],
        );
    }

    #[test]
    fn repeated_lines() {
        // Twice in the template: the lines around them tell.
        check("a:\n  x: 1\nb:\n  x: 1\nc:\n", "a:\n  x: 1\nb:\n  x: 1\nc:\n", &[1, 2, 3, 4, 5]);
        // Once in the template, twice rendered by a loop.
        check(
            "c:\n{{- range .p }}\n- port: {{ .n }}\n  protocol: TCP\n{{- end }}\nd: 1\n",
            "c:\n- port: 1\n  protocol: TCP\n- port: 2\n  protocol: TCP\nd: 1\n",
            &[1, 3, 4, 0, 4, 6],
        );
        // Both arms of a condition could be it.
        check(
            "a: 1\n{{ if x }}\nk: {{ y }}\n{{ else }}\nk: {{ z }}\n{{ end }}\nb: 2\n",
            "a: 1\nk: v\nb: 2\n",
            &[1, 0, 7],
        );
    }
}
