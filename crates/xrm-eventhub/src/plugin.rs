//! Your own Azure-aware code.

mod host;
mod notification;
mod outcome;

pub(crate) use host::PluginHost;
pub use notification::{NotificationError, NotificationService};
pub use outcome::{InvalidPluginExecution, OperationStatus};

use std::sync::Arc;

use uuid::Uuid;
use xrm_context::RemoteExecutionContext;
use xrm_jobs::BoxFuture;

/// What a run of a plug-in comes to.
pub type PluginRun<'a> = BoxFuture<'a, Result<(), InvalidPluginExecution>>;

/// Your own Azure-aware code: what the platform calls a custom plug-in, or workflow activity, that
/// posts through the notification service ([Write a custom Azure-aware plug-in][write]).
///
/// A step runs it instead of a post. The plug-in reads the context, can change it, for example its
/// shared variables, and posts it to any endpoint, any number of times. It decides how its system job
/// ends; see [`InvalidPluginExecution`]. If it panics, the job fails.
///
/// A retry runs the whole plug-in again, with the original context, as on the platform. So post last.
/// A plug-in has [two minutes](crate::EventHubSolutionBuilder::plugin_time_limit) and is stopped
/// where it awaits, so run code that blocks for long on a separate thread.
///
/// ```
/// use xrm_eventhub::{
///     InvalidPluginExecution, Plugin, PluginRun, PluginServices, RemoteExecutionContext,
/// };
///
/// struct Announce;
///
/// impl Plugin for Announce {
///     fn execute<'a>(
///         &'a self,
///         context: &'a mut RemoteExecutionContext,
///         services: &'a PluginServices<'a>,
///     ) -> PluginRun<'a> {
///         Box::pin(async move {
///             if let Some(target) = context.target() {
///                 let name = target.str("name").map_err(InvalidPluginExecution::failed)?;
///                 if name == Some("") {
///                     return Err(InvalidPluginExecution::failed("the name is empty"));
///                 }
///             }
///             context.shared_variables.insert("announced_by", "Announce");
///             let endpoint = services.configured_endpoint()?;
///             services.notification_service().execute(endpoint, context).await?;
///             Ok(())
///         })
///     }
/// }
/// ```
///
/// [write]: https://learn.microsoft.com/power-apps/developer/data-platform/write-custom-azure-aware-plugin
pub trait Plugin: Send + Sync {
    /// Runs on a context.
    fn execute<'a>(
        &'a self,
        context: &'a mut RemoteExecutionContext,
        services: &'a PluginServices<'a>,
    ) -> PluginRun<'a>;
}

impl<P: Plugin + ?Sized> Plugin for Arc<P> {
    fn execute<'a>(
        &'a self,
        context: &'a mut RemoteExecutionContext,
        services: &'a PluginServices<'a>,
    ) -> PluginRun<'a> {
        (**self).execute(context, services)
    }
}

/// The services that a plug-in can use.
#[derive(Clone, Copy, Debug)]
pub struct PluginServices<'a> {
    notification_service: NotificationService<'a>,
    configuration: Option<&'a str>,
}

impl<'a> PluginServices<'a> {
    pub(crate) fn new(
        notification_service: NotificationService<'a>,
        configuration: Option<&'a str>,
    ) -> Self {
        Self { notification_service, configuration }
    }

    /// The service that posts to the service endpoints of the registration.
    #[must_use]
    pub fn notification_service(&self) -> NotificationService<'a> {
        self.notification_service
    }

    /// The step's configuration, if it has one.
    ///
    /// ```
    /// use xrm_eventhub::{Plugin, PluginRun, PluginServices, RemoteExecutionContext};
    ///
    /// /// Puts the text that the step is configured with into the shared variables.
    /// struct Tag;
    ///
    /// impl Plugin for Tag {
    ///     fn execute<'a>(
    ///         &'a self,
    ///         context: &'a mut RemoteExecutionContext,
    ///         services: &'a PluginServices<'a>,
    ///     ) -> PluginRun<'a> {
    ///         let tag = services.configuration().unwrap_or("untagged");
    ///         context.shared_variables.insert("tag", tag);
    ///         Box::pin(async { Ok(()) })
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn configuration(&self) -> Option<&'a str> {
        self.configuration
    }

    /// The endpoint that the step's configuration names by its id, as Microsoft's sample of an
    /// Azure-aware plug-in expects it to.
    ///
    /// # Errors
    ///
    /// [`InvalidPluginExecution`] with the status Failed and the sample's words, if the
    /// configuration is no id.
    pub fn configured_endpoint(&self) -> Result<Uuid, InvalidPluginExecution> {
        let id = self.configuration.and_then(|it| Uuid::try_parse(it.trim()).ok());
        id.ok_or_else(|| {
            InvalidPluginExecution::failed("Service endpoint ID should be passed as config.")
        })
    }
}
