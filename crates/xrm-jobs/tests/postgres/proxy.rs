//! A way to the server on which answers can be lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::config::Host;

/// Passes on what is said, but answers only as long as they are not to be lost. A connection whose
/// answer was lost is closed.
pub(crate) struct Proxy {
    port: u16,
    user: String,
    loses_answers: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) async fn to(server: &str) -> Self {
        let config: tokio_postgres::Config = server.parse().expect("a connection string");
        let user = config.get_user().expect("a user").to_owned();
        let dbname = config.get_dbname().unwrap_or(&user).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let loses_answers = Arc::new(AtomicBool::new(false));
        tokio::spawn(serve(listener, config, Arc::clone(&loses_answers)));
        Self { port, user: format!("{user} dbname={dbname}"), loses_answers }
    }

    pub(crate) fn connection(&self) -> String {
        format!("host=127.0.0.1 port={} user={} sslmode=disable", self.port, self.user)
    }

    pub(crate) fn lose_answers(&self) {
        self.loses_answers.store(true, Ordering::SeqCst);
    }

    pub(crate) fn pass_answers(&self) {
        self.loses_answers.store(false, Ordering::SeqCst);
    }
}

async fn serve(
    listener: TcpListener,
    config: tokio_postgres::Config,
    loses_answers: Arc<AtomicBool>,
) {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    while let Ok((client, _)) = listener.accept().await {
        let loses_answers = Arc::clone(&loses_answers);
        match &config.get_hosts()[0] {
            Host::Unix(folder) => {
                let path = folder.join(format!(".s.PGSQL.{port}"));
                let server = UnixStream::connect(path).await.expect("the server is there");
                tokio::spawn(pass(client, server, loses_answers));
            }
            Host::Tcp(host) => {
                let server =
                    TcpStream::connect((host.as_str(), port)).await.expect("the server is there");
                tokio::spawn(pass(client, server, loses_answers));
            }
        }
    }
}

async fn pass(
    client: TcpStream,
    server: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    loses_answers: Arc<AtomicBool>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let questions = tokio::spawn(async move {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
        let _ = to_server.shutdown().await;
    });
    let mut answer = vec![0; 65_536];
    // Once an answer is lost, the server may go on until it has nothing more to say for a while.
    while let Ok(length @ 1..) = from_server.read(&mut answer).await {
        if loses_answers.load(Ordering::SeqCst) {
            if answer[..length].windows(6).any(|it| it == b"COMMIT") {
                break;
            }
        } else if to_client.write_all(&answer[..length]).await.is_err() {
            break;
        }
    }
    questions.abort();
}
