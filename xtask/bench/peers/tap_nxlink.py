"""A Singer tap for the vendor. It reads on from the last message of state that it is given."""

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import RetriableAPIError
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.pagination import PageNumberPaginator

from nxlink import BASE_URL, PARAMS, PATH, START, Signature

TEXTS = """
    id saas_conversation_id user_channel_id from to customer_id customer_name agent_id agent_name
    agent_account message_type content message_id status tenant_id filename media_link mime_type
    user_emoji context remark created_at updated_at
""".split()


class Records(RESTStream):
    name = "records"
    path = PATH
    url_base = BASE_URL
    primary_keys = ("id",)
    replication_key = "created_at"
    is_sorted = True
    # the records as they came, which is also the fastest
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    records_jsonpath = "$.list[*]"
    authenticator = Signature()
    schema = th.PropertiesList(
        *(th.Property(name, th.StringType) for name in TEXTS),
        th.Property("channel", th.IntegerType),
        th.Property("chat_type", th.IntegerType),
        th.Property("template", th.ObjectType(additional_properties=True)),
    ).to_dict()

    def get_new_paginator(self):
        return PageNumberPaginator(start_value=1)

    def get_url_params(self, context, next_page_token):
        start = self.get_starting_replication_key_value(context) or START
        return {**PARAMS, "start_time": start, "page_number": next_page_token}


class TaughtRecords(Records):
    """Tries again where the body says that it failed."""

    def validate_response(self, response):
        super().validate_response(response)
        code = response.json().get("code")
        if code != 0:
            raise RetriableAPIError(f"code {code}", response)


class TapNxlink(Tap):
    name = "tap-nxlink"
    message_writer_class = MsgSpecWriter
    config_jsonschema = th.PropertiesList(th.Property("taught", th.BooleanType, default=False)).to_dict()

    def discover_streams(self):
        return [TaughtRecords(self) if self.config["taught"] else Records(self)]


if __name__ == "__main__":
    TapNxlink.cli()
