//! Telling what a machine or a careful person made from what an author wrote as an example.

/// Shannon entropy of the bytes, in bits per byte.
pub(crate) fn entropy(value: &[u8]) -> f64 {
    let counts = counts(value);
    let total = f64::from(counts.iter().sum::<u32>());
    counts.into_iter().filter(|count| *count > 0).fold(0.0, |bits, count| {
        let share = f64::from(count) / total;
        bits - share * share.log2()
    })
}

/// How often each byte occurs.
fn counts(value: &[u8]) -> [u32; 256] {
    let mut counts = [0; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    counts
}

/// Whether this is random enough for a machine-made token: at least `bits` per byte and nothing
/// that authors write in examples.
pub(crate) fn is_random(value: &[u8], bits: f64) -> bool {
    entropy(value) >= bits && !is_placeholder(value)
}

/// Whether this looks like a password somebody uses: 6 to 128 printable bytes of at least two
/// classes, without the syntax of a template and without the words of manuals. Weak passwords
/// made of one word in lower case are missed on purpose: so are the examples.
pub(crate) fn is_password(value: &[u8]) -> bool {
    let class = |test: fn(&u8) -> bool| usize::from(value.iter().any(test));
    let classes = class(u8::is_ascii_lowercase)
        + class(u8::is_ascii_uppercase)
        + class(u8::is_ascii_digit)
        + class(u8::is_ascii_punctuation);
    let percent_encoded = value
        .split(|byte| *byte == b'%')
        .skip(1)
        .all(|rest| rest.iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2);
    (6..=128).contains(&value.len())
        && value.iter().all(u8::is_ascii_graphic)
        && !value.iter().any(|byte| b"{}[]()<>$\\|`\"',;".contains(byte))
        && percent_encoded
        && classes >= 2
        && !is_placeholder(value)
        && !is_variable(value)
        && !contains_any(&value.to_ascii_lowercase(), PASSWORD_WORDS)
}

/// Whether this is what authors write where a credential should go.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let most_common = counts(&lower).into_iter().max().unwrap_or_default();
    let half = u32::try_from(lower.len() / 2).unwrap_or(u32::MAX);
    most_common > half || contains_any(&lower, PLACEHOLDER_WORDS)
}

/// `SAS_KEY`: the name of what goes here, as manuals and shells write it.
fn is_variable(value: &[u8]) -> bool {
    value.contains(&b'_')
        && value
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

pub(crate) fn contains_any(haystack: &[u8], needles: &[&str]) -> bool {
    needles.iter().any(|needle| memchr::memmem::find(haystack, needle.as_bytes()).is_some())
}

/// Never in a random token of usual length by chance worth mentioning.
const PLACEHOLDER_WORDS: &[&str] = &[
    "example",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "redacted",
    "your",
    "dummy",
    "sample",
    "replace",
    "insert",
    "xxxx",
    "****",
    "....",
    "...",
    "${",
    "{{",
    "12345678",
    "abcdefg",
    "qwerty",
];

/// In the passwords of manuals, tests and defaults.
const PASSWORD_WORDS: &[&str] = &[
    "pass", "pwd", "secret", "token", "test", "admin", "root", "user", "postgres", "mysql",
    "guest", "anon", "foo", "123456", "p4ss", "pa55", "p@ss", "s3cr3t", "letmein", "hunter2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_by_hand() {
        assert!(entropy(b"").abs() < 1e-9);
        assert!(entropy(b"aaaa").abs() < 1e-9);
        assert!((entropy(b"abab") - 1.0).abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }

    #[test]
    fn passwords() {
        for real in ["Kw9rotterdam", "h4rbour!x", "Zeeland%4093kd", "tulip-42"] {
            assert!(is_password(real.as_bytes()), "{real}");
        }
        for example in
            ["", "short", "harbour", "password1", "${PASSWORD}", "<pa55word>", "a b1", "SAS_KEY_2"]
        {
            assert!(!is_password(example.as_bytes()), "{example}");
        }
    }

    #[test]
    fn placeholders() {
        for example in ["aaaaaaaab", "your-token", "MY_EXAMPLE_KEY", "XXXXxxxx", "1234567890ab"] {
            assert!(is_placeholder(example.as_bytes()), "{example}");
        }
        assert!(!is_placeholder(b"9f3kd02LmQx7quayside2"));
    }
}
