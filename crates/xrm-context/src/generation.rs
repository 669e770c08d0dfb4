//! Which members the contracts had when.

use std::fmt;
use std::str::FromStr;

macro_rules! generations {
    ($($(#[$doc:meta])* $generation:ident = $version:literal;)*) => {
        /// A generation of the contracts: a release of `Microsoft.Xrm.Sdk` that added members.
        ///
        /// What a body holds depends on the release that its server runs. A member that a release
        /// added carries its generation in its row of the contract (`since V9_0_44`).
        ///
        /// | generation | members of `RemoteExecutionContext` | added |
        /// |---|---|---|
        /// | [`V5_0`](Self::V5_0) | 27 | |
        /// | [`V7_1`](Self::V7_1) | 27 | `KeyAttributes` and `RowVersion` of records and references |
        /// | [`V8_1`](Self::V8_1), [`V8_2`](Self::V8_2), [`V9_0`](Self::V9_0), [`V9_0_37`](Self::V9_0_37), [`V9_0_42`](Self::V9_0_42) | 27 | members of queries and faults |
        /// | [`V9_0_44`](Self::V9_0_44) | 29 | the users' Microsoft Entra object ids |
        /// | [`V9_0_45`](Self::V9_0_45) | 29 | a member of conditions |
        /// | [`V9_2_47`](Self::V9_2_47) | 29 | `NeedFormatting` and `ReturnType` of aliased values |
        /// | [`V9_2_49`](Self::V9_2_49) | 29 | a member of queries |
        /// | [`V9_2_49_6443`](Self::V9_2_49_6443) | 30 | `InitiatingUserAgent` |
        ///
        /// Found by comparing the contracts of the releases of `Microsoft.CrmSdk.CoreAssemblies`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        pub enum Generation { $($(#[$doc])* $generation,)* }

        impl Generation {
            /// Every generation, the oldest first.
            pub const ALL: &'static [Self] = &[$(Self::$generation,)*];

            /// The version of the assembly that began the generation.
            #[must_use]
            pub const fn version(self) -> &'static str {
                match self { $(Self::$generation => $version,)* }
            }
        }
    };
}

generations! {
    /// Dynamics CRM 2011.
    V5_0 = "5.0.9690.2243";
    /// Dynamics CRM 2015, update 1.
    V7_1 = "7.1.1.1095";
    /// Dynamics CRM 2016, service pack 1.
    V8_1 = "8.1.0.383";
    /// Dynamics 365.
    V8_2 = "8.2.0.713";
    /// Dynamics 365, version 9.
    V9_0 = "9.0.9002.0";
    /// `QueryHints` of queries.
    V9_0_37 = "9.0.37.958";
    /// `HelpLink` of faults.
    V9_0_42 = "9.0.42.991";
    /// The users' Microsoft Entra object ids in the context.
    V9_0_44 = "9.0.44.892";
    /// `CompareColumns` of conditions.
    V9_0_45 = "9.0.45.2156";
    /// `NeedFormatting` and `ReturnType` of aliased values.
    V9_2_47 = "9.2.47.9489";
    /// `DataSource` of queries.
    V9_2_49 = "9.2.49.665";
    /// `InitiatingUserAgent` in the context.
    V9_2_49_6443 = "9.2.49.6443";
}

impl Generation {
    /// The newest generation that this crate knows.
    pub const NEWEST: Self = Self::V9_2_49_6443;
}

/// A version that is older than every generation, or none at all.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is no version of the contracts from {oldest} on", oldest = Generation::V5_0)]
pub struct UnknownGeneration(String);

impl FromStr for Generation {
    type Err = UnknownGeneration;

    /// The generation of an assembly's version, `9.0.45.12` for example: the last that began with
    /// that version or before.
    fn from_str(version: &str) -> Result<Self, UnknownGeneration> {
        let unknown = || UnknownGeneration(version.to_owned());
        let wanted = numbers(version).ok_or_else(unknown)?;
        let began = |it: &&Self| numbers(it.version()).is_some_and(|began| began <= wanted);
        Self::ALL.iter().rfind(began).copied().ok_or_else(unknown)
    }
}

/// The numbers of a version, compared from the first on.
// As `Vec`s compare: the first difference decides, and of two versions that begin alike the shorter is less,
// so `10.0` is later than `9.2.49` and `9.0` earlier than `9.0.9002.0`.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|number| number.parse().ok()).collect()
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.version())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assembly_is_of_the_last_generation_that_began() {
        for (version, generation) in [
            ("5.0.9690.2243", Generation::V5_0),
            ("7.0.0.1", Generation::V5_0),
            ("9.0.2.714", Generation::V8_2),
            ("9.0.45.2156", Generation::V9_0_45),
            ("9.2.49.1000", Generation::V9_2_49),
            ("10.0", Generation::NEWEST),
        ] {
            assert_eq!(version.parse(), Ok(generation), "{version}");
        }
        for version in ["", "4.0", "9.x", "9..1", "-1"] {
            assert!(version.parse::<Generation>().is_err(), "{version}");
        }
    }

    #[test]
    fn generations_are_in_order() {
        assert!(Generation::ALL.is_sorted());
        assert_eq!(Generation::ALL.last(), Some(&Generation::NEWEST));
        for generation in Generation::ALL {
            assert!(numbers(generation.version()).is_some(), "{generation}");
        }
    }
}
