//! Registrations in solution files: what the platform exports and imports.
//!
//! A solution holds service endpoints and steps in `customizations.xml`, or unpacked by Microsoft's
//! tools in a file each. [`Import`] reads both, and [`Export`] writes both:
//!
//! ```
//! use xrm_registration::solution::{Export, Import, MessageIds};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let step = r#"<?xml version="1.0" encoding="utf-8"?>
//!     <SdkMessageProcessingStep Name="Accounts: Update of account"
//!         SdkMessageProcessingStepId="{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002}">
//!       <SdkMessageId>20bebb1b-ea3e-db11-86a7-000a3a5473e8</SdkMessageId>
//!       <PrimaryEntity>account</PrimaryEntity>
//!       <EventHandler>6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001</EventHandler>
//!       <EventHandlerTypeCode>4618</EventHandlerTypeCode>
//!       <Mode>1</Mode>
//!       <Stage>40</Stage>
//!     </SdkMessageProcessingStep>"#;
//! let mut import = Import::new(MessageIds::known());
//! import.read("step.xml", step.as_bytes())?;
//! let imported = import.finish();
//! assert_eq!(imported.registration.steps()[0].message, "Update");
//! assert!(imported.notices.is_empty());
//!
//! let messages = MessageIds::known();
//! let export = Export::new(&imported.registration, &messages)?;
//! let mut customizations = Vec::new();
//! export.write_customizations(&mut customizations)?;
//! assert!(customizations.starts_with(b"<?xml"));
//! # Ok(())
//! # }
//! ```
//!
//! Names and order of elements are those of the [schema of
//! `customizations.xml`](https://learn.microsoft.com/power-apps/developer/model-driven-apps/customization-solutions-file-schema)
//! and of exports that people have published; options are numbers there. No published export has
//! an endpoint or a step of one, so those are inferred from the schema.
//!
//! # What the files do not hold
//!
//! | of | | read as | written |
//! |---|---|---|---|
//! | endpoint | shared access key, and the variable that holds it | none: [`Imported::missing_keys`] | [lost](LossKind::Key) |
//! | endpoint | whether it is of an emulator | it is not | [lost](LossKind::Emulator) |
//! | step | state | enabled | [lost](LossKind::Disabled) |
//! | step | id of the impersonated user; the files have a name | none, with a [notice](NoticeKind::ImpersonatingUser) | [lost](LossKind::ImpersonatingUser) |
//! | step | message; the files have an id | the name by [`MessageIds`] | the id, or the step is [lost](LossKind::UnknownMessage) |
//! | step | table `none` | no table | no table |
//! | plug-in type | its assembly | not kept | [lost](LossKind::Assembly) |
//! | plug-in type | its description | read from its assembly's file | [lost](LossKind::Description) |
//! | plug-in type | one that no step runs | counted as left alone | [lost](LossKind::Unused) |
//! | registration | `max_depth` | the default | [lost](LossKind::MaxDepth) |
//!
//! An empty text is none. What an endpoint or a step has besides, such as `InvocationSource` or
//! `IsCustomizable`, is not kept, and written as exports of new steps have it. An endpoint's `Url`
//! is not kept either, for there is no column for it here, and a [notice](NoticeKind::Url) says so.

mod characters;
mod error;
mod export;
mod import;
mod limits;
mod location;
mod message_id;
mod read;
mod type_name;

pub use error::{Error, ErrorKind};
pub use export::{Export, ExportError, ExportedFile, Loss, LossKind};
pub use import::{Import, Imported, MissingKey, Notice, NoticeKind};
pub use limits::Limits;
pub use location::Location;
pub use message_id::MessageIds;
