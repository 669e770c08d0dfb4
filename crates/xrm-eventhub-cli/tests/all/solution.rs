use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::command::{Run, command, fixture, fixture_text, page, run, run_with};

/// `registration`, in the folder of solutions.
fn registration(arguments: &[&str]) -> Command {
    let mut command = command(&["registration"]);
    command.args(arguments).current_dir(fixture("solution"));
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

fn text(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).expect("the file is there and text")
}

/// The path of a file in a folder, as an argument.
fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

#[track_caller]
fn refused(run: Run, reason: &str) {
    assert_eq!((run.code, &*run.stdout), (2, ""));
    assert_eq!(run.stderr, format!("xrm-eventhub: {reason}\n"));
}

/// What stands in the documentation is what the command prints.
#[test]
fn the_page_shows_what_import_and_export_print() {
    let page = page("solutions.md");
    let shown = |command: &str, run: &Run| {
        let block = format!("```text\n$ xrm-eventhub {command}\n{}```\n", run.stderr);
        assert!(page.contains(&block), "the page lacks:\n{block}");
    };
    let folder = folder();
    let output = path(&folder, "registration.toml");
    let run_of = |arguments: &[&str]| {
        let run = run(registration(arguments));
        assert_eq!(run.stdout, "");
        run
    };
    let imported = run_of(&["import", "customizations.xml", "-o", &output]);
    assert_eq!(imported.code, 0);
    shown("registration import customizations.xml -o registration.toml", &imported);
    let customizations = path(&folder, "customizations.xml");
    let exported = run_of(&["export", &output, "-o", &customizations]);
    assert_eq!(exported.code, 0);
    shown("registration export registration.toml -o customizations.xml", &exported);
}

/// A zip file with this text in it.
fn packed(folder: &TempDir, file: &str, entry: &str, text: &str) -> String {
    let pack = || {
        let mut archive = ZipWriter::new(File::create(folder.path().join(file))?);
        for (name, text) in [("solution.xml", "<ImportExportXml/>"), (entry, text)] {
            archive.start_file(name, SimpleFileOptions::default())?;
            archive.write_all(text.as_bytes())?;
        }
        archive.finish()
    };
    pack().expect("a file can be packed");
    path(folder, file)
}

#[test]
fn a_packed_solution_is_imported() {
    let folder = folder();
    let text = fixture_text("solution/customizations.xml");
    let expected = run(registration(&["import", "customizations.xml"]));
    for entry in ["customizations.xml", "Customizations.xml"] {
        let packed = packed(&folder, "accounts_1_0_0_0.zip", entry, &text);
        let read = run(registration(&["import", &packed]));
        let told = expected.stderr.replace("customizations.xml:", &format!("{packed}/{entry}:"));
        assert_eq!((read.code, &read.stdout, &read.stderr), (0, &expected.stdout, &told));
        let piped = run_with(registration(&["import", "-"]), &fs::read(packed).unwrap());
        refused(piped, "standard input is a packed solution, which is to be named as a file");
    }
}

#[test]
fn what_is_no_packed_solution_is_refused() {
    let folder = folder();
    let other = packed(&folder, "other.zip", "Other/Customizations.xml", "<ImportExportXml/>");
    refused(
        run(registration(&["import", &other])),
        &format!("{other} is not a packed solution: it contains no customizations.xml"),
    );
    let wrong = packed(&folder, "wrong.zip", "customizations.xml", "<html/>");
    refused(
        run(registration(&["import", &wrong])),
        &format!(
            "{wrong}/customizations.xml:1:1 in html: `html` is no root element of a solution's file"
        ),
    );
    let bytes = fs::read(&wrong).unwrap();
    for length in [4, 30, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&wrong, &bytes[..length]).unwrap();
        let cut = run(registration(&["import", &wrong]));
        assert_eq!((cut.code, &*cut.stdout), (2, ""), "{length} bytes");
        assert!(cut.stderr.starts_with(&format!("xrm-eventhub: {wrong} can't be read: ")));
    }
}

