//! Answers in forms that the service does not use: the page of a gateway, the JSON of a proxy.

/// The longest text that is kept of one, in characters: about six lines of a log. A page says why in
/// its title and first sentence; the rest is addresses and layout.
const LONGEST: usize = 500;

/// The elements whose contents a browser does not show.
const HIDDEN: [&str; 2] = ["script", "style"];

/// The beginning of the text that `body` shows, without markup; `None` if it is not text.
///
/// This is not a parser of HTML, which would be a large dependency for one line of evidence: what is
/// between `<` and `>` is left out, whatever it is, and so are comments, scripts and styles.
pub(super) fn text(body: &[u8]) -> Option<String> {
    let text = match str::from_utf8(body) {
        Ok(text) => text,
        // Cut off within a character, after the most that is read of an answer.
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&body[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.starts_with('<') {
        true => super::one_line(&without_markup(text)),
        false => super::one_line(text),
    }
    .map(shortened)
}

fn without_markup(page: &str) -> String {
    let (mut shown, mut rest) = (String::new(), page);
    while let Some((text, markup)) = rest.split_once('<') {
        shown.push_str(text);
        // Elements end words: `<td>a</td><td>b</td>` shows two.
        shown.push(' ');
        rest = after_markup(markup);
    }
    shown + rest
}

/// What follows a tag or a comment, which `markup` begins with, after its `<`.
fn after_markup(markup: &str) -> &str {
    if let Some(comment) = markup.strip_prefix("!--") {
        return comment.split_once("-->").map_or("", |(_, rest)| rest);
    }
    let Some((tag, rest)) = markup.split_once('>') else { return "" };
    let name = tag.split(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or_default();
    match HIDDEN.iter().find(|it| it.eq_ignore_ascii_case(name)) {
        Some(name) => after_element(rest, name),
        None => rest,
    }
}

/// What follows the end tag of the element `name`, whose contents `rest` begins with.
fn after_element<'a>(mut rest: &'a str, name: &str) -> &'a str {
    while let Some((_, end)) = rest.split_once("</") {
        rest = end;
        let is_end = end.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
        if is_end {
            return end.split_once('>').map_or("", |(_, rest)| rest);
        }
    }
    ""
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
