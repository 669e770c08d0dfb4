//! What import and export have in common.

use xrm_registration::solution::MessageIds;

use crate::cli::Messages;

/// The ids of messages that are known, and those that were given.
pub(super) fn known(messages: &Messages) -> MessageIds {
    let known = MessageIds::known();
    messages.more.iter().fold(known, |known, it| known.with(it.id, &it.name))
}
