#!/bin/sh
# replay.sh HARNESS CORPUS: every file of the corpus through the harness, each counted as a test.
set -u

harness=$1
corpus=$2
passed=0
failed=0
for file in "$corpus"/*; do
    [ -f "$file" ] || continue
    if "$harness" "$file" >"$harness.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $harness $file"
        cat "$harness.log"
    fi
done
echo "  TEST $(basename "$harness"): $passed files passed, $failed failed"
[ "$passed$failed" != 00 ] || { echo "$corpus has no file"; failed=1; }
[ -z "${RESULTS:-}" ] || echo "fuzz-replay $passed $failed 0" >>"$RESULTS"
[ "$failed" = 0 ]
