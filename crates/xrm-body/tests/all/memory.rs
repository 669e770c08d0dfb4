//! How much memory a body takes when it is read.

use allocation_counter::measure;
use xrm_body::MessageFormat::{self, Json, Xml};
use xrm_body::{decode, encode};

/// How many bytes of memory each byte of unknown content may take at most, while it is read.
const MOST_PER_BYTE: u64 = 8;

/// The bytes of the bodies.
const LENGTH: usize = 1 << 17;

const ROOT: &str = "<RemoteExecutionContext \
    xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\" \
    xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xmlns:g=\"http://schemas.datacontract.org/2004/07/System.Collections.Generic\" \
    xmlns:p=\"urn:p\" xmlns:q=\"urn:q\" xmlns:r=\"urn:r\" xmlns:s=\"urn:s\" xmlns:t=\"urn:t\">";

/// Small content of every kind that XML has, and namespaces that take turns.
const XML: &[&str] = &[
    "<a/>",
    "<a>x</a>",
    "<a></a>",
    "<a b=\"\"/>",
    "<a><a><a/></a></a>",
    "<a> <b/>\n<c/></a>",
    "<p:a/>",
    "<p:a/><q:a/><r:a/><s:a/><t:a/>",
    "<a p:b=\"\" q:b=\"\" r:b=\"\" s:b=\"\" t:b=\"\"/>",
    "<a xmlns=\"\"/>",
    "<a xmlns=\"u\"/>",
    "<a xmlns:b=\"u\" b:c=\"\"/>",
    "<a i:nil=\"true\"/>",
    "<a i:type=\"p:b\"/>",
];

#[track_caller]
fn check(body: &str, format: MessageFormat, what: &str) {
    let mut read = None;
    let most = measure(|| read = decode(body.as_bytes(), format).ok()).bytes_max;
    let context = read.unwrap_or_else(|| panic!("{what} is read"));
    let bytes = body.len() as u64;
    assert!(most <= MOST_PER_BYTE * bytes, "{what}: {most} bytes for {bytes}");
    // All of it was kept.
    let written = encode(&context, format).unwrap();
    assert!(decode(&written, format).is_ok_and(|read| read == context), "{what} is written");
}

#[test]
fn unknown_xml_takes_at_most_eight_times_its_bytes() {
    for xml in XML {
        let content = xml.repeat(LENGTH / xml.len());
        let members = format!("{ROOT}{content}</RemoteExecutionContext>");
        check(&members, Xml, &format!("members {xml}"));
        let value = format!(
            "{ROOT}<SharedVariables><KeyValuePairOfstringanyType><g:key>k</g:key>\
             <g:value i:type=\"p:New\">{content}</g:value></KeyValuePairOfstringanyType>\
             </SharedVariables></RemoteExecutionContext>"
        );
        check(&value, Xml, &format!("value {xml}"));
    }
}

#[test]
fn unknown_json_takes_at_most_eight_times_its_bytes() {
    for value in ["1", "\"\"", "{}", "[[1]]", "{\"__type\":\"a\"}"] {
        let member = |number: usize| format!("\"m{number}\":{value}");
        let members: Vec<_> = (0..LENGTH / member(10_000).len()).map(member).collect();
        check(&format!("{{{}}}", members.join(",")), Json, value);
    }
}

/// More namespaces in turn than a recording searches.
#[test]
fn many_namespaces_take_turns() {
    let declared = |number: usize| format!(" xmlns:n{number}=\"urn:{number}\"");
    let used = |number: usize| format!("<n{number}:a/>");
    for count in [5, 65, 100] {
        let declarations: String = (0..count).map(declared).collect();
        let elements: String = (0..count).map(used).collect();
        let content = elements.repeat(LENGTH / elements.len());
        let body = format!("{ROOT}<z{declarations}>{content}</z></RemoteExecutionContext>");
        check(&body, Xml, &format!("{count} namespaces"));
    }
}

/// A long namespace is kept once, however many names are in it.
#[test]
fn names_share_their_namespace() {
    let namespace = "n".repeat(LENGTH / 4);
    let content = "<z:a/>".repeat(LENGTH / 2 / 6);
    let body = format!("{ROOT}<z xmlns:z=\"{namespace}\">{content}</z></RemoteExecutionContext>");
    check(&body, Xml, "a long namespace");
}
