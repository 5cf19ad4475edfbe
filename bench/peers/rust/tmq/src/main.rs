//! One process of a measurement with tmq, which adapts libzmq to Tokio. libzmq has its own thread, so Tokio uses one.

use futures::future::join_all;
use futures::{SinkExt, StreamExt};
use meter::{Arguments, ready};
use tmq::{AsZmqSocket, Context, Multipart, Result, publish, pull, push, reply, request, subscribe};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let context = Context::new();
    let endpoint = arguments.endpoint.as_str();
    let body = arguments.body();
    let message = || Multipart::from(vec![body.as_slice()]);
    match arguments.role.as_str() {
        "pull" => {
            let (mut socket, mut meter) = (pull(&context).bind(endpoint)?, arguments.rate());
            announce(&socket)?;
            while let Some(message) = socket.next().await {
                message?;
                meter.count();
            }
            Ok(())
        }
        "push" => {
            let mut socket = push(&context).connect(endpoint)?;
            loop {
                socket.send(message()).await?;
            }
        }
        "rep" => {
            let mut socket = reply(&context).bind(endpoint)?;
            announce(&socket)?;
            loop {
                let (request, sender) = socket.recv().await?;
                socket = sender.send(request).await?;
            }
        }
        "req" => {
            let (mut socket, mut meter) = (request(&context).connect(endpoint)?, arguments.time());
            loop {
                let receiver = socket.send(message()).await?;
                socket = receiver.recv().await?.1;
                meter.count();
            }
        }
        "pub" => {
            let mut socket = publish(&context).bind(endpoint)?;
            announce(&socket)?;
            loop {
                socket.send(message()).await?;
            }
        }
        "subs" => {
            let deliveries = arguments.deliveries();
            let subscriber = async |index| -> Result<()> {
                let mut socket = subscribe(&context).connect(endpoint)?.subscribe(arguments.topic(index).as_bytes())?;
                let mut first = true;
                while let Some(message) = socket.next().await {
                    message?;
                    deliveries.count(first);
                    first = false;
                }
                Ok(())
            };
            join_all((0..arguments.peers).map(subscriber)).await.into_iter().collect()
        }
        role => panic!("unknown role {role}"),
    }
}

fn announce(socket: &impl AsZmqSocket) -> Result<()> {
    let endpoint = socket.get_socket().get_last_endpoint()?;
    ready(&endpoint.unwrap_or_default());
    Ok(())
}
