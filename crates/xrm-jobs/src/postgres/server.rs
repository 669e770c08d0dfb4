//! Connections to the server, and the settings of each.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, Pool, Runtime, Timeouts};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::options::PostgresOptions;
use crate::store_error::{StoreError, StoreErrorKind};

/// The wait for a connection, where the connection string does not say: until one of the pool is
/// free, or a new one is made.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a connection may be silent, or leave what was sent unacknowledged, before it counts as
/// lost, where the connection string does not say.
const SILENCE: Duration = Duration::from_secs(30);

/// The settings of each connection.
///
/// The statements of the store find everything by an index. The server plans a prepared statement
/// once, often while the tables are empty, and then a scan or a hash join seems just as cheap; the
/// plan stays when there are a million jobs, so those are switched off. A process that is suspended
/// in the middle of a transaction loses its locks after a minute. And what was answered has to last,
/// even if the server's default is `synchronous_commit = off`.
const SESSION: &str = "
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET idle_in_transaction_session_timeout = '60s';
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off'
";

/// A server and a way to reach it.
#[derive(Clone)]
pub(super) struct Server {
    config: Config,
    tls: MakeRustlsConnect,
}

type Tls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

impl Server {
    pub(super) fn new(connection: &str, options: &PostgresOptions) -> Result<Self, StoreError> {
        // What the parser says may quote a part of the text, and so of a password.
        let mut config: Config = connection.parse().map_err(|_| {
            StoreError::new(StoreErrorKind::Options, "the connection string can't be read")
        })?;
        if config.get_application_name().is_none() {
            config.application_name("xrm-jobs");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        // The default of two hours would let a worker wait for a dead server for as long.
        config.keepalives_idle(config.get_keepalives_idle().min(SILENCE));
        Ok(Self { config, tls: MakeRustlsConnect::new(tls(&options.root_certificates)?) })
    }

    /// A connection that belongs to no pool.
    pub(super) async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, Tls>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }

    pub(super) fn pool(&self, options: &PostgresOptions) -> Result<Pool, StoreError> {
        let manager = Manager::new(self.config.clone(), self.tls.clone());
        let session: Arc<str> = format!(
            "{SESSION}; SET lock_timeout = {}; SET statement_timeout = {};",
            milliseconds(options.lock_timeout),
            milliseconds(options.statement_timeout),
        )
        .into();
        // Once for each connection and not for each use of it: nothing changes the settings.
        let prepare_session =
            Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
                let session = Arc::clone(&session);
                Box::pin(
                    async move { client.batch_execute(&session).await.map_err(HookError::Backend) },
                )
            });
        Pool::builder(manager)
            .max_size(options.max_connections.max(1))
            // Nothing is sent to check a connection before it is used: the operation notices if it
            // is lost, and a check would cost each operation a round trip.
            .timeouts(Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: None })
            .runtime(Runtime::Tokio1)
            .post_create(prepare_session)
            .build()
            .map_err(|error| {
                StoreError::new(StoreErrorKind::Other, "no pool of connections can be made")
                    .with_source(error)
            })
    }
}

/// A time limit as the server takes it, for which 0 means none and the largest signed number is the
/// most.
fn milliseconds(limit: Duration) -> i32 {
    // A limit that is shorter than a millisecond is still one.
    let shortest = i32::from(!limit.is_zero());
    i32::try_from(limit.as_millis()).unwrap_or(i32::MAX).max(shortest)
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// TLS as the rest of the workspace has it: *ring*, the platform's roots, and those given.
fn tls(root_certificates: &[u8]) -> Result<ClientConfig, StoreError> {
    let refused = |message: &'static str| StoreError::new(StoreErrorKind::Options, message);
    let roots = CertificateDer::pem_slice_iter(root_certificates)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| refused("the root certificates can't be read"))?;
    let provider = Arc::new(ring::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(|error| {
            refused("the platform has no usable root certificates").with_source(error)
        })?;
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused("no version of TLS can be used").with_source(error))?;
    Ok(versions
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}
