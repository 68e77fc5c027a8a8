#!/bin/sh
# The steps of the image, called by the Dockerfile: `image.sh packages`, then `image.sh project FOLDER`. They also run in any
# other root with Debian 12 and Node in it (docs/reproduce.md).
set -eu

# Exact versions. A mirror keeps only the newest of each; older ones are on https://snapshot.debian.org.
VULKAN="${VULKAN:-1.3.239.0-1}"
MESA="${MESA:-25.0.7-2~bpo12+1}"

packages() {
  mirror="${MIRROR:-http://deb.debian.org/debian}"
  cat > /etc/apt/sources.list.d/bookworm-backports.sources <<SOURCES
Types: deb
URIs: $mirror
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends -t bookworm-backports "mesa-vulkan-drivers=$MESA"
  apt-get install -y --no-install-recommends "libvulkan1=$VULKAN"
  rm -rf /var/lib/apt/lists/*
}

project() {
  cd "$1"
  npm ci --no-audit --no-fund
  npm cache clean --force
  # Both are built now, since the image has no network when it runs. The second command also checks the committed ledger.
  node -e "import('./scripts/lib/build.mjs').then(({ build }) => build('page'))"
  node scripts/cli.mjs claims --check
}

case "${1:-}" in
  packages) packages ;;
  project) project "${2:?the folder of the project is missing}" ;;
  *) echo "Usage: image.sh packages | image.sh project FOLDER" >&2; exit 2 ;;
esac
