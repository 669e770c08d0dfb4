//! The problems of one component, gathered.

use crate::attributes::Attributes;
use crate::component::Component;
use crate::problem::{Problem, ProblemKind};

/// Problems of one component, gathered.
pub(crate) struct Findings {
    component: Component,
    problems: Vec<Problem>,
}

impl Findings {
    pub(crate) const fn at(component: Component) -> Self {
        Self { component, problems: Vec::new() }
    }

    pub(crate) fn add(&mut self, kind: ProblemKind) {
        self.problems.push(Problem::new(self.component.clone(), kind));
    }

    pub(crate) fn add_if(&mut self, is_wrong: bool, kind: impl FnOnce() -> ProblemKind) {
        if is_wrong {
            self.add(kind());
        }
    }

    pub(crate) fn required(&mut self, column: &'static str, text: &str) {
        self.add_if(text.trim().is_empty(), || ProblemKind::Empty { column });
    }

    pub(crate) fn at_most(&mut self, column: &'static str, text: &str, limit: usize) {
        // The columns are SQL Server's `nvarchar`, whose lengths count UTF-16 code units.
        let length = text.encode_utf16().count();
        self.add_if(length > limit, || ProblemKind::TooLong { column, limit, length });
    }

    pub(crate) fn columns(&mut self, column: &'static str, attributes: &Attributes) {
        // The limit of both columns of this kind, `filteringattributes` and an image's `attributes`.
        self.at_most(column, &attributes.to_string(), 100_000);
        for name in attributes.listed().filter(|it| !is_logical_name(it)) {
            self.add(ProblemKind::ColumnName { name: name.to_owned() });
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// Logical names have letters, which are lower-case, digits, and low lines.
fn is_logical_name(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}
