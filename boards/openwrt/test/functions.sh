# Of OpenWrt's /lib/functions.sh what our files use, for a test root: UCI read from /etc/config, and what is called when
# a package comes and goes. The syntax of a UCI file is that of a shell calling `config`, `option` and `list`.
# shellcheck shell=dash

reset_cb() {
    config_cb() { :; }
    option_cb() { :; }
    list_cb() { :; }
}
reset_cb

config() {
    SECTIONS_SEEN=$((${SECTIONS_SEEN:-0} + 1))
    CONFIG_SECTION=${2:-cfg$SECTIONS_SEEN}
    CONFIG_SECTIONS="$CONFIG_SECTIONS $CONFIG_SECTION"
    eval "CONFIG_${CONFIG_SECTION}_TYPE=\$1"
    config_cb "$1" "$CONFIG_SECTION"
}

option() {
    eval "CONFIG_${CONFIG_SECTION}_$1=\$2"
    option_cb "$1" "$2"
}

list() {
    eval "CONFIG_${CONFIG_SECTION}_$1=\"\${CONFIG_${CONFIG_SECTION}_$1:+\${CONFIG_${CONFIG_SECTION}_$1}\$LIST_SEP}\$2\""
    list_cb "$1" "$2"
}

config_load() {
    CONFIG_SECTIONS='' SECTIONS_SEEN=0
    # shellcheck disable=SC1090
    . "/etc/config/$1"
    config_cb
}

config_get() {
    eval "$1=\${CONFIG_$2_$3:-\$4}"
}

config_get_bool() {
    config_get "$1" "$2" "$3" "$4"
    eval "case \$$1 in 1 | on | true | yes | enabled) $1=1 ;; *) $1=0 ;; esac"
}

config_foreach() {
    local function="$1" type="$2" section found
    shift
    for section in $CONFIG_SECTIONS; do
        config_get found "$section" TYPE
        # shellcheck disable=SC2154
        [ "$found" != "$type" ] || "$function" "$section" "$@"
    done
}

config_list_foreach() {
    local function="$3" items item
    config_get items "$1" "$2"
    # shellcheck disable=SC2154
    items="$(echo "$items" | sed "s/$LIST_SEP/\n/g")"
    for item in $items; do "$function" "$item"; done
}

add_user() {
    grep -q '^restanza:' /etc/passwd && return
    echo 'restanza:x:5347:5347:restanza:/var/run/restanza:/bin/false' >> /etc/passwd
    echo 'restanza:x:5347:' >> /etc/group
}

default_postinst() {
    add_user
    [ "$PKG_UPGRADE" = 1 ] || /etc/init.d/restanza enable
    /etc/init.d/restanza start
}

default_prerm() {
    [ "$PKG_UPGRADE" = 1 ] || /etc/init.d/restanza disable
    /etc/init.d/restanza stop
}
