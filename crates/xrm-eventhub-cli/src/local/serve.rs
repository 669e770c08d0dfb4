//! `local serve`

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use eventhub_local::{Builder, LocalEventHub, Tls};
use tempfile::NamedTempFile;

use crate::error::{Error, Exit, OrError as _};
use crate::local::emulator::{Emulator, Hub};
use crate::terminal::output;
use crate::terminal::shutdown::Shutdown;
use crate::terminal::time::age;

/// The number of partitions of a local hub that does not say it.
const PARTITIONS: u32 = 4;

/// Serve event hubs on this machine, until Ctrl-C or SIGTERM.
///
/// Requests are checked and answered as by Azure, and events are kept in memory, with --data in a folder
/// too; the oldest are dropped when a hub is full, and a line on standard error reports the first of them.
/// Standard output gets exactly one line, the connection string of the first hub, whose key is new each
/// time without --data, and with --amqp a second one.
/// Its policy is the namespace's and may manage it: `hub create` works with it, and every hub accepts
/// its key. Everything else goes to standard error.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The loopback address to listen on, such as 127.0.0.1:5123; port 0 finds a free one.
    #[arg(long, value_name = "ADDR", value_parser = address)]
    http: SocketAddr,
    /// Serve AMQP too, by which official clients receive and send, on this loopback address; port 0
    /// finds a free one. Standard output then gets a second line, the connection string for them.
    #[arg(long, value_name = "ADDR", value_parser = address)]
    amqp: Option<SocketAddr>,
    /// A hub, and how many partitions it has (1 to 1024, by default 4); may be given more than
    /// once. Hubs that --data has need not be given.
    #[arg(long = "hub", value_name = "NAME[:PARTITIONS]", value_parser = local_hub)]
    #[arg(required_unless_present_any = ["data", "config"])]
    hubs: Vec<(String, u32)>,
    /// Serve the hubs of this file too, with their consumer groups: the Config.json of Microsoft's
    /// emulator of Event Hubs.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The name of the shared access policy [default: RootManageSharedAccessKey].
    #[arg(long, value_name = "NAME")]
    key_name: Option<String>,
    /// Write the lines of standard output to this file too, once the local hub serves: the file appears
    /// whole, for scripts that wait for it. Only its owner may read it, because it holds the key.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Keep hubs, keys, consumer groups and events in this folder, and go on from what it has. What was
    /// acknowledged is in a file, and outlives this process however it ends.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Wait for the disk before each send is acknowledged, so that it outlives a loss of power.
    #[arg(long, requires = "data")]
    fsync: bool,
    /// The number of events that each partition keeps; then the oldest is dropped
    /// [default: 10000].
    #[arg(long, value_name = "NUMBER", value_parser = at_least_one)]
    max_events: Option<usize>,
    /// Encrypt both addresses, with the certificate of --tls-cert, or with one that is made here and
    /// written by --tls-out. Connection strings then lack UseDevelopmentEmulator=true.
    #[arg(long, requires = "certificate")]
    tls: bool,
    /// The certificate in PEM, with those between it and its authority after it.
    #[arg(long, value_name = "FILE", requires_all = ["tls", "tls_key"], group = "certificate")]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Make a certificate for this machine, which --data keeps, and write it to this file, for clients
    /// that are to trust it: SSL_CERT_FILE for this command, NODE_EXTRA_CA_CERTS for JavaScript,
    /// connection_verify for Python.
    #[arg(long, value_name = "FILE", requires = "tls", group = "certificate")]
    tls_out: Option<PathBuf>,
    /// How long events are kept, such as 90m, 12h, 7d; older ones are dropped some seconds later. By
    /// default, their number and size alone decide.
    #[arg(long, value_name = "AGE", value_parser = retention)]
    retention: Option<Duration>,
    /// The number of bytes that each hub keeps, about 512 of them for each event besides its body;
    /// then the oldest events are dropped [default: 268435456].
    #[arg(long, value_name = "NUMBER", value_parser = at_least_one)]
    max_bytes: Option<usize>,
}

impl Serve {
    pub(crate) async fn run(self) -> Result<Exit, Error> {
        // Before the one line is printed: whoever reads it may end the command at once.
        let shutdown = Shutdown::listen()?;
        let hubs = self.hubs()?;
        let local = self.builder(&hubs)?.serve(self.http).await?;
        note_torn_tails(&local);
        if let (Some(file), Some(certificate)) = (&self.tls_out, local.certificate_pem()) {
            let what = format!("cannot write {}", file.display());
            write_whole(file, &[certificate.trim_end()]).or_failed(what)?;
        }
        self.print(&local, hubs.first().map(|it| &*it.name))?;
        let served = local.hubs();
        let served = served.iter().map(|(name, count)| format!("{name}, partitions: {count}"));
        output::note(format_args!(
            "serving {}, at {}; Ctrl-C ends it",
            served.collect::<Vec<_>>().join("; "),
            local.origin()
        ));
        shutdown.requested().await;
        local.shutdown().await;
        output::note("ended");
        Ok(Exit::Done)
    }

    /// The hubs of the arguments, and then those of the emulator's configuration.
    fn hubs(&self) -> Result<Vec<Hub>, Error> {
        let named = self.hubs.iter().map(|(name, partitions)| Hub {
            name: name.clone(),
            partition_count: *partitions,
            consumer_groups: Vec::new(),
        });
        let mut hubs: Vec<_> = named.collect();
        if let Some(path) = &self.config {
            let emulator = Emulator::read(path)?;
            if emulator.has_logging {
                let path = path.display();
                output::note(format_args!("LoggingConfig of {path} has no effect here"));
            }
            hubs.extend(emulator.hubs);
        }
        Ok(hubs)
    }

