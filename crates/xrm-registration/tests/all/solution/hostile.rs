use std::io::{self, BufReader, Read};

use proptest::prelude::*;
use xrm_registration::solution::{Error, Import, Limits, MessageIds};

use super::{endpoint_with, fixture, read, step_with};

/// What is said about a file that is refused, and where.
#[track_caller]
fn refused(xml: &str, message: &str) {
    let told = read(xml).map(drop).map_err(|error| error.kind.to_string());
    assert_eq!(told, Err(message.to_owned()), "{xml}");
}

#[test]
fn what_is_no_xml_is_refused() {
    let not = |reason: &str| format!("it is no well-formed XML: {reason}");
    refused("", "the file ends too early");
    refused(" \n", "the file ends too early");
    refused("<!-- -->", "the file ends too early");
    refused("<ServiceEndpoints>", "the file ends too early");
    refused("<ServiceEndpoints", "the file ends too early");
    refused("<ServiceEndpoints><a b='", "the file ends too early");
    refused("<ServiceEndpoints>&am", "the file ends too early");
    refused("<ServiceEndpoints/><ServiceEndpoints/>", "there is a second root element");
    refused("<ServiceEndpoints/>x", &not("there is text outside of the root element"));
    refused("&#32;x<ServiceEndpoints/>", &not("there is text outside of the root element"));
    refused("<![CDATA[ ]]><ServiceEndpoints/>", &not("there is text outside of the root element"));
    refused("<ServiceEndpoints/>&#32;", &not("there is text outside of the root element"));
    refused("<ServiceEndpoints>]]></ServiceEndpoints>", &not("there is `]]>` in a text"));
    refused("<ServiceEndpoints></b>", &not("a tag closes another one than is open"));
    refused("</b>", &not("a tag closes another one than is open"));
    refused("<ServiceEndpoints a='<'/>", &not("there is a `<` in an attribute"));
    refused("<ServiceEndpoints a='1' a='2'/>", &not("an attribute is no attribute"));
    refused("<ServiceEndpoints a=1/>", &not("an attribute is no attribute"));
    refused("<ServiceEndpoints a='&#xZ;'/>", &not("a reference is none"));
    refused("<ServiceEndpoints>&#xZ;</ServiceEndpoints>", &not("a reference is none"));
    refused(
        "<ServiceEndpoints><a!b/></ServiceEndpoints>",
        &not("a name has other characters than names have"),
    );
    refused(
        "<ServiceEndpoints>< a/></ServiceEndpoints>",
        &not("a name has other characters than names have"),
    );
    refused("<ServiceEndpoints><!-- -- --></ServiceEndpoints>", &not("there is `--` in a comment"));
    refused(
        "<ServiceEndpoints/><?xml version='1.0'?>",
        &not("the XML declaration is not at the start"),
    );
    refused(
        " <?xml version='1.0'?><ServiceEndpoints/>",
        &not("the XML declaration is not at the start"),
    );
    refused("<html/>", "`html` is no root element of a solution's file");
}

#[test]
fn what_could_do_harm_is_refused() {
    let laughs = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;&b;'>]>";
    refused(
        &format!("{laughs}<ServiceEndpoints>&c;</ServiceEndpoints>"),
        "document type definitions are refused",
    );
    refused(
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><ServiceEndpoints/>",
        "document type definitions are refused",
    );
    refused(
        "<ServiceEndpoints><?php x ?></ServiceEndpoints>",
        "processing instructions are refused",
    );
    refused("<ServiceEndpoints>&c;</ServiceEndpoints>", "the entity `c` is not declared");
    refused("<ServiceEndpoints a='&c;'/>", "the entity `c` is not declared");
    refused(
        "<ServiceEndpoints>&#0;</ServiceEndpoints>",
        "it is no well-formed XML: a reference is none",
    );
    refused("<ServiceEndpoints>&#1;</ServiceEndpoints>", "XML can't hold the character U+0001");
    refused("<ServiceEndpoints a='&#xFFFE;'/>", "XML can't hold the character U+FFFE");
    refused("<ServiceEndpoints>\u{b}</ServiceEndpoints>", "XML can't hold the character U+000B");
}

