//! Who answers what an expression asks of `authorizer`.

use std::fmt;

/// Answers questions about access from what is known: a snapshot of a cluster's roles, never the
/// cluster itself. The same question gets the same answer during an evaluation.
///
/// ```
/// use cofferdam_cel::{Access, Authorizer, Evaluation, Program, Question, Scope, Target, Value};
///
/// struct Everybody;
///
/// impl Authorizer for Everybody {
///     fn check(&self, question: &Question<'_>) -> Access {
///         match question.target {
///             Target::Path("/healthz") => Access::Allowed("everybody may".to_owned()),
///             _ => Access::Unknown,
///         }
///     }
/// }
///
/// let program = Program::parse("authorizer.path('/healthz').check('get').allowed()").unwrap();
/// let mut scope = Scope::default();
/// scope.set("authorizer", Value::authorizer(&Everybody));
/// assert_eq!(Evaluation::default().condition(&program, &scope), Ok(true));
/// ```
pub trait Authorizer: Sync {
    /// The answer to a question.
    fn check(&self, question: &Question<'_>) -> Access;
}

/// Whether somebody may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question<'q> {
    /// Namespace and name of the service account that is asked about; `None`: whoever made the
    /// request that is judged.
    pub service_account: Option<(&'q str, &'q str)>,
    /// What is done: `get`, `create`.
    pub verb: &'q str,
    /// What it is done to.
    pub target: Target<'q>,
}

/// What something is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<'q> {
    /// A path of the API server that is no resource: `/healthz`.
    Path(&'q str),
    /// A resource.
    Resource(Resource<'q>),
}

/// A resource; what was not said is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource<'q> {
    /// API group; empty for the core.
    pub group: &'q str,
    /// In the plural and lower case: `pods`.
    pub resource: &'q str,
    /// `status`, `exec`.
    pub subresource: &'q str,
    /// The namespace; empty for all of them, or for what has none.
    pub namespace: &'q str,
    /// The name of the object; empty for all of them.
    pub name: &'q str,
    /// As Kubernetes writes selectors of fields.
    pub field_selector: &'q str,
    /// As Kubernetes writes selectors of labels.
    pub label_selector: &'q str,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes, for this reason.
    Allowed(String),
    /// No, or no opinion, for this reason.
    Denied(String),
    /// The question could not be answered, and never can: this went wrong.
    Failed(String),
    /// Not known here and now.
    Unknown,
}

/// One line that tells two questions apart: `get apps/deployments shop/web as shop/deployer`.
impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.verb)?;
        match &self.target {
            Target::Path(path) => f.write_str(path)?,
            Target::Resource(resource) => write!(f, "{resource}")?,
        }
        match self.service_account {
            Some((namespace, name)) => write!(f, " as {namespace}/{name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group.is_empty() {
            write!(f, "{}/", self.group)?;
        }
        f.write_str(self.resource)?;
        if !self.subresource.is_empty() {
            write!(f, "/{}", self.subresource)?;
        }
        if !self.namespace.is_empty() || !self.name.is_empty() {
            write!(f, " {}/{}", self.namespace, self.name)?;
        }
        for (what, selector) in [("fields", self.field_selector), ("labels", self.label_selector)] {
            if !selector.is_empty() {
                write!(f, " with {what} {selector}")?;
            }
        }
        Ok(())
    }
}
