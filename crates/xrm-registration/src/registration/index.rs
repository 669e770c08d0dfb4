//! Steps by message and table.

use std::collections::HashMap;

use crate::step::Step;

/// Positions of steps.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    // Maps in a map: a pair of strings as the key could not be looked up without making one.
    messages: HashMap<String, OnMessage>,
}

#[derive(Clone, Debug, Default)]
struct OnMessage {
    every_table: Vec<usize>,
    tables: HashMap<String, Vec<usize>>,
}

impl Index {
    pub(super) fn new(steps: &[Step]) -> Self {
        let mut messages: HashMap<String, OnMessage> = HashMap::new();
        for (position, step) in steps.iter().enumerate() {
            let on_message = messages.entry(step.message.clone()).or_default();
            match step.primary_table() {
                Some(table) => on_message.tables.entry(table.to_owned()).or_default(),
                None => &mut on_message.every_table,
            }
            .push(position);
        }
        Self { messages }
    }

    /// Whether there are steps on a message, whatever the table.
    pub(super) fn has(&self, message: &str) -> bool {
        self.messages.contains_key(message)
    }

    /// The positions of the steps on a message and a table, those for every table among them.
    pub(super) fn candidates(
        &self,
        message: &str,
        table: Option<&str>,
    ) -> impl Iterator<Item = usize> {
        let on_message = self.messages.get(message);
        let on_table = on_message.zip(table).and_then(|(it, table)| it.tables.get(table));
        let on_every = on_message.map(|it| &it.every_table);
        on_every.into_iter().chain(on_table).flatten().copied()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::Index;
    use crate::endpoint::{ConnectionParts, ServiceEndpoint};
    use crate::step::Step;

    #[test]
    fn candidates_are_the_steps_on_the_message_and_table_alone() {
        let connection = ConnectionParts { endpoint: "", key_name: "", key: "", entity_path: None };
        let endpoint = ServiceEndpoint::event_hub(Uuid::nil(), "Hub", connection);
        let steps: Vec<_> = (0..1000)
            .map(|number| format!("table{number}"))
            .map(|table| Step::new(Uuid::nil(), &endpoint, "Update", Some(&table)))
            .chain([None, Some("none")].map(|it| Step::new(Uuid::nil(), &endpoint, "Update", it)))
            .collect();
        let index = Index::new(&steps);
        let check = |message, table, expected: &[usize]| {
            let found: Vec<_> = index.candidates(message, table).collect();
            assert_eq!(found, expected, "{message} of {table:?}");
        };
        check("Update", Some("table7"), &[1000, 1001, 7]);
        check("Update", Some("account"), &[1000, 1001]);
        check("Update", None, &[1000, 1001]);
        check("Create", Some("table7"), &[]);
    }
}
