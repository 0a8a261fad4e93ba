//! The certificate authority of the door and the console, and the certificates that they serve with.
//!
//! An API server believes nobody but the authorities in the webhook's `caBundle`, so the authority
//! is our own, made on the first start and kept in a Secret that all replicas share. It signs
//! certificates of 30 days, each renewed when a third of that is left; nobody restarts for it.
//!
//! The authority itself has a successor 90 days before it ends, and both are believed until the old
//! one has ended; the new one signs when 40 days are left of the old one. Meanwhile everybody hears of
//! it: replicas, API servers, and people who copied the authority to where nobody renews it. The
//! order is: [`Authorities::turn`], keep the Secret, apply the configuration, then
//! [`Authority::issue`].
//!
//! Beside them lies the path that the API server finds the door at ([`SecretPath`]).

use super::SecretPath;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long an authority is believed.
const AUTHORITY_DAYS: i32 = 2 * 365;

/// When this is left of an authority, another takes its place.
const AUTHORITY_LEFT_DAYS: i32 = 90;

/// When this is left of an authority, its successor signs. Longer than a certificate is believed.
const SIGNING_LEFT_DAYS: i32 = 40;

/// How long a certificate is believed.
const SERVING_DAYS: i32 = 30;

/// When this is left of a certificate, another takes its place.
const SERVING_LEFT_DAYS: i32 = 10;

/// Clocks of a cluster are no further apart than this.
const BEFORE_DAYS: i32 = 1;

/// How each certificate begins where several follow each other.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// The key of the Secret that the path is kept under.
const PATH: &str = "admission-path";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The making of keys or certificates failed.
    #[error("making a certificate: {0}")]
    Made(#[from] rcgen::Error),
    /// The machine gave no random bytes.
    #[error("there are no random bytes")]
    Random,
    /// The Secret does not hold what we put there.
    #[error("the Secret of the admission authority has no usable {0}")]
    Secret(&'static str),
}

/// A certificate authority.
#[derive(Clone)]
pub struct Authority {
    /// The day it was made; it is in its name.
    created: Date,
    certificate_pem: String,
    key_pem: String,
}

/// The newest authority, and the one before it for as long as that is believed.
#[derive(Clone, Debug)]
pub struct Authorities {
    current: Authority,
    before: Option<Authority>,
    path: SecretPath,
    /// The Secret that this was read of has no such path.
    is_path_new: bool,
}

/// A certificate to serve with.
#[derive(Clone)]
pub struct Serving {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// Its key, PKCS #8 PEM.
    pub key_pem: String,
    /// When it ends.
    pub expires: Timestamp,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the key.
        write!(formatter, "Authority of {}", self.created)
    }
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Serving until {}", self.expires)
    }
}

