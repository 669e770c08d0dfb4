//! Addresses of links.
//!
//! Clients write `hub/Partitions/0`, or `amqps://host:5671/hub/Partitions/0` whatever they are
//! connected by. So the path alone counts.

/// The place that a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address<'a> {
    /// `$cbs`, which takes tokens.
    Cbs,
    /// `$management`, or that of a hub or a consumer group.
    Management,
    /// `hub`
    Hub { hub: &'a str },
    /// `hub/Partitions/0`
    Partition { hub: &'a str, partition: &'a str },
    /// `hub/Publishers/name`
    Publisher { hub: &'a str, publisher: &'a str },
    /// `hub/ConsumerGroups/group/Partitions/0`
    Receiver { hub: &'a str, group: &'a str, partition: &'a str },
}

impl<'a> Address<'a> {
    /// Reads an address; `None` if it leads nowhere.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let mut segments = [""; 6];
        let mut count = 0;
        for segment in path(text).split('/') {
            *segments.get_mut(count)? = segment;
            count += 1;
        }
        let is = |segment: &str, name: &str| segment.eq_ignore_ascii_case(name);
        match &segments[..count] {
            [it] if is(it, "$cbs") => Some(Self::Cbs),
            [.., it] if is(it, "$management") => Some(Self::Management),
            [hub] if !hub.is_empty() => Some(Self::Hub { hub }),
            [hub, it, partition] if is(it, "Partitions") => {
                Some(Self::Partition { hub, partition })
            }
            [hub, it, publisher] if is(it, "Publishers") => {
                Some(Self::Publisher { hub, publisher })
            }
            [hub, groups, group, partitions, partition]
                if is(groups, "ConsumerGroups") && is(partitions, "Partitions") =>
            {
                Some(Self::Receiver { hub, group, partition })
            }
            _ => None,
        }
    }
}

/// The path of an address, without slashes around it.
pub(crate) fn path(text: &str) -> &str {
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => text,
    };
    path.trim_matches('/')
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn the_path_of_an_address_counts() {
        let first = Address::Partition { hub: "first", partition: "0" };
        let receiver = Address::Receiver { hub: "first", group: "$Default", partition: "1" };
        for (text, expected) in [
            ("$cbs", Some(Address::Cbs)),
            ("$management", Some(Address::Management)),
            ("amqps://localhost/first/$management", Some(Address::Management)),
            ("first", Some(Address::Hub { hub: "first" })),
            ("/first/", Some(Address::Hub { hub: "first" })),
            ("amqps://127.0.0.1:5672/first", Some(Address::Hub { hub: "first" })),
            ("first/Partitions/0", Some(first.clone())),
            ("amqp://host/first/partitions/0", Some(first)),
            (
                "first/publishers/till-7",
                Some(Address::Publisher { hub: "first", publisher: "till-7" }),
            ),
            ("first/ConsumerGroups/$Default/Partitions/1", Some(receiver.clone())),
            ("sb://h:1/first/consumergroups/$Default/partitions/1", Some(receiver)),
            ("", None),
            ("amqps://host", None),
            ("first/Partitions", None),
            ("first/ConsumerGroups/$Default", None),
            ("first/ConsumerGroups/$Default/Partitions/1/2", None),
            ("1/2/3/4/5/6/7", None),
        ] {
            assert_eq!(Address::read(text), expected, "{text}");
        }
    }
}
