# Manual pages and the shell completion know every option, and no other.
# SPDX-License-Identifier: MIT

load ../helper

DOC=$CH_TESTS/../doc

# options_of APPLET: one per line, as its table has them: "-b", "--bind".
options_of()
{
    "$CH_BUILD/$1" --complete-words | tr ' ' '\n' | sed '/^$/d; s/=$//' | sort
}

# documented_in PAGE: those that have an item in it.
documented_in()
{
    sed -n '/^\.Sh OPTIONS/,/^\.Sh [^O]/s/^\.It Fl //p' "$1" |
        sed 's/ N[so] .*//; s/ Ar .*//; s/\\&//g; s/ , /\n/g' |
        sed 's/^/-/' | sort
}

@test "a manual page names every option of its applet, and no other" {
    for applet in $("$CH_BUILD/ch" --list); do
        [ -n "$(options_of "$applet")" ]
        diff <(options_of "$applet") <(documented_in "$DOC/$applet.1") ||
            fail_with "$applet.1 differs (<: the table, >: the page)"
    done
}

@test "ch-oci(1) names every command, and every option of each" {
    page=$DOC/ch-oci.1
    while read -r command; do
        grep -q "^\.It Cm $command" "$page" || fail_with "$command"
        for option in $("$CH_BUILD/ch-oci" "$command" --complete-words |
            tr ' ' '\n' | sed -n 's/^--\([a-z0-9-]*\)=*$/\1/p'); do
            grep -qE "^\.It Fl (.* , )?-$option( |$)" "$page" ||
                fail_with "$command --$option"
        done
    done < <("$CH_BUILD/ch-oci" --help | sed -n '/^commands/,$s/^  \([a-z]*\) .*/\1/p')
}

@test "a manual page shows the same argument as --help" {
    for applet in $("$CH_BUILD/ch" --list); do
        while read -r name argument; do
            grep -qi -e "^\.It Fl .*-$name Ns.*Ar $argument" "$DOC/$applet.1" ||
                fail_with "$applet.1: --$name has no argument $argument"
        done < <("$CH_BUILD/$applet" --help |
            sed -nE 's/^ .*--([a-z0-9-]+)\[?=([A-Z]+).*/\1 \2/p')
    done
}

@test "ch(1) names every applet and every word of ch" {
    for applet in $("$CH_BUILD/ch" --list); do
        grep -q "^\.It Xr $applet 1" "$DOC/ch.1"
    done
    for word in $("$CH_BUILD/ch" --help |
        sed -n '/^for itself/,$s/^  \([a-z-]*\) .*/\1/p'); do
        grep -qE "^\.It (Cm $word|Fl ([A-Za-z] , )?${word#-}$)" "$DOC/ch.1" ||
            fail_with "$word"
    done
}

@test "the completion knows every option of every applet" {
    script=$("$CH_BUILD/ch" completion bash)
    for applet in $("$CH_BUILD/ch" --list); do
        words=$(bash -c "$script"$'\n'"_ch_words $applet" | tr ' ' '\n' |
            sed '/^$/d; s/=$//' | sort)
        [ "$words" = "$(options_of "$applet")" ] || fail_with "$applet: $words"
        [[ $script == *"complete -o default -F _ch_link $applet"* ]]
    done
}

@test "manual pages that are named exist" {
    for page in "$DOC"/*.1; do
        while read -r name; do
            [ -e "$DOC/$name.1" ] || fail_with "$page names $name"
        done < <(sed -n 's/.*Xr \(ch[a-z-]*\) 1.*/\1/p' "$page")
    done
}

# rows DOCUMENT: of its tables, cells separated by " | ", without their heads.
rows()
{
    sed -n 's/^| \(.*\) |$/\1/p' "$DOC/$1" |
        grep -vE '^(Charliecloud|wish|the specification|---)'
}

# named_tests DOCUMENT: in the last cell of each row, as "FILE: CLAIM".
named_tests()
{
    rows "$1" | sed 's/.* | //; s/; \([a-z0-9_]*: \)/\n\1/g'
}

@test "no row of ch-run.md is empty, and each says same or better" {
    [ "$(rows ch-run.md | wc -l)" -gt 80 ]
    run awk -F' [|] ' 'NF != 3 || $1 !~ /[a-z]/ || $3 !~ /^[a-z0-9_]+: / ||
        $2 !~ /^(same|same, .+|better: .+)$/' <(rows ch-run.md)
    [ -z "$output" ] || fail_with "$output"
}

@test "no row of oci.md is empty, and each says who is tested" {
    [ "$(rows oci.md | wc -l)" -gt 90 ]
    run awk -F' [|] ' 'NF != 3 || $1 !~ /[a-z]/ || $3 !~ /^[a-z0-9_]+: / ||
        $2 !~ /^(both|root|user|unit)$/' <(rows oci.md)
    [ -z "$output" ] || fail_with "$output"
}

@test "every test that ch-run.md or oci.md names exists" {
    while IFS= read -r named; do
        claim=${named#*: }
        grep -qF " ${claim// /_}(void **" \
            "$CH_TESTS/unit/${named%%: *}.c" 2>/dev/null && continue
        grep -qxF "@test \"${named#*: }\" {" \
            "$CH_TESTS"/{e2e,root}/"${named%%: *}.bats" 2>/dev/null ||
            fail_with "no such test: $named"
    done < <(named_tests ch-run.md && named_tests oci.md)
}

@test "tests of oci.md run as whom it says" {
    while IFS= read -r row; do
        file=${row##* | }
        file=${file%%: *}
        case $row in
        *" | both | "*)
            [ -e "$CH_TESTS/e2e/$file.bats" ] &&
                [ "$CH_TESTS/root/${file}_root.bats" -ef \
                    "$CH_TESTS/e2e/$file.bats" ] || fail_with "not both: $file"
            ;;
        *" | unit | "*)
            [ -e "$CH_TESTS/unit/$file.c" ] || fail_with "not unit: $file"
            ;;
        *" | root | "*)
            [ -e "$CH_TESTS/root/$file.bats" ] || fail_with "not root: $file"
            ;;
        *) [ -e "$CH_TESTS/e2e/$file.bats" ] || fail_with "not user: $file" ;;
        esac
    done < <(rows oci.md)
}

@test "every option of ch-run has a row in ch-run.md" {
    for option in $("$CH_BUILD/ch-run" --complete-words | tr ' ' '\n' |
        sed -n 's/^\(--[a-z0-9-]*\)=*$/\1/p'); do
        rows ch-run.md | grep -qE "\`${option}[\`= ]" || fail_with "$option"
    done
}
