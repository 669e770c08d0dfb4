use crate::cli::ShowBodies;
use crate::context_line;
use crate::error::Error;
use crate::input::Input;
use crate::status::Status;

/// `body show`
pub(crate) fn show(arguments: &ShowBodies) -> Result<Status, Error> {
    for path in &arguments.inputs {
        context_line::print(&Input::read(path)?, arguments.reading)?;
    }
    Ok(Status::Done)
}