/// Tools differ in which of the two they take.
#[test]
fn two_customizations_in_one_zip_are_refused() {
    let folder = folder();
    let text = fixture_text("solution/customizations.xml");
    let file = packed(&folder, "two.zip", "customizations.xml", &text);
    let mut archive =
        ZipWriter::new_append(File::options().read(true).write(true).open(&file).unwrap()).unwrap();
    archive.start_file("Customizations.xml", SimpleFileOptions::default()).unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap();
    let what = "contains customizations.xml and Customizations.xml: only one can be imported";
    refused(run(registration(&["import", &file])), &format!("{file} {what}"));
    // The same name twice, which no writer of zip files makes: the bytes are changed afterwards.
    let mut bytes = fs::read(&file).unwrap();
    let capital: Vec<_> =
        bytes.windows(18).enumerate().filter(|(_, it)| it == b"Customizations.xml").collect();
    let places: Vec<_> = capital.into_iter().map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2, "before the file and in the list");
    places.into_iter().for_each(|at| bytes[at] = b'c');
    fs::write(&file, bytes).unwrap();
    let read = run(registration(&["import", &file]));
    refused(read, &format!("{file} contains two files of the same name"));
}

#[test]
fn a_method_of_compression_that_is_not_supported_is_named() {
    let folder = folder();
    let file = packed(&folder, "other.zip", "customizations.xml", "<ImportExportXml/>");
    let bytes = fs::read(&file).unwrap();
    for (method, label) in
        [(9, "Deflate64"), (12, "BZIP2"), (93, "Zstandard"), (77, "an unknown method")]
    {
        let mut changed = bytes.clone();
        // The method is at these places of the headers before the files and in the list.
        for (signature, offset) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
            let places = bytes.windows(4).enumerate().filter(|(_, it)| it == signature);
            places.for_each(|(at, _)| changed[at + offset] = method);
        }
        fs::write(&file, changed).unwrap();
        let read = run(registration(&["import", &file]));
        let what = format!("is packed by {label}, which is not supported");
        refused(
            read,
            &format!(
                "{file}/customizations.xml {what}\nCheck: pack the solution with Deflate, as the platform does"
            ),
        );
    }
}

#[test]
fn an_unpacked_solution_is_imported_and_exported() {
    let folder = folder();
    let document = run(registration(&["import", "unpacked"]));
    assert_eq!(document.code, 0, "{document:?}");
    let told: Vec<_> = document.stderr.lines().collect();
    assert_eq!(told[0], "xrm-eventhub: imported: 1 endpoint, 1 plug-in type, 2 steps");
    assert_eq!(told[4], "xrm-eventhub: left alone: Languages 1");
    let unpacked = path(&folder, "unpacked");
    let exported = run_with(
        registration(&["export", "-", "--unpacked", &unpacked]),
        document.stdout.as_bytes(),
    );
    assert_eq!((exported.code, &*exported.stdout, &*exported.stderr), (0, "", ""));
    let again = run(registration(&["import", &unpacked]));
    assert_eq!((again.code, again.stdout), (0, document.stdout));
}

/// `pac solution init` and `clone` make a project, which has the solution in `src`.
#[test]
fn the_project_of_a_solution_is_imported() {
    let project = folder();
    let steps = project.path().join("src/SdkMessageProcessingSteps");
    fs::create_dir_all(&steps).unwrap();
    fs::write(project.path().join("Contoso.cdsproj"), "<Project/>").unwrap();
    let name = "{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002}.xml";
    let step = fixture("solution/unpacked/SdkMessageProcessingSteps").join(name);
    fs::copy(step, steps.join(name)).unwrap();
    let read = run(registration(&["import", project.path().to_str().unwrap()]));
    assert_eq!(read.code, 0, "{read:?}");
    assert!(read.stdout.contains("Accounts: Create of account"), "{}", read.stdout);
    let empty = folder();
    fs::create_dir(empty.path().join("src")).unwrap();
    let read = run(registration(&["import", empty.path().to_str().unwrap()]));
    assert_eq!(read.code, 2);
    assert!(read.stderr.contains("is not the folder of an unpacked solution"), "{}", read.stderr);
}

