//! The characters that XML has.

/// The first character that XML 1.0 has no way to hold, not even by number
/// ([characters](https://www.w3.org/TR/xml/#charsets)). Surrogates, which it excludes too, are no
/// `char`s.
pub(super) fn character_outside_xml(text: &str) -> Option<char> {
    let is_control = |it: char| it < ' ' && !matches!(it, '\t' | '\n' | '\r');
    text.chars().find(|it| is_control(*it) || matches!(it, '\u{fffe}' | '\u{ffff}'))
}
