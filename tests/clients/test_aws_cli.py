"""The AWS CLI over the operations of sending, identities, templates, sets and account, in both APIs.

It has left out the three operations on verified addresses that the older API deprecates.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
from typing import Any

import pytest
from harness import Server, new_account
from sending import Doors

pytestmark = pytest.mark.slow
SESSION = pathlib.Path(__file__).with_name("aws_session.py")

V1 = """
verify-domain-identity --domain example.com                         | VerificationToken
verify-email-identity --email-address other@example.org             |
list-identities                                                     | Identities
list-identities --identity-type Domain --max-items 1                | Identities
get-identity-verification-attributes --identities example.com       | VerificationAttributes
delete-identity --identity other@example.org                        |
get-send-quota                                                      | Max24HourSend
get-send-statistics                                                 | SendDataPoints
get-account-sending-enabled                                         | Enabled
update-account-sending-enabled --enabled                            |
create-template --template TemplateName=t,SubjectPart=S,TextPart=Hi |
get-template --template-name t                                      | Template
list-templates                                                      | TemplatesMetadata
test-render-template --template-name t --template-data {}           | RenderedTemplate
update-template --template TemplateName=t,SubjectPart=S,TextPart=Ho |
create-configuration-set --configuration-set Name=cs                |
describe-configuration-set --configuration-set-name cs              | ConfigurationSet
list-configuration-sets                                             | ConfigurationSets
send-email --from me@example.com --to a@x.org --cc c@x.org --bcc b@x.org --subject Hello --text Text --html '<b>H</b>'\
 --configuration-set-name cs --tags Name=k,Value=v                  | MessageId
send-raw-email --raw-message '{"Data": "From: me@example.com\\nTo: a@x.org\\nSubject: Hello\\n\\nText"}' | MessageId
send-templated-email --source me@example.com --destination ToAddresses=a@x.org --template t\
 --template-data {}                                                 | MessageId
send-bulk-templated-email --source me@example.com --template t --default-template-data {}\
 --destinations Destination={ToAddresses=[a@x.org]}                 | Status
delete-configuration-set --configuration-set-name cs                |
delete-template --template-name t                                   |
"""
V2 = """
create-email-identity --email-identity example.com --tags Key=k,Value=v | VerifiedForSendingStatus
get-email-identity --email-identity example.com                         | DkimAttributes
list-email-identities --page-size 5                                     | EmailIdentities
tag-resource --resource-arn {arn} --tags Key=team,Value=mail            |
list-tags-for-resource --resource-arn {arn}                             | Tags
untag-resource --resource-arn {arn} --tag-keys team                     |
get-account                                                             | SendQuota
put-account-sending-attributes --sending-enabled                        |
put-account-details --mail-type TRANSACTIONAL --website-url https://example.com --use-case-description x |
create-email-template --template-name t --template-content Subject=S,Text=Hi |
get-email-template --template-name t                                    | TemplateContent
update-email-template --template-name t --template-content Subject=S,Html=Ho |
list-email-templates                                                    | TemplatesMetadata
test-render-email-template --template-name t --template-data {{}}       | RenderedTemplate
create-configuration-set --configuration-set-name cs                    |
get-configuration-set --configuration-set-name cs                       | ConfigurationSetName
list-configuration-sets                                                 | ConfigurationSets
send-email --from-email-address me@example.com --destination ToAddresses=a@x.org --configuration-set-name cs\
 --content 'Simple={{Subject={{Data=Hello}},Body={{Text={{Data=Text}}}}}}' --email-tags Name=k,Value=v | MessageId
send-email --from-email-address me@example.com --destination ToAddresses=a@x.org\
 --content 'Template={{TemplateName=t,TemplateData="{{}}"}}'            | MessageId
send-bulk-email --from-email-address me@example.com --default-content 'Template={{TemplateName=t,TemplateData="{{}}"}}'\
 --bulk-email-entries Destination={{ToAddresses=[a@x.org]}}             | BulkEmailEntryResults