/// The same solution as Git integration and `pac solution clone` write it.
#[test]
fn an_unpacked_solution_in_yaml_is_imported() {
    let xml = run(registration(&["import", "unpacked"]));
    let yaml = run(registration(&["import", "yaml"]));
    assert_eq!((yaml.code, &yaml.stdout), (0, &xml.stdout));
    let left_alone =
        "xrm-eventhub: left alone: yaml/pluginassemblies/ContosoPlugins/dependencies.yml\n";
    assert!(yaml.stderr.starts_with(left_alone), "{}", yaml.stderr);
    let step = "yaml/sdkmessageprocessingsteps/{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002}.yml";
    let alone = run(registration(&["import", step]));
    assert_eq!(alone.code, 0, "{alone:?}");
    assert!(alone.stdout.contains("Accounts: Create of account"), "{}", alone.stdout);
    let other = run(registration(&["import", "yaml/publishers/contoso/publisher.yml"]));
    assert_eq!(other.code, 2);
    assert!(other.stderr.contains("`Publisher` is no root element"), "{}", other.stderr);
}

#[test]
fn export_keeps_what_else_is_in_the_folder() {
    let folder = folder();
    fs::create_dir(folder.path().join("Other")).unwrap();
    fs::write(folder.path().join("Other/Solution.xml"), "<a/>").unwrap();
    let document = run(registration(&["import", "unpacked"])).stdout;
    let unpacked = folder.path().display().to_string();
    for _ in 0..2 {
        let command = registration(&["export", "-", "--unpacked", &unpacked]);
        assert_eq!(run_with(command, document.as_bytes()).code, 0);
    }
    assert_eq!(text(&folder, "Other/Solution.xml"), "<a/>");
    let step = "SdkMessageProcessingSteps/{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002}.xml";
    assert!(text(&folder, step).contains("Accounts: Create of account"));
    assert_eq!(fs::read_dir(folder.path().join("SdkMessageProcessingSteps")).unwrap().count(), 2);
}

#[test]
fn documents_are_toml_or_json() {
    let folder = folder();
    let file = "customizations.xml";
    let toml = run(registration(&["import", file]));
    assert!(toml.stdout.starts_with("max_depth = 8\n\n[[endpoints]]\n"), "{}", toml.stdout);
    let json = run(registration(&["import", file, "--format", "json"]));
    assert!(json.stdout.starts_with("{\n  \"max_depth\": 8,\n"), "{}", json.stdout);
    for (name, expected) in [("a.json", &json), ("b.JSON", &json), ("a.toml", &toml), ("a", &toml)]
    {
        let output = path(&folder, name);
        let run = run(registration(&["import", file, "-o", &output]));
        assert_eq!((run.code, run.stdout, &run.stderr), (0, String::new(), &toml.stderr));
        assert_eq!(text(&folder, name), expected.stdout);
    }
    let [of_json, of_toml] =
        ["a.json", "a.toml"].map(|it| run(registration(&["export", &path(&folder, it)])));
    assert_eq!((of_json.code, &of_json.stdout), (0, &of_toml.stdout));
}

#[test]
fn standard_input_is_a_file_too() {
    let text = fixture_text("solution/customizations.xml");
    let read = run_with(registration(&["import", "-"]), text.as_bytes());
    let expected = run(registration(&["import", "customizations.xml"]));
    assert_eq!((read.code, read.stdout), (0, expected.stdout));
    assert!(read.stderr.contains("standard input:63:5 in ImportExportXml/"), "{}", read.stderr);
}

#[test]
fn several_solutions_make_one_registration() {
    let run = run(registration(&["import", "unpacked", "customizations.xml"]));
    assert_eq!(run.code, 0);
    let told = "customizations.xml:36:5 in ImportExportXml/SdkMessageProcessingSteps/\
                SdkMessageProcessingStep: step `Accounts: Update of account`: another one with the \
                id was read before, and this one left out";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert!(
        run.stderr.starts_with("xrm-eventhub: imported: 2 endpoints, 1 plug-in type, 3 steps\n")
    );
}

