//! Plug-ins: code of an application's own that posts by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eventhub_rest::Verdict;
use xrm_context::{Mode, RemoteExecutionContext, Stage as StageCode, Value};
use xrm_eventhub::registration::{PluginType, Registration, Step};
use xrm_eventhub::{
    EventHubSolution, InvalidPluginExecution, NotificationError, OperationStatus, Plugin,
    PluginRun, PluginServices, RetryOptions, RetryPolicy, RetrySchedule, StatusCode, SystemJob,
    property, system_host,
};

use super::stage::{Stage, endpoint, now, step, update};
use crate::fixture::{evidence, id, refused, standing};

/// A plug-in that is a function of the context and the number of the run.
struct Run<F>(F, Arc<AtomicUsize>);

impl<F> Plugin for Run<F>
where
    F: Fn(&mut RemoteExecutionContext, usize) -> Result<(), InvalidPluginExecution> + Send + Sync,
{
    fn execute<'a>(
        &'a self,
        context: &'a mut RemoteExecutionContext,
        _: &'a PluginServices<'a>,
    ) -> PluginRun<'a> {
        let run = self.1.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { (self.0)(context, run) })
    }
}

/// Marks the context and posts it to the endpoint that it is configured with, so many times.
struct Post(usize);

impl Plugin for Post {
    fn execute<'a>(
        &'a self,
        context: &'a mut RemoteExecutionContext,
        services: &'a PluginServices<'a>,
    ) -> PluginRun<'a> {
        Box::pin(async move {
            context.shared_variables.insert("marked", true);
            let endpoint = services.configured_endpoint()?;
            for _ in 0..self.0 {
                services.notification_service().execute(endpoint, context).await?;
            }
            Ok(())
        })
    }
}

fn plugin_type() -> PluginType {
    PluginType::new(id(3), "Contoso.Enrich")
}

/// A registration of a step that runs the plug-in, changed like this, before one that posts.
fn registration(change: impl FnOnce(&mut Step)) -> Registration {
    let mut run = Step::for_plugin(id(21), &plugin_type(), "Update", Some("account"));
    run.configuration = Some(id(1).to_string());
    run.filtering_attributes = "name".into();
    change(&mut run);
    Registration::new(vec![endpoint()], vec![run]).with_plugin_types(vec![plugin_type()])
}

fn solution(stage: &Stage, plugin: impl Plugin + 'static) -> EventHubSolution {
    stage.solution(registration(|_| {}), |it| it.plugin("Contoso.Enrich", plugin))
}

async fn triggered(stage: &Stage, plugin: impl Plugin + 'static) -> SystemJob {
    solution(stage, plugin).trigger(&update()).await.expect("the store is a map").remove(0)
}

#[tokio::test]
async fn a_plug_in_posts_what_it_made_of_the_context() {
    let stage = Stage::accepting(2);
    let job = triggered(&stage, Post(2)).await;
    assert_eq!(job.status(), StatusCode::Succeeded);
    assert_eq!(job.description().name, "Contoso.Enrich: Update of account");
    assert_eq!(job.description().endpoint, "Contoso.Enrich");
    for context in stage.contexts() {
        assert_eq!(context.shared_variables.get("marked"), Some(&Value::from(true)));
        assert_eq!(context.operation_id, job.id());
    }
    let ids = stage.values(property::MESSAGE_ID);
    assert_eq!(ids[0], job.id().to_string());
    assert_ne!(ids[0], ids[1], "each post is a message of its own");
}

