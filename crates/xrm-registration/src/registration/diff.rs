//! In what a registration differs from another.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use uuid::Uuid;

use crate::columns::Columns;
use crate::component::Component;
use crate::difference::{Change, Difference};
use crate::endpoint::ServiceEndpoint;
use crate::plugin_type::PluginType;
use crate::registration::Registration;
use crate::step::Step;

impl Registration {
    /// Returns the differences of a later registration from this one: additions, removals, and each
    /// column with another value.
    ///
    /// Endpoints, plug-in types, steps, and the images of one step are matched by their ids or, if no
    /// other has the id, by their names. Their order is ignored, and so is that of columns in a list.
    /// Keys are not shown.
    ///
    /// ```
    /// # use uuid::Uuid;
    /// # use xrm_registration::{ConnectionParts, Registration, ServiceEndpoint};
    /// # let connection = ConnectionParts { endpoint: "sb://contoso/", key_name: "", key: "", entity_path: None };
    /// let endpoint = ServiceEndpoint::event_hub(Uuid::from_u128(1), "Accounts", connection);
    /// let mut moved = endpoint.clone();
    /// moved.path = "accounts2".into();
    ///
    /// let earlier = Registration::new(vec![endpoint], vec![]);
    /// let differences = earlier.diff(&Registration::new(vec![moved], vec![]));
    /// assert_eq!(
    ///     differences[0].to_string(),
    ///     "endpoint `Accounts`: `path` was nothing, is `accounts2`",
    /// );
    /// ```
    #[must_use]
    pub fn diff(&self, later: &Self) -> Vec<Difference> {
        let mut differences = Vec::new();
        if self.max_depth != later.max_depth {
            let (from, to) = (self.max_depth.to_string(), later.max_depth.to_string());
            let change = Change::Changed { column: "max_depth", from: Some(from), to: Some(to) };
            differences.push(Difference::new(Component::Registration, change));
        }
        differences.extend(self.behavior.differences(&later.behavior));
        compare(
            (&self.endpoints, &later.endpoints),
            |it| (it.id, &it.name),
            ServiceEndpoint::component,
            compare_keys,
            &mut differences,
        );
        compare(
            (&self.plugin_types, &later.plugin_types),
            |it| (it.id, &it.name),
            PluginType::component,
            |_, _, _| {},
            &mut differences,
        );
        compare(
            (&self.steps, &later.steps),
            |it| (it.id, &it.name),
            Step::component,
            compare_images,
            &mut differences,
        );
        differences
    }
}

/// Columns show whether there is a key, and not which.
fn compare_keys(
    earlier: &ServiceEndpoint,
    later: &ServiceEndpoint,
    differences: &mut Vec<Difference>,
) {
    if earlier.has_another_key_than(later) {
        let (from, to) = (Some("set".to_owned()), Some("set to another one".to_owned()));
        let change = Change::Changed { column: "saskey", from, to };
        differences.push(Difference::new(earlier.component(), change));
    }
    if earlier.has_another_query_than(later) {
        let (from, to) = (Some("set".to_owned()), Some("set to another one".to_owned()));
        let change = Change::Changed { column: "url", from, to };
        differences.push(Difference::new(earlier.component(), change));
    }
}

fn compare_images(earlier: &Step, later: &Step, differences: &mut Vec<Difference>) {
    compare(
        (&earlier.images, &later.images),
        |it| (it.id, &it.name),
        |image| earlier.image_component(image),
        |_, _, _| {},
        differences,
    );
}

/// Appends the differences of two lists. `identity` is the id and name of an item, `nested` compares
/// what an item has besides its columns.
fn compare<T: Columns>(
    (earlier, later): (&[T], &[T]),
    identity: impl Fn(&T) -> (Uuid, &str),
    component: impl Fn(&T) -> Component,
    nested: impl Fn(&T, &T, &mut Vec<Difference>),
    differences: &mut Vec<Difference>,
) {
    let partners = Partners::find(earlier, later, identity);
    for (one, partner) in earlier.iter().zip(&partners.of_earlier) {
        let Some(other) = partner.map(|it| &later[it]) else {
            differences.push(Difference::new(component(one), Change::Removed));
            continue;
        };
        for ((column, from), (_, to)) in one.columns().into_iter().zip(other.columns()) {
            if from != to {
                let change = Change::Changed { column, from, to };
                differences.push(Difference::new(component(one), change));
            }
        }
        nested(one, other, differences);
    }
    let added = later.iter().zip(&partners.is_taken).filter(|(_, is_taken)| !**is_taken);
    differences.extend(added.map(|(it, _)| Difference::new(component(it), Change::Added)));
}

/// What is the same in two lists, by position.
struct Partners {
    of_earlier: Vec<Option<usize>>,
    is_taken: Vec<bool>,
}

impl Partners {
    /// By id first: an item that was renamed is still the same. Images without an id have the nil id,
    /// which identifies nothing, so these are found by name.
    fn find<T>(earlier: &[T], later: &[T], identity: impl Fn(&T) -> (Uuid, &str)) -> Self {
        let mut partners =
            Self { of_earlier: vec![None; earlier.len()], is_taken: vec![false; later.len()] };
        partners.take_by(earlier, later, |it| Some(identity(it).0).filter(|id| !id.is_nil()));
        partners.take_by(earlier, later, |it| Some(identity(it).1));
        partners
    }

    fn take_by<'a, T, K: Eq + Hash>(
        &mut self,
        earlier: &'a [T],
        later: &'a [T],
        key: impl Fn(&'a T) -> Option<K>,
    ) {
        let mut free: HashMap<K, VecDeque<usize>> = HashMap::new();
        // Queues: several items may have one name, and each finds a partner of its own, in order.
        for (position, it) in later.iter().enumerate().filter(|(at, _)| !self.is_taken[*at]) {
            if let Some(key) = key(it) {
                free.entry(key).or_default().push_back(position);
            }
        }
        for (it, partner) in earlier.iter().zip(&mut self.of_earlier) {
            if partner.is_some() {
                continue;
            }
            let found = key(it).and_then(|key| free.get_mut(&key)?.pop_front());
            if let Some(position) = found {
                self.is_taken[position] = true;
                *partner = found;
            }
        }
    }
}