#[test]
fn other_encodings_are_refused_by_name() {
    let declared =
        |encoding: &str| format!("<?xml version='1.0' encoding='{encoding}'?><ServiceEndpoints/>");
    refused(&declared("utf-16"), "the encoding is utf-16, not utf-8");
    refused(&declared("windows-1252"), "the encoding is windows-1252, not utf-8");
    refused("<?xml version='1.1'?><ServiceEndpoints/>", "the version of XML is not 1.0");
    refused("<?xml?><ServiceEndpoints/>", "the version of XML is not 1.0");
    assert!(read(&declared("UTF-8")).is_ok());

    let bytes = |bytes: &[u8]| {
        let error = Import::new(MessageIds::known()).read("a.xml", bytes).unwrap_err();
        error.kind.to_string()
    };
    assert_eq!(bytes(b"\xFF\xFE<\0a\0/\0>\0"), "the encoding is UTF-16, not utf-8");
    assert_eq!(bytes(b"\xFE\xFF\0<\0a\0/\0>"), "the encoding is UTF-16, not utf-8");
    assert_eq!(
        bytes(b"<ServiceEndpoints>\xFF</ServiceEndpoints>"),
        "the encoding is unknown, not utf-8"
    );
}

#[test]
fn values_of_another_type_are_refused() {
    refused(&step_with("<Mode>one</Mode>"), "`Mode` is not a whole number");
    refused(&step_with("<Mode>1.0</Mode>"), "`Mode` is not a whole number");
    refused(&step_with("<Rank>2147483648</Rank>"), "`Rank` is not a whole number");
    refused(&step_with("<AsyncAutoDelete>2</AsyncAutoDelete>"), "`AsyncAutoDelete` is not 0 or 1");
    refused(&step_with("<PluginTypeId>x</PluginTypeId>"), "`PluginTypeId` is not a GUID");
    refused(&step_with("<Mode><a/></Mode>"), "there is an element in a text");
    refused(&endpoint_with("<AuthType>SASKey</AuthType>"), "`AuthType` is not a whole number");
    refused(&step_with("").replace("{0", "{"), "`SdkMessageProcessingStepId` is not a GUID");
}

#[test]
fn what_must_be_there_is_asked_for() {
    let without = |xml: String, from: &str| {
        let shorter = xml.replace(from, "");
        assert_ne!(shorter, xml);
        shorter
    };
    for (xml, message) in [
        (
            without(
                step_with(""),
                r#"SdkMessageProcessingStepId="{00000000-0000-0000-0000-000000000002}""#,
            ),
            "`SdkMessageProcessingStepId` is missing",
        ),
        (without(step_with(""), "<Stage>40</Stage>"), "`Stage` is missing"),
        (
            without(
                endpoint_with(""),
                r#"ServiceEndpointId="00000000-0000-0000-0000-000000000001""#,
            ),
            "`ServiceEndpointId` is missing",
        ),
        (without(endpoint_with(""), "<Contract>7</Contract>"), "`Contract` is missing"),
        (
            step_with(
                "<SdkMessageProcessingStepImages><SdkMessageProcessingStepImage/></SdkMessageProcessingStepImages>",
            ),
            "`ImageType` is missing",
        ),
    ] {
        refused(&xml, message);
    }
}

#[test]
fn what_stands_twice_is_refused() {
    refused(&step_with("<Stage>40</Stage>"), "`Stage` appears twice there");
    refused(&step_with("<Rank>1</Rank><Rank/>"), "`Rank` appears twice there");
    let images = "<SdkMessageProcessingStepImages/>";
    refused(&step_with(&images.repeat(2)), "`SdkMessageProcessingStepImages` appears twice there");
    refused(
        "<ImportExportXml><ServiceEndpoints/><ServiceEndpoints/></ImportExportXml>",
        "`ServiceEndpoints` appears twice there",
    );
}

