//! Credentials told by the name of the file or of the variable they stand in.

use crate::{
    checks::by_entropy,
    kind::{Belief, Hit},
    randomness::{contains_any, is_password, is_random},
};

/// Where curl, git, pip and Go look (netrc(5)).
pub(crate) fn is_netrc(path: &str) -> bool {
    matches!(name(path), ".netrc" | "_netrc")
}

/// Where libpq looks (PostgreSQL manual, "The Password File").
pub(crate) fn is_pgpass(path: &str) -> bool {
    matches!(name(path), ".pgpass" | "pgpass.conf")
}

/// Where kubectl, kubeadm, k3s and people put them.
pub(crate) fn is_kubeconfig(path: &str) -> bool {
    let known = ["kubeconfig", "admin.conf", "super-admin.conf", "kubelet.conf", "k3s.yaml"];
    path.ends_with(".kube/config")
        || known.contains(&name(path))
        || name(path).ends_with(".kubeconfig")
        || name(path).starts_with("kubeconfig.")
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `NAME=value` where the name says credential and the value looks like one.
pub(crate) fn assignment(hit: &Hit<'_>) -> Option<Belief> {
    let equals = memchr::memchr(b'=', hit.text)?;
    let start = hit.text.iter().position(u8::is_ascii_alphabetic)?;
    let name = str::from_utf8(hit.text.get(start..equals)?).ok()?;
    let mut value = hit.value;
    for quote in [b'"', b'\''] {
        value =
            value.strip_prefix(&[quote]).and_then(|v| v.strip_suffix(&[quote])).unwrap_or(value);
    }
    let belief = variable(name, value)?;
    Some(Belief { value: Some(value.to_vec()), ..belief })
}

/// Whether what stands before one of the equals signs may be the name of a credential.
pub(crate) fn may_assign(setting: &[u8]) -> bool {
    let mut signs = memchr::memchr_iter(b'=', setting);
    signs.any(|at| setting.get(..at).is_some_and(says_credential))
}

/// Whether what stands before one of the colons may be a header that authorizes somebody.
pub(crate) fn may_authorize(setting: &[u8]) -> bool {
    let mut colons = memchr::memchr_iter(b':', setting);
    colons.any(|at| {
        let is_it = |header: &&str| ends_with(setting.get(..at).unwrap_or_default(), header);
        ["authorization", "-token", "x-api-key"].iter().any(is_it)
    })
}

/// Whether a name ends with a word that [`variable`] goes by. Few end with the last letter of one.
fn says_credential(name: &[u8]) -> bool {
    let last = name.last().map(u8::to_ascii_uppercase);
    matches!(last, Some(b'D' | b'E' | b'L' | b'N' | b'S' | b'T' | b'Y'))
        && [PASSWORDS, TOKENS, &["KEY"]]
            .iter()
            .any(|words| words.iter().any(|word| ends_with(name, word)))
}

/// Whether a text ends with a word in whichever case.
fn ends_with(text: &[u8], word: &str) -> bool {
    let end = text.len().checked_sub(word.len()).and_then(|start| text.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
}

/// A variable or a label. The last word of the name decides, so that `DB_PASSWORD_FILE`,
/// `TOKEN_TTL` and `ACCESS_TOKEN_NAME` are left alone, and so is every `KEY` that is not said to
/// be secret (`GPG_KEY` of the Python images is a public fingerprint).
pub(crate) fn variable(name: &str, value: &[u8]) -> Option<Belief> {
    if !says_credential(name.as_bytes()) {
        return None;
    }
    let mut words = name.rsplit(['_', '-', '.']);
    let (last, before) = (words.next()?, words.next().unwrap_or_default());
    let is = |words: &[&str], word: &str| words.iter().any(|one| one.eq_ignore_ascii_case(word));
    let is_password_named = is(PASSWORDS, last);
    let is_token = is(TOKENS, last) || is(&["KEY"], last) && is(SECRET_KEYS, before);
    if !is_password_named && !is_token
        || name.to_ascii_uppercase().contains("PUBLIC")
        || is_reference(value)
    {
        return None;
    }
    let believed = if is_password_named {
        value.len() >= 8 && is_password(value)
    } else {
        let digits = value.iter().any(u8::is_ascii_digit);
        value.len() >= 16 && digits && is_random(value, 2.9) && !is_words(value)
    };
    believed.then(|| by_entropy(value))
}

const PASSWORDS: &[&str] = &["PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "PWD"];
const TOKENS: &[&str] = &["TOKEN", "SECRET", "APIKEY", "CREDENTIAL", "CREDENTIALS", "PAT"];
const SECRET_KEYS: &[&str] = &[
    "ACCESS",
    "API",
    "AUTH",
    "ACCOUNT",
    "DEPLOY",
    "ENCRYPTION",
    "MASTER",
    "PRIVATE",
    "SECRET",
    "SIGNING",
];

/// Whether the value names the credential rather than being it: a path, a URL, a variable, text.
fn is_reference(value: &[u8]) -> bool {
    value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"$")
        || value.iter().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control())
        || contains_any(value, &["://", "${", "$(", "{{", "<"])
}

/// Whether the value is words of a language with a number: `shop-access-token-17`.
fn is_words(value: &[u8]) -> bool {
    contains_any(
        &value.to_ascii_lowercase(),
        &["secret", "token", "password", "key-", "-key", "_key"],
    )
}

#[cfg(test)]
mod tests {
    use super::{PASSWORDS, TOKENS, may_assign, may_authorize, says_credential};

    #[test]
    fn every_word_says_credential_in_whichever_case() {
        for word in PASSWORDS.iter().chain(TOKENS).chain(&["KEY"]) {
            for name in [format!("DB_{word}"), word.to_ascii_lowercase()] {
                assert!(says_credential(name.as_bytes()), "{name}");
                assert!(may_assign(format!("a=1 --{name}=value").as_bytes()), "{name}");
            }
        }
        for name in ["", "SETTING_0", "listen", "PASSWORD_FILE", "TTL", "ey"] {
            assert!(!says_credential(name.as_bytes()), "{name}");
        }
        assert!(!may_assign(b"--listen=0.0.0.0:8080 password"));
    }

    #[test]
    fn headers_end_before_a_colon() {
        for line in ["curl -H 'Authorization: Basic", "private-TOKEN:x", "a:b X-Api-Key: 1"] {
            assert!(may_authorize(line.as_bytes()), "{line}");
        }
        for line in ["--listen=0.0.0.0:8080", ":", "authorization", "token: 1"] {
            assert!(!may_authorize(line.as_bytes()), "{line}");
        }
    }
}
