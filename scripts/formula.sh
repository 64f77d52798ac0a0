#!/usr/bin/env bash
# Prints the Homebrew formula of a release, with the checksums that lie beside its archives.
#
# usage: scripts/formula.sh VERSION REPOSITORY DIST_DIR > gluedeck.rb
set -euo pipefail

fail() {
  echo "formula.sh: $*" >&2
  exit 1
}

if [ $# -ne 3 ]; then
  echo "usage: scripts/formula.sh VERSION REPOSITORY DIST_DIR > gluedeck.rb" >&2
  exit 2
fi
version=$1
repository=${2%/}
dist=$3
template=$(cd "$(dirname "$0")/.." && pwd)/packaging/homebrew/gluedeck.rb.in

# Both go into a sed script and into Ruby strings.
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*$ ]] || fail "\"$version\" is not a version such as 1.2.3"
[[ $repository =~ ^https://[0-9A-Za-z._~/-]+$ ]] || fail "\"$repository\" is not the https address of a repository"

edits=(-e "s|@VERSION@|$version|g" -e "s|@REPOSITORY@|$repository|g")
for target in {x86_64,aarch64}-{apple-darwin,unknown-linux-musl}; do
  file=$dist/gluedeck-v$version-$target.tar.gz.sha256
  [ -f "$file" ] || fail "$file is missing"
  read -r sum _ <"$file" || fail "$file is empty"
  [[ $sum =~ ^[0-9a-f]{64}$ ]] || fail "$file does not begin with a SHA-256 checksum"
  placeholder=$(tr 'a-z-' 'A-Z_' <<<"$target")
  edits+=(-e "s|@SHA256_$placeholder@|$sum|g")
done

formula=$(sed "${edits[@]}" "$template")
if left=$(grep -o '@[A-Z0-9_]*@' <<<"$formula"); then
  fail "nothing fills in $(tr "\n" " " <<<"$left")of $template"
fi
printf '%s\n' "$formula"
