use proptest::prelude::*;
use proptest::sample::subsequence;
use uuid::Uuid;
use xrm_context::{Mode, Stage};
use xrm_registration::{
    AuthType, Change, EventHandlerType, Image, ImageType, PluginType, Registration, SasKey,
    ServiceEndpoint, Step, StepState, SupportedDeployment,
};

use crate::endpoint::event_hub;
use crate::step::step;

fn plugin_type() -> PluginType {
    PluginType::new(Uuid::from_u128(3), "Contoso.Plugins.Enrich")
}

fn registration() -> Registration {
    let mut step = step("Update", Some("account"));
    step.filtering_attributes = "name,revenue".into();
    step.images = vec![Image::pre("Before", "name")];
    Registration::new(vec![event_hub("Accounts")], vec![step])
        .with_plugin_types(vec![plugin_type()])
}

/// The registration with another endpoint, plug-in type and step.
fn changed(
    endpoint: impl FnOnce(&mut ServiceEndpoint),
    plugin_type: impl FnOnce(&mut PluginType),
    step: impl FnOnce(&mut Step),
) -> Registration {
    let registration = registration();
    let mut endpoints = registration.endpoints().to_vec();
    let mut plugin_types = registration.plugin_types().to_vec();
    let mut steps = registration.steps().to_vec();
    endpoint(&mut endpoints[0]);
    plugin_type(&mut plugin_types[0]);
    step(&mut steps[0]);
    Registration::new(endpoints, steps).with_plugin_types(plugin_types)
}

fn texts(from: &Registration, to: &Registration) -> Vec<String> {
    from.diff(to).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check_endpoint(change: impl FnOnce(&mut ServiceEndpoint), expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|it| format!("endpoint `Accounts`: {it}")).collect();
    assert_eq!(texts(&registration(), &changed(change, |_| {}, |_| {})), expected);
}

#[test]
fn columns_of_endpoints() {
    check_endpoint(|_| {}, &[]);
    check_endpoint(
        |it| it.id = Uuid::from_u128(9),
        &["`serviceendpointid` was `00000000-0000-0000-0000-000000000001`, is \
           `00000000-0000-0000-0000-000000000009`"],
    );
    check_endpoint(|it| it.name = "Orders".into(), &["`name` was `Accounts`, is `Orders`"]);
    check_endpoint(
        |it| it.auth_type = Some(AuthType::SAS_TOKEN),
        &["`authtype` was `SAS Key`, is `SAS Token`"],
    );
    check_endpoint(|it| it.auth_type = None, &["`authtype` was `SAS Key`, is nothing"]);
    check_endpoint(
        |it| it.sas_key_variable = Some("KEY".into()),
        &["`sas_key_variable` was nothing, is `KEY`"],
    );
}

#[test]
fn keys_are_not_shown() {
    check_endpoint(|it| drop(it.take_sas_key()), &["`saskey` was `set`, is nothing"]);
    check_endpoint(
        |it| it.set_sas_key(SasKey::new("c2VjcmV0")),
        &["`saskey` was `set`, is `set to another one`"],
    );
}

#[track_caller]
fn check_step(change: impl FnOnce(&mut Step), expected: &[&str]) {
    let place = "step `Accounts: Update of account`";
    let expected: Vec<_> = expected.iter().map(|it| format!("{place}: {it}")).collect();
    assert_eq!(texts(&registration(), &changed(|_| {}, |_| {}, change)), expected);
}

#[test]
fn columns_of_steps() {
    check_step(|it| it.table = None, &["`sdkmessagefilterid` was `account`, is nothing"]);
    check_step(
        |it| it.table = Some("none".into()),
        &["`sdkmessagefilterid` was `account`, is nothing"],
    );
    check_step(|it| it.stage = Stage(25), &["`stage` was `Post-operation`, is `25`"]);
    check_step(|it| it.filtering_attributes = "revenue,name".into(), &[]);
    check_step(
        |it| it.filtering_attributes = "".into(),
        &["`filteringattributes` was `name,revenue`, is nothing"],
    );
    check_step(
        |step| {
            step.mode = Mode::SYNCHRONOUS;
            step.rank = 2;
            step.state = StepState::DISABLED;
        },
        &[
            "`mode` was `Asynchronous`, is `Synchronous`",
            "`rank` was `1`, is `2`",
            "`statecode` was `Enabled`, is `Disabled`",
        ],
    );
}

#[test]
fn columns_of_plug_in_types() {
    let later = changed(|_| {}, |it| it.description = Some("Enriches".into()), |_| {});
    let expected =
        "plug-in type `Contoso.Plugins.Enrich`: `description` was nothing, is `Enriches`";
    assert_eq!(texts(&registration(), &later), [expected]);
}

