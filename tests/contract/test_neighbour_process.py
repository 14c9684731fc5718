"""The process of the embedded neighbours: when it comes, and that it never outlives the server."""

import json
import os
import select
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import boto3
import pytest

ACCOUNT = "111122223333"


@pytest.fixture
def sestina() -> Iterator["subprocess.Popen[str]"]:
    ports = [text for name in ("", "smtp-", "smtps-", "inbound-") for text in (f"--{name}port", "0")]
    process = subprocess.Popen(
        [sys.executable, "-m", "sestina", "start", "--json", *ports], stdout=subprocess.PIPE, text=True
    )
    with process:
        yield process
        process.kill()


def url_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return str(json.loads(process.stdout.readline())["http"])


def client(service: str, url: str) -> "boto3.client":
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=ACCOUNT, aws_secret_access_key="s"
    )


def children_of(pid: int) -> list[int]:
    return [
        int(line) for line in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, check=False).stdout.split()
    ]


def wait_for_end(pid: int) -> bool:
    """Whether the process ends soon."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ended, _, _ = select.select([handle], [], [], 10)
    os.close(handle)
    return bool(ended)


def status_of(url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.slow
def test_who_only_sends_mail_never_starts_the_neighbours(sestina: "subprocess.Popen[str]") -> None:
    url = url_of(sestina)
    ses = client("sesv2", url)
    ses.create_email_identity(EmailIdentity="example.com")
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    for _ in range(20):
        ses.send_email(
            FromEmailAddress="a@example.com", Destination={"ToAddresses": ["b@example.org"]}, Content=content
        )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    json_type = {"Content-Type": "application/x-amz-json-1.1"}
    unsigned = [
        (404, b"NoSuchBucket", "/favicon.ico", None, {}),
        (404, b"NoSuchBucket", "/some-bucket/some/key?versions", None, {}),
        (404, b"sestina", "/_nothing/here", None, {}),
        (404, b"sestina", "/moto-api/data.json", None, {}),
        (404, b"sestina", "/latest/meta-data/iam", None, {}),
        (400, b"UnknownOperationException", "/", b"{}", {**json_type, "X-Amz-Target": "Nonsense.Do"}),
        (400, b"UnknownOperationException", "/", b"Action=Do&Version=1999-01-01", form),
    ]
    for status, text, path, body, headers in unsigned:
        refused, said = status_of(url + path, body, **headers)
        assert (status, True) == (refused, text in said), path
    assert [] == children_of(sestina.pid)


@pytest.mark.slow
def test_the_neighbours_end_with_a_server_that_is_killed(sestina: "subprocess.Popen[str]") -> None:
    client("sns", url_of(sestina)).create_topic(Name="t")
    [child] = children_of(sestina.pid)
    sestina.send_signal(signal.SIGKILL)
    assert wait_for_end(child)


@pytest.mark.slow
def test_the_neighbours_end_with_a_server_that_is_told_to(sestina: "subprocess.Popen[str]") -> None:
    client("sns", url_of(sestina)).create_topic(Name="t")
    [child] = children_of(sestina.pid)
    sestina.send_signal(signal.SIGTERM)
    assert wait_for_end(child)
    assert 0 == sestina.wait(10)


@pytest.mark.slow
def test_neighbours_that_die_are_replaced_and_mail_goes_on(sestina: "subprocess.Popen[str]") -> None:
    url = url_of(sestina)
    sns = client("sns", url)
    sns.create_topic(Name="t")
    [child] = children_of(sestina.pid)
    os.kill(child, signal.SIGKILL)
    assert wait_for_end(child)
    assert client("sesv2", url).get_account()["SendingEnabled"]
    assert [] == sns.list_topics()["Topics"]
    [another] = children_of(sestina.pid)
    assert child != another


@pytest.mark.slow
def test_the_aws_cli_finds_its_services_here(sestina: "subprocess.Popen[str]") -> None:
    url = url_of(sestina)
    environment = {
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
    }

    def aws(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *words, "--output", "text"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "" == done.stderr
        return done.stdout.strip()

    assert ACCOUNT == aws("sts", "get-caller-identity", "--query", "Account")
    assert "make_bucket: mail-of-cli" == aws("s3", "mb", "s3://mail-of-cli")
    aws("s3", "cp", __file__, "s3://mail-of-cli/test.py", "--no-progress")
    assert "test.py" == aws("s3api", "list-objects-v2", "--bucket", "mail-of-cli", "--query", "Contents[].Key")
    aws("cloudwatch", "put-metric-data", "--namespace", "Mine", "--metric-name", "Sent", "--value", "1")
    assert "Sent" == aws("cloudwatch", "list-metrics", "--namespace", "Mine", "--query", "Metrics[].MetricName")
    assert "jane" == aws("iam", "create-user", "--user-name", "jane", "--query", "User.UserName")
    service = "ses.amazonaws.com"
    made = aws("iam", "create-service-specific-credential", "--user-name", "jane", "--service-name", service)
    assert f"jane-at-{ACCOUNT}" in made
