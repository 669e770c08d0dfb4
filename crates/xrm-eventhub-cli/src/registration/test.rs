//! `registration test`

use std::fmt::Display;
use std::path::PathBuf;

use clap::Args;
use xrm_eventhub::{EventHubSolution, StatusCode};
use xrm_registration::{Contract, Registration, ServiceEndpoint, Severity};

use crate::error::{Error, Exit, exit_codes};
use crate::given::client::{NetworkArgs, network};
use crate::given::{document, solution};
use crate::publish;
use crate::registration::check;
use crate::terminal::output;
use crate::terminal::table::printable;

/// Test a service endpoint: post a test event to it, and say what is wrong.
///
/// First the endpoint's columns are checked, as by `registration check`. Then an event is posted,
/// marked by the message TriggerServiceEndpointCheck and the endpoint as its record. With --dry-run,
/// nothing is sent: a token is made, and the name of the host is resolved. Standard output gets a
/// line for each step.
#[derive(Args, Debug)]
#[command(after_help = concat!(
    "\
Environment:
  the variable that the endpoint names, with its key or with a connection string that holds it
",
    network!(),
    exit_codes!(
        "the event was accepted, or with --dry-run, it could be sent",
        "the endpoint has problems, or the event was not accepted",
        "the arguments, the variable or the document are invalid",
    )
))]
pub(crate) struct TestEndpoint {
    /// The registration's document.
    #[arg(value_name = "FILE")]
    registration: PathBuf,
    /// The name of the endpoint.
    #[arg(long, value_name = "NAME")]
    endpoint: String,
    /// Send nothing: make a token and resolve the host.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    network: NetworkArgs,
}

impl TestEndpoint {
    pub(crate) async fn run(&self) -> Result<Exit, Error> {
        let registration = document::registration(&self.registration)?;
        let name = &self.endpoint;
        let endpoint = registration.endpoints().iter().find(|it| it.name == *name);
        let endpoint = endpoint.ok_or_else(|| {
            Error::invalid(format_args!("the registration has no endpoint named {name}"))
        })?;
        let problems = endpoint.validate();
        for problem in &problems {
            say(check::text(problem))?;
        }
        let is_wrong = problems.iter().any(|it| it.severity() == Severity::Error);
        if is_wrong || endpoint.contract != Contract::EVENT_HUB {
            return Ok(Exit::Failed);
        }
        say(format_args!("columns: the contract has what it needs"))?;
        let alone = Registration::new(vec![endpoint.clone()], Vec::new());
        let solution = solution::build(alone, None, &self.network, |it| it)?;
        match self.dry_run {
            true => dry_run(&solution, endpoint).await,
            false => post(&solution, endpoint).await,
        }
    }
}

async fn dry_run(solution: &EventHubSolution, endpoint: &ServiceEndpoint) -> Result<Exit, Error> {
    let signed = solution.check_credentials(endpoint.id).await;
    let signed = signed.map_err(|error| Error::failed("cannot make a token").caused_by(&error))?;
    signed.ok_or_else(|| solution::no_secret(endpoint))?;
    say(format_args!("token: made for the hub {}", endpoint.path))?;
    let Some(publisher) = solution.publisher(endpoint.id) else { return Ok(Exit::Failed) };
    let origin = publisher.hub().endpoint().origin();
    let (host, port) = authority(&origin);
    match tokio::net::lookup_host((host, port)).await {
        Ok(addresses) => {
            let count = addresses.count();
            say(format_args!("host: {host} resolves, to {count} addresses"))?;
            Ok(Exit::Done)
        }
        Err(error) => {
            say(format_args!("host: {host} does not resolve: {error}"))?;
            Ok(Exit::Failed)
        }
    }
}

/// Prints a line. Names come from documents, and may not move the cursor.
fn say(text: impl Display) -> Result<(), Error> {
    output::line(&printable(&text.to_string()))
}

/// Host and port of an origin such as `https://contoso.servicebus.windows.net:8443`.
fn authority(origin: &str) -> (&str, u16) {
    let (scheme, authority) = origin.split_once("://").unwrap_or(("https", origin));
    let usual = if scheme == "http" { 80 } else { 443 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(usual)),
        _ => (authority, usual),
    };
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}

async fn post(solution: &EventHubSolution, endpoint: &ServiceEndpoint) -> Result<Exit, Error> {
    let job = publish::or_stopped(solution.check_endpoint(endpoint.id).await)?;
    let job = job.ok_or_else(|| solution::no_secret(endpoint))?;
    if job.status() == StatusCode::Succeeded {
        say(format_args!("event: accepted by the hub {}", endpoint.path))?;
        return Ok(Exit::Done);
    }
    let text = job.progress().friendly_message.as_deref().unwrap_or_default();
    say("event: not accepted")?;
    text.lines().try_for_each(say)?;
    Ok(Exit::Failed)
}

#[cfg(test)]
mod tests {
    use super::authority;

    #[test]
    fn an_origin_has_a_host_and_a_port() {
        assert_eq!(authority("https://h.example"), ("h.example", 443));
        assert_eq!(authority("http://127.0.0.1:5123"), ("127.0.0.1", 5123));
        assert_eq!(authority("http://[::1]:5123"), ("::1", 5123));
        assert_eq!(authority("http://[::1]"), ("::1", 80));
    }
}