#[test]
fn a_message_without_a_known_id_can_be_named() {
    let message = "contoso_Win=6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f00b1";
    let named = run(registration(&["import", "customizations.xml", "--message", message]));
    assert!(named.stdout.contains("message = \"contoso_Win\""), "{}", named.stdout);
    assert!(!named.stderr.contains("not known by name"), "{}", named.stderr);

    let export = |more: &[&str]| {
        let command = registration(&[&["export", "-"], more].concat());
        run_with(command, named.stdout.as_bytes())
    };
    // Without the id, the name is written: a custom API has another id in each organization.
    let by_name = export(&[]);
    assert_eq!(by_name.code, 0);
    assert!(by_name.stdout.contains("<SdkMessageName>contoso_Win</"), "{}", by_name.stdout);
    let whole = export(&["--message", message]);
    assert_eq!(whole.code, 0);
    assert!(whole.stdout.contains("<SdkMessageId>6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f00b1</"));
}

#[test]
fn what_is_no_solution_is_refused_and_nothing_is_written() {
    let folder = folder();
    let output = path(&folder, "registration.toml");
    let import = |file: &Path| {
        let file = file.display().to_string();
        (run(registration(&["import", &file, "-o", &output])), file)
    };
    let (empty, name) = import(folder.path());
    refused(empty, &format!("{name} is not the folder of an unpacked solution"));
    for (content, reason) in [
        (&b"<html/>"[..], ":1:1 in html: `html` is no root element of a solution's file"),
        (b"<ServiceEndpoints>", ":1:19 in ServiceEndpoints: the file ends too early"),
        (b"<!DOCTYPE a><a/>", ":1:1: document type definitions are refused"),
        (b"\xFF\xFE<\0", ":1:1: the encoding is UTF-16, not utf-8"),
    ] {
        let file = folder.path().join("file.xml");
        fs::write(&file, content).unwrap();
        let (run, name) = import(&file);
        refused(run, &format!("{name}{reason}"));
    }
    let (absent, name) = import(&folder.path().join("absent.xml"));
    assert!(absent.stderr.starts_with(&format!("xrm-eventhub: {name} can't be read: ")));
    assert_eq!(absent.code, 2);
    assert!(!Path::new(&output).exists());
}

#[test]
fn what_can_not_be_exported_is_told() {
    let document = r#"{"steps": [{
        "id": "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002",
        "name": "Accounts",
        "event_handler": "6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001",
        "message": "Update",
        "configuration": "a\u0001"
    }]}"#;
    let run = run_with(registration(&["export", "-"]), document.as_bytes());
    refused(run, "step `Accounts`: XML can't hold the character U+0001 of `Configuration`");
}

#[test]
fn names_can_not_move_the_cursor() {
    let step = r#"<SdkMessageProcessingStep Name="&#x9B;31m" SdkMessageProcessingStepId="6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002">
        <SdkMessageId>6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f00b1</SdkMessageId>
        <EventHandler>6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001</EventHandler>
        <EventHandlerTypeCode>4618</EventHandlerTypeCode><Stage>40</Stage>
      </SdkMessageProcessingStep>"#;
    let run = run_with(registration(&["import", "-"]), step.as_bytes());
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("step `\u{fffd}31m`"), "{}", run.stderr);
}

#[test]
fn steps_can_be_imported_as_the_platform_leaves_them() {
    let run = run(registration(&["import", "customizations.xml", "--disabled"]));
    assert_eq!(run.stdout.matches("state = \"Disabled\"").count(), 3, "{}", run.stdout);
    assert!(run.stderr.contains("all are taken as disabled"), "{}", run.stderr);
}

#[test]
fn a_manifest_is_written_beside_the_files() {
    let folder = folder();
    let output = path(&folder, "customizations.xml");
    let imported = run(registration(&["import", "customizations.xml"]));
    let export = |arguments: &[&str]| {
        let command = registration(&[&["export", "-", "--solution", "Events"], arguments].concat());
        run_with(command, imported.stdout.as_bytes())
    };
    assert_eq!(export(&["-o", &output, "--publisher", "fabrikam"]).code, 0);
    let manifest = text(&folder, "solution.xml");
    assert!(manifest.contains("<UniqueName>fabrikam</UniqueName>"), "{manifest}");
    assert_eq!(manifest.matches("<RootComponent type=").count(), 5, "{manifest}");
    let unpacked = path(&folder, "unpacked");
    assert_eq!(export(&["--unpacked", &unpacked]).code, 0);
    assert!(text(&folder, "unpacked/Other/Solution.xml").contains("Events"));
    refused(export(&[]), "the manifest needs a folder: name --output or --unpacked");
}
