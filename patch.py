import re
b='/work/wt/reg/crates/xrm-registration/'
p=b+'src/problem.rs'; s=open(p).read()
s=s.replace('''        /// Its name.
        name: String,
    },
}
''','''        /// Its name.
        name: String,
    },
    /// A step.
    Step {
        /// Its id.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// An image.
    Image {
        /// The id of its step.
        step: Uuid,
        /// The name of its step.
        step_name: String,
        /// Its alias.
        alias: String,
    },
}
''',1)
s=s.replace('''        /// How many it has.
        length: usize,
    },
}

impl ProblemKind {''','''        /// How many it has.
        length: usize,
    },
    /// The message takes no steps.
    #[error("{message} takes no steps")]
    NoStepsOnMessage {
        /// The message.
        message: String,
    },
    /// The message is spelled with other capitals, so the step never fires.
    #[error("the message is written `{usual}`")]
    MessageCase {
        /// How it is spelled.
        usual: &'static str,
    },
    /// Logical names are lower-case, so the step never fires.
    #[error("a table's logical name has no capitals")]
    TableCase,
    /// The stage is the platform's own.
    #[error("no steps can be registered at stage {stage:?}")]
    InternalStage {
        /// The stage.
        stage: Stage,
    },
    /// The stage is one of CRM 4.
    #[error("stage 50 is deprecated: 40 is meant")]
    StageDeprecated,
    /// Asynchronous steps run after the operation.
    #[error("an asynchronous step runs after the operation, not at stage {stage:?}")]
    AsynchronousBefore {
        /// The stage.
        stage: Stage,
    },
    /// Steps of Service Bus and Event Hubs are asynchronous, unless the
    /// [rules](crate::Rules::synchronous_endpoints) say otherwise.
    #[error("a step of Service Bus or Event Hubs is asynchronous")]
    Synchronous,
    /// There is no such mode.
    #[error("{mode:?} is no mode")]
    UnknownMode {
        /// The mode.
        mode: Mode,
    },
    /// The step fires on every update, whichever columns it is of.
    #[error("without filtering attributes, the step fires on every update of the table")]
    EveryUpdate,
    /// The filter does nothing: it counts on updates and creations of a named table.
    #[error("filtering attributes do nothing for this message and table")]
    FilterIgnored,
    /// The step does not run on the server.
    #[error("the step is for offline clients and never fires on the server")]
    NotOnServer,
    /// The message has no images.
    #[error("{message} has no images")]
    NoImagesOnMessage {
        /// The message.
        message: String,
    },
    /// The message has no images under this property.
    #[error("{message} has no images under `{property}`")]
    ImageProperty {
        /// The message.
        message: &'static str,
        /// The property.
        property: String,
    },
    /// There is no such kind of image.
    #[error("{kind:?} is no image type")]
    UnknownImageType {
        /// The kind.
        kind: ImageType,
    },
    /// There is no record before.
    #[error("{message} has no record before")]
    NoPreImage {
        /// The message.
        message: &'static str,
    },
    /// There is no record after.
    #[error("{message} has no record after")]
    NoPostImage {
        /// The message.
        message: &'static str,
    },
    /// Before the operation, there is no record after it.
    #[error("there is no record after the operation at stage {stage:?}")]
    PostImageBefore {
        /// The stage.
        stage: Stage,
    },
    /// Another image of the step has the alias.
    #[error("another image of the step has the same alias")]
    AliasTaken,
}

impl ProblemKind {''',1)
s=s.replace("Self::UncheckedContract { .. } | Self::KeyLength { .. } => Severity::Warning,","""Self::UncheckedContract { .. }
            | Self::KeyLength { .. }
            | Self::StageDeprecated
            | Self::EveryUpdate
            | Self::FilterIgnored
            | Self::NotOnServer => Severity::Warning,""")
s=s.replace('''write!(f, "endpoint `{name}`"),
''','''write!(f, "endpoint `{name}`"),
            Self::Step { name, .. } => write!(f, "step `{name}`"),
            Self::Image { step_name, alias, .. } => {
                write!(f, "image `{alias}` of step `{step_name}`")
            }
''')
s=s.replace('''use uuid::Uuid;

use crate::endpoint::{AuthType, Contract, MessageFormat};
''','''use uuid::Uuid;
use xrm_context::{Mode, Stage};

use crate::endpoint::{AuthType, Contract, MessageFormat};
use crate::step::ImageType;
''',1)
open(p,'w').write(s)
p=b+'src/lib.rs'; s=open(p).read()
s=s.replace("mod endpoint;\nmod option_value;\nmod problem;\n","mod attributes;\nmod endpoint;\nmod message_images;\nmod option_value;\nmod problem;\nmod step;\n")
s=s.replace("pub use crate::{\n","pub use crate::{\n    attributes::Attributes,\n")
s=s.replace("    problem::{","    message_images::MessageImages,\n    problem::{")
s=s.replace("Severity},\n};","Severity},\n    step::{Image, ImageType, Rules, Step, StepState, SupportedDeployment},\n};")
open(p,'w').write(s)
p=b+'tests/all/main.rs'; s=open(p).read()
s=s.replace("mod endpoint;\n","mod endpoint;\nmod step;\n"); open(p,'w').write(s)
