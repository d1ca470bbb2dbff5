//! A message posted as JSON, to 202: restanza, the real mod_rest in Prosody, a bare hyper that does nothing, and
//! lighttpd with a file, in turns. What is accepted goes to a component or server that drops it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::load::{self, Figures};
use crate::process::Process;
use crate::program::{Gateway, SECRET, folder, free_address, wait};
use crate::prosody::{LOAD, Prosody};
use crate::wire::Wire;
use crate::{Outcome, median};

const ROUNDS: usize = 5;
const SECONDS: u32 = 2;
const CONNECTIONS: [usize; 2] = [1, 16];

struct Side<'p> {
    name: &'static str,
    address: SocketAddr,
    path: &'static str,
    process: &'p Process,
    rows: [Row; 2],
}

#[derive(Default)]
struct Row {
    per_second: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    micros: Vec<f64>,
    failed: u64,
}

/// Measures and prints; true if nothing was refused.
pub(crate) fn report(builds: &Path, program: &Path, modules: &Path) -> Outcome<bool> {
    let sink = Wire::server()?;
    let ours = Gateway::start(program, sink.address, "[limits]\nconnections = 32\n")?;
    // Nobody answers its webhook; nothing is sent there.
    let original = Prosody::start(Some((modules, free_address()?)))?;
    wait("Prosody", || std::net::TcpStream::connect(original.components).is_ok())?;
    let drops = Wire::component(original.components, LOAD, SECRET)?;
    wait("the component that drops", || drops.is_open())?;
    let bare_address = free_address()?;
    let bare = Process::start(&builds.join("release/peer"), &[&bare_address.to_string()])?;
    let (still, still_address, files) = lighttpd()?;
    for (name, address) in [("restanza", ours.address), ("mod_rest", original.http), ("hyper", bare_address)]
    {
        wait(name, || load::is_taken(address))?;
    }
    wait("lighttpd", || std::net::TcpStream::connect(still_address).is_ok())?;

    let rows = || [Row::default(), Row::default()];
    let mut sides = [
        Side { name: "restanza", address: ours.address, path: "/rest", process: &ours.process, rows: rows() },
        Side {
            name: "mod_rest in Prosody",
            address: original.http,
            path: "/rest",
            process: &original.process,
            rows: rows(),
        },
        Side {
            name: "hyper, 202 to all",
            address: bare_address,
            path: "/rest",
            process: &bare,
            rows: rows(),
        },
        Side {
            name: "lighttpd, a file",
            address: still_address,
            path: "/file",
            process: &still,
            rows: rows(),
        },
    ];
    for _ in 0..ROUNDS {
        for (at, connections) in CONNECTIONS.into_iter().enumerate() {
            for side in &mut sides {
                side.turn(at, connections)?;
            }
        }
    }
    fs::remove_dir_all(files)?;
    Ok(print(&sides))
}

/// lighttpd with one small file, and its folder.
fn lighttpd() -> Outcome<(Process, SocketAddr, std::path::PathBuf)> {
    let (folder, address) = (folder()?, free_address()?);
    fs::write(folder.join("file"), "Hello benchmark world\n")?;
    let file = folder.join("lighttpd.conf");
    fs::write(
        &file,
        format!(
            "server.document-root = \"{}\"\nserver.bind = \"127.0.0.1\"\nserver.port = {}\n\
             server.max-keep-alive-requests = 1000000\n",
            folder.display(),
            address.port()
        ),
    )?;
    let process = Process::start(Path::new("lighttpd"), &["-D", "-f", &file.to_string_lossy()])?;
    Ok((process, address, folder))
}

impl Side<'_> {
    fn turn(&mut self, at: usize, connections: usize) -> Outcome<()> {
        let before = self.process.processor_time()?;
        let Figures { requests, failed, per_second, p50, p99 } =
            load::wrk_at(self.address, self.path, connections, SECONDS)?;
        let spent = self.process.processor_time()? - before;
        let row = &mut self.rows[at];
        row.per_second.push(per_second);
        row.p50.push(p50);
        row.p99.push(p99);
        row.micros.push(spent as f64 / requests.max(1) as f64);
        row.failed += failed;
        Ok(())
    }
}

fn print(sides: &[Side<'_>; 4]) -> bool {
    println!("A chat message as JSON, POST to 202; wrk, {ROUNDS} turns of {SECONDS} s each, medians.");
    println!(
        "\n  {:>5}  {:22} {:>9} {:>9} {:>9} {:>12} {:>7}",
        "conns", "", "req/s", "p50 ms", "p99 ms", "CPU us/req", "failed"
    );
    for (at, connections) in CONNECTIONS.into_iter().enumerate() {
        for side in sides {
            let row = &side.rows[at];
            println!(
                "  {connections:>5}  {:22} {:9.0} {:9.3} {:9.3} {:12.1} {:7}",
                side.name,
                median(&row.per_second),
                median(&row.p50),
                median(&row.p99),
                median(&row.micros),
                row.failed
            );
        }
    }
    let [ours, original, bare, _] = sides.each_ref().map(|side| &side.rows[1]);
    let ratio = |one: &[f64], other: &[f64]| median(one) / median(other);
    println!("\n  with 16 connections:");
    println!(
        "    requests beside mod_rest   {:6.1} times (wanted: 10)",
        ratio(&ours.per_second, &original.per_second)
    );
    println!("    CPU beside mod_rest        {:6.3} (wanted: 0.1)", ratio(&ours.micros, &original.micros));
    println!(
        "    requests beside hyper      {:6.2} (wanted: 0.5)",
        ratio(&ours.per_second, &bare.per_second)
    );
    println!("    our p99 / mod_rest's p50   {:6.2} (wanted: below 1)", ratio(&ours.p99, &original.p50));
    sides.iter().take(2).all(|side| side.rows.iter().all(|row| row.failed == 0))
}
