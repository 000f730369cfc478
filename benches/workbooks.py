"""Writes and reads the table of `benches/rules.rs` (`workbook`) with openpyxl, each way it has."""

import datetime
import sys
import tempfile
import time

import openpyxl

LINES = int(sys.argv[1])
DAY = (datetime.date(2026, 11, 18), datetime.date(2026, 11, 19))


def line(row):
    values = [f"値{n}-{row}" for n in range(14)]
    values[1], values[2], values[9] = DAY[0], DAY[1], 10_000 + row
    return values


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def write(only):
    book = openpyxl.Workbook(write_only=only)
    sheet = book.create_sheet("表") if only else book.active
    sheet.append([f"列{n}" for n in range(14)])
    for row in range(LINES):
        sheet.append(line(row))
    book.save(PATH)


def read(only):
    book = openpyxl.load_workbook(PATH, read_only=only)
    rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    assert len(rows) == LINES + 1, len(rows)


with tempfile.TemporaryDirectory() as folder:
    PATH = f"{folder}/t.xlsx"
    for name, only in (("usual", False), ("streaming", True)):
        print(f"openpyxl {openpyxl.__version__} {name}: write {timed(lambda: write(only)):.3f} read {timed(lambda: read(only)):.3f}", flush=True)
