//! One expression: parsed, its names checked.

use super::{Compiler, VARIABLES};
use crate::{facts::ROOTS, policy::Expression, yaml::Located};
use cofferdam_cel::Program;
use cofferdam_model::{Diagnostic, Exit};

impl Compiler<'_> {
    pub(super) fn expression(
        &mut self,
        source: &Located<String>,
        path: String,
        element: Option<&str>,
    ) -> Option<Expression> {
        if !self.is_built_in {
            self.places.push((path.clone(), self.document.locate(source)));
        }
        let program = match Program::parse(&source.value) {
            Ok(program) => program,
            Err(error) => {
                self.not_cel(source, &path, &error);
                return None;
            }
        };
        let roots = || ROOTS.iter().map(|root| root.name);
        let names: Vec<&str> = roots().chain([VARIABLES]).chain(element).collect();
        let errors = program.check(&names);
        for root in roots().filter(|root| program.reads(root)) {
            self.reads.insert(root);
        }
        for error in &errors {
            self.not_cel(source, &path, error);
        }
        let mut needs = Vec::new();
        for member in program.members_of(VARIABLES) {
            let name = format!("{VARIABLES}.{member}");
            match self.variables.iter().position(|variable| variable.name == name) {
                Some(index) => {
                    let variable = self.variables.get(index);
                    needs.extend(variable.iter().flat_map(|found| &found.expression.needs));
                    needs.push(index);
                    if element.is_none() && variable.is_some_and(|found| found.per_element) {
                        self.error(source, format!("{path} is asked once, {name} per element"));
                    }
                }
                None => {
                    self.error(source, format!("there is no {name} before {path}"));
                }
            }
        }
        needs.sort_unstable();
        needs.dedup();
        errors.is_empty().then_some(Expression { program, path, needs, shared: None })
    }

    fn not_cel(
        &mut self,
        source: &Located<String>,
        path: &str,
        error: &cofferdam_cel::SyntaxError,
    ) {
        let place = self.document.locate(source);
        let what = format!("{path} is not a valid expression");
        self.errors.push(Diagnostic::new(Exit::Usage, what).at(place).because(error));
    }
}
