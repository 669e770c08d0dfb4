//! Parameters taken into the fields of a typed message, and put back.

use crate::collection::ParameterCollection;
use crate::operation::error::MessageError;
use crate::value::FromValue;

/// Parameters that are taken out one by one.
pub(super) struct Taking {
    pub(super) message: &'static str,
    pub(super) left: ParameterCollection,
}

impl Taking {
    pub(super) fn required<T: for<'a> FromValue<'a>>(
        &mut self,
        parameter: &'static str,
    ) -> Result<T, MessageError> {
        let message = self.message;
        self.optional(parameter)?.ok_or(MessageError::MissingParameter { message, parameter })
    }

    /// A null is no value, and is left where it is.
    pub(super) fn optional<T: for<'a> FromValue<'a>>(
        &mut self,
        parameter: &'static str,
    ) -> Result<Option<T>, MessageError> {
        let Some(value) = self.left.get(parameter).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let (message, expected) = (self.message, <T as FromValue<'_>>::EXPECTED);
        let found = value.type_name();
        let wrong = || MessageError::WrongType { message, parameter, expected, found };
        let value = T::from_value(value).ok_or_else(wrong)?;
        self.left.remove(parameter);
        Ok(Some(value))
    }
}

pub(super) fn check_name(names: &[&'static str], found: Option<&str>) -> Result<(), MessageError> {
    let found = found.unwrap_or_default();
    if names.contains(&found) {
        return Ok(());
    }
    let expected = names.first().copied().unwrap_or_default();
    Err(MessageError::WrongMessage { expected, found: found.to_owned() })
}

/// Adds the parameters that the typed ones do not set.
// A value that an application set in a field replaces one of the same name that was read into `extra`: a null
// parameter is there, and its field is `None` until the application sets it.
pub(super) fn add_extra(parameters: &mut ParameterCollection, extra: ParameterCollection) {
    for (name, value) in extra {
        if !parameters.contains_key(&name) {
            parameters.insert(name, value);
        }
    }
}
