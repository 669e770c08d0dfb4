use crate::client::{exchange, get, local, post};

#[tokio::test]
async fn hubs_are_listed() {
    let local = local().await;
    post(&local, "/accounts/messages", "", b"x").await;
    let answer = get(&local, "/$local/hubs").await;
    assert_eq!(answer.status_line, "HTTP/1.1 200 OK");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.body,
        r#"[{"name":"accounts","partitions":4,"events":1},{"name":"tiny","partitions":1,"events":0}]"#,
    );
}

#[tokio::test]
async fn events_are_lines_of_json() {
    let local = local().await;
    let headers = "Content-Type: application/json\r\nAlert: Strong Wind\r\nPriority: 3";
    post(&local, "/accounts/messages", headers, b"{}").await;
    post(&local, "/accounts/messages", "BrokerProperties: {\"PartitionKey\":\"7\"}", b"").await;
    let answer = get(&local, "/$local/hubs/accounts/events").await;
    assert_eq!(answer.status_line, "HTTP/1.1 200 OK");
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(
        answer.body,
        concat!(
            r#"{"partition":"0","sequence":0,"offset":"0","enqueued_time":"2026-01-05T08:00:00.000Z","#,
            r#""content_type":"application/json","partition_key":null,"#,
            r#""properties":{"alert":"Strong Wind","priority":3},"body_base64":"e30="}"#,
            "\n",
            r#"{"partition":"1","sequence":0,"offset":"0","enqueued_time":"2026-01-05T08:00:00.000Z","#,
            r#""content_type":null,"partition_key":"7","properties":{},"body_base64":""}"#,
            "\n",
        ),
    );
}

#[tokio::test]
async fn a_listener_elsewhere_asks_for_what_it_has_not_seen() {
    let local = local().await;
    for number in 0..8 {
        post(&local, "/accounts/messages", "", format!("{number}").as_bytes()).await;
    }
    for (query, count) in
        [("", 8), ("?from=1", 4), ("?from=1&partition=3", 1), ("?partition=3", 2), ("?from=2", 0)]
    {
        let answer = get(&local, &format!("/$local/hubs/accounts/events{query}")).await;
        assert_eq!(answer.body.lines().count(), count, "{query}");
    }
    let answer = get(&local, "/$local/hubs/accounts/events?from=x").await;
    assert_eq!(answer.status_line, "HTTP/1.1 400 Bad Request");
    let answer = get(&local, "/$local/hubs/nowhere/events").await;
    assert_eq!(answer.status_line, "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn a_web_page_whose_name_points_here_gets_nothing() {
    let local = local().await;
    for path in ["/$local/hubs", "/$local/hubs/accounts/events"] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: evil.example:{}", local.address().port());
        let answer = exchange(local.address(), &head, b"").await;
        assert_eq!(answer.status_line, "HTTP/1.1 403 Forbidden");
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost:{}", local.address().port());
        assert_eq!(exchange(local.address(), &head, b"").await.status_line, "HTTP/1.1 200 OK");
    }
}
