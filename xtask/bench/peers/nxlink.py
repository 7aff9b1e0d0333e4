"""What both peers need to ask the vendor: where it is, and its signature."""

import hashlib
import os
import time

from requests.auth import AuthBase

BASE_URL = os.environ["NXLINK_BASE_URL"]
PATH = "/saas/openapi/chat/records"
PARAMS = {
    "tenant_id": os.environ["NXLINK_TENANT_ID"],
    "appkey": os.environ["NXLINK_APPKEY"],
    "channel": 2,
    "page_size": 100,
    "order_by": "asc",
}
START = os.environ["NXLINK_START"]


class Signature(AuthBase):
    """The vendor's common headers, with a digest over them."""

    def __call__(self, request):
        key, ts = os.environ["NXLINK_ACCESS_KEY"], str(int(time.time() * 1000))
        secret = os.environ["NXLINK_ACCESS_SECRET"]
        signed = f"accessKey={key}&action=mt&bizType=2&ts={ts}&accessSecret={secret}"
        request.headers.update({
            "Content-Type": "application/json",
            "accessKey": key,
            "action": "mt",
            "bizType": "2",
            "ts": ts,
            "sign": hashlib.md5(signed.encode()).hexdigest(),
        })
        return request
