#!/usr/bin/env bash
# Puts the report of a finished run onto its pull request: a comment, which later runs edit in place.
#
# Runs with a token that may write, so it runs no code of the pull request: the report is data, made by whoever opened it.
# Which pull request it is about comes from the event that GitHub sent, never from the report.
#
#   REPORTS             the folder of the reports
#   GITHUB_EVENT_PATH   the event, a workflow_run
#   GITHUB_REPOSITORY, GH_TOKEN
#   GITHUB_OUTPUT       gets the pull request's number where there are results for code scanning
set -euo pipefail

marker='<!-- rehearsal: this comment is edited in place -->'
limit=65536 # bytes; GitHub takes as many characters

fail() {
  echo "::error::$1" >&2
  exit 1
}
api() { gh api -H 'Accept: application/vnd.github+json' "$@"; }

comment=$REPORTS/comment.md
# A link in the artifact could lead to any file of this machine.
if [ -L "$REPORTS" ] || [ -n "$(find "$REPORTS" -type l)" ]; then fail 'the report holds a symbolic link'; fi
[ -f "$comment" ] || fail 'the run left no comment.md'
[ "$(wc -c < "$comment")" -le $limit ] || fail "the comment is longer than $limit bytes"
[ "$(head -n 1 "$comment")" = "$marker" ] || fail 'the comment does not begin with the line that it is found by'

# Runs of forks name no pull request: it is the open one whose branch and last commit the run was about.
event() { jq -r ".workflow_run.$1 // empty" "$GITHUB_EVENT_PATH"; }
[ "$(event event)" = pull_request ] || fail 'the run was not about a pull request'
sha=$(event head_sha)
[[ $sha =~ ^[0-9a-f]{40}$ ]] || fail 'the event names no commit'
head="$(event head_repository.owner.login):$(event head_branch)"
number=$(api --method GET "repos/$GITHUB_REPOSITORY/pulls" -f state=open -f head="$head" |
  jq --arg sha "$sha" 'map(select(.head.sha == $sha))[0].number // empty')
if [ -z "$number" ]; then
  echo 'no open pull request has this commit as its last one: nothing to say'
  exit 0
fi
if [ -n "${GITHUB_OUTPUT:-}" ] && [ -f "$REPORTS/rehearsal.sarif" ]; then
  echo "number=$number" >> "$GITHUB_OUTPUT"
fi

id=$(api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments?per_page=100" |
  jq --arg marker "$marker" --slurp '
    add | map(select(.user.login == "github-actions[bot]" and (.body | startswith($marker))))[0].id // empty')
body=$(mktemp)
trap 'rm -f "$body"' EXIT
jq --null-input --rawfile body "$comment" '{$body}' > "$body"
if [ -n "$id" ]; then
  api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --input "$body" > /dev/null
else
  api --method POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" --input "$body" > /dev/null
fi
