#!/bin/sh
# coverage.sh FOLDER: what share of the lines and branches of src/ the programs built in FOLDER with
# MODE=coverage have reached since their counters were last removed.
set -eu

find "$1/obj/src" -name '*.gcno' | sort | while read -r notes; do
    gcov -b -n "$notes" 2>/dev/null
done | awk '
    # "File ..." begins a file, an empty line ends it; headers come once for each that includes them.
    /^File / { file = $2; gsub("\047", "", file); keep = file ~ /^src\/.*\.c$/ }
    keep && /^Lines executed:/ { split($0, f, /[:% ]+/); lines[file] = f[5]; hit[file] = f[3] * f[5] / 100 }
    keep && /^Taken at least once:/ { split($0, f, /[:% ]+/); branches[file] = f[7]; taken[file] = f[5] * f[7] / 100 }
    END {
        printf "%-34s %8s %8s\n", "share reached, percent", "lines", "branches"
        for (name in lines) {
            printf "  %-32s %8.1f %8s\n", name, 100 * hit[name] / lines[name],
                branches[name] ? sprintf("%.1f", 100 * taken[name] / branches[name]) : "-" | "sort"
            all += lines[name]; reached += hit[name]
            every += branches[name]; went += taken[name]
        }
        close("sort")
        if (all && every) {
            printf "  %-32s %8.1f %8.1f\n", "src", 100 * reached / all, 100 * went / every
        }
    }'
