//! `trigger`, and the commands that register.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Run, Served, command, fixture, run};

/// A folder with a registration of one endpoint and one step.
struct Setup {
    served: Served,
    folder: tempfile::TempDir,
}

impl Setup {
    fn new() -> Self {
        let setup = Self { served: Served::new(), folder: tempfile::tempdir().expect("a folder") };
        let added = setup.run(&[
            "registration",
            "add-endpoint",
            "r.toml",
            "--name",
            "Accounts",
            "--variable",
            "HUB",
        ]);
        assert_eq!((added.code, &*added.stderr), (0, ""), "{added:?}");
        let added =
            setup.add_step(&["--message", "Update", "--table", "account", "--filter", "name"]);
        assert_eq!((added.code, &*added.stderr), (0, ""), "{added:?}");
        setup
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = command(arguments);
        command.current_dir(self.folder.path()).env("HUB", &self.served.connection);
        run(command)
    }

    fn add_step(&self, arguments: &[&str]) -> Run {
        let start = ["registration", "add-step", "r.toml", "--endpoint", "Accounts"];
        self.run(&[&start, arguments].concat())
    }

    fn trigger(&self, arguments: &[&str]) -> Run {
        self.run(&[&["trigger", "--registration", "r.toml"], arguments].concat())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder can be written to");
    }
}

const UPDATE: &str = r#"{"message": "Update", "target": {"LogicalName": "account",
    "Id": "5a7d3f0e-8f5b-4a44-9d3e-0c1d2e3f0001", "Attributes": {"name": "Contoso"}}}"#;