    fn builder(&self, hubs: &[Hub]) -> Result<Builder, Error> {
        let mut builder = LocalEventHub::builder();
        for hub in hubs {
            builder = builder.hub(&hub.name, hub.partition_count);
            for group in &hub.consumer_groups {
                builder = builder.consumer_group(&hub.name, &group.name);
            }
        }
        if let Some(key_name) = &self.key_name {
            builder = builder.key_name(key_name);
        }
        if let Some(events) = self.max_events {
            builder = builder.max_events_per_partition(events);
        }
        if let Some(bytes) = self.max_bytes {
            builder = builder.max_bytes_per_hub(bytes);
        }
        if let Some(age) = self.retention {
            builder = builder.retention(age);
        }
        if let Some(amqp) = self.amqp {
            builder = builder.amqp(amqp);
        }
        if let Some(tls) = self.tls()? {
            builder = builder.tls(tls);
        }
        if let Some(folder) = &self.data {
            builder = builder.data(folder);
        }
        if self.fsync {
            builder = builder.fsync();
        }
        Ok(builder.on_first_drop(|hub| {
            output::note(format_args!(
                "hub {hub} drops its oldest events from now on; --max-events and --max-bytes say \
                 how many it keeps"
            ));
        }))
    }

    /// Prints the connection strings of the first hub, and writes them to a file if one is asked for.
    fn print(&self, local: &LocalEventHub, first: Option<&str>) -> Result<(), Error> {
        let served = local.hubs();
        // Hubs that are kept need not be named.
        let kept = served.first().map(|(name, _)| name.as_str());
        let first = first.or(kept).expect("a local hub has a hub at least");
        let mut lines = vec![local.connection_string(first)?.to_secret_string()];
        if self.amqp.is_some() {
            lines.push(local.amqp_connection_string(first)?.to_secret_string());
        }
        lines.iter().try_for_each(|it| output::line(it))?;
        if let Some(file) = &self.ready_file {
            let what = format!("cannot write {}", file.display());
            let lines: Vec<_> = lines.iter().map(|it| it.as_str()).collect();
            write_whole(file, &lines).or_failed(what)?;
        }
        Ok(())
    }

    /// The certificate by which the local hub is known, if connections are encrypted.
    fn tls(&self) -> Result<Option<Tls>, Error> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(self.tls.then(Tls::generated));
        };
        let read = |file: &Path| {
            fs::read_to_string(file).or_invalid(format_args!("cannot read {}", file.display()))
        };
        Ok(Some(Tls::pem(read(certificate)?, read(key)?)?))
    }
}

fn note_torn_tails(local: &LocalEventHub) {
    for tail in local.torn_tails() {
        let (bytes, path, offset) = (tail.bytes, tail.path.display(), tail.offset);
        output::note(format_args!(
            "cut {bytes} bytes from {path} at byte {offset}: a send that was not written to its end, \
             and not acknowledged"
        ));
    }
}

/// Writes lines to a file that appears when it is whole.
fn write_whole(file: &Path, lines: &[impl AsRef<str>]) -> io::Result<()> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    // Temporary files are for their owner alone.
    let mut unfinished = NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")))?;
    for line in lines {
        writeln!(unfinished, "{}", line.as_ref())?;
    }
    unfinished.persist(file)?;
    Ok(())
}

fn at_least_one(text: &str) -> Result<usize, &'static str> {
    text.parse().ok().filter(|it| *it > 0).ok_or("expected a number from 1 on")
}

/// A time for which events can be kept.
fn retention(text: &str) -> Result<Duration, &'static str> {
    let age = age(text)?.to_std().ok();
    age.filter(|it| !it.is_zero()).ok_or("the retention must be longer than 0")
}

/// Parses the name of a hub and the number of its partitions.
fn local_hub(text: &str) -> Result<(String, u32), &'static str> {
    let (name, partitions) = match text.split_once(':') {
        None => (text, PARTITIONS),
        Some((name, count)) => {
            (name, count.parse().map_err(|_| "the number of partitions is not a number")?)
        }
    };
    Ok((name.to_owned(), partitions))
}

/// An address and a port. `localhost` is not resolved: it could be an address that the local hub
/// does not listen on.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = numeric.as_deref().unwrap_or(text).parse();
    address.map_err(|_| "expected an address and a port, as in 127.0.0.1:5123")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{address, local_hub, retention};

    #[test]
    fn a_retention_is_an_age() {
        assert_eq!(retention("90m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "0s", "1.5h", "1", "long"] {
            assert!(retention(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_has_a_port() {
        assert_eq!(address("localhost:5123"), address("127.0.0.1:5123"));
        assert_eq!(address("[::1]:0").map(|it| it.port()), Ok(0));
        for wrong in ["5123", "localhost", "127.0.0.1", "127.0.0.1:80000", "contoso.example:5123"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_hub_may_have_its_partitions() {
        assert_eq!(local_hub("orders"), Ok(("orders".to_owned(), 4)));
        assert_eq!(local_hub("orders:32"), Ok(("orders".to_owned(), 32)));
        for wrong in ["orders:", "orders:many", "orders:1:2"] {
            assert!(local_hub(wrong).is_err(), "{wrong}");
        }
    }
}
