//! Registrations in solution files: what the platform exports and imports.
//!
//! A solution holds service endpoints and steps in `customizations.xml`, or unpacked by Microsoft's
//! tools in a file each, in XML or in YAML. [`Import`] reads all of them, and [`Export`] writes XML:
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
//! Elements, their order and their form are those of exports of versions 7.0 to 9.2 that people have
//! published, of queues, webhooks and their steps among them, and those of the [schema of
//! `customizations.xml`](https://learn.microsoft.com/power-apps/developer/model-driven-apps/customization-solutions-file-schema).
//! [`Import`] reads the forms of all versions; [`Export`] writes today's. No published export has an
//! event hub: that it has the form of a queue is inferred.
//!
//! # What the files do not hold
//!
//! | of | | read as | written |
//! |---|---|---|---|
//! | endpoint | secrets, and the variables that hold them | none: [`Imported::missing_keys`] | [lost](LossKind::Key) |
//! | endpoint | whether it is of an emulator | it is not | [lost](LossKind::Emulator) |
//! | endpoint | `messagecharset`, `schematype`, `managedidentityid` | read if they are there | [lost](LossKind::Column) |
//! | step | state | enabled, or as [asked](Import::state); as it is in files that people edited | [lost](LossKind::Disabled) |
//! | step | id of the impersonated user; the files have a name | the name, with a [notice](NoticeKind::ImpersonatingUser) | the name, or it is [lost](LossKind::ImpersonatingUser) |
//! | step | message; the files have an id, or the name of a custom API | the name by [`MessageIds`], or [by the step's name](NoticeKind::MessageByName) | the id if it is known, else the name |
//! | step | table `none` | no table | no table |
//! | plug-in type | its name, if it is of a plug-in package | its [key](NoticeKind::PluginTypeByExportKey) | the key |
//! | plug-in type | its description | read from its assembly's file | [lost](LossKind::Description) |
//! | plug-in type | one that no step runs | counted as left alone | [lost](LossKind::Unused) |
//! | registration | `max_depth`, `behavior` | the defaults | lost |
//!
//! An empty text is none. A step that names no message or no handler is left out with a notice, and so
//! is a plug-in type without a name: nothing that is not about publishing ends an import.

mod characters;
mod error;
mod export;
mod import;
mod limits;
mod location;
mod message_id;
mod read;
mod system_handler;
mod type_name;

pub use error::{Error, ErrorKind};
pub use export::{Export, ExportError, ExportedFile, Loss, LossKind, Manifest};
pub use import::{Import, Imported, MissingKey, Notice, NoticeKind};
pub use limits::Limits;
pub use location::Location;
pub use message_id::MessageIds;
