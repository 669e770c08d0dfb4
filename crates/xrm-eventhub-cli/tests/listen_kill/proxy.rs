//! A way to the hub that breaks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eventhub_local::LocalEventHub;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Pseudo-random numbers from a seed (splitmix64, https://prng.di.unimi.it/splitmix64.c).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Passes connections on, and cuts some of them after a while.
pub(crate) struct Proxy {
    address: SocketAddr,
    cut: Arc<AtomicUsize>,
    _accepting: JoinSet<()>,
}

impl Proxy {
    pub(crate) async fn start(target: SocketAddr, percent: u64, seed: u64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let cut = Arc::<AtomicUsize>::default();
        let (counting, mut random) = (Arc::clone(&cut), Random::new(seed));
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            loop {
                let Ok((near, _)) = listener.accept().await else { continue };
                let is_cut = random.below(100) < percent;
                let after = is_cut.then(|| Duration::from_millis(20 + random.below(1_500)));
                tokio::spawn(pass(near, target, after, Arc::clone(&counting)));
            }
        });
        Self { address, cut, _accepting: accepting }
    }

    /// How many connections were cut.
    pub(crate) fn cut(&self) -> usize {
        self.cut.load(Ordering::Relaxed)
    }

    /// The connection string by which the hub is reached through this proxy.
    pub(crate) fn connection(&self, hub: &LocalEventHub) -> String {
        let direct = hub.amqp_connection_string("accounts").expect("it serves AMQP");
        let address = hub.amqp_address().expect("it serves AMQP").to_string();
        direct.to_secret_string().replace(&address, &self.address.to_string())
    }
}

async fn pass(
    mut near: TcpStream,
    target: SocketAddr,
    after: Option<Duration>,
    cut: Arc<AtomicUsize>,
) {
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        () = sleep(after.unwrap_or(Duration::MAX)), if after.is_some() => {
            cut.fetch_add(1, Ordering::Relaxed);
        }
    }
}
