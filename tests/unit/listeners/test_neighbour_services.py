"""Which AWS service a request is recognised to be for."""

import pytest

from sestina.listeners.caller import caller_of
from sestina.listeners.http_messages import Request
from sestina.listeners.neighbour_services import Meant, meant_by

SIGNED = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def meant(
    method: str = "POST", target: str = "/", body: bytes = b"", hosts: tuple[str, ...] = ("localhost",), **headers: str
) -> Meant | None:
    path, _, query = target.partition("?")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(method, target, path, query, named, [], body, "127.0.0.1")
    return meant_by(request, caller_of(request, "us-east-1"), hosts)


@pytest.mark.parametrize("service", ["sns", "sqs", "s3", "monitoring", "dynamodb", "secretsmanager", "execute-api"])
def test_a_signature_names_the_service(service: str) -> None:
    assert Meant(service) == meant(authorization=SIGNED.format(service))
    assert Meant(service) == meant("GET", f"/?X-Amz-Credential=AKID%2F20260101%2Feu-west-1%2F{service}%2Faws4_request")


@pytest.mark.parametrize("service", ["ses", "email", "SNS", "a b", "x" * 64])
def test_a_signature_for_ses_or_nothing_known_is_for_no_neighbour(service: str) -> None:
    assert meant(authorization=SIGNED.format(service), x_amz_target="MailManagerSvc.ListArchives") is None


@pytest.mark.parametrize(
    ("service", "target"),
    [
        ("sqs", "AmazonSQS.SendMessage"),
        ("firehose", "Firehose_20150804.PutRecord"),
        ("kinesis", "Kinesis_20131202.PutRecords"),
        ("events", "AWSEvents.PutEvents"),
        ("monitoring", "GraniteServiceVersion20100801.PutMetricData"),
        ("kms", "TrentService.Encrypt"),
        ("support", "AWSSupport_20130415.CreateCase"),
    ],
)
def test_unsigned_a_target_names_the_service(service: str, target: str) -> None:
    assert Meant(service) == meant(x_amz_target=target)


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("monitoring", "/service/GraniteServiceVersion20100801/operation/PutMetricData"),
        ("sqs", "/service/AmazonSQS/operation/SendMessage"),
        ("lambda", "/2015-03-31/functions/"),
        ("lambda", "/2015-03-31/functions/f/invocations"),
        ("lambda", "/2017-03-31/tags/arn%3Aaws"),
    ],
)
def test_unsigned_a_path_names_the_service(service: str, path: str) -> None:
    assert Meant(service) == meant(target=path)


@pytest.mark.parametrize(
    ("service", "version"),
    [
        ("sns", "2010-03-31"),
        ("sqs", "2012-11-05"),
        ("iam", "2010-05-08"),
        ("sts", "2011-06-15"),
        ("monitoring", "2010-08-01"),
    ],
)
def test_unsigned_a_version_names_the_service(service: str, version: str) -> None:
    assert Meant(service) == meant(body=f"Action=Do&Version={version}".encode())
    assert Meant(service) == meant("GET", f"/?Version={version}&Action=Do")


def test_a_queue_url_is_of_sqs() -> None:
    assert Meant("sqs") == meant(target="/111122223333/queue", body=b"Action=ReceiveMessage&Version=2012-11-05")


@pytest.mark.parametrize("path", ["/bucket/key", "/bucket", "/bucket/", "/my.bucket-1/a/b?versionId=1"])
def test_unsigned_what_looks_like_a_bucket_is_one(path: str) -> None:
    assert Meant("s3") == meant("GET", path)


@pytest.mark.parametrize("target", ["/", "/ab", "/_x/y", "/UPPER/key", "/-x-/y", "*", ""])
def test_unsigned_what_looks_like_nothing_is_nothing(target: str) -> None:
    assert meant("GET", target) is None


def test_an_unknown_target_or_service_path_is_nobodys() -> None:
    assert meant(x_amz_target="Nonsense.Do") is None
    assert meant(target="/service/Nonsense/operation/Do") is None
    assert meant(body=b"Action=Do&Version=1999-01-01") is None


@pytest.mark.parametrize(
    ("host", "bucket", "base"),
    [
        ("bucket.localhost:4566", "bucket", "localhost:4566"),
        ("bucket.s3.localhost:4566", "bucket", "s3.localhost:4566"),
        ("my.bucket.s3.amazonaws.com", "my.bucket", "s3.amazonaws.com"),
        ("bucket.s3.eu-west-1.amazonaws.com", "bucket", "s3.eu-west-1.amazonaws.com"),
        ("bucket.s3-eu-west-1.amazonaws.com", "bucket", "s3-eu-west-1.amazonaws.com"),
        ("s3-logs.localhost", "s3-logs", "localhost"),
        ("Bucket.S3.Localhost", "bucket", "s3.localhost"),
        ("bucket.sestina.test", "bucket", "sestina.test"),
    ],
)
def test_a_bucket_may_stand_in_the_host(host: str, bucket: str, base: str) -> None:
    hosts = ("localhost", "sestina.test")
    assert Meant("s3", bucket, base) == meant("GET", "/key", hosts=hosts, host=host, authorization=SIGNED.format("s3"))
    assert Meant("s3", bucket, base) == meant("GET", "/_", hosts=hosts, host=host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost:4566",
        "127.0.0.1:4566",
        "[::1]:4566",
        "s3.localhost",
        "s3.eu-west-1.localhost",
        "s3.amazonaws.com",
        "other.test",
    ],
)
def test_a_host_without_a_bucket_leaves_it_to_the_path(host: str) -> None:
    assert Meant("s3") == meant("GET", "/bucket/key", host=host, authorization=SIGNED.format("s3"))


def test_a_host_with_a_bucket_says_nothing_about_other_services() -> None:
    assert Meant("sns") == meant(host="bucket.localhost", authorization=SIGNED.format("sns"))
