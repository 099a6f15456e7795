"""Writes the broken and unusable Parquet files beside this script (pyarrow; the files are committed).

tests/it/bad_data.rs holds the message for each of them, and fails for a file without one.
"""

import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent


def write(name, columns, **options):
    pq.write_table(pa.table(columns), HERE / name, **options)
    return (HERE / name).read_bytes()


plain = {"compression": "none", "use_dictionary": False, "write_statistics": False, "store_schema": False}
good = write("cut_off.parquet", {"id": pa.array([1, 2, 3]), "x": pa.array([1.5, 2.5, 3.5])}, **plain)

# --- not Parquet, or no longer ---
(HERE / "cut_off.parquet").write_bytes(good[: len(good) // 2])
(HERE / "empty.parquet").write_bytes(b"")
(HERE / "csv_text.parquet").write_bytes(b"id,recency,monetary\n1,3,20.5\n2,8,11.0\n")
(HERE / "magic_only.parquet").write_bytes(b"PAR1PAR1")
(HERE / "encrypted.parquet").write_bytes(good[:-4] + b"PARE")
footer = int.from_bytes(good[-8:-4], "little")
(HERE / "footer_rubbish.parquet").write_bytes(good[: -8 - footer] + b"\xff" * footer + good[-8:])
(HERE / "footer_too_long.parquet").write_bytes(good[:-8] + (1 << 30).to_bytes(4, "little") + b"PAR1")
# The page of x follows that of id; both begin with a Thrift header whose first field is the page type.
x_page = pq.ParquetFile(pa.BufferReader(good)).metadata.row_group(0).column(1).data_page_offset
(HERE / "page_header.parquet").write_bytes(good[:x_page] + b"\xff" * 8 + good[x_page + 8 :])
packed = write("page_zstd.parquet", {"x": pa.array([float(i % 9) for i in range(400)])}, **plain | {"compression": "zstd"})
at = packed.index(b"\x28\xb5\x2f\xfd")
(HERE / "page_zstd.parquet").write_bytes(packed[: at + 4] + b"\xff" * 16 + packed[at + 20 :])

# One bit of a value, in a page that says what its bytes add up to.
values = pa.array([float(i) + 0.5 for i in range(50)])
summed = write("page_checksum.parquet", {"id": pa.array(range(50)), "x": values}, **plain | {"write_page_checksum": True})
at = summed.index(values.slice(20, 3).to_numpy().tobytes())
(HERE / "page_checksum.parquet").write_bytes(summed[: at + 6] + bytes([summed[at + 6] ^ 0x40]) + summed[at + 7 :])

# --- sound Parquet that cannot become customers ---
write("no_rows.parquet", {"x": pa.array([], pa.float64())}, **plain)
write("no_columns.parquet", {}, **plain)
write("text_only.parquet", {"name": pa.array(["a", "b"])}, **plain)
write("nested_only.parquet", {"basket": pa.array([[1], [2, 3]])}, **plain)
write("all_null.parquet", {"x": pa.array([None, float("nan"), float("inf")], pa.float64())}, **plain)
same = pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["x", "x"])
pq.write_table(same, HERE / "same_name.parquet", **plain)

# --- ids ---
write("null_id.parquet", {"customer_id": pa.array(["a", None, "c"]), "x": pa.array([1.0, 2.0, 3.0])}, **plain)
write("repeated_id.parquet", {"customer_id": pa.array([7, 8, 9, 8]), "x": pa.array([1.0, 2.0, 3.0, 4.0])}, **plain)
