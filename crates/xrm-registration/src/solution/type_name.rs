//! Names of .NET types.

/// The name of a type without its assembly, from `Type, Assembly, Version=...`. Between brackets,
/// there are commas of the type's own.
pub(super) fn type_name(qualified: &str) -> &str {
    // In "List`1[[System.String, mscorlib]], Assembly", commas of type arguments are in brackets.
    let mut depth = 0_usize;
    let end = qualified.char_indices().find(|(_, it)| {
        match it {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *it == ',' && depth == 0
    });
    match end.map(|(end, _)| qualified[..end].trim_end()) {
        None | Some("") => qualified,
        Some(name) => name,
    }
}
