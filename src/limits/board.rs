//! Reads the defaults of a board, `name=value` with blanks between them, while restanza is compiled.

/// The value that `board` gives to `name`, or `default`.
pub(super) const fn value(board: &str, name: &str, default: u32) -> u32 {
    let (board, mut at) = (board.as_bytes(), 0);
    while at < board.len() {
        if is_entry(board, at, name) {
            let mut number = 0;
            at += name.len() + 1;
            while at < board.len() && board[at] != b' ' {
                assert!(board[at].is_ascii_digit(), "RESTANZA_LIMITS has a value that is not a number");
                number = number * 10 + (board[at] - b'0') as u32;
                at += 1;
            }
            return number;
        }
        at += 1;
    }
    default
}

/// How many words of `board` are about `name`; with an empty name, how many there are.
pub(super) const fn mentions(board: &str, name: &str) -> usize {
    let (board, mut at, mut count) = (board.as_bytes(), 0, 0);
    while at < board.len() {
        let starts = board[at] != b' ' && (at == 0 || board[at - 1] == b' ');
        if starts && (name.is_empty() || is_entry(board, at, name)) {
            count += 1;
        }
        at += 1;
    }
    count
}

/// Whether the word that starts at that place is `name=`, with a value behind it.
const fn is_entry(board: &[u8], at: usize, name: &str) -> bool {
    let name = name.as_bytes();
    if at > 0 && board[at - 1] != b' ' || at + name.len() + 1 >= board.len() {
        return false;
    }
    let mut n = 0;
    while n < name.len() {
        if board[at + n] != name[n] {
            return false;
        }
        n += 1;
    }
    board[at + n] == b'=' && board[at + n + 1].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_replaces_defaults_by_whole_names() {
        for (board, name, expected, mentioned) in [
            ("", "queue", 7, 0),
            ("queue=5", "queue", 5, 1),
            ("queue_entries=5 queue=12", "queue", 12, 1),
            (" queue=5  stanza=1 ", "stanza", 1, 1),
            ("xqueue=5", "queue", 7, 0),
            ("queue=", "queue", 7, 0),
            ("queue 5", "queue", 7, 0),
            ("queue=1 queue=2", "queue", 1, 2),
        ] {
            assert_eq!((value(board, name, 7), mentions(board, name)), (expected, mentioned), "{board:?}");
        }
        assert_eq!(mentions(" a=1  bc d", ""), 3);
    }
}
