# Debian packages for the demonstration and the tests; sourced by bash scripts that have set `top`.
#
# `need PACKAGE WHAT` notes what is missing, `need_cargo` looks for a Rust toolchain, `install` gets all of it as root,
# or says exactly what is missing and fails. Nothing is installed when all is there, and no service is ever started.

missing=()

# Debian's own Python: it is the one that sees python3-* packages, whatever else PATH may offer first.
python=${PYTHON:-/usr/bin/python3}
PATH=$PATH:$HOME/.cargo/bin:/usr/sbin

# need PACKAGE WHAT: WHAT is a program, a file by its full path, or python:MODULE.
need() {
    case $2 in
        python:*) "$python" -c "import ${2#python:}" >/dev/null 2>&1 || missing+=("$1") ;;
        /*) [ -e "$2" ] || missing+=("$1") ;;
        *) command -v "$2" >/dev/null 2>&1 || missing+=("$1") ;;
    esac
}

# need_cargo: a toolchain that is new enough; the one that Debian keeps for its browsers is, where it exists.
need_cargo() {
    local least have
    least=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$top/Cargo.toml")
    have=$(cargo --version 2>/dev/null | cut -d' ' -f2)
    if [ -n "$have" ] && [ "$(printf '%s\n' "$least" "$have" | sort -V | head -n 1)" = "$least" ]; then
        return 0
    fi
    if [ -z "$have" ] && command -v apt-get >/dev/null 2>&1; then
        # A fresh system does not know yet what there is.
        has_package cargo-web || [ "$(id -u)" != 0 ] || apt-get update -q >/dev/null || true
        if has_package cargo-web; then
            missing+=(cargo-web)
            need ca-certificates /etc/ssl/certs/ca-certificates.crt  # for the registry
            return 0
        fi
    fi
    echo "Missing: a Rust toolchain of at least version $least${have:+ (found $have)}. For example, with curl:" >&2
    echo "    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" >&2
    return 1
}

has_package() { apt-cache show "$1" 2>/dev/null | grep -q '^Package'; }

install() {
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "Missing: ${missing[*]} (names of Debian packages). Please install them and try again." >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "Missing: ${missing[*]}. Please run" >&2
        echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        echo "or run this as root, which installs them without starting any service." >&2
        return 1
    fi
    echo "Installing ${missing[*]} ..."
    (install_quietly) || { echo "The packages could not be installed: ${missing[*]}" >&2; return 1; }
    missing=()
    hash -r
}

# In a subshell, for its trap.
install_quietly() {
    # A policy that forbids starting services while packages are installed, so that a server that comes as a package
    # is not started on its standard ports. It goes away again, unless it was there before.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        echo "  (so that no service starts, there is a temporary $policy)"
        trap 'rm -f "$policy"' EXIT
        trap 'exit 1' INT TERM
        printf '#!/bin/sh\n# Temporary, while restanza installs packages.\nexit 101\n' > "$policy"
        chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
        apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
    } || return 1
    # Only their programs are used, so they shall not start at the next boot either.
    for package in "${missing[@]}"; do
        case $package in
            prosody | ejabberd)
                if systemctl disable "$package" >/dev/null 2>&1; then
                    echo "  ($package does not start at boot; \`systemctl enable $package\` if you want it to)"
                fi
                ;;
        esac
    done
}