#[test]
fn images_of_a_step() {
    let check = |images: Vec<Image>, expected: &[&str]| {
        let later = changed(|_| {}, |_| {}, |it| it.images = images);
        let expected: Vec<_> = expected
            .iter()
            .map(|it| {
                format!("image {it}").replace(": ", " of step `Accounts: Update of account`: ")
            })
            .collect();
        assert_eq!(texts(&registration(), &later), expected);
    };
    let before = Image::pre("Before", "name");
    check(vec![Image::post("After", ""), before.clone()], &["`After`: added"]);
    check(vec![], &["`Before`: removed"]);
    let image_type = ImageType::BOTH;
    check(
        vec![crate::changed(before.clone(), |it| it.image_type = image_type)],
        &["`Before`: `imagetype` was `PreImage`, is `Both`"],
    );
    check(
        vec![crate::changed(before, |it| it.attributes = "".into())],
        &["`Before`: `attributes` was `name`, is nothing"],
    );
}

#[test]
fn what_is_there_on_one_side_alone() {
    let (none, all) = (Registration::new(vec![], vec![]), registration());
    let places = [
        "endpoint `Accounts`",
        "plug-in type `Contoso.Plugins.Enrich`",
        "step `Accounts: Update of account`",
    ];
    assert_eq!(texts(&none, &all), places.map(|it| format!("{it}: added")));
    assert_eq!(texts(&all, &none), places.map(|it| format!("{it}: removed")));
}

#[test]
fn the_depth_of_the_registration() {
    let later = registration().with_max_depth(3);
    assert_eq!(texts(&registration(), &later), ["registration: `max_depth` was `8`, is `3`"]);
}

#[test]
fn ids_come_before_names() {
    let named = |id: u128, name: &str| {
        let id = Uuid::from_u128(id);
        crate::changed(step("Create", None), |it| {
            it.id = id;
            it.name = name.into();
        })
    };
    let check = |from: &[Step], to: &[Step], expected: &[&str]| {
        let of = |steps: &[Step]| Registration::new(vec![], steps.to_vec());
        assert_eq!(texts(&of(from), &of(to)), expected);
    };
    let (a, b) = (named(1, "a"), named(2, "b"));
    check(&[a.clone(), b.clone()], &[b.clone(), a.clone()], &[]);
    check(
        &[a.clone(), b.clone()],
        &[named(1, "b"), named(2, "a")],
        &["step `a`: `name` was `a`, is `b`", "step `b`: `name` was `b`, is `a`"],
    );
    let id = |id| format!("00000000-0000-0000-0000-00000000000{id}");
    let text = format!("step `b`: `sdkmessageprocessingstepid` was `{}`, is `{}`", id(2), id(3));
    check(&[a.clone(), b.clone()], &[a.clone(), named(3, "b")], &[&text]);
    check(&[a.clone(), a.clone()], &[a], &["step `a`: removed"]);
}

pub(crate) fn any_registration() -> impl Strategy<Value = Registration> {
    let columns = subsequence(vec!["name", "fax", "revenue"], 0..3);
    let any_step = (0..4_u128, "[ab]", 0..3_i32, columns, any::<bool>(), 0..3_i32);
    let steps = any_step.prop_map(|(id, name, mode, filter, is_plugin, deployment)| {
        crate::changed(step("Update", Some("account")), |it| {
            it.id = Uuid::from_u128(id);
            it.name = name;
            it.mode = Mode(mode);
            it.event_handler_type = match is_plugin {
                true => EventHandlerType::PLUGIN_TYPE,
                false => EventHandlerType::SERVICE_ENDPOINT,
            };
            it.supported_deployment = SupportedDeployment(deployment);
            it.images = filter.iter().map(|it| Image::pre(it, *it)).collect();
            it.filtering_attributes = filter.into_iter().collect();
        })
    });
    let endpoints = prop::collection::vec("[ab]", 0..3);
    (endpoints, prop::collection::vec(steps, 0..5)).prop_map(|(names, steps)| {
        let endpoints = names.iter().map(|it| event_hub(it)).collect();
        Registration::new(endpoints, steps)
    })
}

proptest! {
    #[test]
    fn a_registration_does_not_differ_from_itself(registration in any_registration()) {
        prop_assert_eq!(registration.diff(&registration), []);
    }

    #[test]
    fn differences_are_the_same_from_both_sides(
        one in any_registration(),
        other in any_registration(),
    ) {
        let count = |from: &Registration, to: &Registration| {
            let differences = from.diff(to);
            let of = |is: fn(&Change) -> bool| differences.iter().filter(|it| is(&it.change)).count();
            (of(|it| *it == Change::Added), of(|it| *it == Change::Removed))
        };
        let (added, removed) = count(&one, &other);
        prop_assert_eq!(count(&other, &one), (removed, added));
    }
}
