"""Tags of resources through a real client, and of the ARNs that name them; order and texts as probed."""

from collections.abc import Callable
from typing import Any

import pytest
from harness import Server
from wire import refused, send_v2

FORMAT = "ResourceArn is not the expected format"
NOT_OURS = "Provided resource identifier is not an SES resource"
FOREIGN = "Operations on a resource created in a different account is not allowed"
TAGS = [{"Key": "team", "Value": "mail"}, {"Key": "stage", "Value": ""}]
KINDS = {"configuration-set": "a-set", "identity": "example.com", "template": "a-template"}
SHAPES = {"configuration-set": "ConfigurationSet", "identity": "EmailIdentity", "template": "Template"}


@pytest.fixture
def arn(account: str) -> Callable[..., str]:
    def of(resource: str, region: str = "us-east-1", owner: str = account) -> str:
        return f"arn:aws:ses:{region}:{owner}:{resource}"

    return of


def create(sesv2: Any, kind: str, tags: Any = ()) -> str:
    """The part of the ARN that names the new resource."""
    name = KINDS[kind]
    if kind == "identity":
        sesv2.create_email_identity(EmailIdentity=name, Tags=tags)
    elif kind == "template":
        content = {"Subject": "s", "Text": "t"}
        sesv2.create_email_template(TemplateName=name, TemplateContent=content, Tags=tags)
    else:
        sesv2.create_configuration_set(ConfigurationSetName=name, Tags=tags)
    return f"{kind}/{name}"


@pytest.mark.parametrize("kind", KINDS)
def test_tags_are_listed_added_changed_and_removed(sesv2: Any, arn: Callable[..., str], kind: str) -> None:
    resource = arn(create(sesv2, kind, TAGS))
    assert TAGS == sesv2.list_tags_for_resource(ResourceArn=resource)["Tags"]
    added = [{"Key": "new", "Value": "1"}, {"Key": "team", "Value": "post"}]
    sesv2.tag_resource(ResourceArn=resource, Tags=added)
    expected = [{"Key": "team", "Value": "post"}, TAGS[1], {"Key": "new", "Value": "1"}]
    assert expected == sesv2.list_tags_for_resource(ResourceArn=resource)["Tags"]
    sesv2.untag_resource(ResourceArn=resource, TagKeys=["team", "ghost"])
    assert expected[1:] == sesv2.list_tags_for_resource(ResourceArn=resource)["Tags"]


def test_the_resource_itself_shows_the_same_tags(sesv2: Any, arn: Callable[..., str]) -> None:
    for kind in KINDS:
        sesv2.tag_resource(ResourceArn=arn(create(sesv2, kind)), Tags=TAGS)
    assert TAGS == sesv2.get_configuration_set(ConfigurationSetName="a-set")["Tags"]
    assert TAGS == sesv2.get_email_identity(EmailIdentity="example.com")["Tags"]
    assert TAGS == sesv2.get_email_template(TemplateName="a-template")["Tags"]