impl Authority {
    /// Makes one that is believed from yesterday on.
    pub fn generate(now: Timestamp) -> Result<Self, CertificateError> {
        let created = day(now);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = parameters(created).self_signed(&key)?;
        Ok(Self { created, certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }

    /// The certificate, PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// When it ends.
    pub fn expires(&self) -> Timestamp {
        end(self.created, AUTHORITY_DAYS)
    }

    /// Signs a certificate for a server with these names: `cofferdam.cofferdam.svc`, `127.0.0.1`.
    pub fn issue(&self, names: &[String], now: Timestamp) -> Result<Serving, CertificateError> {
        let authority = KeyPair::from_pem(&self.key_pem)?;
        let issuer = Issuer::new(parameters(self.created), authority);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut parameters = CertificateParams::new(names)?;
        parameters.distinguished_name = called("Cofferdam");
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.use_authority_key_identifier_extension = true;
        let today = day(now);
        // Never longer than who signs it.
        let expires = end(today, SERVING_DAYS).min(self.expires());
        hold(&mut parameters, add(today, -BEFORE_DAYS), day(expires));
        let certificate = parameters.signed_by(&key, &issuer)?;
        Ok(Serving { certificate_pem: certificate.pem(), key_pem: key.serialize_pem(), expires })
    }
}

impl Serving {
    /// Whether it is time for another.
    pub fn is_due(&self, now: Timestamp) -> bool {
        is_near(self.expires, SERVING_LEFT_DAYS, now)
    }
}

impl Authorities {
    /// The first authority of a cluster.
    pub fn generate(now: Timestamp) -> Result<Self, CertificateError> {
        let (current, path) = (Authority::generate(now)?, SecretPath::generate()?);
        Ok(Self { current, before: None, path, is_path_new: false })
    }

    /// The newest authority.
    pub const fn current(&self) -> &Authority {
        &self.current
    }

    /// The authority that signs.
    pub fn signing(&self, now: Timestamp) -> &Authority {
        let signs = |before: &&Authority| !is_near(before.expires(), SIGNING_LEFT_DAYS, now);
        self.before.as_ref().filter(signs).unwrap_or(&self.current)
    }

    /// Whether this one is believed.
    pub fn is_known(&self, authority: &Authority) -> bool {
        let known = [Some(&self.current), self.before.as_ref()];
        known.iter().flatten().any(|known| known.certificate_pem == authority.certificate_pem)
    }

    /// The path that the API server finds the door at.
    pub const fn path(&self) -> &SecretPath {
        &self.path
    }

    /// Replaces an authority that ends soon and forgets one that has ended. Tells whether anything
    /// changed, and so has to be kept.
    pub fn turn(&mut self, now: Timestamp) -> Result<bool, CertificateError> {
        let mut changed = std::mem::take(&mut self.is_path_new);
        if is_near(self.current.expires(), AUTHORITY_LEFT_DAYS, now) {
            let next = Authority::generate(now)?;
            self.before = Some(std::mem::replace(&mut self.current, next));
            changed = true;
        }
        if self.before.as_ref().is_some_and(|before| before.expires() <= now) {
            self.before = None;
            changed = true;
        }
        Ok(changed)
    }

    /// Everything that is believed, PEM: the `caBundle`.
    pub fn trusted_pem(&self) -> String {
        let before = self.before.as_ref().map_or("", |before| &before.certificate_pem);
        format!("{}{before}", self.current.certificate_pem)
    }

    /// The Secret that keeps them. Whoever names the version that he read is refused when another
    /// replica wrote in between.
    pub fn secret(&self, namespace: &str, name: &str, version: Option<&str>) -> Value {
        let mut data = serde_json::Map::new();
        // As `data`: of `stringData` an API server keeps what is left out later.
        let mut put = |key: String, text: &str| {
            data.insert(key, json!(BASE64_STANDARD.encode(text)));
        };
        put(PATH.to_owned(), self.path.as_str());
        let all = [("", Some(&self.current)), ("before-", self.before.as_ref())];
        for (prefix, authority) in all {
            let Some(authority) = authority else { continue };
            put(format!("{prefix}created"), &authority.created.to_string());
            put(format!("{prefix}ca.crt"), &authority.certificate_pem);
            put(format!("{prefix}ca.key"), &authority.key_pem);
        }
        // What people copy believes both.
        put("ca.crt".to_owned(), &self.trusted_pem());
        let mut metadata = json!({"name": name, "namespace": namespace});
        if let (Some(version), Some(metadata)) = (version, metadata.as_object_mut()) {
            metadata.insert("resourceVersion".to_owned(), json!(version));
        }
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "type": "Opaque",
            "data": data,
        })
    }

    /// What a Secret keeps, by the decoded values of its keys.
    pub fn of_secret(data: &BTreeMap<String, Vec<u8>>) -> Result<Self, CertificateError> {
        let current = authority(data, "")?.ok_or(CertificateError::Secret("ca.crt"))?;
        let before = authority(data, "before-")?;
        let path = data.get(PATH).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let path = path.and_then(SecretPath::of);
        let is_path_new = path.is_none();
        let path = path.map_or_else(SecretPath::generate, Ok)?;
        Ok(Self { current, before, path, is_path_new })
    }
}

fn authority(
    data: &BTreeMap<String, Vec<u8>>,
    prefix: &str,
) -> Result<Option<Authority>, CertificateError> {
    let text = |key: &'static str| {
        let bytes = data.get(&format!("{prefix}{key}"))?;
        String::from_utf8(bytes.clone()).ok()
    };
    let Some(all) = text("ca.crt") else { return Ok(None) };
    // The one before follows it.
    let end = all.match_indices(BEGIN).nth(1).map_or(all.len(), |(at, _)| at);
    let certificate_pem = all.get(..end).unwrap_or_default().to_owned();
    let key_pem = text("ca.key").ok_or(CertificateError::Secret("ca.key"))?;
    KeyPair::from_pem(&key_pem).map_err(|_| CertificateError::Secret("ca.key"))?;
    let created = text("created").and_then(|text| text.parse().ok());
    let created = created.ok_or(CertificateError::Secret("created"))?;
    Ok(Some(Authority { created, certificate_pem, key_pem }))
}

/// What an authority's certificate says. The same for the same day, so that its certificate need
/// not be read again to sign with it.
fn parameters(created: Date) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = called(&format!("Cofferdam authority {created}"));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    hold(&mut parameters, add(created, -BEFORE_DAYS), add(created, AUTHORITY_DAYS));
    parameters
}

