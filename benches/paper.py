"""Reads the fields that `benches/paper.rs` wrote with RapidOCR (the same model, PP-OCRv6 small) and with Tesseract alone, and
says how long each takes and how often it is right. One thread each; models are loaded before the clock starts. The other
readers are given shoki's own registered pages and fields; given whole pages, they must find the lines themselves, and a field
counts as right where its text stands anywhere among what they found."""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from pathlib import Path

import cv2
from rapidocr import RapidOCR

FOLDER = Path(sys.argv[1])
PX_PER_MM = 200 / 25.4
# Fields whose text stands on the paper as it is in the truth; a 個人番号 is painted over in the pictures.
PLAIN = {"person_name", "furigana", "address", "text", "digits", "phone", "postal_code", "corporate_number", "money", "code"}
NUMBERS = {"digits", "phone", "postal_code", "corporate_number", "money"}

cv2.setNumThreads(1)


def plain(text, kind):
    text = "".join(unicodedata.normalize("NFKC", text or "").split())
    return "".join(c for c in text if c.isdigit()) if kind in NUMBERS else text


def counted(page):
    return [field for field in page["fields"] if field["type"] in PLAIN and field["truth"]]


def crop(picture, field):
    x, y, w, h = (round(v * PX_PER_MM) for v in field["rect"])
    return picture[max(y, 0) : y + h, max(x, 0) : x + w]


class Tesseract:
    """Tesseract kept warm, by its C interface."""

    def __init__(self):
        self.lib = ctypes.CDLL("libtesseract.so.5")
        self.lib.TessBaseAPICreate.restype = ctypes.c_void_p
        self.lib.TessBaseAPIGetUTF8Text.restype = ctypes.c_void_p
        self.api = ctypes.c_void_p(self.lib.TessBaseAPICreate())
        self.lib.TessBaseAPISetVariable(self.api, b"debug_file", b"/dev/null")
        assert self.lib.TessBaseAPIInit3(self.api, None, b"jpn") == 0, "tesseract-ocr-jpn is not installed"

    def __call__(self, picture, lines):
        """`lines`: how many; 0: a page."""
        gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        h, w = gray.shape
        self.lib.TessBaseAPISetPageSegMode(self.api, {0: 3, 1: 7}.get(lines, 6))
        self.lib.TessBaseAPISetImage(self.api, gray.tobytes(), w, h, 1, w)
        self.lib.TessBaseAPISetSourceResolution(self.api, 200)
        text = self.lib.TessBaseAPIGetUTF8Text(self.api)
        said = ctypes.string_at(text).decode()
        self.lib.TessDeleteText(ctypes.c_void_p(text))
        return said


def program(picture, lines):
    """Tesseract as a program of its own for each field, as a script calls it."""
    cv2.imwrite(FILE, picture)
    mode = "7" if lines == 1 else "6"
    call = ["tesseract", FILE, "-", "-l", "jpn", "--psm", mode, "--dpi", "200"]
    return subprocess.run(call, capture_output=True, check=True).stdout.decode()


def joined(result):
    return "".join(result.txts or ())


one = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1, "Global.log_level": "error"}
rapid, warm = RapidOCR(params=one), Tesseract()
READERS = {
    "RapidOCR, each field": lambda picture, lines: joined(rapid(picture, use_det=True, use_cls=True)),
    "RapidOCR, each field as one line": lambda picture, lines: joined(rapid(picture, use_det=False, use_cls=False)),
    "Tesseract kept warm, each field": warm,
    "Tesseract, a program per field": program,
}

OURS = "shoki, whole pages with all their fields"
PAGES = {
    "RapidOCR, whole pages": lambda picture: joined(rapid(picture, use_det=True, use_cls=True)),
    "Tesseract, whole pages": lambda picture: warm(picture, 0),
}
took, right, total = defaultdict(float), defaultdict(int), 0


def timed(name, read, *given):
    start = time.perf_counter()
    said = read(*given)
    took[name] += time.perf_counter() - start
    return said


with tempfile.TemporaryDirectory() as folder:
    FILE = f"{folder}/field.png"
    pages = json.loads((FOLDER / "fields.json").read_text())
    for n, page in enumerate(pages):
        picture = cv2.imread(str(FOLDER / f"{n}.png"))
        fields = counted(page)
        total += len(fields)
        took[OURS] += page["seconds"]
        if n == 0:
            for read in READERS.values():
                read(crop(picture, fields[0]), 1)
        found = {name: timed(name, read, picture) for name, read in PAGES.items()}
        for field in fields:
            kind, part, truth = field["type"], crop(picture, field), plain(field["truth"], field["type"])
            right[OURS] += plain(field["shoki"], kind) == truth
            for name, text in found.items():
                right[name] += truth in plain(text, kind)
            for name, read in READERS.items():
                right[name] += plain(timed(name, read, part, field["lines"] or 1), kind) == truth

print(f"{total} filled fields of text on {len(pages)} pages, one thread")
for name, seconds in sorted(took.items(), key=lambda t: t[1]):
    print(
        f"{name:42} {seconds:7.2f} s  {1000 * seconds / total:6.1f} ms a field  "
        f"{seconds / took[OURS]:5.2f} × shoki  {100 * right[name] / total:5.1f} % right"
    )
