#!/bin/sh
# Makes the picture of the READMEs anew: a doubtful reading beside its crop, and the ledger as LibreOffice shows it.
# Needs, besides what demo.sh installs: libreoffice-calc, poppler-utils.
#
#   sh installer/pictures.sh
set -eu
cd "$(dirname "$0")/.."
for tool in libreoffice pdftoppm chromium; do
    command -v "$tool" >/dev/null || {
        echo "エラー: $tool がありません。apt-get install libreoffice-calc poppler-utils chromium を実行してください。" >&2
        exit 3
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
shoki=target/debug/shoki
"$shoki" demo --keep "$work/demo" >/dev/null || [ $? -eq 2 ]
"$shoki" checks --office "$work/demo" >"$work/checks.txt"
ledger=$(find "$work/demo/出力" -name '*.xlsx' | head -1)
libreoffice --headless --convert-to pdf --outdir "$work" "$ledger" >/dev/null 2>&1
pdftoppm -r 110 -f 1 -l 1 -png "$work/$(basename "$ledger" .xlsx).pdf" "$work/ledger"
cp "$work"/ledger*.png "$work/ledger.png"
python3 - "$work" <<'PY'
import html, pathlib, re, sys
work = pathlib.Path(sys.argv[1])
blocks = re.split(r"\n(?=    \S)", (work / "checks.txt").read_text())
shown = []
for block in blocks:
    field = re.match(r"    (\S+)  読取値: (.*)", block)
    crop = re.search(r"画像: (.*)", block)
    reason = re.findall(r"\n        (?!画像|候補)(.*)", block)
    if field and crop and len(shown) < 3 and field[2].strip() not in ("（空欄）", "（なし）"):
        shown.append((field[1], field[2], crop[1], reason))
cards = "".join(
    f"<div class=card><img src='file://{c}'><div><b>{html.escape(f)}</b><p class=v>{html.escape(v)}</p>"
    + "".join(f"<p>{html.escape(r)}</p>" for r in rs) + "</div></div>"
    for f, v, c, rs in shown)
(work / "page.html").write_text(f"""<!doctype html><meta charset=utf-8><style>
body {{ margin: 28px; font-family: 'Noto Sans CJK JP', sans-serif; color: #222; background: #f4f5f7 }}
h2 {{ font-size: 17px; margin: 0 0 10px; color: #1f3a5f }} section {{ background: #fff; padding: 18px 22px; margin-bottom: 18px; border: 1px solid #d9dde3 }}
.card {{ display: flex; gap: 22px; align-items: center; padding: 8px 0; border-top: 1px solid #eceff3 }} .card img {{ height: 64px; border: 1px solid #bbb }}
.card p {{ margin: 2px 0; font-size: 13px; color: #666 }} .card .v {{ font-size: 20px; color: #111 }} .ledger {{ height: 460px; overflow: hidden }} .ledger img {{ width: 104%; margin: -30px -2% 0 }}
</style><section><h2>職員が確かめる読み取り（画像・読取値・理由）</h2>{cards}</section>
<section><h2>できあがった発送簿</h2><div class=ledger><img src='file://{work}/ledger.png'></div></section>""")
PY
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files --window-size=1300,1010 \
    --screenshot="$PWD/installer/pictures/overview.png" "file://$work/page.html" >/dev/null 2>&1
echo "installer/pictures/overview.png"
