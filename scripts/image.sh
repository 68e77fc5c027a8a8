#!/bin/sh
# The steps of the image, called by the Dockerfile: `image.sh packages`, then `image.sh project FOLDER`. `image.sh root FOLDER` makes
# a root with Debian 12 and Node in it and runs them there, for machines without Docker (docs/reproduce.md).
set -eu

mirror="${MIRROR:-http://deb.debian.org/debian}"

# Exact versions. A mirror keeps only the newest of each; older ones are on https://snapshot.debian.org.
VULKAN="${VULKAN:-1.3.239.0-1}"
MESA="${MESA:-25.0.7-2~bpo12+1}"

packages() {
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

# Needs root, debootstrap and git. The root gets the Node that runs here, and the committed files of this project as /app.
root() {
  debootstrap --variant=minbase bookworm "$1" "$mirror"
  cp -L /etc/resolv.conf "$1/etc/resolv.conf"
  mkdir -p "$1/usr/local/lib/node_modules" "$1/app"
  cp -L "$(command -v node)" "$1/usr/local/bin/node"
  cp -a "$(npm root -g)/npm" "$1/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
  cp "$0" "$1/usr/local/bin/image.sh"
  git -C "$(dirname "$0")/.." archive HEAD | tar -x -C "$1/app"
  root="$1"
  # A proxy may sign with a certificate of its own.
  [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || install -D -m 644 "$NODE_EXTRA_CA_CERTS" "$root$NODE_EXTRA_CA_CERTS"
  mount -t proc proc "$root/proc"
  trap 'umount "$root/proc"' EXIT
  # The locale of the caller may not exist there.
  LC_ALL=C.UTF-8 chroot "$1" image.sh packages
  LC_ALL=C.UTF-8 chroot "$1" image.sh project /app
}

case "${1:-}" in
  packages) packages ;;
  project) project "${2:?the folder of the project is missing}" ;;
  root) root "${2:?the folder of the root is missing}" ;;
  *) echo "Usage: image.sh packages | image.sh project FOLDER | image.sh root FOLDER" >&2; exit 2 ;;
esac
