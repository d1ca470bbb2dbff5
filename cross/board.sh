# shellcheck shell=bash disable=SC2034
# Reads the files of boards/; sourced by bash, in the top folder.
#
# read_board NAME sets board, board_target, board_features, board_packages, board_opt, board_curves, board_outline,
# board_schedule, board_panics, board_limits ("name=value ..."), and from cross/targets zig_target, zig_cpu,
# rust_features, qemu, qemu_cpu, deb_arch, openwrt_arch.

all_boards() {
    (cd boards && printf "%s\n" *.board) | sed "s/\.board$//"
}

# board_key KEY: a value of section [board].
board_key() {
    sed -n "/^\[board\]/,/^\[limits\]/s/^$1 *= *//p" "boards/$board.board"
}

read_board() {
    board=$1
    if [ ! -f "boards/$board.board" ]; then
        echo "there is no board $board; there are: $(all_boards | tr '\n' ' ')" >&2
        return 1
    fi
    board_target=$(board_key target) board_features=$(board_key features) board_packages=$(board_key packages)
    # Without the table of curve 25519 when it says small: a switch of ring's, where it has no assembler for P-256.
    board_curves=$(board_key curves)
    # What messages of panics name beside their words: file,line,column, or less.
    board_panics=$(board_key panics) board_panics=${board_panics:-all}
    # never: machine instructions stay in the order in which they come.
    board_schedule=$(board_key schedule) board_schedule=${board_schedule:-always}
    board_outline=$(board_key outline) board_outline=${board_outline:-always}
    # For size, where nothing else is said.
    board_opt=$(board_key opt) board_opt=${board_opt:-z}
    board_limits=$(sed -n '/^\[limits\]/,$s/^\([a-z_]*\) *= *\([0-9_]*\)$/\1=\2/p' "boards/$board.board" | tr '\n' ' ')
    local line
    line=$(grep "^$board_target " cross/targets) || {
        echo "boards/$board.board: cross/targets does not know $board_target" >&2
        return 1
    }
    read -r _ zig_target zig_cpu rust_features qemu deb_arch openwrt_arch <<< "$line"
    [ "$rust_features" != - ] || rust_features=
    qemu_cpu=${qemu#*,} qemu=${qemu%,*}
}
