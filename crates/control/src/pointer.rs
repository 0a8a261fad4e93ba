//! From a place in a JSON text to the pointer of what stands there.

/// The JSON pointer (RFC 6901) of the innermost value at a character of the text, counted in
/// Unicode scalar values from 0; a key means its value. Nothing where no value stands. The text is
/// JSON that was read before; of other text the answer means nothing.
pub(crate) fn at(json: &str, character: usize) -> Option<String> {
    let mut walk = Walk { steps: Vec::new() };
    let mut characters = json.chars().enumerate().peekable();
    while let Some((place, character_here)) = characters.next() {
        if place > character {
            return None;
        }
        match character_here {
            '{' | '[' => {
                if place == character {
                    return Some(walk.pointer());
                }
                walk.open(character_here == '[');
            }
            '}' | ']' => walk.close(),
            ',' => walk.next(),
            ':' | ' ' | '\n' | '\r' | '\t' => {}
            '"' => {
                let mut text = String::new();
                let mut end = place;
                while let Some((place, one)) = characters.next() {
                    end = place;
                    match one {
                        '"' => break,
                        '\\' => text.extend(escaped(&mut characters)),
                        one => text.push(one),
                    }
                }
                walk.string(text);
                if (place..=end).contains(&character) {
                    return Some(walk.pointer());
                }
            }
            _ => {
                let is_part = |one: &char| one.is_ascii_alphanumeric() || "+-.".contains(*one);
                let mut end = place;
                while let Some((place, _)) = characters.next_if(|(_, one)| is_part(one)) {
                    end = place;
                }
                if (place..=end).contains(&character) {
                    return Some(walk.pointer());
                }
            }
        }
    }
    None
}

fn escaped(rest: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    match rest.next()?.1 {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'u' => {
            let digits: String = rest.take(4).map(|(_, digit)| digit).collect();
            // Half of a pair stands for nothing by itself; no key of an object has one.
            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
        }
        other => Some(other),
    }
}

enum Step {
    /// In a list, at this index.
    Element(usize),
    /// In a map, with the key that was read last.
    Member(Option<String>),
}

struct Walk {
    steps: Vec<Step>,
}

impl Walk {
    fn open(&mut self, is_list: bool) {
        self.steps.push(if is_list { Step::Element(0) } else { Step::Member(None) });
    }

    fn close(&mut self) {
        self.steps.pop();
    }

    fn next(&mut self) {
        match self.steps.last_mut() {
            Some(Step::Element(index)) => *index += 1,
            Some(Step::Member(key)) => *key = None,
            None => {}
        }
    }

    /// The first string after a brace or a comma of a map is a key.
    fn string(&mut self, text: String) {
        if let Some(Step::Member(key)) = self.steps.last_mut()
            && key.is_none()
        {
            *key = Some(text);
        }
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.steps {
            match step {
                Step::Element(index) => {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                }
                Step::Member(Some(key)) => {
                    pointer.push('/');
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
                Step::Member(None) => {}
            }
        }
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn pointers_of_keys_and_values() {
        let json = r#"{"a":{"b/c":[1,"x\"y",{"é\u0041":true}]},"d":-1.5e3}"#;
        let check = |text: &str, offset: usize, expected: Option<&str>| {
            let byte = json.find(text).unwrap();
            let character = json[..byte].chars().count() + offset;
            assert_eq!(at(json, character).as_deref(), expected, "{text}+{offset}");
        };
        check("\"a\"", 0, Some("/a"));
        check("{\"b", 0, Some("/a"));
        check("[1", 0, Some("/a/b~1c"));
        check("1,", 0, Some("/a/b~1c/0"));
        check("x\\\"y", 0, Some("/a/b~1c/1"));
        check("true", 2, Some("/a/b~1c/2/éA"));
        check("\"d\"", 1, Some("/d"));
        check("-1.5e3", 5, Some("/d"));
        assert_eq!(at(json, 0).as_deref(), Some(""));
        assert_eq!(at(json, 9999), None);
    }
}
