# Sourced by bin/test: runs steps, prints how long each took, and counts them.
# shellcheck shell=bash

passed=0 failed=0 which=
# Reports of first runs whose failed tests passed when they were run again.
unsteady=()
reports=$(mktemp -d)
declare -A running=()
cores=$(nproc 2>/dev/null || echo 2)
end_steps() {
    local pid
    for pid in "${!running[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
    rm -rf "$reports"
}
trap end_steps EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

now() { date +%s%3N; }
seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# step NAME COMMAND...: one step, its output as it comes.
step() {
    local name=$1 began rc=0; shift
    began=$(now)
    printf '\n== %s\n' "$name"
    "$@" </dev/null || rc=$?
    count "$name" $rc $(($(now) - began))
}

# beside NAME COMMAND...: starts a step beside those that run, at most one for each core and two at least. Its output comes when
# it has ended.
beside() {
    local name=$1 file; shift
    while [ ${#running[@]} -ge $((cores > 2 ? cores : 2)) ]; do one_ended; done
    file=$(mktemp "$reports/step.XXXXXX")
    # With job control it is a process group of its own, so that Ctrl-C ends it with all that it started.
    set -m
    {
        began=$(now) rc=0
        "$@" >"$file" 2>&1 </dev/null || rc=$?
        printf '%s %s\n' $rc $(($(now) - began)) >"$file.ended"
    } &
    set +m
    running[$!]=$name:$file
}
all_ended() { while [ ${#running[@]} -gt 0 ]; do one_ended; done; }

# Waits until a step that runs beside others has ended, and prints it.
one_ended() {
    local pid name file rc took
    wait -n || true
    for pid in "${!running[@]}"; do
        ! kill -0 "$pid" 2>/dev/null || continue
        name=${running[$pid]%%:*} file=${running[$pid]#*:}
        unset "running[$pid]"
        rc=1 took=0
        [ ! -s "$file.ended" ] || read -r rc took <"$file.ended"
        printf '\n== %s\n' "$name"
        cat "$file"
        count "$name" "$rc" "$took"
    done
}

count() {
    if [ "$2" = 0 ]; then
        passed=$((passed + 1)); printf '== %s: passed in %s\n' "$1" "$(seconds "$3")"
    else
        failed=$((failed + 1)) which="$which${which:+, }$1"; printf '== %s FAILED after %s\n' "$1" "$(seconds "$3")"
    fi
}

# Names the failed tests of the reports again, and ends with the sums.
summary() {
    local report
    if [ -n "$which" ]; then
        printf '\nFAILED: %s\n' "$which"
        for report in "$reports"/*.json; do [ ! -e "$report" ] || node scripts/failures.mjs "$report"; done
    fi
    for report in "${unsteady[@]}"; do
        printf '\nUNSTEADY: these failed once and passed when they were run again, alone.\n'
        node scripts/failures.mjs "$report" UNSTEADY
    done
    printf '\nsteps: %s passed, %s failed\n' $passed $failed
    [ $failed -eq 0 ]
}
