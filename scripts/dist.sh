#!/usr/bin/env bash
# Makes the archive of a release for one target: both binaries, completions, man page, and the archive's checksum.
#
# usage: scripts/dist.sh TARGET [OUT_DIR]
#   GLUEDECK_HOST_BINARY   a gluedeck of this version that runs here; writes completions and man page in a cross build
#   SOURCE_DATE_EPOCH      the time of the files in the archive; otherwise that of the last commit
set -euo pipefail
# The modes in the archive must not depend on who makes it.
umask 022

fail() {
  echo "dist.sh: $*" >&2
  exit 1
}

absolute() {
  case $1 in
    /*) echo "$1" ;;
    *) echo "$PWD/$1" ;;
  esac
}

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "usage: scripts/dist.sh TARGET [OUT_DIR]" >&2
  exit 2
fi
target=$1
root=$(cd "$(dirname "$0")/.." && pwd)
# Paths are relative to where the caller stands.
out=$(absolute "${2:-$root/target/dist}")
host_binary=${GLUEDECK_HOST_BINARY:-}
[ -z "$host_binary" ] || host_binary=$(absolute "$host_binary")
cd "$root"

version=$(sed -n '/^\[workspace\.package\]/,/^\[/s/^version *= *"\([^"]*\)".*/\1/p' Cargo.toml)
[ -n "$version" ] || fail "Cargo.toml has no version in [workspace.package]"
name=gluedeck-v$version-$target

cargo build --release --locked --target "$target" -p gluedeck -p gluedeck-sandbox
built=${CARGO_TARGET_DIR:-target}/$target/release

# The binary itself knows its completions and its man page.
writer=$built/gluedeck
if ! "$writer" --version >/dev/null 2>&1; then
  [ -n "$host_binary" ] || fail "$writer does not run on this machine, so that it cannot write its completions and" \
    "man page; set GLUEDECK_HOST_BINARY to a gluedeck $version that does"
  writer=$host_binary
  said=$("$writer" --version) || fail "GLUEDECK_HOST_BINARY ($writer) does not run on this machine either"
  [ "$said" = "gluedeck $version" ] || fail "GLUEDECK_HOST_BINARY is \"$said\", not \"gluedeck $version\""
fi

# Always here, whatever OUT_DIR is: the Debian package takes them from this path.
assets=target/dist/assets
rm -rf "$assets"
mkdir -p "$assets/completions" "$assets/man"
"$writer" completions bash >"$assets/completions/gluedeck.bash"
"$writer" completions zsh >"$assets/completions/_gluedeck"
"$writer" completions fish >"$assets/completions/gluedeck.fish"
"$writer" man >"$assets/man/gluedeck.1"

mkdir -p "$out"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
top=$stage/$name
mkdir "$top"
install -m 755 "$built/gluedeck" "$built/gluedeck-sandbox" "$top"
install -m 644 README.md LICENSE CHANGELOG.md "$top"
cp -R "$assets/completions" "$assets/man" "$top"

tar=tar
if command -v gtar >/dev/null; then
  tar=gtar
fi
archive=$name.tar.gz
case $("$tar" --version 2>/dev/null) in
  *"GNU tar"*)
    # The same commit makes the same archive.
    if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
      SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) || fail "there is no commit to take the time from: set SOURCE_DATE_EPOCH"
    fi
    "$tar" --create --directory "$stage" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner \
      --mtime="@$SOURCE_DATE_EPOCH" "$name" | gzip -n -9 >"$out/$archive"
    ;;
  *)
    # Or macOS adds a file of extended attributes beside each.
    COPYFILE_DISABLE=1 "$tar" -c -C "$stage" -f - "$name" | gzip -n -9 >"$out/$archive"
    ;;
esac

cd "$out"
if command -v sha256sum >/dev/null; then
  sha256sum "$archive" >"$archive.sha256"
else
  shasum -a 256 "$archive" >"$archive.sha256"
fi
echo "$out/$archive"
