//! What comes of a solution's file: an error that can be shown, or a registration that is the same
//! after every way through files.

#![no_main]

use libfuzzer_sys::fuzz_target;
use xrm_registration::Registration;
use xrm_registration::solution::{Error, Export, Import, MessageIds};

fuzz_target!(|file: &[u8]| {
    // In YAML too: whatever comes of it can be shown.
    let mut import = Import::new(MessageIds::known());
    match import.read_yaml("file.yml", file) {
        Ok(()) => drop(json(&import.finish().registration)),
        Err(error) => assert!(!format!("{error} {error:?}").is_empty()),
    }
    let registration = match read([file]) {
        Ok(registration) => without_losses(registration),
        Err(error) => {
            assert!(!format!("{error} {error:?}").is_empty());
            assert!(error.location.offset <= file.len() as u64, "{error}");
            return;
        }
    };
    let messages = MessageIds::known();
    let export = Export::new(&registration, &messages).expect("what XML held, it can hold");
    let whole = customizations(&export);
    let read_again = read([whole.as_slice()]).expect("own files are read");
    assert_eq!(json(&read_again), json(&registration));
    let again = Export::new(&read_again, &messages).expect("what was written once can be again");
    assert!(customizations(&again) == whole, "the file changes when it is written once more");

    let unpacked: Vec<_> = export.files().map(|it| it.expect("memory takes it").content).collect();
    let unpacked = read(unpacked.iter().map(Vec::as_slice)).expect("own files are read");
    assert_eq!(json(&unpacked), json(&registration));
});

fn read<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> Result<Registration, Error> {
    let mut import = Import::new(MessageIds::known());
    for file in files {
        import.read("file.xml", file)?;
    }
    Ok(import.finish().registration)
}

/// The descriptions of plug-in types are read and not written.
fn without_losses(registration: Registration) -> Registration {
    let mut plugin_types = registration.plugin_types().to_vec();
    plugin_types.iter_mut().for_each(|it| it.description = None);
    registration.with_plugin_types(plugin_types)
}

fn customizations(export: &Export<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    export.write_customizations(&mut out).expect("memory takes it");
    out
}

fn json(registration: &Registration) -> String {
    serde_json::to_string(registration).expect("a registration is JSON")
}
