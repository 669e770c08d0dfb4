//! Names of .NET types.

/// The name of a type, apart from its assembly.
#[derive(Clone, Debug)]
pub(super) struct TypeName {
    pub(super) own: String,
    pub(super) assembly: Option<String>,
}

impl TypeName {
    /// Takes a qualified name apart.
    pub(super) fn new(qualified: &str) -> Self {
        let own = type_name(qualified);
        let assembly = qualified[own.len()..].trim_start().strip_prefix(',').map(str::trim);
        let assembly = assembly.filter(|it| !it.is_empty()).map(str::to_owned);
        Self { own: own.to_owned(), assembly }
    }
}

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
