//! How the rest of an instruction is taken apart: flags, words, lists.

/// Characters that part the words of most instructions. A line end is none of them.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

/// Splits at the first run of blanks.
pub(super) fn split_first(text: &str) -> Option<(&str, &str)> {
    let at = text.find(is_blank)?;
    let (first, rest) = text.split_at_checked(at)?;
    Some((first, rest.trim_start_matches(is_blank)))
}

/// Splits at every run of blanks. `text` has no white space at its ends.
pub(super) fn split_all(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some((word, after)) = split_first(rest) {
        words.push(word.to_owned());
        rest = after;
    }
    words.push(rest.to_owned());
    words
}

/// The `--flags` at the front, without quotes and escapes, and what follows them.
pub(super) fn flags(text: &str, escape: char) -> (Vec<String>, &str) {
    let mut flags = Vec::new();
    let mut rest = text.trim_start();
    while rest.starts_with("--") {
        let (flag, quoted, after) = flag(rest, escape);
        if flag == "--" {
            // Ends the flags and is none.
            return (flags, after);
        }
        if quoted || !flag.is_empty() {
            flags.push(flag);
        }
        rest = after.trim_start();
    }
    (flags, rest)
}

/// One flag, whether it has quotes, and what follows it.
fn flag(text: &str, escape: char) -> (String, bool, &str) {
    let mut flag = String::new();
    let mut quote = None;
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match quote {
            None if c.is_whitespace() => {
                return (flag, quoted, text.get(at..).unwrap_or_default());
            }
            None if c == '\'' || c == '"' => (quote, quoted) = (Some(c), true),
            Some(open) if c == open => quote = None,
            _ if c == escape => flag.extend(chars.next().map(|(_, c)| c)),
            _ => flag.push(c),
        }
    }
    (flag, quoted, "")
}

/// Words at white space, quotes and escapes kept: they are taken off by expansion.
pub(super) fn quoted_words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut in_word = false;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            if in_word && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            in_word = false;
            continue;
        }
        in_word = true;
        match quote {
            None if c == '\'' || c == '"' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ => {}
        }
        // Nothing is escaped between single quotes, and the last character cannot escape.
        if c == escape && quote != Some('\'') {
            let Some(escaped) = chars.next() else { break };
            word.extend([c, escaped]);
        } else {
            word.push(c);
        }
    }
    if in_word && !word.is_empty() {
        words.push(word);
    }
    words
}

/// Fields between commas, as CSV has them (RFC 4180); `None` where a quote is out of place.
pub(super) fn comma_separated(text: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let Some(mut quoted) = rest.strip_prefix('"') else {
            let (field, after) = rest.split_once(',').map_or((rest, None), |(f, a)| (f, Some(a)));
            if field.contains('"') {
                return None;
            }
            fields.push(field.to_owned());
            rest = match after {
                Some(after) => after,
                None => return Some(fields),
            };
            continue;
        };
        let mut field = String::new();
        loop {
            let (before, after) = quoted.split_once('"')?;
            field.push_str(before);
            quoted = after;
            // Two quotes are one.
            let Some(after) = quoted.strip_prefix('"') else { break };
            field.push('"');
            quoted = after;
        }
        fields.push(field);
        match quoted.strip_prefix(',') {
            Some(after) => rest = after,
            None => return quoted.is_empty().then_some(fields),
        }
    }
}

/// What a text is that may be a JSON list of strings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Json {
    /// It is one.
    Strings(Vec<String>),
    /// It is a JSON list of other things.
    OtherList,
    /// It is no JSON.
    None,
}

/// Reads a JSON list of strings.
pub(super) fn json(text: &str) -> Json {
    let text = text.trim_start();
    if !text.starts_with('[') {
        return Json::None;
    }
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(strings) => Json::Strings(strings),
        Err(error) if error.is_data() => {
            // The type is wrong somewhere; what follows may not be JSON at all.
            match serde_json::from_str::<Vec<serde::de::IgnoredAny>>(text) {
                Ok(_) => Json::OtherList,
                Err(_) => Json::None,
            }
        }
        Err(_) => Json::None,
    }
}
