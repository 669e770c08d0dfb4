//! Registrations at work: what fires is posted, or runs a plug-in, and becomes a system job.

#[cfg(feature = "documents")]
mod file;
mod plugin;
mod stage;

use eventhub_rest::Verdict;
use uuid::Uuid;
use xrm_context::{Entity, Mode, RemoteExecutionContext, Stage};
use xrm_eventhub::registration::{
    AuthType, Contract, MessageFormatCode, Operation, PluginType, Registration, Rules,
    ServiceEndpoint, Step, StepState, UserClaim,
};
use xrm_eventhub::{
    ConnectionString, EventHubSolution, PublisherBuilder, SolutionError, StatusCode, property,
    service_endpoint,
};

use crate::fixture::{KEY, Script, connection, id, refused, standing};
use stage::{Stage as Scene, endpoint, step, update};

#[tokio::test]
async fn each_step_that_fires_becomes_a_job_of_its_own() {
    let scene = Scene::accepting(2);
    let mut xml = service_endpoint(id(2), "In XML", &connection());
    xml.message_format = Some(MessageFormatCode::TEXT_XML);
    let first = changed(step(11, &endpoint()), |it| {
        it.rank = 1;
        it.async_auto_delete = false;
    });
    let second = changed(step(12, &xml), |it| {
        it.rank = 2;
        it.name = "Second".to_owned();
    });
    let silent = step(13, &endpoint()).filtering_attributes("fax");
    let registration =
        Registration::new(vec![endpoint(), xml], vec![second.clone(), silent, first.clone()]);
    let solution = scene.solution(registration, |it| it);

    let jobs = solution.trigger(&update()).await.unwrap();
    let described: Vec<_> = jobs
        .iter()
        .map(|it| (it.description(), it.status()))
        .map(|(it, status)| {
            (it.name.as_str(), it.endpoint.as_str(), it.owning_extension_id, status)
        })
        .collect();
    let done = StatusCode::Succeeded;
    assert_eq!(
        described,
        [
            ("Accounts: Update of account", "Accounts", Some(first.id), done),
            ("Second", "In XML", Some(second.id), done),
        ]
    );
    assert_eq!(scene.contexts().len(), 2);
    for context in scene.contexts() {
        let job = jobs.iter().find(|it| it.id() == context.operation_id).unwrap();
        let created = context.operation_created_on.to_utc().unwrap();
        assert_eq!(created, job.description().created_on);
        assert_eq!(context.owning_extension.map(|it| it.id), job.description().owning_extension_id);
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_that_are_left_to_a_worker_wait_for_it() {
    let scene = Scene::accepting(1);
    let solution = scene.solution(registration(), |it| it);
    let jobs = solution.enqueue(&update()).await.unwrap();
    assert_eq!(jobs[0].status(), StatusCode::WaitingForResources);
    assert!(scene.contexts().is_empty());

    let shutdown = tokio::time::sleep(std::time::Duration::from_millis(200));
    let worker = solution.clone();
    let running = tokio::spawn(async move { worker.run_until(shutdown).await });
    assert_eq!(running.await.unwrap().unwrap().succeeded, 1);
    let job = solution.job_store().get(jobs[0].id()).await.unwrap();
    assert_eq!(job.status(), StatusCode::Succeeded, "a clone has the same store");
    assert_eq!(scene.contexts().len(), 1);
}

#[tokio::test]
async fn a_job_that_succeeds_is_deleted_where_its_step_says_so() {
    let scene = Scene::accepting(1);
    let deleted = changed(step(11, &endpoint()), |it| it.async_auto_delete = true);
    let solution = scene.solution(Registration::new(vec![endpoint()], vec![deleted]), |it| it);
    let jobs = solution.trigger(&update()).await.unwrap();
    assert_eq!(jobs[0].status(), StatusCode::Succeeded);
    assert!(solution.job_store().get(jobs[0].id()).await.is_err());
}

#[tokio::test]
async fn what_fails_waits_or_has_failed_like_any_post() {
    let scene = Scene::answering([refused(404)]);
    let solution = scene.solution(registration(), |it| it);
    let jobs = solution.trigger(&update()).await.unwrap();
    assert_eq!(standing(&jobs[0]), ((3, 31), Some("missing_hub"), None));

    let scene = Scene::answering([refused(503)]);
    let solution = scene.solution(registration(), |it| it);
    let jobs = solution.trigger(&update()).await.unwrap();
    assert_eq!(jobs[0].status(), StatusCode::Waiting);
}

#[tokio::test]
async fn a_synchronous_post_is_not_tried_again() {
    let scene = Scene::answering([refused(503), Verdict::Accepted]);
    let synchronous = step(11, &endpoint()).mode(Mode::SYNCHRONOUS);
    let asynchronous = step(12, &endpoint());
    let registration = Registration::new(vec![endpoint()], vec![asynchronous, synchronous]);
    let rules = Rules::default().synchronous_endpoints(true);
    let solution = scene.solution(registration, |it| it.rules(rules));
    let mut operation = update();
    operation.request_id = Some(id(77));
    let jobs = solution.trigger(&operation).await.unwrap();
    let statuses: Vec<_> = jobs.iter().map(|it| it.status()).collect();
    assert_eq!(statuses, [StatusCode::Failed, StatusCode::Succeeded]);

    let [synchronous, asynchronous] = &scene.contexts()[..] else { panic!("two contexts") };
    assert_eq!(synchronous.operation_id, id(77), "of a synchronous step, the request's");
    assert!(synchronous.is_in_transaction && !asynchronous.is_in_transaction);
    let message_ids = scene.values(property::MESSAGE_ID);
    assert_eq!(message_ids, jobs.iter().map(|it| it.id().to_string()).collect::<Vec<_>>());
    assert_eq!(scene.values(property::ATTEMPT), ["1", "1"]);
}

#[tokio::test]
async fn the_user_claim_of_an_endpoint_asks_for_claims() {
    let scene = Scene::accepting(2);
    let mut claiming = endpoint();
    claiming.user_claim = UserClaim::USER_ID;
    let registration = Registration::new(vec![claiming.clone()], vec![step(11, &claiming)]);
    let solution = scene.solution(registration, |it| it);
    solution.trigger(&update()).await.unwrap();
    let plain = scene.solution(self::registration(), |it| it);
    plain.trigger(&update()).await.unwrap();

    let name = "http://schemas.microsoft.com/xrm/2011/Claims/RequestName";
    assert_eq!(scene.have_property(name, "Update"), [true, false]);
}

#[tokio::test]
async fn the_publisher_of_each_endpoint_can_be_changed() {
    let scene = Scene::accepting(1);
    let change = |endpoint: &ServiceEndpoint, it: PublisherBuilder| {
        it.endpoint(format!("{} of Contoso", endpoint.name))
    };
    let solution = scene.solution(registration(), |it| it.each_publisher(change));
    let jobs = solution.trigger(&update()).await.unwrap();
    assert_eq!(jobs[0].description().endpoint, "Accounts of Contoso");
    assert_eq!(solution.publisher(id(1)).unwrap().endpoint(), "Accounts of Contoso");
    assert!(!solution.registration().endpoints()[0].is_sas_key_set());
}

fn registration() -> Registration {
    Registration::new(vec![endpoint()], vec![step(11, &endpoint())])
}

fn error(registration: Registration) -> SolutionError {
    let builder = EventHubSolution::builder(registration);
    builder.transport(Script::new([])).build().expect_err("it can't be put to work")
}

#[test]
fn what_can_not_be_put_to_work() {
    let text = |registration| error(registration).to_string();

    let stray = changed(step(11, &endpoint()), |it| it.event_handler = Uuid::nil());
    assert_eq!(
        text(Registration::new(vec![endpoint()], vec![stray])),
        "the registration breaks rules: step `Accounts: Update of account`: there is no endpoint \
         with the id 00000000-0000-0000-0000-000000000000"
    );

    let mut queue = endpoint();
    queue.contract = Contract::QUEUE;
    assert_eq!(
        text(Registration::new(vec![queue.clone()], vec![step(11, &queue)])),
        "the step `Accounts: Update of account` posts to `Accounts`, which is no event hub"
    );
    let disabled = changed(step(11, &queue), |it| it.state = StepState::DISABLED);
    let idle = Registration::new(vec![queue], vec![disabled]);
    assert!(EventHubSolution::builder(idle).build().is_ok(), "nothing posts there");

    let mut keyless = endpoint();
    keyless.take_sas_key();
    keyless.sas_key_variable = Some("ACCOUNTS_KEY".to_owned());
    assert_eq!(
        text(Registration::new(vec![keyless.clone()], vec![step(11, &keyless)])),
        "the endpoint `Accounts` has no shared access key or token"
    );

    let mut odd = endpoint();
    odd.namespace_address = "sb://contoso/path".to_owned();
    assert_eq!(
        text(Registration::new(vec![odd.clone()], vec![step(11, &odd)])),
        "the endpoint `Accounts` can't be connected to"
    );

    let plugin_type = PluginType::new(id(3), "Contoso.Enrich");
    let run = Step::for_plugin(id(11), &plugin_type, "Create", Some("account"));
    let registration = Registration::new(vec![], vec![run]).with_plugin_types(vec![plugin_type]);
    assert_eq!(
        text(registration),
        "the step `Contoso.Enrich: Create of account` runs the plug-in `Contoso.Enrich`, which was \
         not given"
    );
}

#[test]
fn no_two_work_on_jobs_under_one_name() {
    let other = service_endpoint(id(2), "Orders", &connection());
    let registration = Registration::new(vec![endpoint(), other], vec![]);
    let refused = EventHubSolution::builder(registration)
        .transport(Script::new([]))
        .each_publisher(|_, it| it.endpoint("both"))
        .build();
    let error = refused.expect_err("they would take each other's jobs");
    assert_eq!(error.to_string(), "`both` is the name of two that work on jobs");
}

#[test]
fn a_connection_string_makes_an_endpoint_and_back() {
    let check = |text: &str, auth: AuthType, emulator: bool| {
        let connection: ConnectionString = text.parse().unwrap();
        let endpoint = service_endpoint(id(1), "Accounts", &connection);
        assert_eq!(endpoint.auth_type, Some(auth), "{text}");
        assert_eq!(endpoint.use_development_emulator, emulator, "{text}");
        assert_eq!(endpoint.is_sas_key_set(), auth == AuthType::SAS_KEY, "{text}");
    };
    let named = "SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=accounts";
    check(&format!("Endpoint=sb://contoso/;{named}"), AuthType::SAS_KEY, false);
    let emulator = "UseDevelopmentEmulator=true";
    check(&format!("Endpoint=sb://127.0.0.1:5000;{named};{emulator}"), AuthType::SAS_KEY, true);
    let token = "SharedAccessSignature=SharedAccessSignature sr=contoso&sig=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE%3D&se=1&skn=send";
    check(&format!("Endpoint=sb://contoso/;{token};EntityPath=a"), AuthType::SAS_TOKEN, false);
}

/// An emulator in another container: its address is taken only if that was said.
#[test]
fn an_emulator_on_another_host_needs_to_be_allowed() {
    let text = "Endpoint=sb://eventhubs-emulator:5300;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;\
        EntityPath=accounts;UseDevelopmentEmulator=true";
    assert!(text.parse::<ConnectionString>().is_err());
    let connection = ConnectionString::with_plain_host(text).unwrap();
    let endpoint = service_endpoint(id(1), "Accounts", &connection);
    assert!(endpoint.use_development_emulator && endpoint.allow_plain_host);
    let origin = |endpoint: &ServiceEndpoint| {
        let registration = Registration::new(vec![endpoint.clone()], Vec::new());
        let solution =
            EventHubSolution::builder(registration).transport(Script::new([])).build()?;
        let publisher = solution.publisher(id(1)).expect("it has a key");
        Ok::<_, SolutionError>(publisher.hub().endpoint().origin())
    };
    assert_eq!(origin(&endpoint).unwrap(), "http://eventhubs-emulator:5300");
    let mut refused = endpoint;
    refused.allow_plain_host = false;
    let error = origin(&refused).expect_err("keys would travel in plain text");
    assert!(matches!(error, SolutionError::Connection { .. }), "{error:?}");
}

#[test]
fn neither_a_solution_nor_its_errors_tell_a_key() {
    let solution = Scene::accepting(0).solution(registration(), |it| it);
    let shown = format!("{solution:?} {:?}", EventHubSolution::builder(registration()));
    assert!(shown.contains("Accounts") && !shown.contains(KEY), "{shown}");

    let mut bad = endpoint();
    bad.namespace_address = "sb://contoso/path".to_owned();
    let error = error(Registration::new(vec![bad.clone()], vec![step(11, &bad)]));
    let shown = format!("{error:?} {error}");
    assert!(!shown.contains(KEY), "{shown}");
}

/// The record of a context's request.
fn target(context: &RemoteExecutionContext) -> Entity {
    match context.input_parameters.get("Target") {
        Some(xrm_context::Value::Entity(target)) => (**target).clone(),
        _ => Entity::default(),
    }
}

#[tokio::test]
async fn an_operation_that_is_several_has_a_job_for_each() {
    let scene = Scene::accepting(2);
    let solution = scene.solution(registration(), |it| it);
    let account =
        Entity::new("account").with_id(id(7)).with("name", "Contoso").with("statecode", 1);
    let jobs = solution.trigger(&Operation::on_record("Update", account)).await.unwrap();
    assert_eq!(jobs.len(), 2);
    assert_ne!(jobs[0].id(), jobs[1].id());
    let contexts = scene.contexts();
    let columns: Vec<Vec<_>> =
        contexts.iter().map(|it| target(it).attributes.keys().cloned().collect()).collect();
    assert_eq!(columns, [["name"], ["statecode"]]);
    assert!(contexts.iter().all(|it| it.stage == Stage::POST_OPERATION));
}

fn changed(mut step: Step, change: impl FnOnce(&mut Step)) -> Step {
    change(&mut step);
    step
}
