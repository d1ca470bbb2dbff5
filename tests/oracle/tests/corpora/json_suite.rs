//! JSONTestSuite: `y_` must be accepted, `n_` refused, `i_` is free.

use std::path::Path;

use restanza_oracle::corpora::Report;
use restanza_oracle::json;

pub fn run(folder: &Path) -> Report {
    let mut report = Report::default();
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of the suite")
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    // Accepted and refused by the class of the file.
    let mut counts = [("y_", 0, 0), ("n_", 0, 0), ("i_", 0, 0)];
    let mut free = Vec::new();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).expect("a file of the suite");
        let read = json::read(&bytes);
        let Some(count) = counts.iter_mut().find(|count| name.starts_with(count.0)) else {
            continue;
        };
        if read.is_ok() {
            count.1 += 1;
        } else {
            count.2 += 1;
        }
        match &name[..2] {
            "y_" => report.expect(read.as_ref().ok() == serde_json::from_slice(&bytes).ok().as_ref(), || {
                format!("{name}: {read:?}")
            }),
            "n_" => report.expect(read.is_err(), || format!("{name} was accepted")),
            _ => free.push(format!(
                "{name}: {}",
                match read {
                    Ok(_) => "accepted".to_owned(),
                    Err(error) => format!("refused, {error}"),
                }
            )),
        }
    }
    for (class, accepted, refused) in counts {
        report.figure(format!("{class} {accepted} accepted, {refused} refused"));
    }
    report.expect(counts[0].1 == 95 && counts[1].2 == 188, || "the suite has 95 y_ and 188 n_".to_owned());
    report.figures.extend(free);
    report
}
