//! The text format of protocol buffers, as much of it as test data use.

/// A message: its fields in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Message(pub(crate) Vec<(String, Field)>);

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    /// A number, a name or a text before its escapes.
    Word(String),
    /// What a text stands for, in octets.
    Text(Vec<u8>),
    Message(Message),
}

impl Message {
    pub(crate) fn parse(text: &str) -> Self {
        let mut reader = Reader { text, rest: text };
        let message = reader.message(None);
        assert!(reader.rest.is_empty(), "left over: {:.80}", reader.rest);
        message
    }

    /// The values of a field, in order.
    pub(crate) fn all<'m>(&'m self, name: &str) -> impl Iterator<Item = &'m Field> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Field> {
        self.all(name).last()
    }

    pub(crate) fn message(&self, name: &str) -> Option<&Self> {
        match self.get(name)? {
            Field::Message(message) => Some(message),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Field::Text(octets) => Some(String::from_utf8(octets.clone()).unwrap()),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub(crate) fn messages<'m>(&'m self, name: &str) -> impl Iterator<Item = &'m Self> {
        self.all(name).map(|field| match field {
            Field::Message(message) => message,
            other => panic!("{other:?} is no message"),
        })
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix('#') else { return };
            self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn take(&mut self, symbol: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn fail(&self, what: &str) -> ! {
        let line = self.text[..self.text.len() - self.rest.len()].matches('\n').count() + 1;
        panic!("line {line}: {what}")
    }

    fn word(&mut self) -> String {
        self.skip();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | '/');
        let end = self.rest.find(|c| !plain(c)).unwrap_or(self.rest.len());
        if end == 0 {
            self.fail("expected a word");
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    /// Fields up to a closing bracket, or to the end.
    fn message(&mut self, close: Option<char>) -> Message {
        let mut fields = Vec::new();
        loop {
            self.skip();
            match close {
                Some(close) if self.take(close) => return Message(fields),
                None if self.rest.is_empty() => return Message(fields),
                _ => {}
            }
            let name = if self.take('[') {
                let name = self.word();
                assert!(self.take(']'), "{name} has no end");
                format!("[{name}]")
            } else {
                self.word()
            };
            let colon = self.take(':');
            if colon && self.take('[') {
                while !self.take(']') {
                    fields.push((name.clone(), self.value()));
                    self.take(',');
                }
            } else {
                fields.push((name, self.value()));
            }
            let _ = self.take(',') || self.take(';');
        }
    }

    fn value(&mut self) -> Field {
        if self.take('{') {
            return Field::Message(self.message(Some('}')));
        }
        if self.take('<') {
            return Field::Message(self.message(Some('>')));
        }
        self.skip();
        let mut octets = Vec::new();
        let mut any = false;
        // Texts one after the other are one.
        while let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            self.rest = &self.rest[1..];
            self.quoted(quote, &mut octets);
            any = true;
            self.skip();
        }
        if any { Field::Text(octets) } else { Field::Word(self.word()) }
    }

    fn quoted(&mut self, quote: char, octets: &mut Vec<u8>) {
        loop {
            let Some(next) = self.rest.chars().next() else { self.fail("a text has no end") };
            self.rest = &self.rest[next.len_utf8()..];
            if next == quote {
                return;
            }
            if next != '\\' {
                octets.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            self.escape(octets);
        }
    }

    fn escape(&mut self, octets: &mut Vec<u8>) {
        let letter = self.rest.chars().next().unwrap();
        self.rest = &self.rest[letter.len_utf8()..];
        let simple = match letter {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' | '"' | '\'' | '?' => u8::try_from(letter).unwrap(),
            'x' | 'X' => u8::try_from(self.digits(2, 16)).unwrap(),
            'u' | 'U' => {
                let code = self.digits(if letter == 'u' { 4 } else { 8 }, 16);
                let char = char::from_u32(code).unwrap();
                octets.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                return;
            }
            '0'..='7' => {
                let first = letter.to_digit(8).unwrap();
                let more = self.rest.chars().take(2).take_while(|c| c.is_digit(8)).count();
                let rest = if more == 0 { 0 } else { self.digits(more, 8) };
                u8::try_from(first * 8_u32.pow(u32::try_from(more).unwrap()) + rest).unwrap()
            }
            other => self.fail(&format!("the escape \\{other}")),
        };
        octets.push(simple);
    }

    fn digits(&mut self, count: usize, radix: u32) -> u32 {
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        u32::from_str_radix(digits, radix).unwrap()
    }
}

#[test]
fn messages() {
    let text = "# a comment\nname: \"a\\n\" 'b\\303\\251'\ninner { value: -1, on: true }\n\
        many: [1, 2] many: 3\n[some.where/Type]: < x: 1.5e3; >";
    let message = Message::parse(text);
    let word = |text: &str| Field::Word(text.into());
    assert_eq!(message.text("name").unwrap(), "a\nbé");
    let inner = message.message("inner").unwrap();
    assert_eq!((inner.get("value"), inner.get("on")), (Some(&word("-1")), Some(&word("true"))));
    assert_eq!(message.all("many").count(), 3);
    assert_eq!(message.message("[some.where/Type]").unwrap().get("x"), Some(&word("1.5e3")));
}
