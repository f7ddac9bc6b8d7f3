#!/usr/bin/env bash
# Installs the Debian packages CFO needs. Does nothing, at once, when all of them are there.
#
#   scripts/install_packages.sh            what the build needs
#   scripts/install_packages.sh --demo     ... and the demo speech with ffmpeg to decode it
#   scripts/install_packages.sh --test     ... and what the tests that read results from Python need
#
# Runs as root, or with sudo.
set -euo pipefail

build=(
  g++ cmake ninja-build pkg-config ccache
  libtorch-dev libopenblas0-pthread libtbb-dev libhdf5-dev libsndfile1-dev libmpg123-dev libflac-dev libsoxr-dev
  libyaml-cpp-dev libfmt-dev libcli11-dev nlohmann-json3-dev libssl-dev libcurl4-openssl-dev libarchive-dev libutf8proc-dev doctest-dev
  librsvg2-dev fonts-dejavu-core
)
demo=(
  ffmpeg
  asterisk-core-sounds-en-g722 asterisk-core-sounds-es-g722 asterisk-core-sounds-fr-g722
  asterisk-core-sounds-it-g722 asterisk-core-sounds-ru-g722
)
test=(ffmpeg python3 python3-h5py python3-numpy python3-torch)

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; }

wanted=("${build[@]}")
for option in "$@"; do
  case "$option" in
    --demo) wanted+=("${demo[@]}") ;;
    --test) wanted+=("${test[@]}") ;;
    -h | --help) usage; exit 0 ;;
    *) echo "install_packages.sh: unknown option '$option'; known: --demo, --test, --help" >&2; exit 2 ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install_packages.sh: this system has no apt; install the counterparts of: ${wanted[*]}" >&2
  exit 1
fi

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  elif command -v sudo >/dev/null; then
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else
    echo "install_packages.sh: needs root or sudo to install: ${missing[*]}" >&2
    exit 1
  fi
}

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' || true)
mapfile -t missing < <(printf '%s\n' "${wanted[@]}" | sort -u | comm -23 - <(sort -u <<<"$installed"))
if [[ ${#missing[@]} -eq 0 ]]; then
  exit 0
fi

# Another apt may be at work (a fresh machine updates itself): wait for its lock instead of failing.
apt=(apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0)
echo "Installing ${#missing[@]} packages: ${missing[*]}"
as_root "${apt[@]}" update
as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
echo "Installed."
