//! The users and groups of the system, as passwd(5) and group(5) have them; the functions of libc for it would take 9
//! KB of the binary.

use std::fs;

/// The number of a user, given by name or number.
pub(super) fn user(name: &str) -> Option<u32> {
    user_and_group(name).0
}

/// The number of a user and that of the group it belongs to.
pub(super) fn user_and_group(name: &str) -> (Option<u32>, Option<u32>) {
    match row(&read("/etc/passwd"), name) {
        Some([_, _, uid, gid]) => (number(uid), number(gid)),
        None => (number(name), number(name)),
    }
}

/// The number of a group, given by name or number.
pub(super) fn group(name: &str) -> Option<u32> {
    row(&read("/etc/group"), name).map_or_else(|| number(name), |[_, _, gid, _]| number(gid))
}

/// The further groups of a user.
pub(super) fn groups_of(user: &str) -> Vec<u32> {
    let groups = read("/etc/group");
    let is_member = |members: &str| members.split(',').any(|member| member == user);
    groups
        .lines()
        .map(fields)
        .filter_map(|[_, _, gid, members]| if is_member(members) { number(gid) } else { None })
        .collect()
}

/// A table of the system; one that is missing is empty.
fn read(path: &str) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The row of that name.
fn row<'t>(table: &'t str, name: &str) -> Option<[&'t str; 4]> {
    table.lines().map(fields).find(|[first, ..]| !name.is_empty() && *first == name)
}

/// What is between the colons; of a user name, password, number, group; of a group name, password, number, members.
fn fields(line: &str) -> [&str; 4] {
    let mut parts = line.split(':');
    [(); 4].map(|()| parts.next().unwrap_or_default())
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}