#[tokio::test]
async fn an_application_keeps_a_hand_on_a_plug_in_that_it_shares() {
    let shared = Arc::new(Run(|_: &mut _, _| Ok(()), Arc::default()));
    let plugin: Arc<dyn Plugin> = shared.clone();
    assert_eq!(triggered(&Stage::accepting(0), plugin).await.status(), StatusCode::Succeeded);
    assert_eq!(shared.1.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_end_of_a_plug_in_is_the_end_of_its_job() {
    use OperationStatus::{Canceled, Failed, Retry, Succeeded, Suspended};
    let ends = [
        (Failed, ((3, 31), Some("plugin_failed"), None)),
        (Canceled, ((3, 32), Some("plugin_canceled"), None)),
        (Retry, ((1, 10), Some("plugin_retry"), Some(15))),
        (Suspended, ((1, 10), Some("plugin_suspended"), None)),
        (Succeeded, ((3, 30), None, None)),
    ];
    for (status, expected) in ends {
        let end = move |_: &mut _, _| Err(InvalidPluginExecution::new(status, "as it says"));
        let job = triggered(&Stage::accepting(0), Run(end, Arc::default())).await;
        let (standing, cause, due) = standing(&job);
        assert_eq!(
            (standing, cause, due.is_some()),
            (expected.0, expected.1, expected.2.is_some())
        );
        let reason = (status != Succeeded).then(|| "as it says".to_owned());
        assert_eq!(evidence(&job, "reason"), reason, "{status:?}");
    }
}

#[tokio::test]
async fn a_plug_in_that_takes_too_long_has_failed() {
    struct Hang;
    impl Plugin for Hang {
        fn execute<'a>(
            &'a self,
            _: &'a mut RemoteExecutionContext,
            _: &'a PluginServices<'a>,
        ) -> PluginRun<'a> {
            Box::pin(std::future::pending())
        }
    }
    let limit = Duration::from_millis(20);
    for mode in [Mode::ASYNCHRONOUS, Mode::SYNCHRONOUS] {
        let stage = Stage::accepting(0);
        let solution = stage.solution(registration(|it| it.mode = mode), |it| {
            it.plugin("Contoso.Enrich", Hang).plugin_time_limit(limit)
        });
        let job = solution.trigger(&update()).await.expect("the store is a map").remove(0);
        let (standing, cause, _) = standing(&job);
        assert_eq!((standing, cause), ((3, 31), Some("plugin_failed")), "{mode:?}");
        let reason = evidence(&job, "reason");
        assert_eq!(reason.as_deref(), Some("the plug-in had not ended after 20ms"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_plug_in_has_as_long_as_it_is_given() {
    struct Wait;
    impl Plugin for Wait {
        fn execute<'a>(
            &'a self,
            _: &'a mut RemoteExecutionContext,
            _: &'a PluginServices<'a>,
        ) -> PluginRun<'a> {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(())
            })
        }
    }
    for limit in [None, Some(Duration::MAX)] {
        let stage = Stage::accepting(0);
        let solution = stage.solution(registration(|_| {}), |it| {
            it.plugin("Contoso.Enrich", Wait).plugin_time_limit(limit)
        });
        let job = solution.trigger(&update()).await.expect("the store is a map").remove(0);
        assert_eq!(job.status(), StatusCode::Succeeded, "{limit:?}");
    }
}

#[tokio::test]
async fn a_plug_in_that_passes_a_failed_post_on_fares_like_a_post() {
    let check = async |answer: Verdict, status, cause| {
        let job = triggered(&Stage::answering([answer]), Post(1)).await;
        assert_eq!(
            (job.status(), job.progress().cause.as_ref().map(|it| it.id())),
            (status, Some(cause))
        );
    };
    check(refused(503), StatusCode::Waiting, "server_error").await;
    check(refused(401), StatusCode::Failed, "unauthorized").await;
    check(refused(404), StatusCode::Failed, "missing_hub").await;
}

#[tokio::test]
async fn a_post_to_nowhere_is_an_error_that_the_plug_in_sees() {
    struct Lost;
    impl Plugin for Lost {
        fn execute<'a>(
            &'a self,
            context: &'a mut RemoteExecutionContext,
            services: &'a PluginServices<'a>,
        ) -> PluginRun<'a> {
            Box::pin(async move {
                let service = services.notification_service();
                let error = service.execute(id(99), context).await.expect_err("nothing is there");
                assert!(matches!(error, NotificationError::UnknownEndpoint { .. }));
                assert!(!error.is_transient());
                Err(error.into())
            })
        }
    }
    let job = triggered(&Stage::accepting(0), Lost).await;
    let reason = evidence(&job, "reason").unwrap_or_default();
    assert!(reason.starts_with("there is no service endpoint with the id"), "{reason}");
    assert_eq!(job.status(), StatusCode::Failed);
}

#[tokio::test]
async fn a_plug_in_without_an_endpoint_fails_in_the_samples_words() {
    let stage = Stage::accepting(0);
    let unconfigured = registration(|step| step.configuration = Some("accounts".to_owned()));
    let solution = stage.solution(unconfigured, |it| it.plugin("Contoso.Enrich", Post(1)));
    let job = solution.trigger(&update()).await.unwrap().remove(0);
    let reason = evidence(&job, "reason");
    assert_eq!(reason.as_deref(), Some("Service endpoint ID should be passed as config."));
}

#[tokio::test]
async fn a_plug_in_that_panics_has_failed() {
    let panicking = |_: &mut RemoteExecutionContext, _| panic!("of the plug-in's own");
    let job = triggered(&Stage::accepting(0), Run(panicking, Arc::default())).await;
    assert_eq!(job.status(), StatusCode::Failed);
    assert_eq!(evidence(&job, "reason").as_deref(), Some("the plug-in panicked"));
}

/// A worker runs it again, whole, and with the context as it was at first.
#[tokio::test(start_paused = true)]
async fn all_of_a_plug_in_runs_again() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counting = |context: &mut RemoteExecutionContext, run| {
        let earlier = context.shared_variables.insert("run", i32::try_from(run).unwrap_or(-1));
        assert_eq!(earlier, None, "the context is as it was at first");
        if run < 2 { Err(InvalidPluginExecution::retry("not yet")) } else { Ok(()) }
    };
    let soon = RetryOptions::default().first_delay(Duration::from_millis(1)).factor(1.0);
    let (stage, start) = (Stage::accepting(0), tokio::time::Instant::now());
    let policy = RetryPolicy {
        transient: RetrySchedule::new(soon).expect("it is one"),
        ..RetryPolicy::default()
    };
    let solution = stage.solution(registration(|_| {}), |it| {
        let plugin = Run(counting, Arc::clone(&runs));
        it.plugin("Contoso.Enrich", plugin)
            .retry_policy(policy)
            .host(system_host().with_clock(move || now() + start.elapsed()))
    });
    let jobs = solution.enqueue(&update()).await.unwrap();
    let report = solution.run_until(tokio::time::sleep(Duration::from_secs(1))).await.unwrap();
    assert_eq!((report.waiting, report.succeeded), (2, 1));
    assert_eq!(runs.load(Ordering::Relaxed), 3);
    let job = solution.job_store().get(jobs[0].id()).await.unwrap();
    assert_eq!((job.status(), job.progress().retry_count), (StatusCode::Succeeded, 3));
}

