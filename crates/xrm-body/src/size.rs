//! The size limits of bodies, and what the platform removes from larger ones.

use std::borrow::Cow;
use std::fmt;

use xrm_context::RemoteExecutionContext;

use crate::encode::encoded_size;
use crate::error::Error;
use crate::options::EncodeOptions;

// A row is a variant, the member's name in the contract, and the field that holds it.
macro_rules! removable {
    ($($(#[$doc:meta])* $part:ident = $name:literal, $field:ident;)*) => {
        /// A member of the context that can be removed from a body that is too large.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Removable { $($(#[$doc])* $part,)* }

        impl Removable {
            /// All that the platform removes, as its documentation names them.
            pub const ALL: &'static [Self] = &[$(Self::$part,)*];

            /// The member's name in the contract.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$part => $name,)* }
            }

            /// Whether the member is not empty.
            #[must_use]
            pub fn is_in(self, context: &RemoteExecutionContext) -> bool {
                match self { $(Self::$part => context.$field != Default::default(),)* }
            }

            /// Makes the member empty.
            pub fn remove_from(self, context: &mut RemoteExecutionContext) {
                match self { $(Self::$part => context.$field = Default::default(),)* }
            }
        }
    };
}

removable! {
    /// The context of the operation that caused this one; null where it was removed.
    ParentContext = "ParentContext", parent_context;
    /// The request's parameters.
    InputParameters = "InputParameters", input_parameters;
    /// The images from before the operation.
    PreEntityImages = "PreEntityImages", pre_entity_images;
    /// The images from after the operation.
    PostEntityImages = "PostEntityImages", post_entity_images;
}

impl fmt::Display for Removable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The size limit of a body, and what is removed from a larger one.
///
/// ```
/// use xrm_body::{EncodeOptions, MessageFormat, Removable, SizeRule};
/// use xrm_context::{Entity, RemoteExecutionContext};
///
/// let target = Entity::new("account").with("description", "x".repeat(200_000));
/// let context = RemoteExecutionContext {
///     input_parameters: [("Target", target)].into(),
///     ..Default::default()
/// };
///
/// let options = EncodeOptions::new(MessageFormat::Json);
/// let plan = SizeRule::SERVICE_BUS.plan(&context, &options)?;
/// assert!(plan.whole_size() > 192 * 1024 && plan.size() < 2_000);
/// assert_eq!(plan.removed(), [Removable::InputParameters]);
/// assert!(plan.fits() && plan.context().input_parameters.is_empty());
/// # Ok::<(), xrm_body::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SizeRule {
    limit: usize,
    removable: &'static [Removable],
}

impl SizeRule {
    /// The platform's rule for endpoints of Azure Service Bus, event hubs among them: 192 KB
    /// ([Azure integration][size]), taken for units of 1,024 bytes.
    ///
    /// [size]: https://learn.microsoft.com/power-apps/developer/data-platform/azure-integration
    pub const SERVICE_BUS: Self = Self::new(192 * 1024);

    /// The platform's rule for webhooks: 256 KB ([Use webhooks][webhook]), taken for units of 1,024
    /// bytes.
    ///
    /// [webhook]: https://learn.microsoft.com/power-apps/developer/data-platform/use-webhooks
    pub const WEBHOOK: Self = Self::new(256 * 1024);

    /// A rule that leaves a body of up to `limit` bytes whole, and removes
    /// [all that the platform removes](Removable::ALL) from a larger one.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { limit, removable: Removable::ALL }
    }

    /// Removes these members, and no others.
    #[must_use]
    pub const fn removing(self, removable: &'static [Removable]) -> Self {
        Self { removable, ..self }
    }

    /// The most bytes that a body may have.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// The members that are removed from a larger body.
    #[must_use]
    pub const fn removable(&self) -> &'static [Removable] {
        self.removable
    }

    /// Applies the rule to a context. All removable members are removed together, as by the platform, not
    /// one after the other until the body is small enough.
    ///
    /// Sizes are counted without making a body. A context that is small enough is not copied.
    ///
    /// # Errors
    /// As [`encode_with`](crate::encode_with).
    pub fn plan<'a>(
        &self,
        context: &'a RemoteExecutionContext,
        options: &EncodeOptions,
    ) -> Result<SizePlan<'a>, Error> {
        let whole = encoded_size(context, options)?;
        let mut plan = SizePlan {
            limit: self.limit,
            whole_size: whole,
            size: whole,
            removed: Vec::new(),
            context: Cow::Borrowed(context),
        };
        // Only a context that is too large is copied, by `Cow::to_mut` in `remove`.
        if whole > self.limit {
            plan.remove(self.removable);
            plan.size = encoded_size(&plan.context, options)?;
        }
        Ok(plan)
    }
}

/// The result of applying a [`SizeRule`] to a context.
#[derive(Clone, PartialEq, Debug)]
pub struct SizePlan<'a> {
    limit: usize,
    whole_size: usize,
    size: usize,
    removed: Vec<Removable>,
    context: Cow<'a, RemoteExecutionContext>,
}

impl SizePlan<'_> {
    /// The context to encode: the whole one, or a copy without the removed members.
    #[must_use]
    pub fn context(&self) -> &RemoteExecutionContext {
        &self.context
    }

    /// The removed members, apart from those that were empty anyway.
    #[must_use]
    pub fn removed(&self) -> &[Removable] {
        &self.removed
    }

    /// The size of the whole context's body in bytes.
    #[must_use]
    pub fn whole_size(&self) -> usize {
        self.whole_size
    }

    /// The size in bytes of the body to send.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The most bytes that the rule allows.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether the body to send is within the limit. The platform refuses to send a larger one.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.size <= self.limit
    }

    fn remove(&mut self, removable: &[Removable]) {
        let present = removable.iter().copied().filter(|part| part.is_in(&self.context));
        self.removed = present.collect();
        for part in &self.removed {
            part.remove_from(self.context.to_mut());
        }
    }
}
