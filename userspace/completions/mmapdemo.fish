# SPDX-License-Identifier: BSD-2-Clause
# Completion of mmapdemo's command line in fish. The tool itself tells all that can be
# completed: verbs, options and arguments by --help, names by ls, scenario list and engine list.

# All that follow get the name of the tool first.
function __mmapdemo_verbs
    $argv[1] --help | string replace -rf '^  ([a-z]{2,9}) +.{15} (.*)' '$1\t$2'
    printf '%s\n' --help --version
end

# The word for the value of option $argv[1] in the help that follows; nothing if it has none.
function __mmapdemo_takes
    string match -rg -- "^  (?:    |-., )?$argv[1](?:, --[a-z0-9-]+)? ([A-Z]+) " $argv[2..]
end

function __mmapdemo_options
    string replace -rf -- '^  (?:    |-., )(--[a-z0-9-]+)(?: [A-Z]+)? +(.*)' '$1\t$2' $argv
    string match -rg -- '^  (-.), ' $argv
end

# One argument, or the value of an option, by the word that help has for it.
function __mmapdemo_value --argument-names tool what before word
    switch $what
        case NAME
            if string match -qr '/|^\.' -- $word
                __fish_complete_path $word
                return
            end
            $tool ls 2>/dev/null | string match -rg '^(/dev/mmapdemo\S*) ' |
                string replace -- /dev/mmapdemo- ''
        case 'NAME|info'
            __mmapdemo_value $tool NAME $before $word
            echo info
        case 'NAME|*'
            string replace 'NAME|' '' -- $what
            $tool scenario list | string match -rg '^(\S+)'
        case BACKING
            $tool scenario list --json | string match -rg '^ +"([a-z]+)",?$'
        case VERB
            $tool --help | string match -rg '^  ([a-z]+) '
        case ACTION
            printf '%s\n' start stop list
        case WHAT
            switch $before
                case start
                    XDG_RUNTIME_DIR=/dev/null $tool engine list | string match -rg '^kinds: (.*)' | string split ' '
                case stop
                    # Not the reports of what has ended: who prints them has seen them.
                    XDG_RUNTIME_DIR=/dev/null $tool engine list |
                        string match -rg '^ *([0-9]+ +\S+ +\S+ +\S+) ' | string split -n ' ' |
                        string match -v -- - | sort -u
            end
        case FILE
            __fish_complete_path $word
    end
end

# By its place, from 1; the last one may come again. TEXT is a file where --files says so.
function __mmapdemo_argument --argument-names place
    set -l words (commandline -opc)
    set -l names (string match -rg '^usage:.*\[OPTION\]\.\.\. ?(.*)' $argv[2] | string split -n ' ')
    set -l what $names[$place]
    if string match -q '*...' -- $names[-1]; and test $place -ge (count $names)
        set what $names[-1]
    end
    if string match -q '*TEXT*' -- $what; and contains -- --files $words
        set what FILE
    end
    __mmapdemo_value $words[1] (string replace -ra '[][.]' '' -- "$what") $words[-1] (commandline -ct)
end

function __mmapdemo_complete
    set -l words (commandline -opc)
    set -l count (count $words)
    set -l place 1
    set -l i 3
    if test $count -eq 1
        __mmapdemo_verbs $words[1]
        return
    end
    set -l help ($words[1] $words[2] --help 2>/dev/null)
    while test $i -le $count
        switch $words[$i]
            case --
                complete -C (string join ' ' -- $words[(math $i + 1)..] (commandline -ct))
                return
            case '-*'
                test -n "$(__mmapdemo_takes $words[$i] $help)"
                and set i (math $i + 1)
            case '*'
                set place (math $place + 1)
        end
        set i (math $i + 1)
    end
    set -l option (string split -m 1 -- = (commandline -ct))
    if test $i -gt (math $count + 1)
        __mmapdemo_value $words[1] (__mmapdemo_takes $words[-1] $help) $words[-1] (commandline -ct)
    else if string match -q -- '--*=*' (commandline -ct)
        __mmapdemo_value $words[1] "$(__mmapdemo_takes $option[1] $help)" '' $option[2] |
            string replace -r -- '^' "$option[1]="
    else if string match -q -- '-*' (commandline -ct)
        __mmapdemo_options $help
    else
        __mmapdemo_argument $place $help
    end
end

complete -c mmapdemo -f -a '(__mmapdemo_complete)'
