use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use crate::command::{Served, command, fixture, run};

#[test]
fn the_one_line_is_a_connection_string() {
    let served = Served::with(&["--hub", "orders:2", "--hub", "returns", "--key-name", "till"]);
    let (address, key) = (served.address(), served.part("SharedAccessKey"));
    assert_eq!(
        served.connection,
        format!(
            "Endpoint=sb://{address};SharedAccessKeyName=till;SharedAccessKey={key};\
             EntityPath=orders;UseDevelopmentEmulator=true"
        )
    );
    let other = Served::new();
    assert_ne!(other.part("SharedAccessKey"), key, "each has a key of its own");
    assert_eq!(other.part("SharedAccessKeyName"), "RootManageSharedAccessKey");
}

#[cfg(unix)]
#[test]
fn signals_end_it_in_order() {
    for signal in ["TERM", "INT"] {
        let served = Served::with(&["--hub", "accounts:1", "--hub", "returns:2"]);
        let kill = format!("kill -{signal} {}", served.child.id());
        let sent = std::process::Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
        let ended = served.end();
        assert_eq!((ended.code, &*ended.stdout), (0, ""), "{ended:?}");
        let serving =
            "serving accounts, partitions: 1; returns, partitions: 2, at http://127.0.0.1:";
        assert!(ended.stderr.contains(serving), "{ended:?}");
        assert!(ended.stderr.ends_with("ended\n"), "{ended:?}");
    }
}

#[test]
fn what_cannot_be_served_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (address, hub, code, reason) in [
        (&*taken, "accounts", 1, "can't listen on 127.0.0.1:"),
        ("0.0.0.0:0", "accounts", 2, "only loopback addresses are served"),
        ("127.0.0.1:0", "a/b", 2, "`a/b` is no name of an event hub"),
        ("127.0.0.1:0", "accounts:0", 2, "can't have 0 partitions"),
        ("127.0.0.1:0", "accounts:x", 2, "the number of partitions is not a number"),
        ("somewhere", "accounts", 2, "expected an address and a port"),
    ] {
        let refused = run(command(&["local", "serve", "--http", address, "--hub", hub]));
        assert_eq!((refused.code, &*refused.stdout), (code, ""), "{refused:?}");
        assert!(refused.stderr.contains(reason), "{refused:?}");
    }
}

#[test]
fn an_empty_hub_has_no_events() {
    let events = Served::new().events();
    assert_eq!((events.code, &*events.stdout, &*events.stderr), (0, "", ""));
}

#[test]
fn events_that_cannot_be_shown_exit_with_1() {
    let served = Served::new();
    let url = |served: &Served, hub: &str| format!("http://{}/{hub}", served.address());
    let unknown = run(command(&["local", "events", &url(&served, "orders")]));
    assert_eq!((unknown.code, &*unknown.stdout), (1, ""), "{unknown:?}");
    assert!(unknown.stderr.contains("does not show events: refused: 404"), "{unknown:?}");

    let url = url(&served, "accounts");
    served.kill();
    let stopped = run(command(&["local", "events", &url]));
    assert_eq!((stopped.code, &*stopped.stdout), (1, ""), "{stopped:?}");
    assert!(stopped.stderr.contains("no local hub answers at 127.0.0.1:"), "{stopped:?}");
}

