//! Reading solutions.

mod contents;
mod endpoint;
mod imported;
mod input;
mod notice;
mod plugin_type;
mod plugin_types;
mod step;

pub use imported::{Imported, MissingKey};
pub use notice::{Notice, NoticeKind};

use std::io::BufRead;

use crate::choices::StepState;
use crate::solution::error::{Error, ErrorKind};
use crate::solution::limits::Limits;
use crate::solution::message_id::MessageIds;
use crate::solution::read::reader::{Reader, Tag, Token};
use crate::solution::read::yaml;
use contents::Contents;
use input::Input;

/// Reads the files of one solution, or of several, into a registration.
///
/// A file is `customizations.xml`, or one of an unpacked solution. Its root element tells which:
///
/// | root | file |
/// |---|---|
/// | `ImportExportXml` | `customizations.xml` |
/// | `SdkMessageProcessingStep` | `SdkMessageProcessingSteps/{...}.xml` |
/// | `ServiceEndpoints` | `PluginAssemblies/ServiceEndpoints.xml` |
/// | `ServiceEndpoint` | one endpoint by itself |
/// | `PluginAssembly` | `PluginAssemblies/*/*.data.xml`, for names and ids of plug-in types |
///
/// The same files may be [in YAML](Self::read_yaml).
///
/// Folders are those of Microsoft's [reference of
/// files](https://learn.microsoft.com/dynamics365/customerengagement/on-premises/developer/solution-component-file-reference-solutionpackager);
/// that the endpoints' file has the root `ServiceEndpoints`, as the section has, is inferred.
///
/// Files are read from a stream: what is neither an endpoint nor a step is passed over, and has to
/// be well-formed nevertheless. Attributes may stand in any order, ids with or without braces, and
/// numbers among white space.
#[derive(Debug)]
pub struct Import {
    messages: MessageIds,
    limits: Limits,
    state: StepState,
    contents: Contents,
}

impl Import {
    /// Creates an import with these names of messages.
    #[must_use]
    pub fn new(messages: MessageIds) -> Self {
        Self {
            messages,
            limits: Limits::default(),
            state: StepState::ENABLED,
            contents: Contents::default(),
        }
    }

    /// Sets the state of steps, which the platform's files do not hold. By default, steps are enabled.
    /// The platform's import leaves them disabled, unless it is asked to activate them.
    #[must_use]
    pub fn state(self, state: StepState) -> Self {
        Self { state, ..self }
    }

    /// Sets the limits of each file.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Reads a file. `file` is its name in errors and notices.
    ///
    /// # Errors
    ///
    /// The first [`Error`] of the file. Then nothing of it is kept, and others can be read.
    pub fn read(&mut self, file: &str, mut input: impl BufRead) -> Result<(), Error> {
        // Read into contents of its own, so that a file with an error leaves nothing behind.
        let mut input = Input {
            reader: Reader::new(file, &mut input, self.limits),
            contents: Contents::after(&self.contents),
            messages: &self.messages,
        };
        document(&mut input)?;
        self.contents.append(input.contents);
        Ok(())
    }

    /// Reads a file in YAML, of a solution that Git integration or `pac solution clone` wrote. `file` is
    /// its name in errors and notices. In these, the line is that of the file, and the column is that of
    /// the XML which the line stands for.
    ///
    /// The elements are those of the files in XML: attributes are keys with an `@`, and elements of one
    /// name are a list. No published file of this kind has an endpoint or a step; that they are like all
    /// others is inferred.
    ///
    /// ```
    /// use xrm_registration::solution::{Import, MessageIds};
    ///
    /// let step = "SdkMessageProcessingStep:
    ///   '@Name': 'Accounts: Update of account'
    ///   '@SdkMessageProcessingStepId': '{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0002}'
    ///   SdkMessageId: '20bebb1b-ea3e-db11-86a7-000a3a5473e8'
    ///   EventHandler: '6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f0001'
    ///   EventHandlerTypeCode: '4618'
    ///   Stage: '40'
    /// ";
    /// let mut import = Import::new(MessageIds::known());
    /// import.read_yaml("step.yml", step.as_bytes())?;
    /// assert_eq!(import.finish().registration.steps()[0].message, "Update");
    /// # Ok::<(), xrm_registration::solution::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first [`Error`] of the file. Then nothing of it is kept, and others can be read.
    pub fn read_yaml(&mut self, file: &str, input: impl BufRead) -> Result<(), Error> {
        let text = yaml::text(file, input, self.limits)?;
        let xml = yaml::to_xml(file, &text, self.limits)?;
        self.read(file, xml.as_bytes())
    }

    /// Returns what was read of all files.
    #[must_use]
    pub fn finish(self) -> Imported {
        self.contents.finish(self.state)
    }
}

fn document(input: &mut Input<'_>) -> Result<(), Error> {
    while let Some(tag) = root(&mut input.reader)? {
        if tag.name == "ImportExportXml" {
            while let Some(section) = input.reader.child()? {
                self::section(input, section)?;
            }
        } else if LISTS.contains(&tag.name.as_str()) {
            list(input, &tag)?;
        } else if !component(input, &tag)? {
            return Err(input.reader.error(ErrorKind::UnknownRoot { name: tag.name }));
        }
    }
    Ok(())
}

fn root(reader: &mut Reader<'_>) -> Result<Option<Tag>, Error> {
    match reader.next()? {
        Token::Start(tag) => Ok(Some(tag)),
        // Outside of the root there is neither text nor an end.
        Token::EndOfFile | Token::Text(_) | Token::End => Ok(None),
    }
}

/// Reads a part of `customizations.xml`.
fn section(input: &mut Input<'_>, tag: Tag) -> Result<(), Error> {
    if !LISTS.contains(&tag.name.as_str()) {
        let count = input.reader.skip()?;
        input.contents.leave(&tag.name, count);
        return Ok(());
    }
    if !input.contents.sections.insert(tag.name.clone()) {
        return Err(input.reader.error(ErrorKind::Repeated { name: tag.name }));
    }
    list(input, &tag)
}

fn list(input: &mut Input<'_>, tag: &Tag) -> Result<(), Error> {
    while let Some(child) = input.reader.child()? {
        if !component(input, &child)? {
            input.leave_alone(&tag.name, &child)?;
        }
    }
    Ok(())
}

/// Reads an endpoint, a step or an assembly; returns whether it is one.
fn component(input: &mut Input<'_>, tag: &Tag) -> Result<bool, Error> {
    match tag.name.as_str() {
        "ServiceEndpoint" => endpoint::read(input, tag)?,
        "SdkMessageProcessingStep" => step::read(input, tag)?,
        "PluginAssembly" => plugin_type::read_assembly(input)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// The sections that hold endpoints, steps and plug-in types.
const LISTS: &[&str] =
    &["SolutionPluginAssemblies", "SdkMessageProcessingSteps", "ServiceEndpoints"];
