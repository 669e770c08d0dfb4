//! No key, signature or token in anything that can be printed.

use std::error::Error as StdError;
use std::fmt::{Debug, Display};

use azure_sas::{Resource, SharedAccessKey, Token};
use eventhub_local::{Fault, LocalEventHub};
use eventhub_rest::{Event, Hub, send_request};
use http::StatusCode;
use xrm_eventhub::{Client, ConnectionString, Publisher};

use crate::fixture::{KEY, NOW, at, builder, captured, connection};

/// Everything that was printed.
#[derive(Default)]
struct Log(String);

impl Log {
    fn debug(&mut self, value: &impl Debug) {
        self.0.push_str(&format!("{value:?}\n{value:#?}\n"));
    }

    fn print(&mut self, value: &(impl Debug + Display)) {
        self.debug(value);
        self.0.push_str(&format!("{value}\n"));
    }

    fn error(&mut self, error: &(dyn StdError + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.0.push_str(&format!("{error:?}\n{error}\n"));
            next = error.source();
        }
    }

    /// Publishes, and prints whatever comes of it.
    async fn publish(&mut self, connection: ConnectionString) {
        self.print(&connection);
        let publisher = builder(connection);
        self.debug(&publisher);
        let publisher = publisher.build().expect("it has all it needs");
        self.debug(&publisher);
        match publisher.publish_context(&captured("005.json")).await {
            Ok(job) => {
                self.debug(&job);
                self.print(&job.status());
                let progress = job.progress();
                self.0.extend(progress.message.clone());
                self.0.extend(progress.friendly_message.clone());
            }
            Err(error) => self.error(&error),
        }
        let again = publisher.publish_context(&captured("005.json")).await;
        self.error(&again.expect_err("the job's id is the same"));
        self.debug(&publisher);
    }

    /// Sends without a publisher, and prints what there is to see on that level.
    async fn send(&mut self, hub: &Hub, token: &Token) {
        let client = Client::new().expect("TLS can be set up");
        let event = Event::new("{}", "application/json").expect("a content type");
        let verdict = client.send(hub, &event, token).await;
        self.print(&verdict);
        self.debug(&(hub, event, token, client));
        self.debug(&send_request(hub, &Event::new("", "text/plain").expect("it is"), token));
    }
}

#[tokio::test]
async fn nothing_prints_a_secret() {
    let local = LocalEventHub::builder()
        .hub("accounts", 1)
        .hub("busy", 1)
        .key_name("send")
        .key(SharedAccessKey::new(KEY).unwrap())
        .clock(|| at(NOW))
        .serve(([127, 0, 0, 1], 0))
        .await
        .unwrap();
    let fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
    local.set_fault("busy", Some(fault)).unwrap();
    let connection_string = local.connection_string("accounts").unwrap();
    let text = connection_string.to_secret_string();
    let wrong_key = "ZW50aXJlbHkgd3Jvbmcga2V5";
    let signer = connection_string.signer().unwrap();
    let hub = Resource::hub(connection_string.endpoint(), "accounts").unwrap();
    let tokens = [NOW - 60, NOW + 3600].map(|expires| signer.sign(&hub, at(expires)));

    let mut log = Log::default();
    log.publish(connection_string.clone()).await;
    log.publish(text.replace(KEY, wrong_key).parse().unwrap()).await;
    log.publish(text.replace("=accounts", "=orders").parse().unwrap()).await;
    log.publish(local.connection_string("busy").unwrap()).await;
    log.send(&Hub::try_from(&connection_string).unwrap(), &tokens[0]).await;
    for token in &tokens {
        let ready_made = format!(
            "Endpoint=sb://{}/;SharedAccessSignature={};EntityPath=accounts;\
             UseDevelopmentEmulator=true",
            local.address(),
            token.authorization()
        );
        log.publish(ready_made.parse().unwrap()).await;
    }
    local.shutdown().await;
    log.publish(connection_string).await;
    let no_hub = connection().to_secret_string().replace(";EntityPath=accounts", "");
    log.error(&Publisher::builder(no_hub.parse().unwrap()).build().unwrap_err());

    for cause in ["wrong_key", "missing_hub", "throttled", "expired_token", "connection_refused"] {
        assert!(log.0.contains(cause), "{cause} was not tried");
    }
    let signatures = tokens.iter().map(|token| {
        let (_, rest) = token.authorization().split_once("&sig=").unwrap();
        rest.split('&').next().unwrap()
    });
    let mut secrets: Vec<String> = signatures.map(str::to_owned).collect();
    secrets.extend([KEY, wrong_key, "sig=", "SharedAccessSignature sr"].map(str::to_owned));
    for secret in secrets {
        assert!(!log.0.contains(&secret), "{secret} was printed");
    }
}
