//! What an expression asks of the authorizer, and what becomes of no answer.

use crate::{
    Access, Authorizer, Evaluation, Program, Question, Resource, Scope, Stop, Target, Value,
};

/// Knows of pods and of nothing else.
struct Pods;

impl Authorizer for Pods {
    fn check(&self, question: &Question<'_>) -> Access {
        match &question.target {
            Target::Resource(at) if at.resource == "pods" && question.verb == "get" => {
                Access::Allowed("pods may be read".to_owned())
            }
            Target::Resource(at) if at.resource == "pods" => Access::Denied(String::new()),
            _ => Access::Unknown,
        }
    }
}

/// What an expression gives, and the paths of what was unknown.
fn check(source: &str, expected: Result<bool, &[&str]>) {
    let program = Program::parse(source).unwrap();
    let mut scope = Scope::default();
    scope.set("authorizer", Value::authorizer(&Pods));
    let requested = Resource { resource: "secrets", namespace: "shop", ..Resource::default() };
    let asked = Value::resource_check(&Pods, &requested);
    scope.set("authorizer.requestResource", asked);
    let mut evaluation = Evaluation::default();
    let found = evaluation.condition(&program, &scope);
    let trace = evaluation.trace();
    let paths: Result<bool, Vec<String>> = found.map_err(|stop| match stop {
        Stop::Unknown(reads) => {
            reads.iter().map(|id| trace.path(trace.get(*id).unwrap())).collect()
        }
        other => panic!("{source}: {other:?}"),
    });
    assert_eq!(paths, expected.map_err(|paths| paths.iter().map(|p| (*p).to_owned()).collect()));
    let unrecorded = Evaluation::unrecorded(10_000).condition(&program, &scope);
    assert_eq!(unrecorded.is_ok(), expected.is_ok(), "{source}");
}

#[test]
fn no_answer_is_unknown() {
    check("authorizer.group('').resource('pods').check('get').allowed()", Ok(true));
    check("authorizer.group('').resource('pods').check('list').allowed()", Ok(false));
    check(
        "authorizer.serviceAccount('shop', 'web').path('/healthz').check('get').allowed()",
        Err(&["authorizer[\"get /healthz as shop/web\"]"]),
    );
    check(
        "authorizer.requestResource.check('create').allowed()",
        Err(&["authorizer.requestResource[\"create secrets shop/\"]"]),
    );
    check(
        "authorizer.path('/x').check('get').allowed() \
         || authorizer.group('').resource('pods').check('get').allowed()",
        Ok(true),
    );
}
