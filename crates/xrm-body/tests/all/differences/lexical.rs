//! Texts of values, and what surrounds them.

use super::{CONTRACTS, Json, SCHEDULING, Xml};
use super::{both_give, both_refuse, by_default, hint, json_value, strictly, xml, xml_value};

fn schema(kind: &str, text: &str) -> String {
    xml_value(&format!(
        "<a:value i:type=\"b:{kind}\" xmlns:b=\"http://www.w3.org/2001/XMLSchema\">{text}</a:value>"
    ))
}

fn duration(text: &str) -> String {
    xml_value(&format!(
        "<a:value i:type=\"b:duration\" \
         xmlns:b=\"http://schemas.microsoft.com/2003/10/Serialization/\">{text}</a:value>"
    ))
}

/// A declared decimal in JSON may have an exponent, which JavaScript writes; in XML it may not.
#[test]
fn a_declared_decimal_may_have_an_exponent_in_json() {
    let money =
        |text: &str| json_value(&format!("{{{}\"Value\":{text}}}", hint("Money", CONTRACTS)));
    for (text, expected) in [
        ("1e-7", "0.0000001"),
        ("\"1e-7\"", "0.0000001"),
        ("1.5E+3", "1500"),
        ("-12e0", "-12"),
        ("1e21", "1000000000000000000000"),
    ] {
        both_give(&money(text), Json, Json, &money(expected));
    }
    both_refuse(&money("1e29"), Json, "the text is no Decimal");
    both_refuse(&money("\"1e\""), Json, "the text is no Decimal");
    both_refuse(
        &xml_value("<a:value i:type=\"Money\"><Value>1e-7</Value></a:value>"),
        Xml,
        "Decimal",
    );
}

