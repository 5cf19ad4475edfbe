//! One process of a measurement on zmq.rs (the crate `zeromq`).

use bytes::Bytes;
use futures::future::join_all;
use meter::{Arguments, ready, run};
use zeromq::{
    PubSocket, PullSocket, PushSocket, RepSocket, ReqSocket, Socket, SocketRecv, SocketSend, SubSocket, ZmqMessage,
    ZmqResult,
};

fn main() -> ZmqResult<()> {
    let arguments = Arguments::parse();
    run(&arguments, work(&arguments))
}

async fn work(arguments: &Arguments) -> ZmqResult<()> {
    let body = ZmqMessage::from(Bytes::from(arguments.body()));
    match arguments.role.as_str() {
        "pull" => {
            let (mut socket, mut meter) = (bound::<PullSocket>(arguments).await?, arguments.rate());
            loop {
                socket.recv().await?;
                meter.count();
            }
        }
        "push" => {
            let mut socket = connected::<PushSocket>(arguments).await?;
            loop {
                socket.send(body.clone()).await?;
            }
        }
        "rep" => {
            let mut socket = bound::<RepSocket>(arguments).await?;
            loop {
                let request = socket.recv().await?;
                socket.send(request).await?;
            }
        }
        "req" => {
            let (mut socket, mut meter) = (connected::<ReqSocket>(arguments).await?, arguments.time());
            loop {
                socket.send(body.clone()).await?;
                socket.recv().await?;
                meter.count();
            }
        }
        "pub" => {
            let mut socket = bound::<PubSocket>(arguments).await?;
            loop {
                socket.send(body.clone()).await?;
            }
        }
        "subs" => {
            let deliveries = arguments.deliveries();
            let subscriber = async |index| -> ZmqResult<()> {
                let mut socket = connected::<SubSocket>(arguments).await?;
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

async fn bound<S: Socket>(arguments: &Arguments) -> ZmqResult<S> {
    let mut socket = S::new();
    ready(&socket.bind(&arguments.endpoint).await?.to_string());
    Ok(socket)
}

async fn connected<S: Socket>(arguments: &Arguments) -> ZmqResult<S> {
    let mut socket = S::new();
    socket.connect(&arguments.endpoint).await?;
    Ok(socket)
}
