//! The keys of collections of pairs.

use std::borrow::{Borrow, Cow};
use std::convert::Infallible;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use compact_str::CompactString;

/// The key of a pair: a column's logical name, a parameter's name, an image's alias.
///
/// It is a string that can't be changed. One of up to 24 bytes, as most names are, stands in the pair
/// itself, and making it allocates nothing. It is made of any string, compared with any, and becomes
/// one again:
///
/// ```
/// use xrm_context::{Entity, Key};
///
/// let account = Entity::new("account").with("name", "Contoso").with("revenue", 12);
/// for (key, value) in &account.attributes {
///     match key.as_str() {
///         "name" => assert_eq!(*value, "Contoso".into()),
///         other => assert_eq!(other, "revenue"),
///     }
/// }
/// assert!(account.attributes.keys().any(|key| key == "name"));
///
/// let borrowed: Vec<&str> = account.attributes.keys().map(Key::as_str).collect();
/// let owned: Vec<String> = account.attributes.keys().map(String::from).collect();
/// assert_eq!(borrowed.join(", "), "name, revenue");
/// assert_eq!(owned, borrowed);
/// ```
// With a `String` here, keys were most of the allocations of reading a body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key(CompactString);

impl Key {
    /// The key's text.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Key {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Key {
    #[inline]
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Key {
    #[inline]
    fn from(text: &str) -> Self {
        Self(CompactString::new(text))
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&Self> for Key {
    fn from(key: &Self) -> Self {
        key.clone()
    }
}

impl From<Cow<'_, str>> for Key {
    fn from(text: Cow<'_, str>) -> Self {
        Self(text.into())
    }
}

impl FromStr for Key {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0.into()
    }
}

impl From<&Key> for String {
    fn from(key: &Key) -> Self {
        key.as_str().to_owned()
    }
}

impl PartialEq<str> for Key {
    fn eq(&self, text: &str) -> bool {
        self.as_str() == text
    }
}

impl PartialEq<&str> for Key {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == *text
    }
}

impl PartialEq<String> for Key {
    fn eq(&self, text: &String) -> bool {
        self.as_str() == text
    }
}

impl PartialEq<Key> for str {
    fn eq(&self, key: &Key) -> bool {
        self == key.as_str()
    }
}

impl PartialEq<Key> for &str {
    fn eq(&self, key: &Key) -> bool {
        *self == key.as_str()
    }
}

impl PartialEq<Key> for String {
    fn eq(&self, key: &Key) -> bool {
        self == key.as_str()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
