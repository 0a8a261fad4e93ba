//! The table of routes: the server, the OpenAPI document and the test that walks every route as
//! every role are made from it.

mod list;
mod table;

pub(crate) use list::{LIST, OPEN_AT, RAN_AT};
pub(crate) use table::ROUTES;

use crate::call::{Answered, Call};
use cofferdam_identity::{Resource, Verb};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::pin::Pin;

/// A request method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As an OpenAPI document says it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone who can reach the port.
    Anyone,
    /// Anyone who is signed in.
    SignedIn,
    /// Who may do this to that.
    May(Verb, Resource),
}

/// A parameter in the query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// The words it takes; none: any text.
    pub(crate) words: &'static [&'static str],
}

/// Gives the schema of a document.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// The schema of a wire type.
pub(crate) fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Answers a request.
pub(crate) type Handler = fn(Call) -> Pin<Box<dyn Future<Output = Answered> + Send>>;

/// What an answer is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// JSON.
    Json(Shape),
    /// JSON, of something that was made (201).
    Made(Shape),
    /// Nothing (204).
    Empty,
    /// A stream of events, each with this as its data.
    Events(Shape),
}

/// A route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// The method.
    pub(crate) method: Method,
    /// The path below `/api/v1`; `{id}` and `{code}` are parameters.
    pub(crate) path: &'static str,
    /// Its name: the operation's id.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    /// Who may use it.
    pub(crate) access: Access,
    /// Whether it takes a session: what it gives would outlive a token that somebody stole.
    pub(crate) is_by_session: bool,
    /// Lists of parameters that it takes.
    pub(crate) query: &'static [&'static [Parameter]],
    /// What it takes.
    pub(crate) body: Option<Shape>,
    /// What it gives.
    pub(crate) answer: Answer,
    /// What answers it.
    pub(crate) handler: Handler,
}
