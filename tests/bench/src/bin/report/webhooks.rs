//! A message in, a webhook asked, its reply out: beside the real mod_rest inside Prosody, in turns.
//!
//! The load is a component of the same sort of Prosody on both sides, and the webhook the same. Prosody carries each
//! message to restanza and each reply back, which mod_rest, being inside of it, saves: so its processor time is shown
//! with restanza's and apart from it. The last row has a server in Prosody's place that costs nothing, to show what
//! restanza itself can do.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::endpoint::{Endpoint, REPLY};
use crate::process::Process;
use crate::program::{DOMAIN, Gateway, SECRET, wait};
use crate::prosody::{LOAD, Prosody};
use crate::wire::Wire;
use crate::{Outcome, median};

const ROUNDS: usize = 5;
const TURN: Duration = Duration::from_secs(2);
const IN_FLIGHT: [usize; 2] = [1, 16];

/// One that is measured.
struct Side<'p> {
    name: &'static str,
    wire: Wire,
    /// Whose processor time is counted: of the gateway, and of the server.
    gateway: Option<&'p Process>,
    server: Option<&'p Process>,
    rows: [Row; 2],
}

/// What was measured with so many in flight: a figure for each turn.
#[derive(Default)]
struct Row {
    per_second: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    gateway: Vec<f64>,
    server: Vec<f64>,
}

/// Measures and prints.
pub(crate) fn report(program: &Path, modules: &Path) -> Outcome<bool> {
    let endpoint = Endpoint::start(Some(REPLY), Duration::ZERO)?;
    let hook = format!(
        "[hook \"load\"]\nurl = http://{}/\nformat = json\nat_once = 16\n[limits]\ncalls = 16\n",
        endpoint.address
    );
    let original = Prosody::start(Some((modules, endpoint.address)))?;
    let server = Prosody::start(None)?;
    let component = |prosody: &Prosody| -> Outcome<Wire> {
        wait("Prosody", || std::net::TcpStream::connect(prosody.components).is_ok())?;
        let wire = Wire::component(prosody.components, LOAD, SECRET)?;
        wait("the component of the load", || wire.is_open())?;
        Ok(wire)
    };
    let (with_original, with_ours, bare) = (component(&original)?, component(&server)?, Wire::server()?);
    let ours = Gateway::start(program, server.components, &hook)?;
    let alone = Gateway::start(program, bare.address, &hook)?;
    wait("the link", || bare.is_open())?;
    let rows = || [Row::default(), Row::default()];
    let mut sides = [
        Side {
            name: "mod_rest in Prosody",
            wire: with_original,
            gateway: None,
            server: Some(&original.process),
            rows: rows(),
        },
        Side {
            name: "restanza, Prosody",
            wire: with_ours,
            gateway: Some(&ours.process),
            server: Some(&server.process),
            rows: rows(),
        },
        Side {
            name: "restanza, bare server",
            wire: bare,
            gateway: Some(&alone.process),
            server: None,
            rows: rows(),
        },
    ];
    for side in &sides {
        // The first ones may come before there is a link, and are returned.
        wait(side.name, || side.run(1, Duration::from_millis(50)).is_ok_and(|turn| !turn.is_empty()))?;
    }
    for _ in 0..ROUNDS {
        for (at, in_flight) in IN_FLIGHT.into_iter().enumerate() {
            for side in &mut sides {
                side.turn(at, in_flight)?;
            }
        }
    }
    print(&sides)
}

impl Side<'_> {
    /// Keeps so many messages under way; gives how long each took, in milliseconds.
    fn run(&self, in_flight: usize, time: Duration) -> Outcome<Vec<f64>> {
        let start = Instant::now();
        let (mut sent, mut took) = (vec![start; in_flight], Vec::new());
        while self.wire.heard().try_recv().is_ok() {}
        for (n, sent) in sent.iter_mut().enumerate() {
            *sent = Instant::now();
            self.wire.say(&message(n))?;
        }
        let mut waiting = in_flight;
        while waiting > 0 {
            let Ok(n) = self.wire.heard().recv_timeout(Duration::from_secs(2)) else {
                return Err(format!("{}: {waiting} messages without a reply", self.name).into());
            };
            took.push(sent[n].elapsed().as_secs_f64() * 1e3);
            if start.elapsed() < time {
                sent[n] = Instant::now();
                self.wire.say(&message(n))?;
            } else {
                waiting -= 1;
            }
        }
        Ok(took)
    }

    fn turn(&mut self, at: usize, in_flight: usize) -> Outcome<()> {
        let spent = |process: Option<&Process>| process.map_or(Ok(0), Process::processor_time);
        let (start, gateway, server) = (Instant::now(), spent(self.gateway)?, spent(self.server)?);
        let mut took = self.run(in_flight, TURN)?;
        let seconds = start.elapsed().as_secs_f64();
        let each = |before: u64, after: u64| (after - before) as f64 / took.len() as f64;
        let (gateway, server) = (each(gateway, spent(self.gateway)?), each(server, spent(self.server)?));
        let per_second = took.len() as f64 / seconds;
        took.sort_by(f64::total_cmp);
        let row = &mut self.rows[at];
        row.per_second.push(per_second);
        row.p50.push(took[took.len() / 2]);
        row.p99.push(took[took.len() * 99 / 100]);
        row.gateway.push(gateway);
        row.server.push(server);
        Ok(())
    }
}

fn message(n: usize) -> String {
    format!(
        "<message from='u{n}@{LOAD}/x' to='bot@{DOMAIN}' type='chat' id='m{n}'><body>Hello benchmark world</body></message>"
    )
}

fn print(sides: &[Side<'_>; 3]) -> Outcome<bool> {
    println!(
        "Message in, webhook (JSON), reply out; {ROUNDS} turns of {} s each, medians. CPU in us for each message.",
        TURN.as_secs()
    );
    println!(
        "\n  {:>9}  {:22} {:>8} {:>8} {:>8} {:>12} {:>11} {:>8}",
        "in flight", "", "msg/s", "p50 ms", "p99 ms", "CPU gateway", "CPU server", "sum"
    );
    for (at, in_flight) in IN_FLIGHT.into_iter().enumerate() {
        for side in sides {
            let row = &side.rows[at];
            let (gateway, server) = (median(&row.gateway), median(&row.server));
            println!(
                "  {in_flight:>9}  {:22} {:8.0} {:8.3} {:8.3} {gateway:12.0} {server:11.0} {:8.0}",
                side.name,
                median(&row.per_second),
                median(&row.p50),
                median(&row.p99),
                gateway + server
            );
        }
    }
    let [original, ours, alone] = sides.each_ref().map(|side| &side.rows[1]);
    let own = median(&original.server) - median(&ours.server);
    println!("\n  of 16 in flight, beside mod_rest in Prosody:");
    for (name, row) in [("through Prosody", ours), ("with the bare server", alone)] {
        println!(
            "    {name:22} {:5.1} times the throughput (wanted: 5)",
            median(&row.per_second) / median(&original.per_second)
        );
    }
    println!(
        "    CPU of restanza        {:5.3} of what Prosody with mod_rest takes (wanted: 0.1); restanza and Prosody {:.2}",
        median(&ours.gateway) / median(&original.server),
        (median(&ours.gateway) + median(&ours.server)) / median(&original.server)
    );
    println!(
        "    mod_rest's own part is about {own:.0} us, if Prosody takes for the rest what it takes here for carrying."
    );
    Ok(true)
}