delete-configuration-set --configuration-set-name cs                    |
delete-email-template --template-name t                                 |
delete-email-identity --email-identity example.com                      |
"""


def run(server: Server, account: str, commands: list[list[str]]) -> list[tuple[int, str, str]]:
    """Exit code, output and errors of each."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own = {**server.environment, "AWS_ACCESS_KEY_ID": account, "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(
        [sys.executable, str(SESSION)],
        input=json.dumps([[*words, "--endpoint-url", server.url, "--output", "json"] for words in commands]),
        env={**clean, **own, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [tuple(result) for result in json.loads(done.stdout)]


def story(server: Server, account: str, service: str, text: str) -> dict[str, Any]:
    """Runs a table of commands; each must succeed and print its member. The answers, by command."""
    rows = [line.rpartition("|") for line in text.strip().splitlines()]
    commands = [[service, *shlex.split(words)] for words, _, _ in rows]
    answers = {}
    for command, (_, _, member), (code, out, errors) in zip(
        commands, rows, run(server, account, commands), strict=True
    ):
        assert (0, "") == (code, errors), command
        answer = json.loads(out or "{}")
        assert (member.strip() or next(iter(answer), "")) in (*answer, ""), command
        answers[command[1]] = answer
    return answers


@pytest.fixture
def account() -> str:
    return new_account()


def test_every_operation_of_the_older_api_by_commands(server: Server, account: str) -> None:
    answers = story(server, account, "ses", V1)
    assert {"example.com": "Success"} == {
        name: found["VerificationStatus"]
        for name, found in answers["get-identity-verification-attributes"]["VerificationAttributes"].items()
    }
    assert "Success" == answers["send-bulk-templated-email"]["Status"][0]["Status"]
    doors = Doors(server, account)
    shown = doors.shown(answers["send-email"]["MessageId"])
    assert ["a@x.org", "c@x.org", "b@x.org"] == shown["recipients"]
    assert ("cs", [{"name": "k", "value": "v"}]) == (shown["configuration_set"], shown["tags"])
    assert ("Text", "<b>H</b>") == (shown["text"].strip(), shown["html"].strip())
    assert "Ho" == doors.shown(answers["send-templated-email"]["MessageId"])["text"].strip()
    assert doors.octets(answers["send-raw-email"]["MessageId"]).endswith(b"\n\nText")


def test_every_operation_of_the_newer_api_by_commands(server: Server, account: str) -> None:
    arn = f"arn:aws:ses:us-east-1:{account}:identity/example.com"
    answers = story(server, account, "sesv2", V2.format(arn=arn))
    assert [{"Key": "k", "Value": "v"}, {"Key": "team", "Value": "mail"}] == answers["list-tags-for-resource"]["Tags"]
    assert "SUCCESS" == answers["send-bulk-email"]["BulkEmailEntryResults"][0]["Status"]
    assert "Ho" == Doors(server, account).shown(answers["send-email"]["MessageId"])["html"].strip()


REFUSED = [
    (
        "ses send-email --from me@x.org --to a@x.org --subject s --text t",
        "(MessageRejected) when calling the SendEmail operation: Email address is not verified. The following "
        "identities failed the check in region US-EAST-1: me@x.org",
    ),
    (
        "ses get-template --template-name no",
        "(TemplateDoesNotExist) when calling the GetTemplate operation: Template no does not exist.",
    ),
    (
        "sesv2 get-email-template --template-name no",
        "(NotFoundException) when calling the GetEmailTemplate operation: Template no does not exist.",
    ),
    (
        "ses set-active-receipt-rule-set --rule-set-name no",
        "when calling the SetActiveReceiptRuleSet operation: ",
    ),
]


def test_refusals_read_as_they_do_at_aws(server: Server, account: str) -> None:
    results = run(server, account, [shlex.split(command) for command, _ in REFUSED])
    for (command, text), (code, _, errors) in zip(REFUSED, results, strict=True):
        assert 254 == code or 255 == code, command
        assert f"An error occurred {text}" in errors or text in errors, command
