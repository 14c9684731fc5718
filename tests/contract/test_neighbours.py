"""The other AWS services on the same port, as their SDK clients see them."""

import datetime as dt
import io
import json
import urllib.error
import urllib.request
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness import Server, new_account

from sestina.ports.neighbours import BusEvent, Metric, NeighbourError, Place

REGION = "eu-central-1"


def fetch(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Status and body of a request without any SDK."""
    request = urllib.request.Request(url, body, {name.replace("_", "-"): text for name, text in headers.items()})
    request.method = method
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def signed_for(service: str, account: str) -> str:
    """An Authorization field as far as anybody looks at it."""
    credential = f"{account}/20260101/{REGION}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def queue_of(server: Server, account: str, name: str = "inbox") -> tuple[Any, str, str]:
    """A client, the URL and the ARN of a new queue."""
    sqs = server.client("sqs", account, REGION)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return sqs, url, f"arn:aws:sqs:{REGION}:{account}:{name}"


def test_a_topic_delivers_to_a_queue(server: Server, account: str) -> None:
    sns = server.client("sns", account, REGION)
    sqs, url, queue_arn = queue_of(server, account)
    topic = sns.create_topic(Name="events")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    sns.publish(TopicArn=topic, Subject="greeting", Message="héllo")
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    envelope = json.loads(message["Body"])
    assert f"arn:aws:sns:{REGION}:{account}:events" == topic
    assert f"{server.url}/{account}/inbox" == url
    assert ("Notification", topic, "greeting", "héllo") == tuple(
        envelope[name] for name in ("Type", "TopicArn", "Subject", "Message")
    )


def test_what_ses_publishes_arrives_in_the_users_queue(server: Server, account: str) -> None:
    sns = server.client("sns", account, REGION)
    sqs, url, queue_arn = queue_of(server, account)
    topic = sns.create_topic(Name="feedback")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    topics = server.app.services.outside.neighbours.topics
    place = Place(account, REGION)
    assert server.run(topics.exists(place, topic))
    assert not server.run(topics.exists(place, topic + "-other"))
    server.run(topics.publish(place, topic, "a & b = ü\n", subject="from SES"))
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert ("from SES", "a & b = ü\n") == (
        json.loads(message["Body"])["Subject"],
        json.loads(message["Body"])["Message"],
    )


def test_a_topic_that_is_not_there_refuses_for_good(server: Server, account: str) -> None:
    server.client("sns", account, REGION).list_topics()
    topics = server.app.services.outside.neighbours.topics
    with pytest.raises(NeighbourError) as caught:
        server.run(topics.publish(Place(account, REGION), f"arn:aws:sns:{REGION}:{account}:none", "m"))
    assert ("NotFound", False) == (caught.value.code, caught.value.retryable)


@pytest.mark.parametrize("size", [0, 11, 5 * 1024 * 1024])
def test_an_object_comes_back_as_it_was_put(server: Server, account: str, size: int) -> None:
    s3 = server.client("s3", account, "us-east-1")
    bucket = f"round-trip-{account}-{size}"
    body = bytes(range(256)) * (size // 256 + 1)
    s3.create_bucket(Bucket=bucket)
    s3.put_object(
        Bucket=bucket, Key="a b/ü?&%2F+.eml", Body=body[:size], ContentType="message/rfc822", Metadata={"k": "v"}
    )
    got = s3.get_object(Bucket=bucket, Key="a b/ü?&%2F+.eml")
    head = s3.head_object(Bucket=bucket, Key="a b/ü?&%2F+.eml")
    assert body[:size] == got["Body"].read()
    assert (size, "message/rfc822", {"k": "v"}) == (head["ContentLength"], head["ContentType"], head["Metadata"])
    assert ["a b/ü?&%2F+.eml"] == [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]


def test_a_body_without_known_length_is_taken_in_signed_chunks(server: Server, account: str) -> None:
    s3 = server.client("s3", account, "us-east-1", s3={"payload_signing_enabled": False})
    bucket = f"chunks-{account}"
    s3.create_bucket(Bucket=bucket)
    s3.upload_fileobj(io.BytesIO(b"0123456789" * 1_000_000), bucket, "large")  # in parts, with trailing checksums
    assert 10_000_000 == s3.head_object(Bucket=bucket, Key="large")["ContentLength"]
    part = s3.get_object(Bucket=bucket, Key="large", Range="bytes=9999995-")
    assert b"56789" == part["Body"].read()


def test_a_body_in_aws_chunks_is_stored_without_their_framing(server: Server, account: str) -> None:
    server.client("s3", account, "us-east-1").create_bucket(Bucket=f"aws-chunked-{account}")
    status, _ = fetch(
        f"{server.url}/aws-chunked-{account}/k",
        "PUT",
        b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
        Content_Type="text/plain",
        Content_Encoding="aws-chunked",
        X_Amz_Content_Sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        X_Amz_Decoded_Content_Length="5",
        X_Amz_Trailer="x-amz-checksum-crc32",
        Authorization=signed_for("s3", account),
    )
    got = server.client("s3", account, "us-east-1").get_object(Bucket=f"aws-chunked-{account}", Key="k")
    assert (200, b"hello") == (status, got["Body"].read())


def test_what_ses_stores_is_the_users_object(server: Server, account: str) -> None:
    s3 = server.client("s3", account, "us-east-1")
    bucket = f"inbound-{account}"
    s3.create_bucket(Bucket=bucket)
    objects = server.app.services.outside.neighbours.objects
    place = Place(account, "us-east-1")
    server.run(objects.put(place, bucket, "mail/ü 1", b"raw", metadata={"x-amz-key-v2": "wrapped"}))
    got = s3.get_object(Bucket=bucket, Key="mail/ü 1")
    assert (b"raw", {"x-amz-key-v2": "wrapped"}) == (got["Body"].read(), got["Metadata"])
    assert b"raw" == server.run(objects.get(place, bucket, "mail/ü 1"))
    assert server.run(objects.exists(place, bucket))
    assert not server.run(objects.exists(place, bucket + "-other"))


def test_a_bucket_may_stand_in_the_host(server: Server, account: str) -> None:
    s3 = server.client("s3", account, "us-east-1")
    bucket = f"virtual-{account}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="deep/key", Body=b"found")
    port = server.url.rpartition(":")[2]
    for host in (f"{bucket}.localhost", f"{bucket}.s3.localhost", f"{bucket}.s3.us-east-1.amazonaws.com"):
        signed = server.client("s3", account, "us-east-1").generate_presigned_url(
            "get_object", {"Bucket": bucket, "Key": "deep/key"}
        )
        query = signed.partition("?")[2]
        assert (200, b"found") == fetch(f"{server.url}/deep/key?{query}", Host=f"{host}:{port}")


def test_presigned_urls_put_and_get(server: Server, account: str) -> None:
    s3 = server.client("s3", account, "us-east-1")
    bucket = f"presigned-{account}"
    s3.create_bucket(Bucket=bucket)
    target = {"Bucket": bucket, "Key": "k"}
    assert 200 == fetch(s3.generate_presigned_url("put_object", target), "PUT", b"by link")[0]
    assert (200, b"by link") == fetch(s3.generate_presigned_url("get_object", target))


def test_an_unsigned_get_finds_public_objects_only(server: Server, account: str) -> None:
    s3 = server.client("s3", account, "us-east-1")
    bucket = f"anonymous-{account}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="public", Body=b"seen", ACL="public-read")
    s3.put_object(Bucket=bucket, Key="private", Body=b"unseen")
    assert (200, b"seen") == fetch(f"{server.url}/{bucket}/public")
    assert 403 == fetch(f"{server.url}/{bucket}/private")[0]


@pytest.mark.parametrize("protocol", ["newest", "json", "query"])
def test_metrics_are_put_and_read(server: Server, account: str, protocol: str) -> None:
    client = server.client("cloudwatch", account, REGION)
    now = dt.datetime.now(dt.UTC)
    if protocol == "newest":  # smithy-rpc-v2-cbor
        client.put_metric_data(Namespace="Mine", MetricData=[{"MetricName": "Sent", "Value": 2.5}])
    elif protocol == "json":
        status, _ = fetch(
            server.url,
            "POST",
            json.dumps({"Namespace": "Mine", "MetricData": [{"MetricName": "Sent", "Value": 2.5}]}).encode(),
            Content_Type="application/x-amz-json-1.0",
            X_Amz_Target="GraniteServiceVersion20100801.PutMetricData",
            Authorization=signed_for("monitoring", account),
        )
        assert 200 == status
    else:
        form = "Action=PutMetricData&Version=2010-08-01&Namespace=Mine&MetricData.member.1.MetricName=Sent"
        status, _ = fetch(
            server.url,
            "POST",
            f"{form}&MetricData.member.1.Value=2.5".encode(),
            Content_Type="application/x-www-form-urlencoded",
            Authorization=signed_for("monitoring", account),
        )
        assert 200 == status
    assert [2.5] == sums_of(client, "Mine", "Sent", now)


def sums_of(client: Any, namespace: str, name: str, now: dt.datetime, dimensions: Any = ()) -> list[float]:
    statistics = client.get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=list(dimensions),
        StartTime=now - dt.timedelta(hours=1),
        EndTime=now + dt.timedelta(hours=1),
        Period=7200,
        Statistics=["Sum"],
    )
    return [point["Sum"] for point in statistics["Datapoints"]]


def test_what_ses_counts_is_there_when_somebody_reads(server: Server, account: str) -> None:
    now = dt.datetime.now(dt.UTC)
    metric = Metric(
        namespace="AWS/SES", name="Send", at=int(now.timestamp() * 1000), dimensions=(("ses:configuration-set", "c&d"),)
    )
    metrics = server.app.services.outside.neighbours.metrics
    for _ in range(3):
        server.run(metrics.put(Place(account, REGION), [metric, metric]))
    client = server.client("cloudwatch", account, REGION)
    dimensions = [{"Name": "ses:configuration-set", "Value": "c&d"}]
    assert [6.0] == sums_of(client, "AWS/SES", "Send", now, dimensions)
    server.run(metrics.put(Place(account, REGION), [metric]))
    assert [7.0] == sums_of(client, "AWS/SES", "Send", now, dimensions)


def test_the_caller_is_the_account_of_the_access_key(server: Server, account: str) -> None:
    assert account == server.client("sts", account, REGION).get_caller_identity()["Account"]
    assert "000000000000" == server.client("sts", "AKIAEXAMPLE", REGION).get_caller_identity()["Account"]


def test_users_and_roles_are_those_of_the_account(server: Server, account: str) -> None:
    iam = server.client("iam", account)
    assert f"arn:aws:iam::{account}:user/jane" == iam.create_user(UserName="jane")["User"]["Arn"]
    iam.attach_user_policy(UserName="jane", PolicyArn="arn:aws:iam::aws:policy/AmazonSESFullAccess")
    assert ["jane"] == [user["UserName"] for user in iam.list_users()["Users"]]
    assert [] == server.client("iam", new_account()).list_users()["Users"]


def test_functions_are_kept_and_invoked(server: Server, account: str) -> None:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handle(event, context):\n    return event\n")
    role = server.client("iam", account).create_role(RoleName="runs", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client = server.client("lambda", account, REGION)
    assert [] == client.list_functions()["Functions"]
    arn = client.create_function(
        FunctionName="sorter",
        Runtime="python3.12",
        Role=role,
        Handler="handler.handle",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    functions = server.app.services.outside.neighbours.functions
    place = Place(account, REGION)
    assert server.run(functions.exists(place, arn))
    assert not server.run(functions.exists(place, arn + "-other"))
    assert server.run(functions.invoke(place, arn, b"{}", wait=True)).error is None
    with pytest.raises(NeighbourError) as caught:
        server.run(functions.invoke(place, arn + "-other", b"{}", wait=False))
    assert "ResourceNotFoundException" == caught.value.code


def test_keys_encrypt(server: Server, account: str) -> None:
    kms = server.client("kms", account, REGION)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    assert b"secret" == kms.decrypt(CiphertextBlob=sealed)["Plaintext"]
    context = {"aws:ses:message-id": "m"}
    for name in (key, f"arn:aws:kms:{REGION}:{account}:alias/aws/ses", "alias/aws/ses"):
        data_key = server.run(
            server.app.services.outside.neighbours.keys.data_key(Place(account, REGION), name, context)
        )
        opened = kms.decrypt(CiphertextBlob=data_key.ciphertext, EncryptionContext=context)
        assert (32, data_key.plaintext) == (len(data_key.plaintext), opened["Plaintext"])


def test_a_delivery_stream_writes_what_ses_puts_to_its_bucket(server: Server, account: str) -> None:
    s3 = server.client("s3", account, "us-east-1")
    bucket = f"firehose-{account}"
    s3.create_bucket(Bucket=bucket)
    arn = server.client("firehose", account, REGION).create_delivery_stream(
        DeliveryStreamName="events",
        S3DestinationConfiguration={"RoleARN": f"arn:aws:iam::{account}:role/r", "BucketARN": f"arn:aws:s3:::{bucket}"},
    )["DeliveryStreamARN"]
    streams = server.app.services.outside.neighbours.delivery_streams
    assert server.run(streams.exists(Place(account, REGION), arn))
    server.run(streams.put(Place(account, REGION), arn, [b'{"n":1}\n', b'{"n":2}\n']))
    [stored] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert b'{"n":1}\n{"n":2}\n' == s3.get_object(Bucket=bucket, Key=stored["Key"])["Body"].read()


def test_a_stream_takes_what_ses_puts(server: Server, account: str) -> None:
    kinesis = server.client("kinesis", account, REGION)
    kinesis.create_stream(StreamName="events", ShardCount=1)
    arn = f"arn:aws:kinesis:{REGION}:{account}:stream/events"
    server.run(server.app.services.outside.neighbours.streams.put(Place(account, REGION), arn, [("key", b"record")]))
    [shard] = kinesis.list_shards(StreamName="events")["Shards"]
    start = kinesis.get_shard_iterator(StreamName="events", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    assert [b"record"] == [record["Data"] for record in kinesis.get_records(ShardIterator=start)["Records"]]


def test_a_rule_brings_the_events_of_ses_to_a_queue(server: Server, account: str) -> None:
    events = server.client("events", account, REGION)
    sqs, url, queue_arn = queue_of(server, account)
    events.put_rule(Name="bounces", EventPattern=json.dumps({"source": ["aws.ses"], "detail-type": ["Email Bounced"]}))
    events.put_targets(Rule="bounces", Targets=[{"Id": "1", "Arn": queue_arn}])
    buses = server.app.services.outside.neighbours.buses
    happened = [
        BusEvent(source="aws.ses", detail_type=kind, detail='{"n":1}', resources=("arn:set",), at=1_772_366_700_000)
        for kind in ("Email Sent", "Email Bounced")
    ]
    server.run(buses.put(Place(account, REGION), "default", happened))
    [message] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    told = json.loads(message["Body"])
    assert ("Email Bounced", "aws.ses", account, REGION, {"n": 1}, ["arn:set"]) == tuple(
        told[name] for name in ("detail-type", "source", "account", "region", "detail", "resources")
    )


def test_a_support_case_is_opened(server: Server, account: str) -> None:
    support = server.client("support", account, "us-east-1")
    case = support.create_case(
        subject="SES: production access",
        serviceCode="service-ses",
        severityCode="low",
        categoryCode="other",
        communicationBody="Please.",
        issueType="customer-service",
    )["caseId"]
    assert case in [each["caseId"] for each in support.describe_cases()["cases"]]


def test_accounts_and_regions_do_not_see_each_other(server: Server, account: str) -> None:
    server.client("sns", account, REGION).create_topic(Name="mine")
    assert [] == server.client("sns", account, "us-west-2").list_topics()["Topics"]
    assert [] == server.client("sns", new_account(), REGION).list_topics()["Topics"]
    assert 1 == len(server.client("sns", account, REGION).list_topics()["Topics"])


def test_a_caller_cannot_name_another_account(server: Server, account: str) -> None:
    server.client("sns", account, REGION).create_topic(Name="mine")
    intruder = server.client("sns", new_account(), REGION)
    intruder.meta.events.register(
        "before-send.sns", lambda request, **_: request.headers.__setitem__("x-moto-account-id", account)
    )
    assert [] == intruder.list_topics()["Topics"]


def test_a_presigned_url_cannot_smuggle_a_header(server: Server, account: str) -> None:
    victim = new_account()
    key = f"{account}%0D%0Ax-moto-account-id:%20{victim}%0D%0Ax:"
    scope = f"X-Amz-Credential={key}%2F20260101%2F{REGION}%2Fsts%2Faws4_request"
    status, body = fetch(f"{server.url}/?Action=GetCallerIdentity&Version=2011-06-15&{scope}")
    assert (200, False, True) == (status, victim.encode() in body, b"<Account>000000000000</Account>" in body)


def test_what_the_neighbour_cannot_do_is_an_aws_error(server: Server, account: str) -> None:
    with pytest.raises(ClientError) as caught:
        server.client("iam", account).generate_organizations_access_report(EntityPath="o-1234567890/r-1234/ou-1")
    assert "NotImplemented" == code_of(caught)
    with pytest.raises(ClientError) as caught:
        server.client("cloudwatch", account, REGION).delete_anomaly_detector(Namespace="n", MetricName="m", Stat="Sum")
    assert "NotImplemented" == code_of(caught)


def test_a_service_can_be_at_another_endpoint(server: Server, account: str) -> None:
    with Server(neighbours=(f"sns={server.url}", f"s3={server.url}")) as front:
        topic = front.client("sns", account, REGION).create_topic(Name="there")["TopicArn"]
        front.client("s3", account, "us-east-1").create_bucket(Bucket=f"there-{account}")
        assert front.run(
            front.app.services.outside.neighbours.objects.exists(Place(account, REGION), f"there-{account}")
        )
    assert [topic] == [each["TopicArn"] for each in server.client("sns", account, REGION).list_topics()["Topics"]]


def test_an_endpoint_that_is_away_is_an_aws_error_that_sdks_understand(account: str) -> None:
    with Server(neighbours=("sns=http://127.0.0.1:1", "sqs=http://127.0.0.1:1", "s3=http://127.0.0.1:1")) as front:
        for call in (
            front.client("sns", account, REGION).list_topics,
            front.client("sqs", account, REGION).list_queues,
            front.client("s3", account, REGION).list_buckets,
        ):
            with pytest.raises(ClientError) as caught:
                call()
            assert ("ServiceUnavailable", 503) == (
                code_of(caught),
                caught.value.response["ResponseMetadata"]["HTTPStatusCode"],
            )