fn called(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

fn add(day: Date, days: i32) -> Date {
    day.checked_add(jiff::Span::new().days(days)).unwrap_or(day)
}

/// The midnight so many days after a day.
fn end(created: Date, days: i32) -> Timestamp {
    let day = add(created, days);
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

/// Makes certificates hold from one midnight to another.
fn hold(parameters: &mut CertificateParams, from: Date, until: Date) {
    let number = |part: i8| part.unsigned_abs();
    let midnight =
        |day: Date| date_time_ymd(day.year().into(), number(day.month()), number(day.day()));
    (parameters.not_before, parameters.not_after) = (midnight(from), midnight(until));
}

fn is_near(expires: Timestamp, days: i32, now: Timestamp) -> bool {
    let left = SignedDuration::from_hours(24 * i64::from(days));
    now.checked_add(left).map_or(true, |then| then >= expires)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// What a Secret holds, as an API server gives it back.
    fn data(authorities: &Authorities) -> BTreeMap<String, Vec<u8>> {
        let secret = authorities.secret("cofferdam", "cofferdam-admission", None);
        let data = secret["data"].as_object().unwrap().iter();
        let bytes = data.map(|(key, value)| {
            (key.clone(), BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap())
        });
        bytes.collect()
    }

    fn kept(authorities: &Authorities) -> Authorities {
        Authorities::of_secret(&data(authorities)).unwrap()
    }

    #[test]
    fn authorities_overlap_and_survive_in_a_secret() {
        let start = at("2026-11-21T10:00:00Z");
        let mut authorities = Authorities::generate(start).unwrap();
        assert_eq!(authorities.current().expires(), at("2028-11-20T00:00:00Z"));
        assert!(!authorities.turn(at("2028-08-01T00:00:00Z")).unwrap());
        let old = authorities.current().certificate_pem().to_owned();

        let mut authorities = kept(&authorities);
        assert_eq!(authorities.trusted_pem(), old);
        assert!(authorities.turn(at("2028-09-01T00:00:00Z")).unwrap());
        let authorities_again = kept(&authorities);
        assert_eq!(authorities.trusted_pem(), authorities_again.trusted_pem());
        assert!(authorities.trusted_pem().ends_with(&old));
        assert_ne!(authorities.current().certificate_pem(), old);
        // Whoever copied what is believed has weeks to copy it anew; then the new one signs.
        assert_eq!(data(&authorities)["ca.crt"], authorities.trusted_pem().as_bytes());
        let signing = |now| authorities.signing(at(now)).certificate_pem();
        assert_eq!(signing("2028-10-10T00:00:00Z"), old);
        let new = authorities.current();
        assert_eq!(signing("2028-10-11T00:00:00Z"), new.certificate_pem());
        assert!(authorities.is_known(new) && !Authorities::generate(start).unwrap().is_known(new));

        assert!(authorities.turn(at("2028-11-21T00:00:00Z")).unwrap());
        assert_eq!(authorities.trusted_pem(), authorities.current().certificate_pem());
        assert!(!data(&authorities).keys().any(|key| key.starts_with("before-")));
    }

    /// A Secret of before there was a path gets one, which stays.
    #[test]
    fn an_installation_without_a_path_gets_one() {
        let start = at("2026-11-21T10:00:00Z");
        let made = Authorities::generate(start).unwrap();
        assert_eq!(kept(&made).path(), made.path());
        assert!(!kept(&made).turn(start).unwrap(), "nothing to be kept");
        let mut data = data(&made);
        for wrong in [None, Some("/admission"), Some("")] {
            data.remove(PATH);
            data.extend(wrong.map(|wrong| (PATH.to_owned(), wrong.into())));
            let mut read = Authorities::of_secret(&data).unwrap();
            assert!(read.path() != made.path() && read.turn(start).unwrap(), "{wrong:?}");
            assert_eq!(read.trusted_pem(), made.trusted_pem(), "the authority stays");
            assert_eq!(kept(&read).path(), read.path());
        }
    }

    #[test]
    fn certificates_are_renewed_in_time_and_never_outlive_who_signed_them() {
        let now = at("2026-11-21T10:00:00Z");
        let authority = Authority::generate(now).unwrap();
        let serving = authority.issue(&["a.b.svc".to_owned()], now).unwrap();
        assert_eq!(serving.expires, at("2026-12-21T00:00:00Z"));
        assert!(!serving.is_due(at("2026-12-10T00:00:00Z")));
        assert!(serving.is_due(at("2026-12-11T00:00:00Z")));
        let late = authority.issue(&["a.b.svc".to_owned()], at("2028-11-10T00:00:00Z")).unwrap();
        assert_eq!(late.expires, authority.expires());
    }

    #[test]
    fn a_secret_of_somebody_else_is_refused() {
        assert!(Authorities::of_secret(&BTreeMap::new()).is_err());
        let data = [("ca.crt", "x"), ("ca.key", "y"), ("created", "2026-11-21")];
        let data = data.map(|(key, value)| (key.to_owned(), value.as_bytes().to_vec()));
        assert!(Authorities::of_secret(&data.into_iter().collect()).is_err());
    }
}