#[test]
fn an_error_tells_where() {
    let xml = step_with("\n  <Mode>ä</Mode>").replace("<Stage>", "<!-- ä --> <Stage>");
    let error = read(&xml).unwrap_err();
    assert_eq!(
        error.to_string(),
        "customizations.xml:6:3 in SdkMessageProcessingStep/Mode: `Mode` is not a whole number"
    );
    let offset = usize::try_from(error.location.offset).unwrap();
    assert!(xml[offset..].starts_with("<Mode>"));
}

#[test]
fn no_text_of_the_file_is_told() {
    let secret = "hunter2";
    for xml in [
        step_with(&format!("<Mode>{secret}</Mode>")),
        step_with(&format!("<Configuration>{secret}<a/></Configuration>")),
        endpoint_with(&format!(
            "<SASKeyName>{secret}</SASKeyName><SASKeyName>{secret}</SASKeyName>"
        )),
        endpoint_with("").replace("00000000-0000-0000-0000-000000000001", secret),
    ] {
        let error = read(&xml).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
    let url = format!("<Url>https://contoso/?code={secret}</Url><SASKey>{secret}</SASKey>");
    let imported = read(&endpoint_with(&url)).unwrap();
    assert!(!format!("{imported:?}").contains(secret));
}

/// What is said with these limits.
fn with(limits: Limits, xml: &str) -> Result<(), String> {
    let mut import = Import::new(MessageIds::known()).limits(limits);
    import.read("a.xml", xml.as_bytes()).map_err(|error| error.kind.to_string())
}

#[test]
fn limits_hold_to_the_last() {
    let limits = Limits::default();
    let check = |limits: [Limits; 2], xml: &str, message: &str| {
        assert_eq!(with(limits[0], xml), Ok(()), "{xml}");
        assert_eq!(with(limits[1], xml), Err(message.to_owned()));
    };
    let xml = step_with("");
    let bytes = xml.len() as u64;
    check(
        [bytes, bytes - 1].map(|bytes| limits.bytes(bytes)),
        &xml,
        &format!("the file has more than {} bytes", bytes - 1),
    );
    check([2, 1].map(|depth| limits.depth(depth)), &xml, "elements are nested more than 1 deep");
    check([5, 4].map(|elements| limits.elements(elements)), &xml, "there are more than 4 elements");
    let image =
        "<SdkMessageProcessingStepImage><ImageType>0</ImageType></SdkMessageProcessingStepImage>";
    let images = format!(
        "<SdkMessageProcessingStepImages>{}</SdkMessageProcessingStepImages>",
        image.repeat(2)
    );
    check(
        [3, 2].map(|components| limits.components(components)),
        &step_with(&images),
        "there are more than 2 endpoints, steps, images and plug-in types",
    );
    let long = |length: usize| {
        step_with(&format!("<Configuration>{}</Configuration>", "x".repeat(length)))
    };
    check(
        [500, 499].map(|text| limits.text(text)),
        &long(500),
        "a text or a name has more than 499 bytes",
    );
    let pieces = step_with(&format!("<Configuration>{}</Configuration>", "&lt;".repeat(500)));
    check(
        [500, 499].map(|text| limits.text(text)),
        &pieces,
        "a text or a name has more than 499 bytes",
    );
    let name =
        |length: usize| format!("<ServiceEndpoints><{}/></ServiceEndpoints>", "x".repeat(length));
    assert_eq!(with(limits, &name(256)), Ok(()));
    assert_eq!(with(limits, &name(257)), Err("a text or a name has more than 256 bytes".into()));
}

#[test]
fn an_element_has_some_attributes_and_no_more() {
    let with = |count: usize| {
        let attributes: String = (0..count).map(|it| format!(" a{it}=''")).collect();
        read(&format!("<ServiceEndpoints{attributes}/>"))
            .map(drop)
            .map_err(|it| it.kind.to_string())
    };
    assert_eq!(with(256), Ok(()));
    assert_eq!(with(257), Err("an element has more than 256 attributes".into()));
}

#[test]
fn the_limit_of_components_is_that_of_all_files() {
    let limits = Limits::default().components(1);
    let mut import = Import::new(MessageIds::known()).limits(limits);
    import.read("one.xml", endpoint_with("").as_bytes()).unwrap();
    assert!(import.read("two.xml", endpoint_with("").as_bytes()).is_err());
}

/// A stream without an end: a start, and then the same again and again.
fn endless(start: &str, text: &'static str) -> Result<(), Error> {
    let start = io::Cursor::new(start.to_owned());
    let stream = BufReader::new(start.chain(Endless { text: text.as_bytes(), at: 0 }));
    Import::new(MessageIds::known()).read("endless.xml", stream)
}

struct Endless {
    text: &'static [u8],
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *out {
            *byte = self.text[self.at];
            self.at = (self.at + 1) % self.text.len();
        }
        Ok(out.len())
    }
}

