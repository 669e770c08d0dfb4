//! The path to a value inside a context: `InputParameters["Target"].Attributes["name"]`.

use std::fmt;

use xrm_context::contract::PathSegment;

/// One step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PathStep {
    /// A member of a class.
    Member(String),
    /// The value of the pair with this key.
    Key(String),
    /// The item with this index, from zero.
    Item(usize),
}

/// The way to a value, from the inside out: an error collects it while it is returned.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Path(Vec<PathStep>);

impl Path {
    /// A path of these steps, the outermost first.
    pub(crate) fn of(mut steps: Vec<PathStep>) -> Self {
        steps.reverse();
        Self(steps)
    }

    /// Adds the step before all others.
    pub(crate) fn prepend(&mut self, segment: PathSegment<'_>) {
        self.0.push(match segment {
            PathSegment::Member(name) => PathStep::Member(name.to_owned()),
            PathSegment::Key(key) => PathStep::Key(key.to_owned()),
            PathSegment::Item(index) => PathStep::Item(index),
        });
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = self.0.iter().rev().peekable();
        let mut is_first = true;
        while let Some(step) = steps.next() {
            match step {
                PathStep::Member(name) if is_first => f.write_str(name)?,
                PathStep::Member(name) => write!(f, ".{name}")?,
                PathStep::Key(key) => write!(f, "[{key:?}]")?,
                // The key says more than the index of its pair.
                PathStep::Item(_) if matches!(steps.peek(), Some(PathStep::Key(_))) => continue,
                PathStep::Item(index) => write!(f, "[{index}]")?,
            }
            is_first = false;
        }
        Ok(())
    }
}