#[test]
fn what_no_step_fires_on_is_told() {
    let setup = Setup::new();
    setup.write("delete.json", r#"{"message": "Delete", "table": "account"}"#);
    let none = setup.trigger(&["delete.json"]);
    let told =
        "xrm-eventhub: delete.json: no step fires; `xrm-eventhub registration explain` shows why\n";
    assert_eq!((none.code, &*none.stdout, &*none.stderr), (0, "", told));
}

#[test]
fn a_recorded_body_is_done_again() {
    let setup = Setup::new();
    let added = setup.add_step(&["--message", "Create", "--table", "albxrm_alltypes"]);
    assert_eq!(added.code, 0, "{added:?}");
    let body = fixture("captured/005.json");
    let again = setup.trigger(&["--recorded", body.to_str().expect("a path of text")]);
    assert_eq!((again.code, &*again.stderr), (0, ""));
    assert_eq!(again.json_lines()[0]["name"], "Accounts: Create of albxrm_alltypes");
}

#[test]
fn why_a_recorded_body_fires_nothing_is_explained() {
    let setup = Setup::new();
    let body = fixture("captured/005.json");
    let start = ["registration", "explain", "r.toml", "--recorded"];
    let explained = setup.run(&[&start[..], &[body.to_str().expect("a path of text")]].concat());
    assert_eq!((explained.code, &*explained.stderr), (0, ""));
    assert!(explained.stdout.contains("it is registered on another message"), "{explained:?}");
}

#[test]
fn an_operation_is_no_recorded_body() {
    let setup = Setup::new();
    setup.write("update.json", UPDATE);
    let taken = setup.trigger(&["--recorded", "update.json"]);
    let told = "xrm-eventhub: update.json contains no operation: it has no MessageName\n";
    assert_eq!((taken.code, &*taken.stdout, &*taken.stderr), (2, "", told));
}

#[test]
fn what_can_not_be_read_keeps_nothing_else_from_firing() {
    let setup = Setup::new();
    setup.write("update.json", UPDATE);
    setup.write("odd.json", r#"{"message": "Update", "tabel": "account"}"#);
    let mixed = setup.trigger(&["missing.json", "odd.json", "update.json"]);
    assert_eq!(mixed.code, 2, "{mixed:?}");
    assert_eq!(mixed.json_lines().len(), 1);
    assert!(mixed.stderr.contains("missing.json can't be read"), "{mixed:?}");
    assert!(mixed.stderr.contains("odd.json is not a valid operation"), "{mixed:?}");
}

#[test]
fn jobs_can_be_left_to_a_worker() {
    let setup = Setup::new();
    setup.write("update.json", UPDATE);
    let store = ["--store", "sqlite:jobs.db"];
    let left = setup.trigger(&[&store[..], &["--enqueue", "update.json"]].concat());
    assert_eq!((left.code, left.json_lines()[0]["statuscode"].as_i64()), (0, Some(0)), "{left:?}");
    assert_eq!(setup.served.events().stdout, "");
    let start = ["jobs", "run", "--registration", "r.toml", "--until-done"];
    let worked = setup.run(&[&start[..], &store].concat());
    assert_eq!(worked.json_lines()[0]["succeeded"], 1, "{worked:?}");
    assert_eq!(setup.served.events().json_lines().len(), 1);
}

#[test]
fn a_registration_that_can_not_work_exits_with_2() {
    let setup = Setup::new();
    setup.write("update.json", UPDATE);
    let mut keyless = command(&["trigger", "--registration", "r.toml", "update.json"]);
    keyless.current_dir(setup.folder.path()).env_remove("HUB");
    let keyless = run(keyless);
    let told = "xrm-eventhub: the environment variable HUB is not set, which is to hold the secret of \
                the endpoint `Accounts`\n";
    assert_eq!((keyless.code, &*keyless.stderr), (2, told));

    let mut wrong = command(&["trigger", "--registration", "r.toml", "update.json"]);
    wrong
        .current_dir(setup.folder.path())
        .env("HUB", "Endpoint=sb://contoso/;SharedAccessKey=secret");
    let wrong = run(wrong);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("HUB can't be used") && !wrong.stderr.contains("secret"));
}

#[test]
fn a_connection_string_of_something_else_is_told() {
    let setup = Setup::new();
    setup.write("update.json", UPDATE);
    let own = &setup.served.connection;
    for (other, part) in [
        (own.replace("EntityPath=accounts", "EntityPath=orders"), "EntityPath"),
        (own.replace("RootManage", "Manage"), "SharedAccessKeyName"),
        (own.replace("127.0.0.1", "127.0.0.2"), "Endpoint"),
    ] {
        let mut command = command(&["trigger", "--registration", "r.toml", "update.json"]);
        command.current_dir(setup.folder.path()).env("HUB", other);
        let told = format!(
            "xrm-eventhub: the connection string in HUB has another {part} than the endpoint \
             Accounts, whose own is used\n"
        );
        let run = run(command);
        assert_eq!((run.code, &*run.stderr), (0, &*told));
    }
}

#[test]
fn a_secret_in_place_of_a_variable_is_not_shown() {
    let setup = Setup::new();
    let secret = &setup.served.connection;
    let start = ["registration", "add-endpoint", "other.toml", "--name", "Other", "--variable"];
    let refused = setup.run(&[&start[..], &[secret]].concat());
    assert_eq!((refused.code, &*refused.stdout), (2, ""));
    assert!(refused.stderr.contains("what was given is none"), "{refused:?}");
    assert!(!refused.stderr.contains("SharedAccessKey"), "{refused:?}");
    assert!(!setup.path("other.toml").exists());
}

#[test]
fn steps_of_plug_ins_are_left_out() {
    let setup = Setup::new();
    setup.write("update.json", UPDATE);
    let mut document = fs::read_to_string(setup.path("r.toml")).expect("it was made");
    document.push_str(
        r#"
[[plugin_types]]
id = "00000000-0000-0000-0000-000000000003"
name = "Contoso.Enrich"

[[steps]]
id = "00000000-0000-0000-0000-000000000004"
name = "Enrich"
event_handler = "00000000-0000-0000-0000-000000000003"
event_handler_type = "plugintype"
message = "Update"
table = "account"
"#,
    );
    setup.write("r.toml", &document);
    let fired = setup.trigger(&["update.json"]);
    assert_eq!((fired.code, fired.json_lines().len()), (0, 1), "{fired:?}");
    assert_eq!(fired.stderr, "xrm-eventhub: the step Enrich is left out: it runs a plug-in\n");
}

#[test]
fn what_stands_in_a_document_stays_as_it_is() {
    let setup = Setup::new();
    let mut document = fs::read_to_string(setup.path("r.toml")).expect("it was made");
    document = format!("# By hand.\nmax_depth = 5\n\n{document}# The end.\n");
    setup.write("r.toml", &document);
    assert_eq!(setup.add_step(&["--message", "Delete", "--table", "account"]).code, 0);
    let longer = fs::read_to_string(setup.path("r.toml")).expect("it is there");
    assert!(longer.starts_with(document.trim_end()), "{longer}");
    assert!(longer.contains("message = \"Delete\""), "{longer}");
}

#[test]
fn a_document_in_json_is_added_to_as_well() {
    let setup = Setup::new();
    let add = ["--name", "Accounts", "--variable", "HUB"];
    let added = setup.run(&[&["registration", "add-endpoint", "r.json"], &add[..]].concat());
    assert_eq!(added.code, 0, "{added:?}");
    let step = ["--endpoint", "Accounts", "--message", "Create"];
    let added = setup.run(&[&["registration", "add-step", "r.json"], &step[..]].concat());
    assert_eq!(added.code, 0, "{added:?}");
    assert_eq!(setup.run(&["registration", "check", "r.json"]).stdout, "");
}

#[test]
fn what_breaks_rules_is_not_registered() {
    let setup = Setup::new();
    let before = fs::read(setup.path("r.toml")).expect("it was made");
    let refused =
        setup.add_step(&["--message", "Create", "--table", "account", "--pre-image", "Before"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("Create has no record before"), "{refused:?}");
    let again =
        ["registration", "add-endpoint", "r.toml", "--name", "ACCOUNTS", "--variable", "HUB"];
    assert_eq!(setup.run(&again).code, 1, "names are unique");
    let strange = setup.run(&[
        "registration",
        "add-step",
        "r.toml",
        "--endpoint",
        "Orders",
        "--message",
        "Update",
    ]);
    let told = "xrm-eventhub: the registration has no endpoint named Orders\n";
    assert_eq!((strange.code, &*strange.stderr), (2, told));
    assert_eq!(fs::read(setup.path("r.toml")).expect("it is there"), before);

    setup.write("inline.toml", "endpoints = []\n");
    let add = ["registration", "add-endpoint", "inline.toml", "--name", "A", "--variable", "HUB"];
    let told = |name: &str| {
        format!("xrm-eventhub: {name} can't be added to, for what it is or how it is written\n")
    };
    let refused = setup.run(&add);
    assert_eq!((refused.code, refused.stderr), (2, told("inline.toml")));
    let add = ["registration", "add-endpoint", "-", "--name", "A", "--variable", "HUB"];
    let refused = setup.run(&add);
    assert_eq!((refused.code, refused.stderr), (2, told("standard input")));
    assert!(Path::new(&setup.path("inline.toml")).exists());
}

#[test]
fn a_recorded_body_that_is_misread_is_done_by_force_only() {
    let setup = Setup::new();
    let added = setup.add_step(&["--message", "Update", "--table", "contact"]);
    assert_eq!(added.code, 0, "{added:?}");
    setup.write(
        "body.json",
        r#"{"MessageName":"Update","PrimaryEntityName":"contact","primaryEntityId":"x"}"#,
    );
    let refused = setup.trigger(&["--recorded", "body.json"]);
    assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("body.json is not an execution context: "), "{refused:?}");
    let forced = setup.trigger(&["--recorded", "--force", "body.json"]);
    assert_eq!(forced.json_lines().len(), 1, "{forced:?}");
}

#[test]
fn an_endpoint_is_tested() {
    let setup = Setup::new();
    let test = |more: &[&str]| {
        setup.run(&[&["registration", "test", "r.toml", "--endpoint", "Accounts"], more].concat())
    };
    let dry = test(&["--dry-run"]);
    assert_eq!((dry.code, &*dry.stderr), (0, ""), "{dry:?}");
    assert!(dry.stdout.contains("token: made for the hub"), "{}", dry.stdout);
    assert!(dry.stdout.contains("host: 127.0.0.1 resolves"), "{}", dry.stdout);
    let posted = test(&[]);
    assert_eq!((posted.code, &*posted.stderr), (0, ""), "{posted:?}");
    assert!(posted.stdout.contains("event: accepted by the hub"), "{}", posted.stdout);
    let absent = setup.run(&["registration", "test", "r.toml", "--endpoint", "Contacts"]);
    assert_eq!(absent.code, 2);
}

/// The token of a policy, made elsewhere: no key is known here.
#[test]
fn an_endpoint_with_a_token_publishes_with_it() {
    let setup = Setup::new();
    let connection = &setup.served.connection;
    let part = |name: &str| {
        let parts = connection.split(';').filter_map(|it| it.split_once('='));
        parts.into_iter().find(|(it, _)| *it == name).expect("it has the part").1
    };
    let address = part("Endpoint").trim_start_matches("sb://").trim_end_matches('/');
    let uri = format!("http://{address}/{}", part("EntityPath"));
    let mut sign = command(&[
        "sas",
        "sign",
        "--uri",
        &uri,
        "--key-name",
        part("SharedAccessKeyName"),
        "--expiry",
        "4102444800",
    ]);
    sign.env("EVENTHUB_SHARED_ACCESS_KEY", part("SharedAccessKey"));
    let token = run(sign).stdout;
    assert!(token.starts_with("SharedAccessSignature sr="), "{token}");
    let document = fs::read_to_string(setup.path("r.toml")).unwrap();
    let by_token = document
        .replace("auth_type = \"SAS Key\"", "auth_type = \"SAS Token\"")
        .replace("sas_key_variable = \"HUB\"", "sas_token_variable = \"TOKEN\"");
    assert_ne!(by_token, document);
    setup.write("t.toml", &by_token);
    setup.write("update.json", UPDATE);
    let with = |token: Option<&str>, arguments: &[&str]| {
        let mut command = command(arguments);
        command.current_dir(setup.folder.path());
        if let Some(token) = token {
            command.env("TOKEN", token);
        }
        run(command)
    };
    let test = ["registration", "test", "t.toml", "--endpoint", "Accounts"];
    let tested = with(Some(&token), &test);
    assert_eq!((tested.code, &*tested.stderr), (0, ""), "{tested:?}");
    assert!(tested.stdout.contains("event: accepted by the hub"), "{}", tested.stdout);
    let trigger = ["trigger", "--registration", "t.toml", "update.json"];
    let triggered = with(Some(&token), &trigger);
    assert_eq!(triggered.code, 0, "{triggered:?}");
    assert_eq!(triggered.json_lines()[0]["statuscode"], 30);
    let without = with(None, &test);
    assert_eq!(without.code, 2);
    assert!(without.stderr.contains("TOKEN is not set"), "{without:?}");
    for shown in [&tested, &triggered] {
        assert!(!format!("{shown:?}").contains(token.trim()), "the token is shown");
    }
}

#[test]
fn an_endpoint_of_a_managed_identity_is_said_to_be_one() {
    let setup = Setup::new();
    let document = fs::read_to_string(setup.path("r.toml")).unwrap();
    let managed = document.replace("auth_type = \"SAS Key\"", "auth_type = \"Managed Identity\"");
    setup.write("m.toml", &managed.replace("sas_key_variable = \"HUB\"\n", ""));
    let checked = setup.run(&["registration", "check", "m.toml"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.stdout.starts_with("warning[unchecked-authorization]"), "{checked:?}");
    let tested = setup.run(&["registration", "test", "m.toml", "--endpoint", "Accounts"]);
    assert_eq!(tested.code, 2);
    assert!(tested.stderr.contains("authorizes by a managed identity"), "{tested:?}");
}

/// The connection string of an emulator in another container, as its documentation has it.
#[test]
fn an_emulator_in_a_container_is_registered_if_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Endpoint=sb://host.docker.internal:5123;SharedAccessKeyName=RootManageSharedAccessKey;\
        SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;EntityPath=eh1";
    let add = |more: &[&str]| {
        let arguments =
            ["registration", "add-endpoint", "r.toml", "--name", "A", "--variable", "HUB"];
        let mut command = command(&[&arguments[..], more].concat());
        command.current_dir(folder.path()).env("HUB", text);
        run(command)
    };
    let refused = add(&[]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("Check: --allow-plain-host"), "{refused:?}");
    let added = add(&["--allow-plain-host"]);
    assert_eq!(added.code, 0, "{added:?}");
    let document = fs::read_to_string(folder.path().join("r.toml")).unwrap();
    assert!(document.contains("allow_plain_host = true"), "{document}");
    let mut publish = command(&["publish", "-"]);
    publish.env("EVENTHUB_CONNECTION_STRING", text);
    let refused = run(publish);
    assert!(refused.stderr.contains("Check: --allow-plain-host"), "{refused:?}");
}
