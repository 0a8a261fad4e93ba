//! Values that only the functions of their library look into.

use crate::{
    Access, Authorizer, ReadId, Resource, Shared, Type, Value,
    functions::{Asker, Cidr, Format, Quantity, Semver, Url, Wanted},
};
use std::{fmt, net::IpAddr, sync::Arc};

/// A value of one of Kubernetes' libraries. It is made, taken apart and compared by functions of
/// the language only; outside it has a [`Type`] and a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Opaque<'a>(pub(crate) Inner<'a>);

/// What an [`Opaque`] is.
#[derive(Clone, Debug)]
pub(crate) enum Inner<'a> {
    Quantity(Quantity),
    Semver(Semver),
    Url(Url),
    Ip(IpAddr),
    Cidr(Cidr),
    Format(Format),
    Authorizer(Asker<'a>),
    PathCheck(Asker<'a>, Shared<'a, str>),
    GroupCheck(Asker<'a>, Shared<'a, str>),
    ResourceCheck(Asker<'a>, Wanted<'a>),
    Decision(Access),
}

impl<'a> Opaque<'a> {
    /// As a value.
    pub(crate) fn value(inner: Inner<'a>) -> Value<'a> {
        Value::Opaque(Arc::new(Self(inner)))
    }

    /// The type.
    pub const fn kind(&self) -> Type {
        match &self.0 {
            Inner::Quantity(_) => Type::Quantity,
            Inner::Semver(_) => Type::Semver,
            Inner::Url(_) => Type::Url,
            Inner::Ip(_) => Type::Ip,
            Inner::Cidr(_) => Type::Cidr,
            Inner::Format(_) => Type::Format,
            Inner::Authorizer(_) => Type::Authorizer,
            Inner::PathCheck(..) => Type::PathCheck,
            Inner::GroupCheck(..) => Type::GroupCheck,
            Inner::ResourceCheck(..) => Type::ResourceCheck,
            Inner::Decision(_) => Type::Decision,
        }
    }

    /// The same, read as a variable by the read `id`, where it asks something.
    pub(crate) fn read_as(&self, id: ReadId) -> Option<Self> {
        let at = |asker: &Asker<'a>| Asker { origin: Some(id), ..asker.clone() };
        match &self.0 {
            Inner::Authorizer(asker) => Some(Self(Inner::Authorizer(at(asker)))),
            Inner::ResourceCheck(asker, wanted) => {
                Some(Self(Inner::ResourceCheck(at(asker), wanted.clone())))
            }
            _ => None,
        }
    }
}

impl<'a> Value<'a> {
    /// What `authorizer` stands for in expressions: asks about whoever made the request.
    pub fn authorizer(authorizer: &'a dyn Authorizer) -> Self {
        let asker = Asker { authorizer, service_account: None, origin: None };
        Opaque::value(Inner::Authorizer(asker))
    }

    /// What `authorizer.requestResource` stands for: asks about one resource.
    pub fn resource_check(authorizer: &'a dyn Authorizer, resource: &Resource<'a>) -> Self {
        let asker = Asker { authorizer, service_account: None, origin: None };
        let part = |text: &'a str| Some(Shared::Borrowed(text));
        let parts = [
            resource.resource,
            resource.subresource,
            resource.namespace,
            resource.name,
            resource.field_selector,
            resource.label_selector,
        ];
        let wanted = Wanted { group: part(resource.group), parts: parts.map(part) };
        Opaque::value(Inner::ResourceCheck(asker, wanted))
    }
}

impl PartialEq for Inner<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Quantity(a), Self::Quantity(b)) => a == b,
            (Self::Semver(a), Self::Semver(b)) => a == b,
            (Self::Url(a), Self::Url(b)) => a == b,
            (Self::Ip(a), Self::Ip(b)) => a == b,
            (Self::Cidr(a), Self::Cidr(b)) => a == b,
            (Self::Format(a), Self::Format(b)) => a == b,
            (Self::Decision(a), Self::Decision(b)) => a == b,
            // Questions are asked, not compared.
            _ => false,
        }
    }
}

impl fmt::Display for Opaque<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Quantity(quantity) => write!(f, "{quantity}"),
            Inner::Semver(version) => write!(f, "{version}"),
            Inner::Url(url) => write!(f, "{url}"),
            Inner::Ip(address) => write!(f, "{address}"),
            Inner::Cidr(cidr) => write!(f, "{cidr}"),
            Inner::Format(format) => f.write_str(format.name()),
            Inner::Authorizer(_) | Inner::PathCheck(..) | Inner::GroupCheck(..) => {
                f.write_str(self.kind().as_str())
            }
            Inner::ResourceCheck(..) | Inner::Decision(_) => f.write_str(self.kind().as_str()),
        }
    }
}
