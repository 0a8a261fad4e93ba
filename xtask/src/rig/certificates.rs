//! Certificates for a cluster of tests, made with openssl.

use super::output;
use crate::command::command;
use std::path::Path;

/// What a certificate is for.
#[derive(Clone, Copy)]
pub(super) enum Use<'a> {
    /// A server's, with its names: `DNS:localhost,IP:127.0.0.1`.
    Server(&'a str),
    Client,
}

/// A folder of certificates that are good for so many days. Keys are as secret as the folder.
pub(super) struct Certificates<'a> {
    pub(super) folder: &'a Path,
    pub(super) days: u32,
}

impl Certificates<'_> {
    /// An authority: `NAME.crt` and `NAME.key`.
    pub(super) fn authority(&self, name: &str) -> Result<(), String> {
        self.make(name, &format!("/CN=rig {name}"), &[])
    }

    /// A certificate that an authority of this folder signs. The subject is `/O=group/CN=name`.
    pub(super) fn signed(
        &self,
        authority: &str,
        name: &str,
        subject: &str,
        for_what: Use<'_>,
    ) -> Result<(), String> {
        let extended = match for_what {
            Use::Server(names) => {
                format!("extendedKeyUsage=serverAuth\nsubjectAltName={names}")
            }
            Use::Client => "extendedKeyUsage=clientAuth".to_owned(),
        };
        let mut arguments = vec!["-CA".to_owned(), format!("{authority}.crt")];
        arguments.extend(["-CAkey".to_owned(), format!("{authority}.key")]);
        for extension in ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature"]
            .into_iter()
            .chain(extended.lines())
        {
            arguments.extend(["-addext".to_owned(), extension.to_owned()]);
        }
        self.make(name, subject, &arguments)
    }

    fn make(&self, name: &str, subject: &str, arguments: &[String]) -> Result<(), String> {
        let mut openssl = command("openssl");
        openssl.current_dir(self.folder).args(["req", "-x509", "-newkey", "ec"]);
        openssl.args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        openssl.args(["-days", &self.days.to_string(), "-subj", subject]);
        openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")]);
        output(openssl.args(arguments)).map(drop)
    }

    /// The key that signs service accounts' tokens: `accounts.key`, which says the public one too.
    pub(super) fn accounts(&self) -> Result<(), String> {
        let mut openssl = command("openssl");
        openssl.current_dir(self.folder).args(["genrsa", "-out", "accounts.key", "2048"]);
        output(&mut openssl).map(drop)
    }
}
