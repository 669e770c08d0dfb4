use crate::body::context_line;
use crate::cli::ShowBodies;
use crate::error::Error;
use crate::given::input::Input;
use crate::status::Status;

/// `body show`
pub(crate) fn show(arguments: &ShowBodies) -> Result<Status, Error> {
    for path in &arguments.inputs {
        context_line::print(&Input::read(path)?, arguments.reading)?;
    }
    Ok(Status::Done)
}
