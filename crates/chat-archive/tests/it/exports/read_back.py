"""Reads messages.parquet, messages.db and messages.csv with other programs, and compares each value
with messages.jsonl."""

import csv
import datetime
import json
import re
import sqlite3

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet

INSTANTS = {
    "sent_at": "sent_at_ms",
    "updated_at": "updated_at_ms",
    "received_at": "received_at_ms",
    "read_at": "read_at_ms",
    "recalled_at": "recalled_at_ms",
    "first_seen": "first_seen_ms",
    "last_seen": "last_seen_ms",
}
LISTS = ["recipients", "attachments", "reactions"]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def expected():
    rows = []
    with open("messages.jsonl", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            row = json.loads(line)
            sender = row.pop("sender") or {}
            for part in ("id", "name", "kind"):
                row["sender_" + part] = sender.get(part)
            # its bytes are the last value of the line
            row["raw"] = re.search(r'"last_seen_ms":\d+,"raw":(.*)}$', line.rstrip("\n"), re.S).group(1)
            rows.append(row)
    return rows


def compare(reader, rows, wanted, columns):
    assert len(rows) == len(wanted) > 50, (reader, len(rows), len(wanted))
    for row, want in zip(rows, wanted):
        for column in columns:
            name = INSTANTS.get(column, column)
            value = row[column]
            if column in INSTANTS and value is not None and not isinstance(value, int):
                assert value.tzinfo is not None, (reader, column, "no zone")
                value = round((value - EPOCH) / datetime.timedelta(milliseconds=1))
            if column in LISTS:
                value = json.loads(value)
            assert value == want[name], (reader, column, str(value)[:99], str(want[name])[:99])
    print(f"{reader}: {len(rows)} rows, {len(columns)} columns")


def none_for_missing(value):
    return None if isinstance(value, type(pandas.NaT)) or value is pandas.NA or value != value else value


wanted = expected()
columns = [name for name in pyarrow.parquet.read_schema("messages.parquet").names if name != "sent_offset_minutes"]
assert set(wanted[0]) - {"sent_at_ms"} <= set(columns) | set(INSTANTS.values()), columns

table = pyarrow.parquet.read_table("messages.parquet")
for column in INSTANTS:
    assert table.schema.field(column).type == pyarrow.timestamp("ms", tz="UTC"), column
compare("pyarrow", table.to_pylist(), wanted, columns)

relation = duckdb.sql("SELECT * FROM 'messages.parquet'")
types = dict(zip(relation.columns, map(str, relation.types)))
assert types["sent_at"] == "TIMESTAMP WITH TIME ZONE", types
assert types["raw"] == types["text"] == "VARCHAR", types
# as a Python value, DuckDB gives such an instant only with one more package
millis = ", ".join(f"epoch_ms({column}) AS {column}" for column in INSTANTS)
relation = duckdb.sql(f"SELECT * REPLACE ({millis}) FROM 'messages.parquet'")
rows = [dict(zip(relation.columns, row)) for row in relation.fetchall()]
compare("duckdb", rows, wanted, columns)

frame = pandas.read_parquet("messages.parquet")
assert str(frame["sent_at"].dtype) == "datetime64[ms, UTC]", frame.dtypes
rows = [{k: none_for_missing(v) for k, v in row.items()} for row in frame.to_dict("records")]
compare("pandas", rows, wanted, columns)

frame = polars.read_parquet("messages.parquet")
assert frame.schema["sent_at"] == polars.Datetime("ms", "UTC"), frame.schema
compare("polars", frame.to_dicts(), wanted, columns)

database = sqlite3.connect("messages.db")
database.row_factory = sqlite3.Row
rows = [dict(row) for row in database.execute("SELECT * FROM messages ORDER BY number")]
ids = [row["id"] for row in rows]
newest = {}
for line in wanted:
    newest.setdefault((line["id"], line["text"], line["version"]), line)
kept = [newest[row["id"], row["text"], row["version"]] for row in rows]
assert len(set(ids)) == len(ids)
plain = [name for name in rows[0] if name not in ("number", "conversation")]
assert len(rows) > 50
for row, want in zip(rows, kept):
    for column in plain:
        assert row[column] == want[column], ("sqlite3", column)
print(f"sqlite3: {len(rows)} rows, {len(plain)} columns")

csv.field_size_limit(1 << 24)
with open("messages.csv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
assert len(rows) == len(wanted)
for row, want in zip(rows, wanted):
    for column, cell in row.items():
        value = want[column]
        if isinstance(value, int):
            value = str(value)
        else:
            cell = cell.removeprefix("'")
        if column in LISTS:
            cell = json.loads(cell)
        assert cell == ("" if value is None else value), ("csv", column, cell[:99], str(value)[:99])
print(f"csv: {len(rows)} rows")
