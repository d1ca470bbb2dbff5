# Completion of restanza(1) for bash.
_restanza() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local line="${COMP_WORDS[*]:1:COMP_CWORD-1} "
    case $before in
        --config | -c) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --from) COMPREPLY=($(compgen -W 'xml json form cbor text' -- "$word")); return ;;
        --to) COMPREPLY=($(compgen -W 'xml json form cbor text' -- "$word")); return ;;
        --unmapped) COMPREPLY=($(compgen -W 'drop keep' -- "$word")); return ;;
        --name) COMPREPLY=($(compgen -f -- "$word")); return ;;
    esac
    case $line in
        'run '*) COMPREPLY=($(compgen -W '--config --help --version' -- "$word")) ;;
        'check '*) COMPREPLY=($(compgen -W '--config --help --version' -- "$word")) ;;
        'config '*) COMPREPLY=($(compgen -W '--sample --help --version' -- "$word")) ;;
        'convert '*) COMPREPLY=($(compgen -W '--from --to --unmapped --strict --ndjson --help --version' -- "$word")) ;;
        'token new '*) COMPREPLY=($(compgen -W '--name --config --help --version' -- "$word")) ;;
        'hook test '*) COMPREPLY=($(compgen -W '--config --help --version' -- "$word")) ;;
        'limits '*) COMPREPLY=($(compgen -W '--config --help --version' -- "$word")) ;;
        'token '*) COMPREPLY=($(compgen -W 'new' -- "$word")) ;;
        'hook '*) COMPREPLY=($(compgen -W 'test' -- "$word")) ;;
        *) COMPREPLY=($(compgen -W 'run check config convert token hook limits --help --version' -- "$word")) ;;
    esac
}
complete -F _restanza restanza
