#!/usr/bin/env bash
# Makes the file tree of the sandbox's container image, OUT_DIR/rootfs, without a container engine.
# Then: docker build -f packaging/Dockerfile OUT_DIR
#
# usage: scripts/image.sh OUT_DIR
#   SANDBOX_BINARY   the static binary; otherwise target/x86_64-unknown-linux-musl/release/gluedeck-sandbox
set -euo pipefail
# Another user than the one who makes the tree must be able to read it.
umask 022

fail() {
  echo "image.sh: $*" >&2
  exit 1
}

if [ $# -ne 1 ]; then
  echo "usage: scripts/image.sh OUT_DIR" >&2
  exit 2
fi
out=$1
root=$(cd "$(dirname "$0")/.." && pwd)
target_dir=${CARGO_TARGET_DIR:-$root/target}
binary=${SANDBOX_BINARY:-$target_dir/x86_64-unknown-linux-musl/release/gluedeck-sandbox}

[ -f "$binary" ] || fail "$binary is not there; scripts/dist.sh x86_64-unknown-linux-musl builds it"
# ldd says "not a dynamic executable" of a script, too.
[ "$(head -c 4 "$binary" | od -An -tx1 | tr -d ' \n')" = 7f454c46 ] || fail "$binary is not an ELF binary"
# It fails where it finds nothing dynamic; what it says is what counts.
linked=$(LC_ALL=C ldd "$binary" 2>&1) || true
case $linked in
  *"not a dynamic executable"* | *"statically linked"*) ;;
  *) fail "$binary is not static, and the image has no libraries: $linked" ;;
esac
# ldd takes a binary of another architecture for static, whatever it is.
if command -v readelf >/dev/null; then
  headers=$(LC_ALL=C readelf --program-headers --wide "$binary")
  case $headers in
    *INTERP*) fail "$binary is not static, and the image has no libraries: it asks for a dynamic loader" ;;
  esac
fi

rootfs=$out/rootfs
rm -rf "$rootfs"
mkdir -p "$rootfs/etc"
install -m 755 "$binary" "$rootfs/gluedeck-sandbox"
install -m 644 "$root/LICENSE" "$rootfs/LICENSE"
echo 'sandbox:x:65532:65532:sandbox:/tmp:/sbin/nologin' >"$rootfs/etc/passwd"
echo 'sandbox:x:65532:' >"$rootfs/etc/group"
# Where the sandbox keeps its lake, unless it is told otherwise.
mkdir "$rootfs/tmp"
chmod 1777 "$rootfs/tmp"

bytes=$(find "$rootfs" -type f -exec cat {} + | wc -c)
awk -v tree="$rootfs" -v bytes="$bytes" 'BEGIN { printf "%s: %.1f MB (%d bytes)\n", tree, bytes / 1e6, bytes }'
