//! The description is JSON, and says what the tables say.

use std::collections::BTreeSet;
use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::*;
use crate::fault::{Party, reason};
use crate::gateway::http_status;
use crate::json::{self, Value};
use crate::stanza::Condition;

fn text() -> String {
    let mut text = String::new();
    write(&mut text).unwrap();
    text
}

/// Reads the description, and looks at it.
fn read<T>(look: impl FnOnce(Value<'_>) -> T) -> T {
    let text = text();
    let mut nodes = vec![json::Node::default(); text.len()];
    look(json::parse(text.as_bytes(), &mut nodes).unwrap_or_else(|error| panic!("{error}")))
}

fn at<'v>(value: Value<'v>, path: &[&str]) -> Value<'v> {
    path.iter().fold(value, |value, key| value.get(key).unwrap_or_else(|| panic!("{path:?}: no {key}")))
}

fn keys(value: Value<'_>) -> Vec<String> {
    value.entries().map(|(key, _)| key.to_string()).collect()
}

#[test]
fn every_route_is_told_and_nothing_else() {
    let rows = ROUTES.iter().filter(|route| route.does != Does::Misfit);
    let rows: BTreeSet<String> = rows.map(|route| format!("{:?} {}", route.method, route.pattern)).collect();
    let told = read(|all| {
        let mut told = BTreeSet::new();
        for (path, item) in at(all, &["paths"]).entries() {
            for method in keys(item) {
                match method.as_str() {
                    "get" => assert!(told.insert(format!("Get {path}"))),
                    "post" => assert!(told.insert(format!("Post {path}"))),
                    other => assert_eq!(other, "options"),
                }
            }
        }
        told
    });
    assert_eq!(told, rows);
}

#[test]
fn every_reference_leads_somewhere() {
    let text = text();
    let references: BTreeSet<&str> =
        text.split("\"$ref\":\"#/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(references.len() > 30, "{references:?}");
    read(|all| {
        for reference in references {
            at(all, &reference.split('/').collect::<Vec<_>>());
        }
        // And nothing is kept that is not asked for.
        for kind in ["parameters", "responses"] {
            for name in keys(at(all, &["components", kind])) {
                assert!(text.contains(&format!("\"#/components/{kind}/{name}\"")), "{kind} {name}");
            }
        }
    });
}

#[test]
fn operations_have_names_of_their_own() {
    read(|all| {
        let mut names = BTreeSet::new();
        for (path, item) in at(all, &["paths"]).entries() {
            for (method, operation) in item.entries() {
                let name = at(operation, &["operationId"]).as_str().unwrap().to_string();
                assert!(names.insert(name.clone()), "{method} {path}: {name}");
            }
        }
    });
}

#[test]
fn every_refusal_and_every_error_of_an_iq_is_told() {
    read(|all| {
        let told = |path: &str, method: &str, status: u16| {
            let answers = at(all, &["paths", path, method, "responses"]);
            assert!(answers.get(&status.to_string()).is_some(), "{method} {path}: {status}");
        };
        let heard = |row: &&&crate::fault::Reason| {
            matches!(row.party, Party::Caller | Party::Us | Party::Peer)
                // No route has the one, a method that is not told the other, a mistake of ours the third.
                && ![404, 405, 500].contains(&row.status)
        };
        for row in reason::ALL.iter().filter(heard) {
            for path in ["/rest", "/rest/{kind}/{type}/{to}", "/v1/stanzas", "/v1/{query}/{to}"] {
                told(path, "post", row.status);
            }
        }
        for &condition in Condition::ALL {
            told("/v1/stanzas", "post", http_status(condition));
            told("/v1/{query}/{to}", "get", http_status(condition));
        }
    });
}

/// A payload that the path alone is to make needs no value; one that comes with a body may be any.
#[test]
fn what_a_path_can_ask_for() {
    let parameter = |name| {
        read(|all| {
            let names = at(all, &["components", "parameters", name, "schema", "enum"]);
            names.items().map(|name| name.as_str().unwrap().to_string()).collect::<BTreeSet<_>>()
        })
    };
    let (all, bare) = (parameter("query"), parameter("bare"));
    assert!(bare.is_subset(&all) && bare.contains("ping") && bare.contains("disco"), "{bare:?}");
    assert!(all.contains("private") && !bare.contains("private"), "{all:?}");
}