/// The variables of one before the validation are the parent's.
#[tokio::test]
async fn what_a_synchronous_plug_in_shares_later_steps_see() {
    let check = async |stage_code: StageCode, is_of_parent: bool| {
        let sharing = |context: &mut RemoteExecutionContext, _| {
            context.shared_variables.insert("shared", "text");
            Ok(())
        };
        let mut early = Step::for_plugin(id(21), &plugin_type(), "Update", Some("account"));
        early.mode = Mode::SYNCHRONOUS;
        early.stage = stage_code;
        let steps = vec![step(11, &endpoint()), early];
        let registration = Registration::new(vec![endpoint()], steps);
        let stage = Stage::accepting(1);
        let solution = stage.solution(registration.with_plugin_types(vec![plugin_type()]), |it| {
            it.plugin("Contoso.Enrich", Run(sharing, Arc::default()))
        });
        let mut operation = update();
        operation.main_operation = Some(xrm_eventhub::registration::MainOperation::default());
        let jobs = solution.trigger(&operation).await.expect("the store is a map");
        let statuses: Vec<_> = jobs.iter().map(SystemJob::status).collect();
        assert_eq!(statuses, [StatusCode::Succeeded; 2]);

        let context = stage.contexts().remove(0);
        let parent = context.parent_context.expect("it has one");
        let shared = (
            context.shared_variables.contains_key("shared"),
            parent.shared_variables.contains_key("shared"),
        );
        assert_eq!(shared, (!is_of_parent, is_of_parent), "{stage_code:?}");
    };
    check(StageCode::PRE_VALIDATION, true).await;
    check(StageCode::PRE_OPERATION, false).await;
    check(StageCode::POST_OPERATION, false).await;
}

/// Other messages than four have one collection of variables for all stages.
#[tokio::test]
async fn variables_of_before_the_validation_are_the_parents_for_four_messages_alone() {
    let sharing = |context: &mut RemoteExecutionContext, _| {
        context.shared_variables.insert("shared", "text");
        Ok(())
    };
    for (message, is_of_parent) in [("Delete", true), ("Assign", false)] {
        let mut early = Step::for_plugin(id(21), &plugin_type(), message, Some("account"));
        early.mode = Mode::SYNCHRONOUS;
        early.stage = StageCode::PRE_VALIDATION;
        let mut later = step(11, &endpoint());
        later.message = message.to_owned();
        let registration = Registration::new(vec![endpoint()], vec![later, early]);
        let stage = Stage::accepting(1);
        let solution = stage.solution(registration.with_plugin_types(vec![plugin_type()]), |it| {
            it.plugin("Contoso.Enrich", Run(sharing, Arc::default()))
        });
        let mut operation = update();
        operation.message = message.to_owned();
        operation.main_operation = Some(xrm_eventhub::registration::MainOperation::default());
        solution.trigger(&operation).await.expect("the store is a map");
        let context = stage.contexts().remove(0);
        assert_eq!(context.shared_variables.contains_key("shared"), !is_of_parent, "{message}");
    }
}

/// The contexts of asynchronous steps are those after all synchronous ones, whatever their order.
#[tokio::test]
async fn asynchronous_contexts_are_frozen_after_the_synchronous_steps() {
    let changing = |context: &mut RemoteExecutionContext, _| {
        context.shared_variables.insert("shared", "text");
        if let Some(Value::Entity(target)) = context.input_parameters.get_mut("Target") {
            target.attributes.insert("fax", "555");
        }
        Ok(())
    };
    let mut late = Step::for_plugin(id(21), &plugin_type(), "Update", Some("account"));
    late.mode = Mode::SYNCHRONOUS;
    late.stage = StageCode::POST_OPERATION_DEPRECATED;
    let registration = Registration::new(vec![endpoint()], vec![step(11, &endpoint()), late]);
    let stage = Stage::accepting(1);
    let solution = stage.solution(registration.with_plugin_types(vec![plugin_type()]), |it| {
        it.plugin("Contoso.Enrich", Run(changing, Arc::default()))
    });
    let jobs = solution.trigger(&update()).await.expect("the store is a map");
    let names: Vec<_> = jobs.iter().map(|it| it.description().name.clone()).collect();
    assert_eq!(names, ["Accounts: Update of account", "Contoso.Enrich: Update of account"]);
    let context = stage.contexts().remove(0);
    assert!(context.shared_variables.contains_key("shared"));
    let target = context.input_parameters.entity("Target").unwrap().unwrap();
    assert_eq!(target.str("fax"), Ok(Some("555")));
}
