use xrm_eventhub::body;

use crate::cli::Convert;
use crate::error::Error;
use crate::given::file;
use crate::given::input::Input;
use crate::status::Status;
use crate::terminal::output;

/// `body convert`
pub(crate) fn convert(arguments: &Convert) -> Result<Status, Error> {
    let input = Input::read(&arguments.input)?;
    let context = input.decode(arguments.from, arguments.reading)?;
    let mut body = Vec::new();
    let options = arguments.writing.options(arguments.to);
    body::encode_with(&context, &options, &mut body).map_err(|source| Error::Encode {
        name: input.name,
        format: arguments.to,
        source,
    })?;
    match &arguments.output {
        Some(path) if path.as_os_str() != "-" => file::write(path, &body)
            .map_err(|source| Error::Write { path: path.clone(), source })?,
        _ => output::bytes(&body)?,
    }
    Ok(Status::Done)
}
