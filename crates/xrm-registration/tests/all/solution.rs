//! Registrations in the platform's solution files.

mod cases;
mod export;
mod hostile;
mod import;
mod round_trip;
mod yaml;

use std::path::PathBuf;

use xrm_registration::solution::{Error, Import, Imported, MessageIds};

/// A file of `fixtures/solution`.
fn fixture(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/solution");
    std::fs::read_to_string(folder.join(name)).expect("the fixture is part of the checkout")
}

fn read(xml: &str) -> Result<Imported, Error> {
    let mut import = Import::new(MessageIds::known());
    import.read("customizations.xml", xml.as_bytes())?;
    Ok(import.finish())
}

/// A step with these elements besides those that it must have.
fn step_with(elements: &str) -> String {
    format!(
        r#"<SdkMessageProcessingStep SdkMessageProcessingStepId="{{00000000-0000-0000-0000-000000000002}}" Name="S">
             <SdkMessageId>9ebdbb1b-ea3e-db11-86a7-000a3a5473e8</SdkMessageId>
             <EventHandler>00000000-0000-0000-0000-000000000001</EventHandler>
             <EventHandlerTypeCode>4618</EventHandlerTypeCode>
             <Stage>40</Stage>{elements}
           </SdkMessageProcessingStep>"#
    )
}

/// An endpoint with these elements besides those that it must have.
fn endpoint_with(elements: &str) -> String {
    format!(
        r#"<ServiceEndpoint ServiceEndpointId="00000000-0000-0000-0000-000000000001" Name="E">
             <Contract>7</Contract>{elements}
           </ServiceEndpoint>"#
    )
}
