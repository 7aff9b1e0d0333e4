"""dlt: its REST API source, loaded into Parquet files.

Without options it is what the guide of the source shows. `--taught` and `--parallel` are what an
author adds who knows this vendor and reads further.
"""

import argparse
import os

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("EXTRACT__WORKERS", "8")

import dlt
from dlt.common.configuration.specs import configspec
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.requests.retry import DEFAULT_RETRY_EXCEPTIONS
from dlt.sources.helpers.rest_client.auth import AuthConfigBase
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator, SinglePagePaginator
from dlt.sources.rest_api import rest_api_source

from nxlink import BASE_URL, PARAMS, PATH, START, Signature


@configspec
class Auth(AuthConfigBase):
    def __call__(self, request):
        return Signature()(request)


class Refused(Exception):
    """The vendor says that it failed, in an answer with HTTP status 200."""


def refuse(response, *args, **kwargs):
    code = response.json().get("code")
    if code != 0:
        raise Refused(f"code {code}")


def pages():
    """The numbers of all pages, from the vendor's count of records."""
    params = {**PARAMS, "start_time": START, "page_number": 1, "page_size": 1}
    response = Client().get(BASE_URL + PATH, params=params, auth=Signature())
    total = response.json()["total"]
    yield [{"number": number + 1} for number in range(-(-total // PARAMS["page_size"]))]


parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--taught", action="store_true", help="tries again where a body says that it failed")
parser.add_argument("--parallel", action="store_true", help="asks for eight pages at once")
args = parser.parse_args()

client = {"base_url": BASE_URL, "auth": Auth()}
endpoint = {
    "path": PATH,
    "params": {**PARAMS, "start_time": START},
    "data_selector": "list",
    # the vendor's `total` counts records, that of the paginator pages
    "paginator": PageNumberPaginator(base_page=1, page_param="page_number", total_path=None),
}
records = {"name": "records", "endpoint": endpoint, "write_disposition": "append"}
resources = [records]
if args.taught:
    exceptions = (*DEFAULT_RETRY_EXCEPTIONS, Refused)
    client["session"] = Client(raise_for_status=False, exceptions=exceptions).session
    endpoint["response_actions"] = [refuse]
    # the vendor's times name no zone; taken for times, they would become those of UTC
    records["columns"] = {name: {"data_type": "text"} for name in ("created_at", "updated_at")}
if args.parallel:
    endpoint["params"]["page_number"] = "{resources.pages.number}"
    endpoint["paginator"] = SinglePagePaginator()
    records["parallelized"] = True
    resources.append(dlt.resource(pages, name="pages", selected=False))

pipeline = dlt.pipeline(
    pipeline_name="nxlink",
    pipelines_dir=f"{args.folder}/pipelines",
    destination=dlt.destinations.filesystem(bucket_url=f"file://{args.folder}/data"),
    dataset_name="nxlink",
)
source = rest_api_source({"client": client, "resources": resources})
# templates stay whole, which is faster than tables of their parts
source.max_table_nesting = 0
pipeline.run(source, loader_file_format="parquet")
