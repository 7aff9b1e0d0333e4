"""The records in the Parquet files that dlt wrote into a folder, as lines of JSON."""

import json
import pathlib
import sys

import pyarrow.parquet

for file in pathlib.Path(sys.argv[1], "data/nxlink/records").glob("*.parquet"):
    for row in pyarrow.parquet.read_table(file).to_pylist():
        # an absent key and a null are the same in a column, so that neither is held against it
        record = {k: v for k, v in row.items() if v is not None and not k.startswith("_dlt_")}
        if "template" in record:
            record["template"] = json.loads(record["template"])
        print(json.dumps(record, ensure_ascii=False, default=str))
