//! Proxies and root certificates, as arguments and in the environment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread::{self, JoinHandle};

use crate::command::{Served, command, fixture, run};

const AZURE: &str = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=send;\
    SharedAccessKey=r9rdIglXNiIPN2Lgj/HyhgOuq+aGht0qH3n+/lYQhfo=;EntityPath=accounts";

/// A proxy that refuses its first tunnel, and returns the line that asked for it.
struct Proxy {
    port: u16,
    asked: JoinHandle<String>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the machine has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("the listener lives");
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let asked = lines.next().expect("a request has a line");
            assert!(lines.any(|it| it.is_empty()), "a request has an end");
            let refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
            (&stream).write_all(refusal).expect("the command waits for an answer");
            asked
        });
        Self { port, asked }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// `publish` to Azure, without the variables that name proxies.
fn publish(arguments: &[&str]) -> Command {
    let mut command = command(&["publish"]);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    command.args(arguments).arg(fixture("captured/005.json"));
    command.env("EVENTHUB_CONNECTION_STRING", AZURE);
    command
}

#[test]
fn a_tunnel_is_asked_for_at_the_proxy_of_the_arguments_or_else_of_the_environment() {
    for is_argument in [true, false] {
        let proxy = Proxy::start();
        let published = run(match is_argument {
            true => {
                let mut command = publish(&["--proxy", &proxy.url()]);
                // Nothing listens there.
                command.env("HTTPS_PROXY", "http://127.0.0.1:1");
                command
            }
            false => {
                let mut command = publish(&[]);
                command.env("HTTPS_PROXY", proxy.url());
                command
            }
        });
        assert_eq!(published.code, 1, "{published:?}");
        let asked = proxy.asked.join().expect("it was asked");
        assert_eq!(asked, "CONNECT contoso.servicebus.windows.net:443 HTTP/1.1");
    }
}

#[test]
fn a_certificate_is_trusted_if_its_file_is_given() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let certificate = folder.path().join("hub.pem");
    let certificate = certificate.to_str().expect("a path of text");
    let served = Served::with(&["--hub", "accounts:1", "--tls", "--tls-out", certificate]);
    let body = fixture("captured/005.json");
    let body = body.to_str().expect("a path of text");
    let trusting = run(served.publish(&["--ca-file", certificate, body]));
    assert_eq!(trusting.code, 0, "{trusting:?}");
    let mut hubs = command(&["hub", "list", "--ca-file", certificate]);
    hubs.env("EVENTHUB_CONNECTION_STRING", &served.connection);
    assert_eq!(run(hubs).json_lines().len(), 1);

    let doubting = run(served.publish(&[body]));
    let lines = doubting.json_lines();
    assert_eq!((doubting.code, lines[0]["cause"].as_str()), (1, Some("tls")), "{doubting:?}");
}

#[test]
fn a_password_is_no_argument() {
    for url in ["http://user:password@proxy:3128", "user:password@proxy:3128"] {
        let published = run(publish(&["--proxy", url]));
        assert_eq!((published.code, published.stdout.as_str()), (2, ""));
        assert_eq!(
            published.stderr,
            "xrm-eventhub: --proxy must not contain a user name or password; set HTTPS_PROXY instead\n"
        );
    }
}

#[test]
fn what_cannot_be_used_is_named_by_its_option() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("the folder can be written to");
        path.to_str().expect("a path of text").to_owned()
    };
    let absent = folder.path().join("absent").to_str().expect("a path of text").to_owned();
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (arguments, starts) in [
        (["--ca-file", &absent], format!("{absent} can't be read: ")),
        (["--ca-file", &file("empty", "")], "--ca-file can't be used: ".to_owned()),
        (["--ca-file", &file("key", key)], "--ca-file can't be used: ".to_owned()),
        (["--ca-file", &file("broken", broken)], "--ca-file can't be used: ".to_owned()),
        (["--proxy", "http://"], "--proxy can't be used: ".to_owned()),
    ] {
        let published = run(publish(&arguments));
        assert_eq!(published.code, 2, "{published:?}");
        let said = published.stderr.strip_prefix("xrm-eventhub: ");
        assert!(said.is_some_and(|it| it.starts_with(&starts)), "{published:?}");
    }
}

#[test]
fn each_command_that_sends_has_both_options() {
    for command_line in [
        &["publish"][..],
        &["trigger"],
        &["jobs", "run"],
        &["registration", "test"],
        &["hub", "list"],
        &["hub", "publisher", "revoke"],
    ] {
        let mut help = command(command_line);
        help.arg("--help");
        let help = run(help).stdout;
        for text in
            ["--ca-file <FILE>", "--proxy <URL>", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"]
        {
            assert!(help.contains(text), "{command_line:?} {text}: {help}");
        }
    }
}
