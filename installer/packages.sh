#!/bin/sh
# Installs the Debian packages that building, running and testing need; a second call costs nothing.
#
#   sh installer/packages.sh
set -eu

build="build-essential pkg-config clang libclang-dev libtesseract-dev libleptonica-dev ca-certificates"
# fonts: Chromium shows Japanese with them, and the paper forms are drawn with them
run="tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert chromium chromium-driver fonts-noto-cjk fonts-ipafont"
# tests start a PostgreSQL server and an IMAP server of their own; offices with one machine need none. strace lets disks fail
# under the program, iproute2 takes networks down
test="postgresql strace dovecot-imapd iproute2"
# wheels are fetched with pip and opened with python3
fetch="python3 python3-pip"

fail() {
    echo "エラー: $1" >&2
    exit 3
}

command -v dpkg-query >/dev/null || fail "この手順は Debian 12 用です。必要なもの: $build $run $test $fetch"

there=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' $build $run $test $fetch 2>/dev/null | awk '$2 == "ii" { print $1 }')
missing=""
for name in $build $run $test $fetch; do
    printf '%s\n' "$there" | grep -qx "$name" || missing="$missing $name"
done
if [ -z "$missing" ]; then
    echo "Debian packages: already there"
    exit 0
fi

[ "$(id -u)" = 0 ] || fail "次のパッケージを入れるために root で実行してください:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q || apt-get update -q || fail "パッケージの一覧を取得できません。ネットワークと時計を確かめてください。"
# The servers are started by the tests that need them; installing them opens no port on this machine.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get install -q -y --no-install-recommends $missing || fail "パッケージを入れられません:$missing"
echo "Debian packages: ready"