#[test]
fn what_has_no_end_is_ended() {
    let told = |start: &str, text| endless(start, text).unwrap_err().kind.to_string();
    assert_eq!(told("", "<a>"), "`a` is no root element of a solution's file");
    assert_eq!(told("<ServiceEndpoints>", "<a>"), "elements are nested more than 128 deep");
    for (start, text) in [
        ("<ServiceEndpoints>", "x"),
        ("<ServiceEndpoints><Other>", "x"),
        ("<ServiceEndpoints><!--", "x"),
        ("<ServiceEndpoints><![CDATA[", "x"),
        ("<ServiceEndpoints a='", "x"),
        ("<ServiceEndpoints ", "a"),
        ("<", "a"),
        ("<?", "a"),
        ("<!DOCTYPE a [", "<!ENTITY b 'c'>"),
        ("<ServiceEndpoints>&", "a"),
    ] {
        assert_eq!(told(start, text), "a text or a name has more than 16777216 bytes", "{start}");
    }
}

#[test]
fn a_reader_that_fails_is_told() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let stream = BufReader::new(io::Cursor::new("<ServiceEndpoints>").chain(Failing));
    let error = Import::new(MessageIds::known()).read("a.xml", stream).unwrap_err();
    assert_eq!(error.kind.to_string(), "the file can't be read: the disk is gone");
}

/// A file that is cut off is refused, or says the same but for the end of its last line.
#[test]
fn files_that_are_cut_off_are_refused() {
    let whole = fixture("customizations.xml");
    let expected = serde_json::to_string(&read(&whole).unwrap().registration).unwrap();
    for length in 0..whole.len() {
        let Some(part) = whole.get(..length) else { continue };
        match read(part) {
            Ok(imported) => {
                assert_eq!(serde_json::to_string(&imported.registration).unwrap(), expected);
                assert!(part.ends_with("</ImportExportXml>"), "{length}");
            }
            Err(error) => assert_eq!(error.kind.to_string(), "the file ends too early", "{length}"),
        }
    }
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(bytes in any::<Vec<u8>>(), xml in "[<>/a&;#x=' !?\\[\\]-]{0,60}") {
        for bytes in [&bytes[..], xml.as_bytes()] {
            let _ = Import::new(MessageIds::known()).read("a.xml", bytes);
            let within = [b"<SdkMessageProcessingStep><Stage>", bytes, b"</Stage></SdkMessageProcessingStep>"];
            let _ = Import::new(MessageIds::known()).read("a.xml", &within.concat()[..]);
        }
    }

    /// A byte of a file is another one.
    #[test]
    fn a_damaged_file_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = fixture("customizations.xml").into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut import = Import::new(MessageIds::known());
        if let Err(error) = import.read("a.xml", &bytes[..]) {
            prop_assert!(error.location.offset <= bytes.len() as u64);
        }
    }

    /// However a reader hands out a file, it is the same.
    #[test]
    fn pieces_of_any_size_make_the_same(size in 1..100_usize) {
        let xml = fixture("customizations.xml");
        let mut import = Import::new(MessageIds::known());
        import.read("customizations.xml", BufReader::with_capacity(size, xml.as_bytes())).unwrap();
        let (one, other) = (import.finish(), read(&xml).unwrap());
        prop_assert_eq!(one.notices, other.notices);
        let json = |it| serde_json::to_string(it).unwrap();
        prop_assert_eq!(json(&one.registration), json(&other.registration));
    }
}
