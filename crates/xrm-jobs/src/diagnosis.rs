//! The diagnosis of a failed attempt, for the user.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cause::{Cause, Check};

/// Why an attempt failed: the cause, what to check about it, and the evidence.
///
/// `Display` is the technical line that becomes the job's `message`;
/// [`friendly_message`](Self::friendly_message) is the text for the user.
///
/// ```
/// use xrm_jobs::{Cause, Diagnosis};
///
/// let diagnosis = Diagnosis::new(Cause::MissingHub)
///     .with_evidence("status", "404")
///     .with_evidence("hub", "accounts");
/// assert_eq!(diagnosis.to_string(), "missing_hub: status=404; hub=accounts");
/// assert!(diagnosis.friendly_message().starts_with("The namespace has no event hub of this name."));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What stopped the post.
    pub cause: Cause,
    /// What happened, in a sentence or two for the user. [`Cause::what`] unless replaced.
    pub what: Cow<'static, str>,
    /// What to check, the likeliest first. [`Cause::checks`] unless replaced.
    pub check: Cow<'static, [Check]>,
    /// The facts that show the cause.
    pub evidence: Evidence,
}

impl Diagnosis {
    /// The cause with its default texts and no evidence.
    #[must_use]
    pub const fn new(cause: Cause) -> Self {
        Self {
            cause,
            what: Cow::Borrowed(cause.what()),
            check: Cow::Borrowed(cause.checks()),
            evidence: Evidence::new(),
        }
    }

    /// Says what happened in words of the caller's own.
    #[must_use]
    pub fn with_what(mut self, what: impl Into<Cow<'static, str>>) -> Self {
        self.what = what.into();
        self
    }

    /// Adds a fact; see [`Evidence::push`] for the limits.
    #[must_use]
    pub fn with_evidence(
        mut self,
        key: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        self.evidence.push(key, value);
        self
    }

    /// What happened and what to check, a line each: the job's `friendlymessage`.
    #[must_use]
    pub fn friendly_message(&self) -> String {
        let mut text = self.what.clone().into_owned();
        for check in self.check.iter() {
            text.push_str(&format!("\nCheck ({}): {}", check.side, check.text));
        }
        text
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        let mut separator = ": ";
        for fact in self.evidence.facts() {
            write!(f, "{separator}{}={}", fact.key, fact.value)?;
            separator = "; ";
        }
        Ok(())
    }
}

/// A short list of facts, oldest first: status, reason phrase, host, what was measured.
///
/// Evidence is shown to users and kept in stores, so it never holds a key, a token or a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Fact>", into = "Vec<Fact>")]
pub struct Evidence(Vec<Fact>);

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What the fact is about, in snake case.
    pub key: Cow<'static, str>,
    /// What was seen, on one line.
    pub value: String,
}

impl Evidence {
    /// How many facts are kept; further ones are dropped.
    pub const MAX_FACTS: usize = 32;
    /// How many characters of a value are kept.
    pub const MAX_VALUE_CHARS: usize = 512;

    /// No facts.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a fact, up to [`MAX_FACTS`](Self::MAX_FACTS).
    ///
    /// Values often come from the other side of a connection, so a long one is cut at
    /// [`MAX_VALUE_CHARS`](Self::MAX_VALUE_CHARS) and control characters become spaces.
    pub fn push(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        // A limit, because evidence is stored with the job and with each attempt.
        if self.0.len() < Self::MAX_FACTS {
            self.0.push(Fact { key: key.into(), value: one_line(&value.into()) });
        }
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.0
    }

    /// The value of the first fact with this key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|it| it.key == key).map(|it| it.value.as_str())
    }
}

impl Extend<Fact> for Evidence {
    fn extend<I: IntoIterator<Item = Fact>>(&mut self, facts: I) {
        for fact in facts {
            self.push(fact.key, fact.value);
        }
    }
}

impl From<Vec<Fact>> for Evidence {
    fn from(facts: Vec<Fact>) -> Self {
        let mut evidence = Self::new();
        evidence.extend(facts);
        evidence
    }
}

impl From<Evidence> for Vec<Fact> {
    fn from(evidence: Evidence) -> Self {
        evidence.0
    }
}

fn one_line(value: &str) -> String {
    value
        .chars()
        // Control characters could hide or forge lines where evidence is shown on a terminal.
        .take(Evidence::MAX_VALUE_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
