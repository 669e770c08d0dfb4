//! A curl command as a shell and curl read it, as far as the documentation's commands go.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, Uri};

pub(crate) type Variables<'a> = BTreeMap<&'static str, &'a str>;

#[derive(Debug)]
pub(crate) struct Command {
    method: Method,
    uri: Uri,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Command {
    /// Reads what follows the word `curl`.
    pub(crate) fn read(text: &str, variables: &Variables<'_>) -> Self {
        let (line, document) = match text.split_once(" <<XML\n") {
            Some((line, document)) => {
                let document = document.strip_suffix("XML").expect("the document ends");
                (line, Some(expand(document, variables)))
            }
            None => (text, None),
        };
        let mut command =
            Self { method: Method::GET, uri: Uri::default(), headers: vec![], body: None };
        let mut words = words(line, variables).into_iter();
        while let Some(word) = words.next() {
            let mut argument = || words.next().expect("the option has an argument");
            match &*word {
                "-i" => {}
                "-X" => command.method = argument().parse().expect("a method"),
                "-H" => {
                    let header = argument();
                    let (name, value) = header.split_once(": ").expect("a header has a value");
                    command.headers.push((name.to_owned(), value.to_owned()));
                }
                "--data-binary" => {
                    command.body = Some(match &*argument() {
                        "@-" => document.clone().expect("a document stands below"),
                        data => data.to_owned(),
                    });
                    if command.method == Method::GET {
                        command.method = Method::POST;
                    }
                }
                address => command.uri = address.parse().expect("an address"),
            }
        }
        command
    }

    pub(crate) fn authority(&self) -> &str {
        self.uri.authority().expect("an address has a host").as_str()
    }

    /// The bytes that curl sends.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let target = self.uri.path_and_query().expect("an address has a path");
        let mut bytes = format!(
            "{} {target} HTTP/1.1\r\nHost: {}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n",
            self.method,
            self.authority(),
        );
        for (name, value) in &self.headers {
            bytes += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body {
            bytes += &format!("Content-Length: {}\r\n", body.len());
        }
        (bytes + "\r\n" + self.body.as_deref().unwrap_or_default()).into()
    }

    /// The request without what every client adds.
    pub(crate) fn request(&self) -> Request<Bytes> {
        let mut request = Request::builder().method(self.method.clone()).uri(self.uri.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let body = self.body.clone().unwrap_or_default();
        request.body(body.into()).expect("the parts are good")
    }
}

/// The words of a command line: single and double quotes, variables, `\` before a line end.
fn words(line: &str, variables: &Variables<'_>) -> Vec<String> {
    let line = line.replace("\\\n", " ");
    let (mut words, mut rest) = (Vec::new(), line.trim());
    while !rest.is_empty() {
        let (word, after) = match rest.chars().next() {
            Some('\'') => rest[1..].split_once('\'').expect("the quote ends"),
            Some('"') => rest[1..].split_at(end_of_quote(&rest[1..])),
            _ => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
        };
        let quoted = rest.starts_with('"');
        words.push(if quoted { expand(word, variables) } else { word.to_owned() });
        rest = after.strip_prefix('"').filter(|_| quoted).unwrap_or(after);
        assert!(rest.is_empty() || rest.starts_with(' '), "a word ends with its quote: {rest}");
        rest = rest.trim_start();
    }
    words
}

/// Where the double quote stands that no `\` stands before.
fn end_of_quote(text: &str) -> usize {
    let ends = text.match_indices('"').map(|(index, _)| index);
    let mut ends = ends.filter(|index| !text[..*index].ends_with('\\'));
    ends.next().expect("the quote ends")
}

/// Puts the variables' values in, and takes the `\` off.
fn expand(text: &str, variables: &Variables<'_>) -> String {
    let (mut expanded, mut rest) = (String::new(), text);
    while let Some(index) = rest.find(['\\', '$']) {
        expanded += &rest[..index];
        let after = &rest[index + 1..];
        rest = if rest[index..].starts_with('\\') {
            let end = after.chars().next().expect("something is escaped").len_utf8();
            expanded += &after[..end];
            &after[end..]
        } else {
            let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
            let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
            expanded += variables.get(&after[..end]).expect("the page sets the variable");
            &after[end..]
        };
    }
    expanded + rest
}
