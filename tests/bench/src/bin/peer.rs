//! The least that a server made of hyper and smol can do: 202 to everything, on one thread.

use std::convert::Infallible;
use std::net::{TcpListener, TcpStream};

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use smol::{Async, LocalExecutor};
use smol_hyper::rt::FuturesIo;

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_default();
    let listener = Async::<TcpListener>::new(TcpListener::bind(address)?)?;
    let executor = LocalExecutor::new();
    smol::block_on(executor.run(async {
        loop {
            let (stream, _) = listener.accept().await?;
            executor.spawn(serve(stream)).detach();
        }
    }))
}

async fn serve(stream: Async<TcpStream>) {
    if stream.get_ref().set_nodelay(true).is_ok() {
        // A connection ends when the caller closes it.
        _ = http1::Builder::new().serve_connection(FuturesIo::new(stream), service_fn(accept)).await;
    }
}

async fn accept(_: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}