def test_what_v1_has_made_can_be_tagged(ses: Any, sesv2: Any, arn: Callable[..., str]) -> None:
    for address in ("a/b@example.com", '"a:b"@example.com'):
        ses.verify_email_identity(EmailAddress=address)
        resource = arn(f"identity/{address}")
        sesv2.tag_resource(ResourceArn=resource, Tags=TAGS)
        assert TAGS == sesv2.list_tags_for_resource(ResourceArn=resource)["Tags"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_that_is_not_there_is_named(sesv2: Any, arn: Callable[..., str], kind: str) -> None:
    text = f"No {SHAPES[kind]} present with name: missing"
    for region in ("us-east-1", "eu-west-1"):
        resource = arn(f"{kind}/missing", region)
        for operation, more in (
            (sesv2.list_tags_for_resource, {}),
            (sesv2.tag_resource, {"Tags": [{"Key": "bad!", "Value": ""}]}),
            (sesv2.untag_resource, {"TagKeys": ["k"]}),
        ):
            with pytest.raises(sesv2.exceptions.NotFoundException) as error:
                operation(ResourceArn=resource, **more)
            assert ("NotFoundException", text) == refused(error)


def test_kinds_without_resources_are_missing_in_their_own_words(sesv2: Any, arn: Callable[..., str]) -> None:
    for resource, text in (
        ("contact-list/x", "No ContactList present with name: x"),
        ("tenant/x/tn-1", "No Tenant present with name: xwith tenantId: tn-1"),
    ):
        with pytest.raises(sesv2.exceptions.NotFoundException) as error:
            sesv2.list_tags_for_resource(ResourceArn=arn(resource))
        assert ("NotFoundException", text) == refused(error)


def test_another_region_in_the_arn_has_no_tags_and_takes_none(sesv2: Any, arn: Callable[..., str]) -> None:
    here = create(sesv2, "configuration-set", TAGS)
    for region in ("eu-west-1", ""):
        resource = arn(here, region)
        assert [] == sesv2.list_tags_for_resource(ResourceArn=resource)["Tags"]
        with pytest.raises(sesv2.exceptions.BadRequestException) as error:
            sesv2.tag_resource(ResourceArn=resource, Tags=[])
        assert ("BadRequestException", "Failed to tag resource") == refused(error)
        with pytest.raises(sesv2.exceptions.BadRequestException) as error:
            sesv2.untag_resource(ResourceArn=resource, TagKeys=["k"])
        assert ("BadRequestException", "Failed to untag resource") == refused(error)


def test_partition_and_service_of_the_arn_do_not_matter(sesv2: Any, arn: Callable[..., str]) -> None:
    resource = arn(create(sesv2, "configuration-set", TAGS))
    for alias in (resource.replace("arn:aws:", "arn:bogus:"), resource.replace(":ses:", ":s3:")):
        assert TAGS == sesv2.list_tags_for_resource(ResourceArn=alias)["Tags"]


@pytest.mark.parametrize(
    "arn_text",
    [
        " ",
        "invalid-arn",
        "arn:",
        "arn:aws:ses:us-east-1:{}",
        "arn::ses:us-east-1:{}:configuration-set/a",
        "arn:aws::us-east-1:{}:configuration-set/a",
        "arn:aws:ses:us-east-1::configuration-set/a",
        "arn:aws:ses:us-east-1:{}:",
        "arn:aws:ses:us-east-1:{}:configuration-set",
        "arn:aws:ses:us-east-1:{}:configuration-set/",
        "arn:aws:ses:us-east-1:{}:configuration-set/ ",
        "arn:aws:ses:us-east-1:{}:configuration-set/a:extra",
        "arn:aws:ses:us-east-1:{}:configuration-set/a/extra",
        "arn:aws:ses:us-east-1:{}:configuration-set:a",
        "arn:aws:ses:us-east-1:111111111111:configuration-set/a:b",
        "arn:aws:ses:us-east-1:{}:template/a:extra",
        "arn:aws:ses:us-east-1:{}:foo/bar",
        "arn:aws:ses:us-east-1:{}:dedicated-ip-pool/a:b",
    ],
)
def test_an_arn_of_another_form_is_refused_by_every_operation(sesv2: Any, account: str, arn_text: str) -> None:
    resource = arn_text.format(account)
    for operation, more in (
        (sesv2.list_tags_for_resource, {}),
        (sesv2.tag_resource, {"Tags": []}),
        (sesv2.untag_resource, {"TagKeys": ["k"]}),
    ):
        with pytest.raises(sesv2.exceptions.BadRequestException) as error:
            operation(ResourceArn=resource, **more)
        assert ("BadRequestException", FORMAT) == refused(error)


@pytest.mark.parametrize(
    "name", ["a.example.com/extra", "a.example.com/", "a.example.com:extra", "a b", "_a", "a-", "foo.123", "a..b"]
)
def test_an_identity_that_could_be_none_is_refused_whosever_it_is(
    sesv2: Any, arn: Callable[..., str], name: str
) -> None:
    for resource in (arn(f"identity/{name}"), arn(f"identity/{name}", owner="111111111111")):
        with pytest.raises(sesv2.exceptions.BadRequestException) as error:
            sesv2.list_tags_for_resource(ResourceArn=resource)
        assert ("BadRequestException", NOT_OURS) == refused(error)


def test_accounts_in_arns_are_checked_before_names(sesv2: Any, arn: Callable[..., str]) -> None:
    for resource in ("configuration-set/bad name", "template/bad name", "identity/example.com"):
        with pytest.raises(sesv2.exceptions.BadRequestException) as error:
            sesv2.list_tags_for_resource(ResourceArn=arn(resource, owner="111111111111"))
        assert ("BadRequestException", FOREIGN) == refused(error)
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.list_tags_for_resource(ResourceArn=arn("identity/example.com", owner="12345"))
    assert ("BadRequestException", NOT_OURS) == refused(error)


def test_a_template_name_that_cannot_be_one_is_told_its_rules(sesv2: Any, arn: Callable[..., str]) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.list_tags_for_resource(ResourceArn=arn("template/bad name"))
    assert refused(error)[1].startswith("Template name can contain alphanumeric characters")
    with pytest.raises(sesv2.exceptions.NotFoundException):
        sesv2.list_tags_for_resource(ResourceArn=arn("template/_" + "n" * 127))


def test_some_requests_are_refused_without_a_word(
    server: Server, account: str, sesv2: Any, arn: Callable[..., str]
) -> None:
    path = "/v2/email/tags"
    there = arn(create(sesv2, "configuration-set"))
    wordless = (400, "ValidationException", None)
    assert wordless == send_v2(server, account, "POST", path, {"Tags": TAGS}).error
    assert wordless == send_v2(server, account, "DELETE", f"{path}?TagKeys=k").error
    assert wordless == send_v2(server, account, "DELETE", f"{path}?ResourceArn={there}").error
    assert wordless == send_v2(server, account, "GET", f"{path}?ResourceArn={arn('configuration-set/a.b')}").error
    assert 400 == send_v2(server, account, "GET", path).status


def test_the_rules_for_tags_hold_here_too(sesv2: Any, arn: Callable[..., str]) -> None:
    resource = arn(create(sesv2, "template", TAGS))
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.tag_resource(ResourceArn=resource, Tags=[{"Key": "x", "Value": "1"}, {"Key": "x", "Value": "2"}])
    assert ("BadRequestException", "Cannot provide multiple tags with the same key") == refused(error)
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.tag_resource(ResourceArn=resource, Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(49)])
    text = (
        "Maximum of 50 user tags are allowed per resource, consider reducing the number of tags in the request "
        "or delete existing tags and retry"
    )
    assert ("BadRequestException", text) == refused(error)
    assert TAGS == sesv2.list_tags_for_resource(ResourceArn=resource)["Tags"]
