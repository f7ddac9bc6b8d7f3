#!/usr/bin/env bash
# Builds the Debian package, installs it on a bare Debian 12 (in a chroot), and runs the quickstart graph there.
#
#   packaging/test_deb.sh [FOLDER]    FOLDER: where the bare system is made, 4 GB (default: build/debian)
#
# CFO_DEMO names a demo corpus that is made already; without it cfo-make-demo-corpus makes it in the bare system.
# Needs root, debootstrap, dpkg-dev and Debian's mirror; says so and ends well where one of them is missing.
# Everything below FOLDER may be removed afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1:-}" in -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
skip() { echo "test_deb.sh: skipped: $1"; exit 0; }
begin() { echo "== test_deb: $1"; }

[[ $(id -u) -eq 0 ]] || skip "a chroot needs root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed (apt-get install debootstrap)"
command -v dpkg-shlibdeps >/dev/null || skip "dpkg-shlibdeps is not installed (apt-get install dpkg-dev)"
release=bookworm
mirror=${CFO_DEBIAN_MIRROR:-http://deb.debian.org/debian}
grep -q "VERSION_CODENAME=$release" /etc/os-release || skip "the package is for Debian 12, and this is another system"

folder=$(realpath -m "${1:-build/debian}")
bare=$folder/bare    # Debian and nothing else, kept for the next time
root=$folder/root    # what the package is installed in, made anew each time

begin "building the programs"
scripts/build.sh programs
begin "making the package"
rm -rf build/release/package
(cd build/release && cpack -G DEB)
package=$(ls build/release/package/cfo_*.deb)
dpkg-deb --info "$package" | sed -n '/^ Package:/,$p'

begin "making a bare Debian 12 in $folder"
mkdir -p "$folder"
if [[ ! -e $bare/.complete ]]; then
  rm -rf "$bare"
  if ! debootstrap --variant=minbase "$release" "$bare" "$mirror" >"$folder/debootstrap.log" 2>&1; then
    tail -3 "$folder/debootstrap.log" >&2
    skip "debootstrap could not make a system from $mirror (set CFO_DEBIAN_MIRROR to another mirror)"
  fi
  touch "$bare/.complete"
fi
unmount() { ! mountpoint -q "$root/proc" || umount "$root/proc"; }
unmount
rm -rf "$root"
cp -a --reflink=auto "$bare" "$root"
trap unmount EXIT
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp "$package" "$root/root/cfo.deb"

inside() {
  chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
begin "installing it there"
options=(-qq -y -o Dpkg::Use-Pty=0)
[[ -z ${CFO_DEMO:-} ]] || options+=(--no-install-recommends)
inside apt-get -qq update
inside apt-get "${options[@]}" install /root/cfo.deb >"$folder/install.log" 2>&1 || { tail -5 "$folder/install.log" >&2; exit 1; }
inside useradd --create-home researcher

# As a user who has just installed the package, in a folder of his own.
as_user() { inside setpriv --reuid=researcher --regid=researcher --clear-groups env HOME=/home/researcher "$@"; }
begin "making the demo corpus"
if [[ -n ${CFO_DEMO:-} ]]; then
  mkdir -p "$root/home/researcher/data"
  cp -a "$CFO_DEMO" "$root/home/researcher/data/demo"
else
  as_user bash -c 'cd && cfo-make-demo-corpus'
fi
begin "running the quickstart graph"
as_user bash -c 'cd && cfo-run quickstart --dry-run'
as_user bash -c 'cd && cfo-run quickstart --set cm.epochs=1 --set speech.limit=48'
[[ -s $root/home/researcher/runs/quickstart/report/index.html ]]
as_user bash -c 'cd && cfo-report runs/quickstart --output again && cfo-inspect codecs >/dev/null && cfo-weights list >/dev/null'

begin "removing it"
inside apt-get "${options[@]}" purge cfo >>"$folder/install.log" 2>&1
[[ ! -e $root/usr/share/cfo && ! -e $root/usr/bin/cfo-run ]]
echo "test_deb: $package works on a bare Debian 12."
