//! The gateway under load: messages posted as JSON, through the whole path, into a server that drops them. Beside
//! it, in turns, a bare HTTP server that does nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::load::{self, Figures};
use crate::process::Process;
use crate::program::{Gateway, free_address, wait};
use crate::wire::Wire;
use crate::{Outcome, median};

const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// In turns with the peer, so often each.
const ROUNDS: usize = 5;
const SECONDS: u32 = 2;
/// The gateway's default is less than what the last row needs.
const PLACES: usize = 80;
/// Of requests that are all counted.
const COUNTED: usize = 20_000;

/// What one row is made of.
#[derive(Default)]
struct Row {
    per_second: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    micros: Vec<f64>,
    failed: u64,
}

/// Measures and prints; true if every 202 was a stanza.
pub(crate) fn report(builds: &Path, program: &Path) -> Outcome<bool> {
    let idle = idle(program)?;
    let sink = Wire::server()?;
    let gateway = linked(program, &sink, &format!("[limits]\nconnections = {PLACES}\n"))?;
    let peer_address = free_address()?;
    let peer = Process::start(&builds.join("release/peer"), &[&peer_address.to_string()])?;
    wait("the bare peer", || load::is_taken(peer_address))?;

    println!(
        "POST /rest, a chat message as JSON, to 202; wrk, {ROUNDS} times {SECONDS} s each, in turns: medians."
    );
    println!(
        "\n  {:>5}  {:24} {:>9} {:>9} {:>9} {:>12} {:>7}",
        "conns", "", "req/s", "p50 ms", "p99 ms", "CPU us/req", "failed"
    );
    let mut true_accepts = true;
    for connections in CONNECTIONS {
        let (mut ours, mut bare) = (Row::default(), Row::default());
        for _ in 0..ROUNDS {
            let before = sink.messages();
            let requests = ours.add(&gateway.process, gateway.address, connections)?;
            let came = arrived(&sink, before, requests)?;
            // wrk stops with requests under way, which it does not count: one of each connection at most.
            if came < requests || came > requests + connections as u64 {
                println!("  {requests} times 202, but {came} stanzas");
                true_accepts = false;
            }
            bare.add(&peer, peer_address, connections)?;
        }
        ours.print(&connections.to_string(), "restanza");
        bare.print("", "bare hyper + smol-hyper");
        println!(
            "  {:5}  {:24} {:9.2} {:>9} {:>9} {:12.2}",
            "",
            "ratio",
            median(&ours.per_second) / median(&bare.per_second),
            "",
            "",
            median(&ours.micros) / median(&bare.micros)
        );
        true_accepts &= ours.failed == 0;
    }
    let before = sink.messages();
    let accepted = load::counted(gateway.address, 16, COUNTED / 16)?;
    let came = arrived(&sink, before, accepted)?;
    println!(
        "\n  counted one by one over 16 connections: {COUNTED} requests, {accepted} times 202, {came} stanzas at the server"
    );
    let (now, most) = gateway.process.resident()?;
    println!(
        "\nMemory (RSS): {idle} kB idle with the default limits; with {PLACES} connections {now} kB after all this, {most} kB at most."
    );
    println!("Bare hyper + smol-hyper: {} kB.", peer.resident()?.1);
    Ok(true_accepts && accepted == COUNTED as u64 && came == accepted)
}

impl Row {
    /// One run of wrk; gives the number of requests that were answered with 202.
    fn add(&mut self, process: &Process, address: SocketAddr, connections: usize) -> Outcome<u64> {
        let before = process.processor_time()?;
        let Figures { requests, failed, per_second, p50, p99 } = load::wrk(address, connections, SECONDS)?;
        let spent = process.processor_time()? - before;
        self.per_second.push(per_second);
        self.p50.push(p50);
        self.p99.push(p99);
        self.micros.push(spent as f64 / requests.max(1) as f64);
        self.failed += failed;
        Ok(requests - failed.min(requests))
    }

    fn print(&self, connections: &str, name: &str) {
        println!(
            "  {connections:>5}  {name:24} {:9.0} {:9.3} {:9.3} {:12.1} {:7}",
            median(&self.per_second),
            median(&self.p50),
            median(&self.p99),
            median(&self.micros),
            self.failed
        );
    }
}

/// A gateway that takes messages.
fn linked(program: &Path, sink: &Wire, more: &str) -> Outcome<Gateway> {
    let gateway = Gateway::start(program, sink.address, more)?;
    wait("the gateway", || load::is_taken(gateway.address))?;
    Ok(gateway)
}

/// What a gateway with the default limits takes that was asked nothing but whether it is there.
fn idle(program: &Path) -> Outcome<u64> {
    let sink = Wire::server()?;
    let gateway = linked(program, &sink, "")?;
    sleep(Duration::from_secs(1));
    Ok(gateway.process.resident()?.0)
}

/// How many stanzas came since `before`, once they are as many as were accepted or no more come.
fn arrived(sink: &Wire, before: u64, accepted: u64) -> Outcome<u64> {
    _ = wait("the stanzas", || sink.messages() - before >= accepted);
    // What was under way when wrk stopped.
    sleep(Duration::from_millis(100));
    Ok(sink.messages() - before)
}
