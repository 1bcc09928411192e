#!/usr/bin/env bash
# Rehearses the migrations of the folder it runs in, and leaves the reports in a folder. Exits as the rehearsal does.
#
#   XTASK     the program
#   REPORTS   where the reports go
#   BASE      the revision to compare with; empty: the merge base with the branch that the pull request goes to
#   ARGUMENTS further arguments of `cargo xtask check`, one a line
set -euo pipefail

mkdir -p "$REPORTS"
arguments=()
while IFS= read -r argument; do
  if [ -n "$argument" ]; then arguments+=("$argument"); fi
done <<< "${ARGUMENTS:-}"

status=0
"$XTASK" check --base="${BASE:-}" "${arguments[@]}" --format github \
  --output text="$REPORTS/report.txt" \
  --output markdown="$REPORTS/comment.md" \
  --output sarif="$REPORTS/all.sarif" \
  --output junit="$REPORTS/junit.xml" || status=$?

if [ "$status" -gt 1 ]; then
  printf '%s\n### The migrations could not be rehearsed\n\nThe log of the run says why, and what to do.\n' \
    '<!-- rehearsal: this comment is edited in place -->' > "$REPORTS/comment.md"
else
  cat "$REPORTS/report.txt"
  # GitHub shows suppressed results as open alerts, and tells alerts apart by this fingerprint alone.
  jq '.runs[].results |= map(
        select(.suppressions == null)
        | .partialFingerprints.primaryLocationLineHash = .partialFingerprints["rehearsal/v1"] + ":1"
      )' "$REPORTS/all.sarif" > "$REPORTS/rehearsal.sarif"
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$REPORTS/comment.md" >> "$GITHUB_STEP_SUMMARY"; fi
exit "$status"
