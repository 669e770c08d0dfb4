use serde_json::json;

use crate::command::{Run, command, page, run};

const START: &str = "2026-01-05T08:00:00Z";

fn preview(arguments: &[&str]) -> Run {
    let all = [&["schedule", "preview", "--now", START], arguments].concat();
    run(command(&all))
}

#[test]
fn the_page_shows_a_preview() {
    let arguments = "--first-delay 30s --max-attempts 5";
    let shown = preview(&arguments.split(' ').collect::<Vec<_>>());
    assert_eq!((shown.code, &*shown.stderr), (0, ""));
    let block = format!(
        "```text\n$ xrm-eventhub schedule preview {arguments} --now {START}\n{}```\n",
        shown.stdout
    );
    assert!(page("jobs.md").contains(&block), "jobs.md lacks:\n{block}");
}

#[test]
fn by_default_a_job_is_tried_for_a_day() {
    let lines = preview(&["--json"]).json_lines();
    assert_eq!(lines.len(), 33, "32 attempts, and the end");
    let first = json!({"attempt": 1, "time": START, "delay": 0.0, "elapsed": 0.0, "earliest": 0.0});
    assert_eq!(lines[0], first);
    // A fifth of 10 seconds is jitter.
    let second = json!({
        "attempt": 2, "time": "2026-01-05T08:00:10Z", "delay": 10.0, "elapsed": 10.0, "earliest": 8.0,
    });
    assert_eq!(lines[1], second);
    assert_eq!(lines[31]["elapsed"], lines[32]["elapsed"]);
    assert_eq!(lines[32]["status"], "Failed");
    assert!(lines[32]["elapsed"].as_f64().unwrap() <= 24.0 * 60.0 * 60.0);
}

#[test]
fn the_cause_decides_which_schedule_applies() {
    let elapsed = |arguments: &[&str]| {
        let lines = preview(&[arguments, &["--json"]].concat()).json_lines();
        lines.iter().map(|it| it["elapsed"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    // Probes: 1, 3, 9 minutes apart, and so on; given up a day after the first attempt.
    let probes = elapsed(&["--cause", "wrong_key"]);
    assert_eq!(probes[..4], [0.0, 60.0, 240.0, 780.0]);
    assert!(*probes.last().unwrap() >= 24.0 * 60.0 * 60.0);
    assert_eq!(elapsed(&["--cause", "missing_hub"]), [0.0, 0.0]);
    // What the service asks for is waited.
    assert_eq!(
        elapsed(&["--retry-after", "90s", "--max-attempts", "3"]),
        [0.0, 90.0, 180.0, 180.0]
    );
}

#[test]
fn an_endless_schedule_is_cut() {
    let endless = ["--max-attempts", "4294967295", "--max-age", "1000000d", "--limit", "3"];
    let shown = preview(&endless);
    assert_eq!(shown.code, 0);
    assert_eq!(shown.stdout.lines().count(), 5, "{}", shown.stdout);
    assert!(shown.stdout.ends_with("More attempts follow; --limit shows more.\n"));
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    for (arguments, text) in [
        (["--first-delay", "0s"], "first_delay"),
        (["--factor", "0.5"], "factor"),
        (["--jitter", "2"], "jitter"),
        (["--max-attempts", "0"], "max_attempts"),
        (["--max-delay", "1s"], "max_delay"),
        (["--cause", "weather"], "weather"),
    ] {
        let refused = preview(&arguments);
        assert_eq!(refused.code, 2, "{arguments:?}");
        assert!(refused.stderr.contains(text), "{arguments:?}: {}", refused.stderr);
    }
}
