#!/bin/sh
# fuzz.sh NAME...: AFL++ on each harness for TIME seconds, all at the same time. Finds go to
# build/fuzz/NAME. Exit status 1 if there was a crash or a hang.
set -u

: "${TIME:=60}"
export AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1
jobs=
for name in "$@"; do
    out=build/fuzz/$name
    rm -rf "$out"
    mkdir -p "$out"
    afl-fuzz -V "$TIME" -t 1000 -i "fuzz/corpus/$name" -o "$out" -x fuzz/mptcp.dict -- "build/afl/fuzz/fuzz_$name" \
        >"$out/log" 2>&1 &
    jobs="$jobs $!"
done
trap 'kill $jobs 2>/dev/null' INT TERM
echo "fuzzing for $TIME seconds: $*"
wait

bad=0
printf '%-16s %14s %10s %8s %8s %8s\n' harness executions per-second paths crashes hangs
for name in "$@"; do
    stats=build/fuzz/$name/default/fuzzer_stats
    [ -f "$stats" ] || { echo "$name: afl-fuzz did not start:"; tail -n 20 "build/fuzz/$name/log"; bad=1; continue; }
    awk -v name="$name" '{ v[$1] = $3 }
        END { printf "%-16s %14d %10d %8d %8d %8d\n", name, v["execs_done"], v["execs_per_sec"],
              v["corpus_count"], v["saved_crashes"], v["saved_hangs"]
              exit v["saved_crashes"] + v["saved_hangs"] > 0 }' "$stats" || {
        bad=1
        find "build/fuzz/$name/default/crashes" "build/fuzz/$name/default/hangs" -name 'id*'
    }
done
exit $bad
