//! Reading, refusing and writing connection strings.

use azure_sas::{ConnectionString, Credential, Endpoint, Error, Part, Reason};
use proptest::prelude::*;

const TOKEN: &str = "SharedAccessSignature sr=sb%3A%2F%2Fh%2Forders\
    &sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D&se=1578099723&skn=send";

fn read(text: &str) -> ConnectionString {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn check(text: &str, part: Part, reason: Reason) {
    assert_eq!(
        text.parse::<ConnectionString>(),
        Err(Error::ConnectionString { part, reason }),
        "{text}"
    );
}

fn check_position(text: &str, position: usize, reason: Reason) {
    let expected = Error::ConnectionStringPart { position, reason };
    assert_eq!(text.parse::<ConnectionString>(), Err(expected), "{text}");
}

#[test]
fn every_part_is_read() {
    let connection = read(
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;\
         SharedAccessKey=c2VjcmV0==;EntityPath=orders",
    );
    assert_eq!(connection.endpoint().host(), "contoso.servicebus.windows.net");
    assert_eq!(connection.endpoint().port(), None);
    assert_eq!(connection.key_name(), "send");
    assert_eq!(connection.key().unwrap().reveal(), "c2VjcmV0==");
    assert_eq!(connection.entity_path(), Some("orders"));
    assert!(!connection.endpoint().is_emulator());
    assert!(connection.signature().is_none());
}

#[test]
fn spelling_is_free_where_clients_are_lenient() {
    let plain = read("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k=;EntityPath=e");
    for text in [
        "endpoint=sb://h/;sharedaccesskeyname=n;SHAREDACCESSKEY=k=;entitypath=e",
        "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k=;EntityPath=e;",
        ";;Endpoint=sb://h/;; ;SharedAccessKeyName=n;SharedAccessKey=k=;;EntityPath=e",
        " Endpoint = sb://h/ ; SharedAccessKeyName = n ; SharedAccessKey = k= ; EntityPath = e ",
        "EntityPath=e;SharedAccessKey=k=;SharedAccessKeyName=n;Endpoint=SB://h",
        "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k=;EntityPath=e;Foo=bar;Baz=",
        "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k=;EntityPath=e;\
         UseDevelopmentEmulator=false",
    ] {
        assert_eq!(read(text), plain, "{text}");
        assert_eq!(ConnectionString::try_from(text), Ok(plain.clone()), "{text}");
    }
}

#[test]
fn a_ready_made_token_is_kept_whole() {
    let connection = read(&format!("Endpoint=sb://h/;SharedAccessSignature={TOKEN}"));
    let Credential::Signature(signature) = connection.credential() else {
        panic!("a signature was given")
    };
    assert_eq!(signature.reveal(), TOKEN);
    assert_eq!(connection.key_name(), "send");
    assert_eq!(connection.signer().err(), Some(Error::NoKey));
    assert!(connection.key().is_none());
}

#[test]
fn a_missing_or_malformed_part_is_named() {
    use Part::*;
    let key = "SharedAccessKeyName=n;SharedAccessKey=k";
    check("", Endpoint, Reason::Missing);
    check(" ; ;", Endpoint, Reason::Missing);
    check(key, Endpoint, Reason::Missing);
    check("Endpoint=sb://h/", SharedAccessKey, Reason::Missing);
    check("Endpoint=sb://h/;SharedAccessKeyName=n", SharedAccessKey, Reason::Missing);
    check("Endpoint=sb://h/;SharedAccessKey=k", SharedAccessKeyName, Reason::Missing);
    for part in ["Endpoint", "SharedAccessKeyName", "SharedAccessKey", "EntityPath"] {
        let named = [Endpoint, SharedAccessKeyName, SharedAccessKey, EntityPath]
            .into_iter()
            .find(|known| known.name() == part)
            .unwrap();
        check(&format!("{part}= "), named, Reason::Empty);
        check(&format!("{part}=a;{}=b", part.to_lowercase()), named, Reason::Repeated);
        check(&format!("{part}=a\u{7}b"), named, Reason::Character);
    }
    check("SharedAccessSignature=", SharedAccessSignature, Reason::Empty);
    check("UseDevelopmentEmulator=", UseDevelopmentEmulator, Reason::Empty);
    check(
        &format!("Endpoint=sb://h/;{key};SharedAccessSignature={TOKEN}"),
        SharedAccessKey,
        Reason::SecondCredential,
    );
    check(
        &format!("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessSignature={TOKEN}"),
        SharedAccessKeyName,
        Reason::SecondCredential,
    );
    check_position("Endpoint=sb://h/;;SharedAccessKey", 3, Reason::NoEquals);
    check_position("nonsense", 1, Reason::NoEquals);
    check_position("Endpoint=sb://h/; =x", 2, Reason::NoName);
}

#[test]
fn quotes_of_a_shell_or_of_json_are_told() {
    for quoted in
        ["\"Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k\"", " 'Endpoint=sb://h/'"]
    {
        assert_eq!(quoted.parse::<ConnectionString>(), Err(Error::Quoted));
    }
}

#[test]
fn a_malformed_token_inside_is_an_error_of_the_token() {
    let error = "Endpoint=sb://h/;SharedAccessSignature=sr=x".parse::<ConnectionString>();
    assert_eq!(error, Err(Error::NotASignature));
}

#[test]
fn an_endpoint_has_a_host_and_perhaps_a_port() {
    for (text, host, port, origin) in [
        ("sb://h", "h", None, "https://h"),
        ("sb://Contoso.example/", "Contoso.example", None, "https://Contoso.example"),
        ("sb://h:443/", "h", Some(443), "https://h"),
        ("sb://h:80/", "h", Some(80), "https://h:80"),
        ("sb://h:8443", "h", Some(8443), "https://h:8443"),
        ("sb://127.0.0.1:5123/", "127.0.0.1", Some(5123), "https://127.0.0.1:5123"),
        ("sb://[::1]", "[::1]", None, "https://[::1]"),
        ("sb://[2001:db8::7]:9/", "[2001:db8::7]", Some(9), "https://[2001:db8::7]:9"),
    ] {
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!(endpoint.host(), host);
        assert_eq!(endpoint.port(), port);
        assert_eq!(endpoint.origin(), origin);
        assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
    }
    let long = format!("sb://{}", "a.".repeat(127) + "a");
    for (text, reason) in [
        ("//h", Reason::Scheme),
        ("h/x", Reason::Path),
        ("", Reason::Host),
        ("https://h", Reason::Scheme),
        ("http://h", Reason::Scheme),
        ("sb://", Reason::Host),
        ("sb:///", Reason::Host),
        ("sb://:80", Reason::Host),
        ("sb://h..x", Reason::Host),
        ("sb://h x", Reason::Host),
        ("sb://name:secret@h", Reason::Port),
        ("sb://name@h", Reason::Host),
        ("sb://h\u{e9}", Reason::Host),
        ("sb://::1", Reason::Host),
        ("sb://[::1", Reason::Host),
        ("sb://[h]", Reason::Host),
        (&long, Reason::Host),
        ("sb://h:", Reason::Port),
        ("sb://h:0", Reason::Port),
        ("sb://h:+1", Reason::Port),
        ("sb://h:65536", Reason::Port),
        ("sb://h/orders", Reason::Path),
        ("sb://h//", Reason::Path),
        ("sb://h?x", Reason::Path),
        ("sb://h#x", Reason::Path),
    ] {
        let expected = Error::ConnectionString { part: Part::Endpoint, reason };
        assert_eq!(text.parse::<Endpoint>(), Err(expected), "{text}");
    }
}

#[test]
fn plain_text_needs_the_flag_and_a_loopback_host() {
    let with = |host: &str, flag: &str| {
        format!("Endpoint=sb://{host};SharedAccessKeyName=n;SharedAccessKey=k;{flag}")
    };
    for (host, origin) in [
        ("localhost", "http://localhost"),
        ("LocalHost:80", "http://LocalHost"),
        ("localhost:443", "http://localhost:443"),
        ("127.0.0.1:5123", "http://127.0.0.1:5123"),
        ("127.255.0.9", "http://127.255.0.9"),
        ("[::1]:5123", "http://[::1]:5123"),
    ] {
        for flag in ["UseDevelopmentEmulator=true", "usedevelopmentemulator=True"] {
            let connection = read(&with(host, flag));
            assert_eq!(connection.endpoint().origin(), origin);
            assert!(connection.endpoint().is_emulator());
        }
        assert!(read(&with(host, "")).endpoint().origin().starts_with("https://"));
    }
    for host in [
        "contoso.servicebus.windows.net",
        "128.0.0.1",
        "127.1",
        "0.0.0.0",
        "localhost.example",
        "[::]",
    ] {
        let part = Part::UseDevelopmentEmulator;
        check(&with(host, "UseDevelopmentEmulator=true"), part, Reason::NotLoopback);
    }
    let yes = with("localhost", "UseDevelopmentEmulator=yes");
    check(&yes, Part::UseDevelopmentEmulator, Reason::NotBoolean);
}

#[test]
fn an_emulator_in_a_container_is_taken_if_that_is_allowed() {
    // As documentation of the emulator has it, but for the hub.
    let text = "Endpoint=sb://host.docker.internal:5123;SharedAccessKeyName=RootManageSharedAccessKey;\
        SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;EntityPath=eh1";
    check(text, Part::UseDevelopmentEmulator, Reason::NotLoopback);
    let connection = ConnectionString::with_plain_host(text).unwrap();
    assert_eq!(connection.endpoint().origin(), "http://host.docker.internal:5123");
    assert_eq!(connection.entity_path(), Some("eh1"));
    // Without the flag, it is one as any other; and everything else is checked as before.
    let secure = text.replace("UseDevelopmentEmulator=true;", "");
    let connection = ConnectionString::with_plain_host(&secure).unwrap();
    assert_eq!(connection.endpoint().origin(), "https://host.docker.internal:5123");
    assert_eq!(Ok(connection), secure.parse());
    let keyless = text.replace("SharedAccessKey=SAS_KEY_VALUE;", "");
    let missing = Error::ConnectionString { part: Part::SharedAccessKey, reason: Reason::Missing };
    assert_eq!(ConnectionString::with_plain_host(&keyless), Err(missing));
}

#[test]
fn writing_and_reading_give_the_same() {
    for text in [
        "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k==",
        "Endpoint=sb://h:7/;SharedAccessKeyName=n;SharedAccessKey=k=;EntityPath=e",
        "Endpoint=sb://[::1]:7;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=e;\
         UseDevelopmentEmulator=true",
        &format!("Endpoint=sb://h/;SharedAccessSignature={TOKEN};EntityPath=e"),
    ] {
        let connection = read(text);
        assert_eq!(connection.to_secret_string().as_str(), text);
        assert_eq!(read(&connection.to_secret_string()), connection);
    }
}

#[test]
fn one_that_is_made_reads_back() {
    let key = |text: &str| azure_sas::SharedAccessKey::new(text).unwrap();
    let endpoint = || "sb://h:7/".parse::<Endpoint>().unwrap();
    for path in [None, Some("e")] {
        let made = ConnectionString::new(endpoint(), "a b", key("k=="), path).unwrap();
        assert_eq!(read(&made.to_secret_string()), made);
    }
    for (name, secret, path, part, reason) in [
        ("", "k", None, Part::SharedAccessKeyName, Reason::Empty),
        ("a;b", "k", None, Part::SharedAccessKeyName, Reason::Character),
        (" a", "k", None, Part::SharedAccessKeyName, Reason::Character),
        ("a\n", "k", None, Part::SharedAccessKeyName, Reason::Character),
        ("a", "k;", None, Part::SharedAccessKey, Reason::Character),
        ("a", "k", Some(""), Part::EntityPath, Reason::Empty),
        ("a", "k", Some("e;f"), Part::EntityPath, Reason::Character),
    ] {
        let error = ConnectionString::new(endpoint(), name, key(secret), path).unwrap_err();
        assert_eq!(error, Error::ConnectionString { part, reason }, "{name:?} {path:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = text.parse::<ConnectionString>();
        let _ = text.parse::<Endpoint>();
    }

    #[test]
    fn any_near_miss_is_read_or_refused(
        parts in prop::collection::vec((part_name(), "[ -~\u{e9}\u{0}]{0,12}|sb://h/?|true"), 0..8),
    ) {
        let text: Vec<_> = parts.iter().map(|(name, value)| format!("{name}{value}")).collect();
        if let Ok(connection) = text.join(";").parse::<ConnectionString>() {
            let written = connection.to_secret_string();
            prop_assert_eq!(written.parse::<ConnectionString>(), Ok(connection));
        }
    }

    #[test]
    fn any_valid_parts_round_trip(
        host in "[a-z0-9]{1,8}(\\.[a-z0-9]{1,8}){0,2}",
        port in prop::option::of(1u16..),
        name in "[!-:<-~]([ -:<-~]{0,20}[!-:<-~])?",
        key in "[!-:<-~]{1,60}",
        hub in prop::option::of("[A-Za-z0-9._-]{1,20}"),
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let hub_part = hub.as_ref().map(|hub| format!(";EntityPath={hub}")).unwrap_or_default();
        let text = format!(
            "Endpoint=sb://{host}{port}/;SharedAccessKeyName={name};SharedAccessKey={key}{hub_part}"
        );
        let connection: ConnectionString = text.parse().unwrap();
        prop_assert_eq!(connection.key_name(), name);
        prop_assert_eq!(connection.key().unwrap().reveal(), key);
        prop_assert_eq!(connection.entity_path(), hub.as_deref());
        prop_assert!(connection.to_secret_string().as_str() == text);
    }
}

fn part_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Endpoint=",
        "SharedAccessKeyName=",
        "SharedAccessKey=",
        "SharedAccessSignature=",
        "SharedAccessSignature=SharedAccessSignature ",
        "EntityPath=",
        "UseDevelopmentEmulator=",
        "Other=",
        "=",
        "",
    ])
}

/// As first-party tools accept it.
#[test]
fn an_endpoint_may_lack_its_scheme() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/registration/no-scheme.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let connection: ConnectionString = text.trim().parse().unwrap();
    assert_eq!(connection.endpoint().origin(), "https://contoso.servicebus.windows.net");
    assert_eq!(connection.entity_path(), Some("hub"));
}
