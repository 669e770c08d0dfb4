//! Reading solutions.

mod contents;
mod endpoint;
mod notice;
mod plugin_type;
mod step;

pub use notice::{Notice, NoticeKind};
pub(super) use plugin_type::type_name;

use std::collections::BTreeMap;
use std::io::BufRead;

use uuid::Uuid;

use crate::registration::Registration;
use crate::solution::error::{Error, ErrorKind};
use crate::solution::limits::Limits;
use crate::solution::message_id::MessageIds;
use crate::solution::read::{Reader, Tag, Token};
use contents::Contents;

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
    contents: Contents,
}

/// What was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The endpoints and steps, in the order of the files. Its plug-in types are those that the
    /// steps run. Whether it is right, [`Registration::check`] tells.
    pub registration: Registration,
    /// The endpoints whose key has to be asked for, as no file holds keys.
    pub missing_keys: Vec<MissingKey>,
    /// How many elements were left alone: by the name of their section, such as `Entities`, or by
    /// `ServiceEndpoint/...` and the like for elements that are not known. Beyond a thousand names,
    /// all others are counted as `(others)`.
    pub left_alone: BTreeMap<String, u64>,
    /// What did not come over as it was.
    pub notices: Vec<Notice>,
}

/// An endpoint that authorizes by a shared access key, and has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MissingKey {
    /// The endpoint's id.
    pub endpoint: Uuid,
    /// The endpoint's name.
    pub name: String,
}

impl Import {
    /// Reads with these names of messages.
    #[must_use]
    pub fn new(messages: MessageIds) -> Self {
        Self { messages, limits: Limits::default(), contents: Contents::default() }
    }

    /// The same with these limits. By default, these are [`Limits::default`].
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Reads a file. `file` is what it is called in errors and notices.
    ///
    /// # Errors
    ///
    /// The first [`Error`] of the file. Then nothing of it is kept, and others can be read.
    pub fn read(&mut self, file: &str, input: impl BufRead) -> Result<(), Error> {
        let mut reader = Reader::new(file, input, self.limits);
        let mut contents = Contents::after(&self.contents);
        self.document(&mut reader, &mut contents)?;
        self.contents.append(contents);
        Ok(())
    }

    /// What was read of all files.
    #[must_use]
    pub fn finish(self) -> Imported {
        self.contents.finish()
    }

    fn document<R: BufRead>(
        &self,
        reader: &mut Reader<R>,
        contents: &mut Contents,
    ) -> Result<(), Error> {
        while let Some(tag) = root(reader)? {
            if tag.name == "ImportExportXml" {
                while let Some(section) = reader.child()? {
                    self.section(reader, contents, section)?;
                }
            } else if LISTS.contains(&tag.name.as_str()) {
                self.list(reader, contents, &tag)?;
            } else if let Some(tag) = self.component(reader, contents, tag)? {
                return Err(reader.error(ErrorKind::UnknownRoot { name: tag.name }));
            }
        }
        Ok(())
    }

    /// A part of `customizations.xml`.
    fn section<R: BufRead>(
        &self,
        reader: &mut Reader<R>,
        contents: &mut Contents,
        tag: Tag,
    ) -> Result<(), Error> {
        if !LISTS.contains(&tag.name.as_str()) {
            let count = reader.skip()?;
            contents.leave(&tag.name, count);
            return Ok(());
        }
        if !contents.sections.insert(tag.name.clone()) {
            return Err(reader.error(ErrorKind::Repeated { name: tag.name }));
        }
        self.list(reader, contents, &tag)
    }

    fn list<R: BufRead>(
        &self,
        reader: &mut Reader<R>,
        contents: &mut Contents,
        tag: &Tag,
    ) -> Result<(), Error> {
        while let Some(child) = reader.child()? {
            if let Some(child) = self.component(reader, contents, child)? {
                reader.skip()?;
                contents.leave(&format!("{}/{}", tag.name, child.name), 1);
            }
        }
        Ok(())
    }

    /// Reads an endpoint, a step or an assembly; gives the tag of anything else back.
    fn component<R: BufRead>(
        &self,
        reader: &mut Reader<R>,
        contents: &mut Contents,
        tag: Tag,
    ) -> Result<Option<Tag>, Error> {
        match tag.name.as_str() {
            "ServiceEndpoint" => endpoint::read(reader, contents, &tag)?,
            "SdkMessageProcessingStep" => step::read(reader, contents, &tag, &self.messages)?,
            "PluginAssembly" => plugin_type::read_assembly(reader, contents)?,
            _ => return Ok(Some(tag)),
        }
        Ok(None)
    }
}

/// The sections that hold endpoints, steps and plug-in types.
const LISTS: &[&str] =
    &["SolutionPluginAssemblies", "SdkMessageProcessingSteps", "ServiceEndpoints"];

fn root<R: BufRead>(reader: &mut Reader<R>) -> Result<Option<Tag>, Error> {
    match reader.next()? {
        Token::Start(tag) => Ok(Some(tag)),
        // Outside of the root there is neither text nor an end.
        Token::EndOfFile | Token::Text(_) | Token::End => Ok(None),
    }
}
