//! Every kind of credential. Formats are those of the providers' public descriptions.

use crate::{
    checks, jwt,
    kind::{
        Gate::{Before, File, Setting, Within, Word},
        Kind, Pattern,
    },
    named, private_key,
};

/// The more telling before the less (see [`crate::kinds`]).
pub(crate) static KINDS: &[Kind] = &[
    Kind {
        id: "gcp-service-account",
        title: "Google Cloud service account key",
        remedy: "Delete the key in IAM and use workload identity, which needs no key file.",
        patterns: &[Pattern {
            gate: Within(&["-----BEGIN "], nothing),
            regex: r"-----BEGIN PRIVATE KEY-----",
            check: private_key::google,
        }],
    },
    Kind {
        id: "kubernetes-service-account-token",
        title: "Kubernetes service account token",
        remedy: "Delete the Secret or Pod it is bound to; let Kubernetes project tokens.",
        patterns: &[Pattern {
            gate: Within(&[".eyJ"], is_base64_url),
            regex: JSON_WEB_TOKEN,
            check: jwt::service_account,
        }],
    },
    Kind {
        id: "kubeconfig-credential",
        title: "Kubeconfig client key or token",
        remedy: "Revoke the certificate or token; use short-lived ones (exec plugin).",
        patterns: &[
            Pattern {
                gate: Word(&["client-key-data"]),
                regex: r#"client-key-data["']?\s*:\s*["']?([A-Za-z0-9+/]{64,}={0,2})"#,
                check: private_key::kubeconfig,
            },
            Pattern {
                gate: File(named::is_kubeconfig),
                regex: r#"(?m)^\s*(?:-\s+)?(?:token|password):\s*["']?([^\s"']{8,2048})"#,
                check: checks::kubeconfig_token,
            },
        ],
    },
    Kind {
        id: "private-key",
        title: "Private key",
        remedy: "Make a new key pair, trust its public half instead, mount it at run time.",
        patterns: &[Pattern {
            gate: Within(&["-----BEGIN "], nothing),
            regex: r"-----BEGIN (?:[A-Z]{2,9} )?PRIVATE KEY(?: BLOCK)?-----",
            check: private_key::pem,
        }],
    },
    Kind {
        id: "aws-access-key",
        title: "AWS access key",
        remedy: "Deactivate and delete the key in IAM; give the workload a role instead.",
        patterns: &[Pattern {
            gate: Word(&["AKIA", "ASIA"]),
            regex: r"A[KS]IA[A-Z2-7]{16}",
            check: checks::aws_key_id,
        }],
    },
    Kind {
        id: "aws-secret-access-key",
        title: "AWS secret access key",
        remedy: "Deactivate and delete the key in IAM; give the workload a role instead.",
        patterns: &[Pattern {
            gate: Within(&["ecret_access_key", "SECRET_ACCESS_KEY", "ecretAccessKey"], nothing),
            regex: r#"(?i:s?ecret_?access_?key)["']?\s*(?:=>|[:=])\s*["']?([A-Za-z0-9/+]{40})"#,
            check: checks::aws_secret_key,
        }],
    },
    Kind {
        id: "azure-storage-key",
        title: "Azure storage account key",
        remedy: "Rotate the account's keys; use a managed identity.",
        patterns: &[Pattern {
            gate: Word(&["AccountKey="]),
            regex: r"AccountKey=([A-Za-z0-9+/]{86}==)",
            check: checks::azure_storage_key,
        }],
    },
    Kind {
        id: "google-api-key",
        title: "Google API key",
        remedy: "Delete the key in the console, or restrict it to the APIs and callers it is for.",
        patterns: &[Pattern {
            gate: Word(&["AIza"]),
            regex: r"AIza[\w-]{35}",
            check: checks::token,
        }],
    },
    Kind {
        id: "github-token",
        title: "GitHub token",
        remedy: "Revoke the token in the settings of its owner; read the audit log for its use.",
        patterns: &[Pattern {
            gate: Word(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]),
            regex: r"gh[pousr]_[A-Za-z0-9]{36}",
            check: checks::checksum,
        }],
    },
    Kind {
        id: "github-fine-grained-token",
        title: "GitHub fine-grained token",
        remedy: "Revoke the token in the settings of its owner; read the audit log for its use.",
        patterns: &[Pattern {
            gate: Word(&["github_pat_"]),
            regex: r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
            check: checks::token,
        }],
    },
    Kind {
        id: "gitlab-token",
        title: "GitLab token",
        remedy: "Revoke the token where it was made: user, project, group or runner.",
        patterns: &[Pattern {
            gate: Word(&["glpat-", "gldt-", "glrt-", "glptt-"]),
            regex: r"gl(?:pat|dt|rt|ptt)-[\w-]{20,}(?:\.[0-9a-z.]{9,12})?",
            check: checks::token,
        }],
    },
    Kind {
        id: "slack-token",
        title: "Slack token",
        remedy: "Revoke the token (auth.revoke) or reinstall the app.",
        patterns: &[Pattern {
            gate: Word(&["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"]),
            regex: r"(?:xox[abprs]|xapp)-[0-9A-Za-z-]{24,}",
            check: checks::slack,
        }],
    },
    Kind {
        id: "slack-webhook",
        title: "Slack webhook",
        remedy: "Remove the webhook from the app and make a new one.",
        patterns: &[Pattern {
            gate: Word(&["hooks.slack.com/services/"]),
            regex: r"hooks\.slack\.com/services/(T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,28})",
            check: checks::slack_webhook,
        }],
    },
    Kind {
        id: "stripe-key",
        title: "Stripe live key",
        remedy: "Roll the key in the dashboard; look at the log of requests made with it.",
        patterns: &[Pattern {
            gate: Word(&["sk_live_", "rk_live_"]),
            regex: r"[sr]k_live_[A-Za-z0-9]{24,}",
            check: checks::token,
        }],
    },
    Kind {
        id: "sendgrid-key",
        title: "SendGrid key",
        remedy: "Delete the key in the settings and make a new one with fewer rights.",
        patterns: &[Pattern {
            gate: Word(&["SG."]),
            regex: r"SG\.[\w-]{22}\.[\w-]{43}",
            check: checks::token,
        }],
    },
    Kind {
        id: "twilio-key",
        title: "Twilio key",
        remedy: "Delete the API key, or promote the secondary auth token, in the console.",
        patterns: &[Pattern {
            gate: Within(&["twilio", "TWILIO", "Twilio"], nothing),
            regex: r#"(?i:twilio)[\w. -]{0,40}["']?\s*(?:=>|[:=(])\s*["']?((?:SK)?[0-9a-f]{32})"#,
            check: checks::hexadecimal,
        }],
    },
    Kind {
        id: "npmrc-credential",
        title: "npm registry credential",
        remedy: "Revoke it in the registry; pass it to the build as a secret mount.",
        patterns: &[Pattern {
            gate: Within(&[":_auth", ":_password"], nothing),
            regex: r#":_(?:authToken|auth|password)\s*=\s*["']?([A-Za-z0-9+/=_.~-]{8,})"#,
            check: checks::npmrc,
        }],
    },
    Kind {
        id: "npm-token",
        title: "npm token",
        remedy: "Revoke the token (npm token revoke); look at the versions published with it.",
        patterns: &[Pattern {
            gate: Word(&["npm_"]),
            regex: r"npm_[A-Za-z0-9]{36}",
            check: checks::checksum,
        }],
    },
    Kind {
        id: "pypi-token",
        title: "PyPI token",
        remedy: "Delete the token in the account settings; use trusted publishing.",
        patterns: &[Pattern {
            gate: Word(&["pypi-AgE"]),
            regex: r"pypi-[\w-]{85,}",
            check: checks::pypi,
        }],
    },
    Kind {
        id: "docker-registry-credential",
        title: "Container registry credential",
        remedy: "Change the password in the registry; use a credential helper or imagePullSecrets.",
        patterns: &[Pattern {
            gate: Word(&["\"auth\""]),
            regex: r#""auth"\s*:\s*"([A-Za-z0-9+/]{8,}={0,2})""#,
            check: checks::basic,
        }],
    },
    Kind {
        id: "openai-key",
        title: "OpenAI key",
        remedy: "Revoke the key in the project's settings.",
        patterns: &[Pattern {
            gate: Within(&["T3BlbkFJ"], is_base64_url),
            regex: r"sk-[\w-]{16,}T3BlbkFJ[\w-]{16,}",
            check: checks::token,
        }],
    },
    Kind {
        id: "anthropic-key",
        title: "Anthropic key",
        remedy: "Delete the key in the console.",
        patterns: &[Pattern {
            gate: Word(&["sk-ant-"]),
            regex: r"sk-ant-[a-z]{3,8}[0-9]{2}-[\w-]{80,}",
            check: checks::token,
        }],
    },
    Kind {
        id: "hugging-face-token",
        title: "Hugging Face token",
        remedy: "Invalidate the token in the account settings.",
        patterns: &[Pattern {
            gate: Word(&["hf_"]),
            regex: r"hf_[A-Za-z0-9]{34}",
            check: checks::token,
        }],
    },
    Kind {
        id: "digitalocean-token",
        title: "DigitalOcean token",
        remedy: "Delete the token in the control panel.",
        patterns: &[Pattern {
            gate: Word(&["dop_v1_", "doo_v1_", "dor_v1_"]),
            regex: r"do[por]_v1_[0-9a-f]{64}",
            check: checks::hexadecimal,
        }],
    },
    Kind {
        id: "telegram-bot-token",
        title: "Telegram bot token",
        remedy: "Let BotFather revoke it.",
        patterns: &[Pattern {
            gate: Within(&[":AA"], is_digit),
            regex: r"[0-9]{8,10}:AA[\w-]{33}",
            check: checks::token,
        }],
    },
    Kind {
        id: "json-web-token",
        title: "JSON web token",
        remedy: "End the session or key it belongs to; shorten the life of such tokens.",
        patterns: &[Pattern {
            gate: Within(&[".eyJ"], is_base64_url),
            regex: JSON_WEB_TOKEN,
            check: jwt::signed,
        }],
    },
    Kind {
        id: "netrc-password",
        title: "Password in .netrc",
        remedy: "Change the password; mount the file as a build secret.",
        patterns: &[Pattern {
            gate: File(named::is_netrc),
            regex: r"(?m)(?:^|\s)password\s+(\S{4,256})",
            check: checks::password,
        }],
    },
    Kind {
        id: "pgpass-password",
        title: "Password in .pgpass",
        remedy: "Change the password in the database; mount the file at run time.",
        patterns: &[Pattern {
            gate: File(named::is_pgpass),
            regex: r"(?m)^[^#:\s][^:\n]*(?::[^:\n]*){3}:([^\s:]{4,256})\s*$",
            check: checks::password,
        }],
    },
    Kind {
        id: "url-credential",
        title: "Password in a URL",
        remedy: "Change the password; give the workload the address and the secret apart.",
        patterns: &[Pattern {
            gate: Before(&["://"], is_scheme, is_user_information),
            regex: concat!(
                r"[A-Za-z][A-Za-z0-9+.-]{1,30}://",
                r#"[^\s:@/?#"'`<>]{0,128}:([^\s@/"'`<>]{3,128})@[\w.-]{1,255}"#
            ),
            check: checks::url,
        }],
    },
    Kind {
        id: "http-authorization",
        title: "Authorization header in a build step",
        remedy: "Revoke the credential; pass it to the build by --mount=type=secret.",
        patterns: &[Pattern {
            gate: Setting(named::may_authorize),
            regex: concat!(
                r"(?i:authorization:\s*(?:basic|bearer|token)\s+",
                r"|(?:private|job|deploy|x-vault)-token:\s*|x-api-key:\s*)",
                r"([A-Za-z0-9+/=._~-]{8,})"
            ),
            check: checks::authorization,
        }],
    },
    Kind {
        id: "environment-secret",
        title: "Credential in a variable",
        remedy: "Change it; set it at run time from a Secret, in builds by a secret mount.",
        patterns: &[Pattern {
            gate: Setting(named::may_assign),
            regex: r#"(?:^|[\s;&|"'])-{0,2}[A-Za-z][\w.-]{2,100}=("[^"]*"|'[^']*'|[^\s;&|"']+)"#,
            check: named::assignment,
        }],
    },
];

/// Perhaps behind a prefix, as some providers write their own tokens.
const JSON_WEB_TOKEN: &str = r"(?:[\w-]*?[_-])?(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{20,})";

/// Whether the authority of a URL starts with a user (RFC 3986, 3.2.1): an `@` ends it before
/// anything does that the pattern does not allow. Not one URL in a hundred has one.
fn is_user_information(after: &[u8]) -> bool {
    let ends = |byte: &u8| matches!(byte, b'@' | b'/' | b'"' | b'\'' | b'`' | b'<' | b'>');
    let end = after.iter().find(|byte| ends(byte) || byte.is_ascii_whitespace());
    end == Some(&b'@')
}

fn nothing(_: u8) -> bool {
    false
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_base64_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+.-".contains(&byte)
}
