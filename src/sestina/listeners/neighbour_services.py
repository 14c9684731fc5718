"""Which other AWS service a request on the one port is for: by scope, target, path, version, host (sending.md 1.1)."""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from sestina.listeners.caller import Caller
from sestina.listeners.http_hosts import host_name
from sestina.listeners.http_messages import Request

TARGETS: Final = {
    "AWSEvents": "events",
    "AWSSupport_20130415": "support",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "DynamoDB_20120810": "dynamodb",
    "Firehose_20150804": "firehose",
    "GraniteServiceVersion20100801": "monitoring",
    "Kinesis_20131202": "kinesis",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}
VERSIONS: Final = {
    "2010-03-31": "sns",
    "2010-05-08": "iam",
    "2010-08-01": "monitoring",
    "2011-06-15": "sts",
    "2012-11-05": "sqs",
}
_SERVICE_PATH: Final = re.compile(r"/service/([A-Za-z0-9_]+)/operation/")  # rpc-v2-cbor
_LAMBDA_PATH: Final = re.compile(r"/20\d\d-\d\d-\d\d/(functions|event-source-mappings|layers|tags|account-settings)\b")
_VERSION: Final = re.compile(r"(?:^|&)Version=([0-9-]{10})(?:&|$)")
_SIGNING_NAME: Final = re.compile(r"[a-z0-9-]{1,63}\Z")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")  # AWS page "Bucket naming rules"
_S3_HOST: Final = re.compile(r"(.+)\.(s3(?:[.-].+)?)\Z")

HEAD_OF_FORM: Final = 65_536
OURS: Final = ("ses", "email")


class Meant(Struct, frozen=True):
    """The service, and the bucket if the host names it."""

    service: str
    bucket: str | None = None
    base_host: str = ""


def meant_by(request: Request, caller: Caller, hosts: Iterable[str]) -> Meant | None:
    """What a request that is not for SES is for; None if that cannot be told. Buckets may stand before `hosts`."""
    service = _signed_for(caller) if caller.service else _told(request)
    if service is None:
        return None
    if service not in ("", "s3"):
        return Meant(service)
    bucket, base = _bucket_of_host(request.headers.get("host", ""), hosts)
    if bucket is not None:
        return Meant("s3", bucket, base)
    return Meant("s3") if service == "s3" or _BUCKET.match(request.path[1:].partition("/")[0]) else None


def _signed_for(caller: Caller) -> str | None:
    is_name = _SIGNING_NAME.match(caller.service) is not None
    return caller.service if is_name and caller.service not in OURS else None


def _told(request: Request) -> str | None:
    """The service that an unsigned request names; nothing where S3 is left, None for one that is not known."""
    target = request.headers.get("x-amz-target")
    if target is not None:
        return TARGETS.get(target.partition(".")[0])
    path = _SERVICE_PATH.match(request.path)
    if path is not None:
        return TARGETS.get(path[1])
    if request.path.startswith("/SimpleNotificationService-"):  # the certificate of its signatures
        return "sns"
    if _LAMBDA_PATH.match(request.path):
        return "lambda"
    form = request.query if request.method == "GET" else request.body[:HEAD_OF_FORM].decode("latin-1")
    version = _VERSION.search(form)
    return VERSIONS.get(version[1], "") if version else ""


def _bucket_of_host(authority: str, hosts: Iterable[str]) -> tuple[str | None, str]:
    """The bucket in a host like `bucket.s3.localhost` or `bucket.localhost`, and the authority without it."""
    host = host_name(authority).lower()
    found = _S3_HOST.match(host)
    if found is not None:
        bucket, base = found[1], found[2]
    else:
        base = next((name for name in hosts if host.endswith("." + name)), "")
        bucket = host[: -len(base) - 1] if base else ""
    if not _BUCKET.match(bucket) or bucket.startswith("s3."):
        return None, ""
    return bucket, base + authority[len(host) :]
