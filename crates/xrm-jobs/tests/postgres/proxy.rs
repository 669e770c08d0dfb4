//! A way to the server on which answers can be lost, or which speaks TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_rustls::TlsAcceptor;

/// What a client that wants TLS sends first, and needs an answer to before it goes on.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Passes on what is said, but answers only as long as they are not to be lost. A connection whose
/// `COMMIT` was not answered is closed. Words that are to be removed from what is asked are blanks.
pub(crate) struct Proxy {
    port: u16,
    login: String,
    loses_answers: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) async fn to(server: &str) -> Self {
        Self::start(server, None, None).await
    }

    /// A proxy that removes words from every statement.
    pub(crate) async fn that_removes(words: &'static [u8], server: &str) -> Self {
        Self::start(server, None, Some(words)).await
    }

    /// A proxy that speaks TLS with its clients.
    pub(crate) async fn with_tls(server: &str, tls: TlsAcceptor) -> Self {
        Self::start(server, Some(tls), None).await
    }

    async fn start(server: &str, tls: Option<TlsAcceptor>, removed: Removed) -> Self {
        let server: Config = server.parse().expect("a connection string");
        let user = server.get_user().expect("a user");
        let login = format!("user={user} dbname={}", server.get_dbname().unwrap_or(user));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let loses_answers = Arc::new(AtomicBool::new(false));
        tokio::spawn(serve(listener, server, tls, removed, Arc::clone(&loses_answers)));
        Self { port, login, loses_answers }
    }

    /// The connection string, without the mode of TLS.
    pub(crate) fn connection(&self) -> String {
        format!("host=127.0.0.1 port={} {}", self.port, self.login)
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
    server: Config,
    tls: Option<TlsAcceptor>,
    removed: Removed,
    loses_answers: Arc<AtomicBool>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let server = connect(&server).await;
        let (tls, loses_answers) = (tls.clone(), Arc::clone(&loses_answers));
        tokio::spawn(async move {
            match tls {
                None => pass(Box::new(client), server, removed, loses_answers).await,
                Some(tls) => {
                    // A client that does not trust the proxy goes away.
                    if let Some(client) = accept(client, tls).await {
                        pass(client, server, removed, loses_answers).await;
                    }
                }
            }
        });
    }
}

/// Overwrites words by blanks, which leaves the length of a message as it is. The statements of the
/// tests are short enough to come in one piece.
fn blank(question: &mut [u8], words: &[u8]) {
    let windows = question.windows(words.len()).enumerate();
    let starts: Vec<_> = windows.filter(|(_, it)| *it == words).map(|(start, _)| start).collect();
    for start in starts {
        question[start..start + words.len()].fill(b' ');
    }
}

/// The words that are removed from statements.
type Removed = Option<&'static [u8]>;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

async fn connect(server: &Config) -> Box<dyn Stream> {
    let port = server.get_ports().first().copied().unwrap_or(5432);
    match &server.get_hosts()[0] {
        Host::Unix(folder) => {
            let path = folder.join(format!(".s.PGSQL.{port}"));
            Box::new(UnixStream::connect(path).await.expect("the server is there"))
        }
        Host::Tcp(host) => {
            Box::new(TcpStream::connect((host.as_str(), port)).await.expect("the server is there"))
        }
    }
}

async fn accept(mut client: TcpStream, tls: TlsAcceptor) -> Option<Box<dyn Stream>> {
    let mut request = [0; SSL_REQUEST.len()];
    client.read_exact(&mut request).await.ok()?;
    assert_eq!(request, SSL_REQUEST, "nothing is said in the clear");
    client.write_all(b"S").await.ok()?;
    Some(Box::new(tls.accept(client).await.ok()?))
}

async fn pass(
    client: Box<dyn Stream>,
    server: Box<dyn Stream>,
    removed: Removed,
    loses_answers: Arc<AtomicBool>,
) {
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let questions = tokio::spawn(async move {
        let mut question = vec![0; 65_536];
        while let Ok(length @ 1..) = from_client.read(&mut question).await {
            if let Some(words) = removed {
                blank(&mut question[..length], words);
            }
            if to_server.write_all(&question[..length]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    });
    let mut answer = vec![0; 65_536];
    while let Ok(length @ 1..) = from_server.read(&mut answer).await {
        if loses_answers.load(Ordering::SeqCst) {
            if answer[..length].windows(6).any(|it| it == b"COMMIT") {
                break;
            }
        } else {
            let passed = to_client.write_all(&answer[..length]).await;
            if passed.is_err() || to_client.flush().await.is_err() {
                break;
            }
        }
    }
    questions.abort();
}
