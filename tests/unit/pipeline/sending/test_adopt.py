"""X-SES fields of raw messages."""

import pytest

from sestina.domain.refusals import Invalid
from sestina.domain.submissions import Raw, Submission
from sestina.domain.tags import MessageTag
from sestina.pipeline.sending.adopt import adopt, list_in
from sestina.protocols.mail.headers import scan_headers

ARN = "arn:aws:ses:us-east-1:111122223333:identity/example.com"


def adopted(header: str, **said: object) -> Submission:
    data = header.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    submission = Submission(operation="SendSmtpEmail", content=Raw(data=data), largest=1000, **said)  # type: ignore[arg-type]
    return adopt(submission, scan_headers(data, 10_000))


def test_every_field_has_its_place() -> None:
    submission = adopted(
        "X-SES-CONFIGURATION-SET: news\nX-SES-MESSAGE-TAGS: a=b, c = d\n"
        f"X-SES-SOURCE-ARN: {ARN}\nX-SES-FROM-ARN: {ARN}\n"
        f"X-SES-RETURN-PATH-ARN: {ARN}\nX-SES-TENANT: shop\nX-SES-LIST-MANAGEMENT-OPTIONS: readers; topic=weekly"
    )
    assert ("news", ARN, ARN, ARN, "shop", "readers", "weekly") == (
        submission.configuration_set,
        submission.source_arn,
        submission.from_arn,
        submission.return_path_arn,
        submission.tenant,
        submission.contact_list,
        submission.topic,
    )
    assert (MessageTag("a", "b"), MessageTag("c", "d")) == submission.tags


def test_what_the_caller_said_counts() -> None:
    submission = adopted(
        "X-SES-CONFIGURATION-SET: header\nX-SES-MESSAGE-TAGS: a=header\nX-SES-LIST-MANAGEMENT-OPTIONS: header; topic=t",
        configuration_set="said",
        tags=(MessageTag("b", "said"),),
        contact_list="said",
    )
    assert ("said", (MessageTag("b", "said"),), "said", None) == (
        submission.configuration_set,
        submission.tags,
        submission.contact_list,
        submission.topic,
    )


def test_the_first_of_two_counts_and_an_empty_one_says_nothing() -> None:
    assert "one" == adopted("X-SES-TENANT: one\nX-SES-TENANT: two").tenant
    assert None is adopted("X-SES-CONFIGURATION-SET:  ").configuration_set


def test_a_message_without_such_fields_is_left_alone() -> None:
    assert None is adopted("Subject: x").configuration_set


@pytest.mark.parametrize("tags", ["=b", "a b=c", "a=b, a b=c"])
def test_a_tag_that_is_none_is_refused(tags: str) -> None:
    with pytest.raises(Invalid):
        adopted(f"X-SES-MESSAGE-TAGS: {tags}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", (None, None)),
        ("readers", ("readers", None)),
        ("readers;topic=weekly", ("readers", "weekly")),
        ("contactListName=readers; Topic = weekly", ("readers", "weekly")),
        ("readers; topic=", ("readers", None)),
        ("readers; other=x", ("readers", None)),
    ],
)
def test_list_management_names_a_list_and_perhaps_a_topic(value: str, expected: tuple[str | None, str | None]) -> None:
    assert expected == list_in(value)
