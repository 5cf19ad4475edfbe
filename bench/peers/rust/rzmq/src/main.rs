//! One process of a measurement with rzmq, with the high-water marks and throttling of its own benchmarks, and with
//! batches, as its guide recommends for many messages.

use bytes::Bytes;
use futures::future::join_all;
use meter::{Arguments, ready, run};
use rzmq::socket::{ADAPTIVE_THROTTLE, LAST_ENDPOINT, RCVHWM, SNDBATCH_BYTES, SNDBATCH_COUNT, SNDHWM, SUBSCRIBE};
use rzmq::{Context, Msg, Socket, SocketType, ZmqError};

fn main() -> Result<(), ZmqError> {
    let arguments = Arguments::parse();
    run(&arguments, work(&arguments))
}

async fn work(arguments: &Arguments) -> Result<(), ZmqError> {
    let context = Context::new()?;
    let body = Msg::from_bytes(Bytes::from(arguments.body()));
    match arguments.role.as_str() {
        "pull" => {
            let (socket, mut meter) = (bound(&context, SocketType::Pull, arguments).await?, arguments.rate());
            loop {
                socket.recv().await?;
                meter.count();
            }
        }
        "push" => {
            let socket = connected(&context, SocketType::Push, arguments).await?;
            loop {
                socket.send(body.clone()).await?;
            }
        }
        "rep" => {
            let socket = bound(&context, SocketType::Rep, arguments).await?;
            loop {
                socket.send(socket.recv().await?).await?;
            }
        }
        "req" => {
            let (socket, mut meter) = (connected(&context, SocketType::Req, arguments).await?, arguments.time());
            loop {
                socket.send(body.clone()).await?;
                socket.recv().await?;
                meter.count();
            }
        }
        "pub" => {
            let socket = bound(&context, SocketType::Pub, arguments).await?;
            loop {
                socket.send(body.clone()).await?;
            }
        }
        "subs" => {
            let deliveries = arguments.deliveries();
            let subscriber = async |index| -> Result<(), ZmqError> {
                let socket = connected(&context, SocketType::Sub, arguments).await?;
                socket.set_option(SUBSCRIBE, arguments.topic(index)).await?;
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

async fn opened(context: &Context, kind: SocketType) -> Result<Socket, ZmqError> {
    let socket = context.socket(kind)?;
    for (option, value) in [
        (SNDHWM, 100_000),
        (RCVHWM, 100_000),
        (ADAPTIVE_THROTTLE, 0),
        (SNDBATCH_COUNT, 512),
        (SNDBATCH_BYTES, 1024 * 1024),
    ] {
        socket.set_option(option, value).await?;
    }
    Ok(socket)
}

async fn bound(context: &Context, kind: SocketType, arguments: &Arguments) -> Result<Socket, ZmqError> {
    let socket = opened(context, kind).await?;
    socket.bind(&arguments.endpoint).await?;
    let endpoint = socket.get_option(LAST_ENDPOINT).await?;
    ready(String::from_utf8_lossy(&endpoint).trim_end_matches('\0'));
    Ok(socket)
}

async fn connected(context: &Context, kind: SocketType, arguments: &Arguments) -> Result<Socket, ZmqError> {
    let socket = opened(context, kind).await?;
    socket.connect(&arguments.endpoint).await?;
    Ok(socket)
}