#[cfg(unix)]
#[test]
fn a_full_hub_says_that_it_drops_events() {
    let served = Served::with(&["--hub", "accounts:1", "--max-events", "2"]);
    let body = fixture("captured/005.json");
    let body = body.to_str().unwrap();
    for _ in 0..4 {
        let published = run(served.publish(&[body]));
        assert_eq!(published.code, 0, "{published:?}");
    }
    let events = served.events();
    assert_eq!((events.code, events.stdout.lines().count()), (0, 2), "{events:?}");
    let missing = "the hub has dropped the oldest 2 of the 4 events that arrived";
    assert!(events.stderr.contains(missing), "{events:?}");

    let kill = format!("kill -TERM {}", served.child.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let ended = served.end();
    let note = "hub accounts drops its oldest events from now on";
    assert_eq!(ended.stderr.matches(note).count(), 1, "{ended:?}");
}

#[test]
fn events_are_followed_until_the_local_hub_ends() {
    let served = Served::new();
    let url = format!("http://{}/accounts", served.address());
    let mut follow = command(&["local", "events", "--follow", &url]);
    let mut follow = follow.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    for sequence in 0..2 {
        let body = fixture("captured/005.json");
        assert_eq!(run(served.publish(&[body.to_str().unwrap()])).code, 0);
        let line = lines.next().unwrap().unwrap();
        assert!(line.contains(&format!("\"sequence\":{sequence},")), "{line}");
    }
    served.kill();
    assert!(lines.next().is_none());
    follow.wait().unwrap();
}

#[test]
fn a_second_line_and_a_file_are_for_clients_that_speak_amqp() {
    let folder = tempfile::tempdir().unwrap();
    let ready = folder.path().join("ready");
    let mut command =
        command(&["local", "serve", "--http", "127.0.0.1:0", "--amqp", "127.0.0.1:0"]);
    command.args(["--hub", "orders:2", "--ready-file"]).arg(&ready);
    let mut served = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(served.stdout.take().unwrap()).lines();
    let lines: Vec<_> = lines.take(2).collect::<Result<_, _>>().unwrap();
    let part = |line: usize, name: &str| {
        let mut parts = lines[line].split(';').filter_map(|it| it.split_once('='));
        parts.find(|(it, _)| *it == name).unwrap().1.to_owned()
    };
    assert_ne!(part(0, "Endpoint"), part(1, "Endpoint"));
    assert_eq!(part(0, "SharedAccessKey"), part(1, "SharedAccessKey"));
    assert_eq!(part(1, "UseDevelopmentEmulator"), "true");

    // AMQP is spoken there: a peer that speaks something else learns it.
    let address = part(1, "Endpoint").replace("sb://", "");
    let mut stream = TcpStream::connect(address.trim_end_matches('/')).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut header = [0; 8];
    stream.read_exact(&mut header).unwrap();
    assert_eq!(&header, b"AMQP\x03\x01\x00\x00");

    // The file comes after the lines.
    while !ready.exists() {
        std::thread::yield_now();
    }
    assert_eq!(std::fs::read_to_string(&ready).unwrap(), lines.join("\n") + "\n");
    served.kill().unwrap();
    served.wait().unwrap();
}

#[test]
fn a_client_trusts_the_certificate_that_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("certificate.pem");
    let out = certificate.to_str().unwrap();
    let served = Served::with(&["--hub", "accounts:1", "--tls", "--tls-out", out]);
    assert!(!served.connection.contains("UseDevelopmentEmulator"), "{}", served.connection);
    let body = fixture("captured/005.json");
    let body = body.to_str().unwrap();
    let mut trusting = served.publish(&[body]);
    trusting.env("SSL_CERT_FILE", &certificate);
    let published = run(trusting);
    assert_eq!(published.code, 0, "{published:?}");

    let url = format!("https://{}/accounts", served.address());
    let mut events = command(&["local", "events", &url]);
    events.env("SSL_CERT_FILE", &certificate);
    let events = run(events);
    assert_eq!((events.code, events.stdout.lines().count()), (0, 1), "{events:?}");
    let refused = run(command(&["local", "events", &url]));
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("no local hub that is trusted answers"), "{refused:?}");
}

#[test]
fn a_certificate_is_given_whole_or_made() {
    for arguments in [
        &["--tls"][..],
        &["--tls-out", "a.pem"],
        &["--tls", "--tls-cert", "a.pem"],
        &["--tls", "--tls-key", "a.pem"],
        &["--tls", "--tls-cert", "a.pem", "--tls-key", "b.pem", "--tls-out", "c.pem"],
    ] {
        let mut command = command(&["local", "serve", "--http", "127.0.0.1:0", "--hub", "a"]);
        command.args(arguments);
        let refused = run(command);
        assert_eq!((refused.code, &*refused.stdout), (2, ""), "{arguments:?} {refused:?}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let mut command = command(&["local", "serve", "--http", "127.0.0.1:0", "--hub", "a", "--tls"]);
    command.args(["--tls-cert", path, "--tls-key", path]);
    let refused = run(command);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("there is no certificate in the PEM"), "{refused:?}");
}

/// The sample of the emulator's documentation, with another hub.
const CONFIG: &str = r#"{
  "UserConfig": {
    "NamespaceConfig": [
      {
        "Type": "EventHub",
        "Name": "emulatorNs1",
        "Entities": [
          { "Name": "eh1", "PartitionCount": "2", "ConsumerGroups": [{ "Name": "cg1" }] },
          { "Name": "eh2", "PartitionCount": 3, "ConsumerGroups": [] }
        ]
      }
    ],
    "LoggingConfig": { "Type": "File" }
  }
}"#;

#[cfg(unix)]
#[test]
fn the_configuration_of_the_emulator_is_served_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("Config.json");
    std::fs::write(&config, CONFIG).unwrap();
    let data = folder.path().join("data");
    let (config, data) = (config.to_str().unwrap(), data.to_str().unwrap());
    let end = |served: Served| {
        let kill = format!("kill -TERM {}", served.child.id());
        assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        served.end().stderr
    };
    let served = Served::with(&["--config", config, "--data", data]);
    assert_eq!(served.part("EntityPath"), "eh1");
    let key = served.part("SharedAccessKey").to_owned();
    let stderr = end(served);
    assert!(stderr.contains("LoggingConfig of"), "{stderr}");
    assert!(stderr.contains("serving eh1, partitions: 2; eh2, partitions: 3, at"), "{stderr}");

    let served = Served::with(&["--data", data, "--hub", "eh2:3"]);
    assert_eq!(served.part("EntityPath"), "eh2");
    assert_eq!(served.part("SharedAccessKey"), key);
    let second = command(&["local", "serve", "--http", "127.0.0.1:0", "--data", data]);
    let second = run(second);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.stderr.contains("another local hub uses"), "{second:?}");
    let stderr = end(served);
    assert!(stderr.contains("serving eh1, partitions: 2; eh2, partitions: 3, at"), "{stderr}");

    std::fs::write(config, CONFIG.replace("\"2\"", "\"two\"")).unwrap();
    let refused = run(command(&["local", "serve", "--http", "127.0.0.1:0", "--config", config]));
    assert_eq!(refused.code, 2, "{refused:?}");
    let place = "line 8, column 50: PartitionCount is not a number from 1 to 1024";
    assert!(refused.stderr.contains(place), "{refused:?}");
}
