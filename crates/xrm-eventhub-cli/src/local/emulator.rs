//! The configuration of Microsoft's emulator of Event Hubs, `Config.json`, as far as it is about hubs
//! ([Test locally by using the Event Hubs emulator](https://learn.microsoft.com/azure/event-hubs/test-locally-with-event-hub-emulator),
//! [its schema](https://github.com/Azure/azure-event-hubs-emulator-installer/blob/main/EventHub-Emulator/Schema/Config-schema.json)).

use std::path::Path;

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};

use crate::error::{Error, OrError as _};
use crate::given::document::{self, Format};
use crate::given::input;

/// What a document says about hubs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Emulator {
    pub(crate) hubs: Vec<Hub>,
    /// Whether it says something about logs, which has no effect here.
    pub(crate) has_logging: bool,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Hub {
    pub(crate) name: String,
    #[serde(deserialize_with = "partition_count")]
    pub(crate) partition_count: u32,
    #[serde(default)]
    pub(crate) consumer_groups: Vec<ConsumerGroup>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConsumerGroup {
    pub(crate) name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    user_config: UserConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserConfig {
    #[serde(deserialize_with = "one_namespace")]
    namespace_config: Namespace,
    logging_config: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Namespace {
    #[serde(rename = "Type", deserialize_with = "kind")]
    _kind: (),
    entities: Vec<Hub>,
}

impl Emulator {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = document::text(path)?;
        let name = input::name(path);
        let what = format!("{name} is not a configuration of the Event Hubs emulator");
        let Document { user_config } = document::parse(&text, Format::Json).or_invalid(what)?;
        Ok(Self {
            hubs: user_config.namespace_config.entities,
            has_logging: user_config.logging_config.is_some(),
        })
    }
}

/// The emulator has one namespace, whatever its name is; here connection strings name an address.
fn one_namespace<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Namespace, D::Error> {
    let mut namespaces = Vec::<Namespace>::deserialize(deserializer)?;
    match (namespaces.pop(), namespaces.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(D::Error::custom("NamespaceConfig must have one namespace")),
    }
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let kind = String::deserialize(deserializer)?;
    if kind.eq_ignore_ascii_case("EventHub") {
        return Ok(());
    }
    Err(D::Error::custom(format_args!("Type is {kind:?}, and only \"EventHub\" is served")))
}

/// A number, or a text of one, as Microsoft's own sample has it.
fn partition_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Number(u32),
        Text(String),
    }

    let expected = || D::Error::custom("PartitionCount is not a number from 1 to 1024");
    let count = match Count::deserialize(deserializer).map_err(|_| expected())? {
        Count::Number(count) => Some(count),
        Count::Text(text) => text.parse().ok(),
    };
    count.filter(|it| (1..=1024).contains(it)).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::{ConsumerGroup, Document, Hub};
    use crate::given::document::{Format, parse};

    fn document(entities: &str) -> String {
        format!(
            "{{\"UserConfig\": {{\"NamespaceConfig\": [\n{{\"Type\": \"EventHub\", \"Name\": \
             \"emulatorNs1\", \"Entities\": [\n{entities}\n]}}],\n\"LoggingConfig\": {{\"Type\": \
             \"File\"}}}}}}"
        )
    }

    #[test]
    fn hubs_have_partitions_and_consumer_groups() {
        let text = document(
            "{\"Name\": \"eh1\", \"PartitionCount\": \"2\", \"ConsumerGroups\": [{\"Name\": \"cg1\"}]},\n\
             {\"Name\": \"eh2\", \"PartitionCount\": 4}",
        );
        let Document { user_config } = parse(&text, Format::Json).unwrap();
        let group = ConsumerGroup { name: "cg1".into() };
        let hub = |name: &str, partition_count, consumer_groups| Hub {
            name: name.into(),
            partition_count,
            consumer_groups,
        };
        let expected = [hub("eh1", 2, vec![group]), hub("eh2", 4, Vec::new())];
        assert_eq!(user_config.namespace_config.entities, expected);
        assert!(user_config.logging_config.is_some());
    }

    #[test]
    fn mistakes_are_told_with_their_places() {
        for (text, expected) in [
            (
                document("{\"Name\": \"a\", \"PartitionCount\": \"0\"}"),
                "line 3, column 36: PartitionCount is not a number from 1 to 1024",
            ),
            (document("{\"Name\": \"a\", \"PartitionCount\": [1]}"), "line 3, column"),
            (document("{\"Name\": \"a\"}"), "line 3, column 13: missing field `PartitionCount`"),
            (document("{\"PartitionCount\": 1}"), "line 3, column 21: missing field `Name`"),
            (
                document("{\"Name\": \"a\", \"PartitionCount\": 1").replace(']', "}"),
                "line 4, column",
            ),
            (
                document("").replace("EventHub", "ServiceBus"),
                "line 2, column 21: Type is \"ServiceBus\", and only \"EventHub\" is served",
            ),
            (
                "{\"UserConfig\": {\"NamespaceConfig\": []}}".to_owned(),
                "line 1, column 38: NamespaceConfig must have one namespace",
            ),
            ("{}".to_owned(), "line 1, column 2: missing field `UserConfig`"),
        ] {
            let mistake = parse::<Document>(&text, Format::Json).err().unwrap().to_string();
            assert!(mistake.starts_with(expected), "{mistake}\n{text}");
        }
    }
}
