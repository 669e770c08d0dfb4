//! Names of environment variables.

/// Whether this may be the name of an environment variable: letters, digits, and `_`, `-` or `.`.
///
/// People paste a secret where the name of its variable belongs. No key, token or connection string
/// passes for a name, because each contains `=`.
///
/// ```
/// use xrm_registration::is_variable_name;
///
/// assert!(is_variable_name("ACCOUNTS_KEY"));
/// assert!(!is_variable_name("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="));
/// ```
#[must_use]
pub fn is_variable_name(text: &str) -> bool {
    // POSIX has no `-` and `.` in names; Windows, containers and .NET configuration do.
    let may_stand = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
    !text.is_empty() && text.chars().all(may_stand)
}

#[cfg(test)]
mod tests {
    use super::is_variable_name;

    #[test]
    fn a_secret_is_no_name_of_a_variable() {
        assert!(is_variable_name("EVENTHUB_CONNECTION_STRING"));
        assert!(is_variable_name("hub.accounts-2"));
        for secret in [
            "",
            "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k",
            "SharedAccessSignature sr=a&sig=b&se=1&skn=n",
            "postgres://ann:secret@host/jobs",
            "host=x password=secret",
        ] {
            assert!(!is_variable_name(secret), "{secret}");
        }
    }
}
