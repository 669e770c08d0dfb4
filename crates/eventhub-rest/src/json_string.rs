//! Strings in JSON, with the escapes that `serde_json` writes.
//!
//! Most of a batch is strings that are JSON or XML themselves, with a quotation mark every few
//! bytes. There, looking for the next one costs more than writing what is before it, so this takes
//! eight bytes at a time, writes them as they are, and writes what follows a mark once more after
//! its backslash.
//!
//! It is ours because escaping is most of what making a batch costs, and this is three times as fast
//! as `serde_json` on bodies full of quotation marks (`docs/src/performance.md`, "Sending"). The words
//! are searched as in [Bit Twiddling Hacks][hacks], without carries between bytes.
//!
//! [hacks]: https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord

/// How much text is written at once, into room for the longest that it can become. The room is
/// cleared first, so it is small enough to stay in the fastest cache.
const CHUNK: usize = 1024;

/// What a word may be written over beyond its own end.
const SPILL: usize = 2 * WORD;

const WORD: usize = size_of::<u64>();

/// The longest escape of a control character: `\u001f`.
const LONGEST_ESCAPE: usize = 6;

/// A window that holds a word of which each byte is escaped by a backslash, and its spill.
const WINDOW: usize = 3 * WORD;

/// Appends a text, which is UTF-8, with its quotes.
pub(crate) fn write(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for chunk in text.chunks(CHUNK) {
        let start = out.len();
        out.resize(start + longest(chunk) + SPILL, 0);
        let len = escape(chunk, &mut out[start..]);
        out.truncate(start + len);
    }
    out.push(b'"');
}

/// The most bytes that the text may become.
fn longest(text: &[u8]) -> usize {
    // Without a way out of the loop, it is done in the widest registers there are.
    let controls = text.iter().fold(false, |found, byte| found | (*byte < b' '));
    text.len() * if controls { LONGEST_ESCAPE } else { 2 }
}

/// Writes the text from the beginning of `out`, and returns how far it came.
fn escape(text: &[u8], out: &mut [u8]) -> usize {
    let mut at = 0;
    let (words, rest) = text.as_chunks::<WORD>();
    for bytes in words {
        let word = u64::from_le_bytes(*bytes);
        if controls(word) == 0 {
            let room = out[at..].first_chunk_mut().expect("there is room for the spill");
            at += escape_word(word, room);
        } else {
            at = escape_bytes(bytes, out, at);
        }
    }
    escape_bytes(rest, out, at)
}

/// Writes eight bytes of which none is a control character, and returns how long they became.
#[inline(always)]
fn escape_word(word: u64, out: &mut [u8; WINDOW]) -> usize {
    let mut marks = equals(word, b'"') | equals(word, b'\\');
    let mut escapes = 0;
    out[..WORD].copy_from_slice(&word.to_le_bytes());
    while marks != 0 {
        let bits = marks.trailing_zeros() & !7;
        marks &= marks - 1; // Clears the lowest mark.
        // At most seven bytes and seven backslashes are before it, which the mask lets the compiler
        // know.
        let at = (bits as usize / 8 + escapes) & (2 * WORD - 1);
        out[at] = b'\\';
        out[at + 1..at + 1 + WORD].copy_from_slice(&(word >> bits).to_le_bytes());
        escapes += 1;
    }
    WORD + escapes
}

/// Writes any bytes from `at` on, and returns how far it came.
fn escape_bytes(bytes: &[u8], out: &mut [u8], mut at: usize) -> usize {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for &byte in bytes {
        let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
        let text: &[u8] = match byte {
            b'"' => br#"\""#,
            b'\\' => br"\\",
            b'\x08' => br"\b",
            b'\t' => br"\t",
            b'\n' => br"\n",
            b'\x0c' => br"\f",
            b'\r' => br"\r",
            // Not DEL, which JSON leaves as it is (RFC 8259, 7).
            ..b' ' => &[b'\\', b'u', b'0', b'0', digits[0], digits[1]],
            _ => &[byte],
        };
        out[at..at + text.len()].copy_from_slice(text);
        at += text.len();
    }
    at
}

const HIGH: u64 = u64::from_le_bytes([0x80; WORD]);

/// The high bit of each byte that is `byte`.
#[inline(always)]
fn equals(word: u64, byte: u8) -> u64 {
    let difference = word ^ u64::from_le_bytes([byte; WORD]);
    // A byte that is zero keeps its high bit clear, both in the sum, which can't carry into the next
    // byte because the high bits are left out, and in itself.
    !(((difference & !HIGH) + !HIGH) | difference) & HIGH
}

/// The high bit of each byte that is less than a space.
#[inline(always)]
fn controls(word: u64) -> u64 {
    !(((word & !HIGH) + u64::from_le_bytes([0x80 - b' '; WORD])) | word) & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    fn written(text: &str) -> String {
        let mut out = b"before ".to_vec();
        super::write(&mut out, text.as_bytes());
        let out = String::from_utf8(out).expect("what is written of UTF-8 is UTF-8");
        out.strip_prefix("before ").expect("what is there stays").to_owned()
    }

    #[test]
    fn every_character_is_written_as_by_serde_json_wherever_it_stands() {
        for c in (0..0x100).chain([0x2028, 0xfffd, 0x1_f600]).filter_map(char::from_u32) {
            for before in 0..17 {
                for after in [0, 1, 7, 8, 9] {
                    let text = format!("{}{c}{c}{}", "a".repeat(before), "z".repeat(after));
                    assert_eq!(written(&text), serde_json::json!(text).to_string());
                }
            }
        }
    }

    #[test]
    fn a_long_text_of_one_character_has_room() {
        for c in ['a', '"', '\\', '\n', '\0', 'é'] {
            for len in [0, 1, 1023, 1024, 1025, 5000] {
                let text = c.to_string().repeat(len);
                assert_eq!(written(&text), serde_json::json!(text).to_string());
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_by_serde_json(
            text in prop_oneof![any::<String>(), "[\"\\\\a\u{0}-\u{1f}]{0,80}", "[\"a-z]{900,1200}"],
        ) {
            prop_assert_eq!(written(&text), serde_json::json!(text).to_string());
        }
    }
}
