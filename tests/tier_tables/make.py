"""Writes the workbooks of this folder: `pip install openpyxl==3.1.5`, then `python make.py`.

tiers.xlsx holds the customers 1000 to 1239 of the tests' shop with a tier each, every tenth without one.
"""

from pathlib import Path

from openpyxl import Workbook

FOLDER = Path(__file__).parent


def tier(i):
    return None if i % 10 == 0 else "CBA"[i % 3]


def save(name, rows, top=1, left=1, before=None):
    book = Workbook()
    sheet = book.active
    if before:
        sheet.title = before
        sheet.append(["what", "who"])
        sheet = book.create_sheet("tiers")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.cell(top + r, left + c, value)
    book.save(FOLDER / f"{name}.xlsx")


customers = [(1000 + i, tier(i)) for i in range(240)]
save("tiers", [("customer", "grade"), *customers])
save("second_sheet", [("customer", "grade"), *customers], before="notes")
save("moved", [("customer", "grade"), *customers], top=4, left=3)
save("ids_as_text", [("customer", "grade"), *[(f"{i:05}", t) for i, t in customers]])
save("error_cell", [("customer", "grade"), (1000, "A"), (1001, "#N/A")])
save("unnamed", [("customer", None, "grade"), (1000, 5, "A")])
save("named_twice", [("customer", "grade", "grade"), (1000, "A", "B")])
save("only_blank", [(None, " ")])
(FOLDER / "not_a_workbook.xlsx").write_text("customer,grade\n1000,A\n")
(FOLDER / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
