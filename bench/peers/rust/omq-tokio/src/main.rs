//! One process of a measurement with omq-tokio. Its sockets run in the thread that uses them, as in its own benchmarks,
//! because two threads would share the core of the process here.

use bytes::Bytes;
use futures::future::join_all;
use meter::{Arguments, ready};
use omq_tokio::{Context, Message, Options, Result, Socket, SocketType};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let body = Message::single(Bytes::from(arguments.body()));
    match arguments.role.as_str() {
        "pull" => {
            let (socket, mut meter) = (bound(SocketType::Pull, &arguments).await?, arguments.rate());
            loop {
                socket.recv().await?;
                meter.count();
            }
        }
        "push" => {
            let socket = connected(SocketType::Push, &arguments).await?;
            loop {
                socket.send(body.clone()).await?;
            }
        }
        "rep" => {
            let socket = bound(SocketType::Rep, &arguments).await?;
            loop {
                socket.send(socket.recv().await?).await?;
            }
        }
        "req" => {
            let (socket, mut meter) = (connected(SocketType::Req, &arguments).await?, arguments.time());
            loop {
                socket.send(body.clone()).await?;
                socket.recv().await?;
                meter.count();
            }
        }
        "pub" => {
            let socket = bound(SocketType::Pub, &arguments).await?;
            loop {
                socket.send(body.clone()).await?;
            }
        }
        "subs" => {
            let deliveries = arguments.deliveries();
            let subscriber = async |index| -> Result<()> {
                let socket = connected(SocketType::Sub, &arguments).await?;
                socket.subscribe(arguments.topic(index)).await?;
                for first in std::iter::once(true).chain(std::iter::repeat(false)) {
                    socket.recv().await?;
                    deliveries.count(first);
                }
                Ok(())
            };
            join_all((0..arguments.peers).map(subscriber)).await.into_iter().collect()
        }
        role => panic!("unknown role {role}"),
    }
}

async fn bound(kind: SocketType, arguments: &Arguments) -> Result<Socket> {
    let socket = Context::current().socket(kind, Options::default());
    ready(&socket.bind(arguments.endpoint.as_str()).await?.to_string());
    Ok(socket)
}

async fn connected(kind: SocketType, arguments: &Arguments) -> Result<Socket> {
    let socket = Context::current().socket(kind, Options::default());
    socket.connect(arguments.endpoint.as_str()).await?;
    Ok(socket)
}