/// The platform takes any text behind the sign of an offset.
#[test]
fn a_date_in_json_may_have_any_text_for_an_offset() {
    let date = |text: &str| format!(r#"{{"OperationCreatedOn":"\/Date({text})\/"}}"#);
    for (text, expected) in [
        ("1715940942000+00:00", "1715940942000+0000"),
        ("1715940942000+05:30", "1715940942000+0530"),
        ("1715940942000-07:00", "1715940942000-0700"),
        ("5+UTC", "5+0000"),
        ("5-x", "5+0000"),
        ("-5+", "-5+0000"),
        ("5+0100 ", "5+0100"),
        ("5+1:0", "5+0000"),
    ] {
        both_give(&date(text), Json, Json, &date(expected));
    }
    for text in ["5 5+0000", "x+0000", "5-1+0", "+", "\u{a0}5"] {
        both_refuse(&date(text), Json, "the text is no DateTime");
    }
    // In an `object` place it is a string.
    let text = json_value(r#""\/Date(5+UTC)\/""#);
    both_give(&text, Json, Json, &text);
}

#[test]
fn a_date_in_xml_may_be_a_month_or_a_year() {
    for (text, expected) in [
        ("2024-05", "2024-05-01T00:00:00"),
        ("2024-05Z", "2024-05-01T00:00:00Z"),
        ("2024-05+02:00", "2024-05-01T00:00:00+02:00"),
        ("2024-12-02:00", "2024-12-01T00:00:00-02:00"),
        ("2024", "2024-01-01T00:00:00"),
        ("2024Z", "2024-01-01T00:00:00Z"),
        ("2024-02:00", "2024-01-01T00:00:00-02:00"),
        ("2024-05-17", "2024-05-17T00:00:00"),
    ] {
        both_give(&schema("dateTime", text), Xml, Xml, &schema("dateTime", expected));
    }
    for text in ["2024-13", "2024-05T10:15:42", "2024-5", "2024-", "202", "2024-05-17T"] {
        both_refuse(&schema("dateTime", text), Xml, "the text is no DateTime");
    }
    // ISO dates in JSON stay whole dates.
    let options = xrm_body::DecodeOptions::new(Json).iso_dates();
    let body = br#"{"OperationCreatedOn":"2024-05"}"#;
    assert!(xrm_body::decode_with(body, &options).is_err());
    assert!("2024-05".parse::<xrm_context::DateTime>().is_err());
}

/// .NET takes today's date from the clock, which reading does not have.
#[test]
fn a_time_without_a_date_is_refused() {
    for text in ["10:15:42", "10:15:42.5Z", " 10:15:42+02:00 "] {
        both_refuse(&schema("dateTime", text), Xml, "a time has no date");
    }
    let declared = xml("<OperationCreatedOn>10:15:42</OperationCreatedOn>");
    both_refuse(&declared, Xml, "OperationCreatedOn: a time has no date");
}

#[test]
fn a_duration_needs_digits_on_one_side_of_the_point() {
    for (text, expected) in [("PT.5S", "PT0.5S"), ("PT1.S", "PT1S"), ("-P1DT.25S", "-P1DT0.25S")] {
        both_give(&duration(text), Xml, Xml, &duration(expected));
    }
    for text in ["PT.S", "PT1.5M", "PT.5", "PTS"] {
        both_refuse(&duration(text), Xml, "the text is no duration");
    }
}

#[test]
fn unused_bits_of_base64_may_be_set() {
    for (text, expected) in [("AQR=", "AQQ="), ("AR==", "AQ=="), ("AQIDBAX=", "AQIDBAU=")] {
        both_give(&schema("base64Binary", text), Xml, Xml, &schema("base64Binary", expected));
    }
    both_refuse(&schema("base64Binary", "AQR"), Xml, "base64");
}

/// The platform reads XML Schema's lesser types as strings, long integers and durations. By default, they
/// keep their type.
#[test]
fn the_lesser_types_of_xml_schema_are_the_platforms_when_strict() {
    for (kind, text, expected) in [
        ("integer", "5", schema("long", "5")),
        ("nonNegativeInteger", "5", schema("long", "5")),
        ("hexBinary", "0aff", schema("string", "0aff")),
        ("gYear", "2024", schema("string", "2024")),
        ("token", "a", schema("string", "a")),
        ("duration", "PT1S", duration("PT1S")),
    ] {
        assert_eq!(strictly(&schema(kind, text), Xml, Xml), Ok(expected), "{kind}");
        assert_eq!(by_default(&schema(kind, text), Xml, Xml), Ok(schema(kind, text)), "{kind}");
    }
    assert!(strictly(&schema("integer", "5.5"), Xml, Xml).is_err());
    assert!(strictly(&schema("notation", "x"), Xml, Xml).is_err());
}

/// Blanks around a value are XML's four, no others.
#[test]
fn a_no_break_space_is_no_blank() {
    for (member, name) in [("Depth", "Int32"), ("IsInTransaction", "Boolean")] {
        both_refuse(&xml(&format!("<{member}>\u{a0}1</{member}>")), Xml, &format!("no {name}"));
        both_give(&xml("<Depth>\t\n 1 \r\n</Depth>"), Xml, Xml, &xml("<Depth>1</Depth>"));
    }
    let effort = |text: &str| {
        xml_value(&format!(
            "<a:value i:type=\"b:TimeInfo\" xmlns:b=\"{SCHEDULING}\"><b:Effort>{text}</b:Effort></a:value>"
        ))
    };
    both_refuse(&effort("1\u{a0}"), Xml, "no Double");
    both_refuse(&schema("long", "\u{2003}1"), Xml, "no long");
    both_refuse(&schema("decimal", "1\u{a0}"), Xml, "no Decimal");
    both_refuse("{\"IsInTransaction\":\"\u{a0}true\"}", Json, "no Boolean");
}

#[test]
fn blanks_around_names_are_refused_when_strict() {
    let state = |text: &str| {
        xml_value(&format!(
            "<a:value i:type=\"Entity\"><EntityState>{text}</EntityState></a:value>"
        ))
    };
    let kind =
        |text: &str| xml_value(&format!("<a:value i:type=\"{text}\"><Value>1</Value></a:value>"));
    for (body, plain) in [
        (state(" Changed"), state("Changed")),
        (state("Changed\n"), state("Changed")),
        (kind(" OptionSetValue"), kind("OptionSetValue")),
        (kind("OptionSetValue "), kind("OptionSetValue")),
    ] {
        assert_eq!(by_default(&body, Xml, Xml), Ok(plain.clone()), "{body}");
        assert!(strictly(&body, Xml, Xml).is_err(), "{body}");
        assert_eq!(strictly(&plain, Xml, Xml), Ok(plain));
    }
}
