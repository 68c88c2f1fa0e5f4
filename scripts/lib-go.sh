# shellcheck shell=bash
# What building Go programs needs besides lib.sh.

# need_go TOOL FOLDER: a Go that can build the module in FOLDER, or a sentence that says which one is missing.
need_go() {
  command -v go >/dev/null || die "Go is missing and $1 is built from source: install Go 1.24 or newer"
  (cd "$2" && go list -m >/dev/null 2>&1) || die "$1 needs Go $(awk '$1 == "go" { print $2 }' "$2/go.mod") or newer and this" \
    "machine has $(go env GOVERSION) with GOTOOLCHAIN=$(go env GOTOOLCHAIN): install it, or set GOTOOLCHAIN=auto to let Go fetch it"
}

# go_progress TOOL: counts what `go build -v` prints, on one line of a terminal; in CI only what is neither a package nor a
# download, so that errors stand alone.
go_progress() {
  awk -v tool="$1" -v tty="$([ -t 2 ] && [ -z "${CI:-}" ] && echo 1)" '
    /^go: (downloading|found)/ { d++ } /^[A-Za-z0-9._~\/-]+$/ { n++ }
    !/^go: (downloading|found)/ && !/^[A-Za-z0-9._~\/-]+$/ { print > "/dev/stderr"; next }
    tty { printf "\r  %s: %d modules fetched, %d packages compiled ", tool, d, n > "/dev/stderr" }
    END { if (tty && n + d) print "" > "/dev/stderr" }'
}
