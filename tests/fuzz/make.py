"""Writes the Parquet, CSV and XLSX files of the corpus; `python make.py` in this folder, with pyarrow and numpy."""
import datetime, decimal
import numpy as np, pyarrow as pa, pyarrow.parquet as pq

r = np.random.default_rng(7)
n = 60
b = r.integers(0, 2, n)
plain = pa.table({
    "id": [f"C{i:03d}" for i in range(n)],
    "visits": b * 9 + r.normal(0, 1, n),
    "spend": pa.array(np.round(b * 50 + r.normal(9, 2, n), 2), mask=r.random(n) < .1),
    "region": r.choice(["north", "south", "east"], n),
    "tier": r.choice(["A", "B"], n),
})
pq.write_table(plain, "corpus/parquet/snappy.parquet")
pq.write_table(plain, "corpus/parquet/v2.parquet", data_page_version="2.0", compression="zstd", use_dictionary=False,
               column_encoding={"id": "DELTA_BYTE_ARRAY", "visits": "BYTE_STREAM_SPLIT", "spend": "PLAIN", "region": "DELTA_LENGTH_BYTE_ARRAY", "tier": "PLAIN"})
pq.write_table(plain, "corpus/parquet/groups.parquet", row_group_size=17, compression="gzip", write_page_checksum=True)
day = datetime.date(2024, 1, 31)
kinds = pa.table({
    "key": pa.array([bytes([i, 255 - i]) for i in range(n)], pa.binary(2)),
    "whole": pa.array(range(n), pa.uint8()),
    "cents": pa.array([decimal.Decimal(i) / 4 for i in range(n)], pa.decimal128(12, 2)),
    "day": [day + datetime.timedelta(int(i)) for i in r.integers(0, 900, n)],
    "moment": pa.array([datetime.datetime(2024, 1, 1, 12, i) for i in range(n)], pa.timestamp("us", "UTC")),
    "yes": r.random(n) < .5,
    "half": pa.array(r.normal(0, 1, n).astype(np.float16), pa.float16()),
    "category": pa.array(r.choice(["x", "y"], n)).dictionary_encode(),
    "list": [[i, i] for i in range(n)],
    "written": [f"{i},{i:02d} €" for i in range(n)],
    "bytes": pa.array([f"b{i % 5}".encode() for i in range(n)], pa.binary()),
    "long": ["x" * (3_000 if i == 9 else 3) for i in range(n)],
})
pq.write_table(kinds, "corpus/parquet/kinds.parquet", compression="brotli")
pq.write_table(kinds, "corpus/parquet/int96.parquet", compression="none", use_deprecated_int96_timestamps=True)

lines = pa.table({
    "customer_id": r.choice(["a", "b", "c"], n),
    "order_id": [f"{'C' if i % 11 == 0 else ''}{i // 3}" for i in range(n)],
    "date": [str(day + datetime.timedelta(int(i))) for i in r.integers(0, 300, n)],
    "quantity": r.integers(-2, 9, n),
    "price": np.round(r.gamma(2, 9, n), 2),
    "product": r.choice(["tea", "milk"], n),
})
pq.write_table(lines, "corpus/transactions/lines.parquet")
pq.write_table(lines.drop_columns(["quantity", "price"]).append_column("amount", pa.array([f"{i},50" for i in range(n)])),
               "corpus/transactions/amounts.parquet", use_dictionary=False, compression="none")

open("corpus/tiers/tiers.csv", "w").write("id,tier\n" + "".join(f"C{i:03d},{'AB'[i % 2]}\n" for i in range(20)))
open("corpus/tiers/quoted.csv", "w", encoding="utf-16").write('客户;等级\n"C""0;1";甲\nC002;\n')
