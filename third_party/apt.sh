# shellcheck shell=bash
# apt.sh - packages of a suite that is not the machine's, by apt's own tools.
#
# To be sourced. apt works on a state of its own in the scratch folder $work,
# so the machine's configuration stays as it is; what it says is in $work/log.
# The one who sources it has die().
# SPDX-License-Identifier: MIT

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The address of Debian's archive as the machine has it. Where apt has no
# lists yet (a fresh container image), they are first read into the scratch.
archive_uri() {
    # shellcheck disable=SC2016  # apt expands $(REPO_URI)
    local query=(indextargets --format '$(REPO_URI)' 'Created-By: Packages'
        'Label: Debian' 'Component: main') uri
    uri=$(apt-get "${query[@]}" | sort -u)
    if [[ -z $uri ]]; then
        local lists=(-o "Dir::State::Lists=$work/machine"
            -o APT::Sandbox::User=root)
        mkdir -p "$work/machine/partial"
        apt-get -q "${lists[@]}" update >>"$work/log" 2>&1 || true
        uri=$(apt-get "${lists[@]}" "${query[@]}" | sort -u)
    fi
    [[ -n $uri ]] || die "apt knows no archive of Debian:" \
        "set one up in /etc/apt/sources.list.d"
    echo "${uri%%$'\n'*}"
}

private_apt() {
    apt-get -q -o Dir::Etc::SourceList="$work/debian.sources" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User=root -o Acquire::Languages=none \
        -o Acquire::Retries=3 "$@" >>"$work/log" 2>&1
}

# private_suite SUITE TYPE...: read the lists of deb, deb-src or both.
private_suite() {
    local uri
    uri=$(archive_uri) || return
    printf '%s\n' "Types: ${*:2}" "URIs: $uri" "Suites: $1" \
        'Components: main' "Signed-By: $keyring" >"$work/debian.sources"
    mkdir -p "$work/lists/partial"
    private_apt update
}
