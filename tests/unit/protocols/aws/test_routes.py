"""Methods and raw paths to operations and labels."""

import pytest

from sestina.api import sesv2
from sestina.protocols.aws.routes import Router

ROUTER = Router(sesv2.OPERATIONS)


def found(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    match = ROUTER.match(method, path)
    return match and (match.operation.name, dict(match.labels))


def test_every_operation_is_found_by_its_own_route() -> None:
    for operation in sesv2.OPERATIONS:
        for method, path in ((operation.method, operation.path), *operation.older_routes):
            match = ROUTER.match(method, path.replace("{", "%7B").replace("}", "%7D"))
            assert match is not None
            assert operation is match.operation
            assert all(value == f"{{{name}}}" for name, value in match.labels.items())
            assert method in ROUTER.methods(path)


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        ("user@example.com", "user%40example.com"),
        ("user@example.com", "user@example.com"),
        ("user+tag@example.com", "user+tag@example.com"),
        ("user+tag@example.com", "user%2Btag@example.com"),
        ("a/b c", "a%2Fb%20c"),
        ("arn:aws:ses:x:1:identity/y", "arn%3Aaws%3Ases%3Ax%3A1%3Aidentity%2Fy"),
        (" %:/?#[]@!$&'()*+,;=😹", "%20%25%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%F0%9F%98%B9"),
        ("é", "é"),
    ],
)
def test_labels_are_decoded_after_the_split(expected: str, path: str) -> None:
    assert ("GetEmailIdentity", {"EmailIdentity": expected}) == found("GET", f"/v2/email/identities/{path}")


def test_two_labels_are_told_apart() -> None:
    expected = ("DeleteContact", {"ContactListName": "list", "EmailAddress": "a@example.com"})
    assert expected == found("DELETE", "/v2/email/contact-lists/list/contacts/a%40example.com")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_means_nothing(slash: str) -> None:
    assert ("GetMessageInsights", {"MessageId": "m"}) == found("GET", f"/v2/email/insights/m{slash}")
    assert ("GetEmailAddressInsights", {}) == found("POST", f"/v2/email/email-address-insights{slash}")
    assert ("ListEmailIdentities", {}) == found("GET", f"/v2/email/identities{slash}")


def test_a_literal_wins_over_a_label_only_for_its_own_methods() -> None:
    assert ("ListContacts", {"ContactListName": "l"}) == found("POST", "/v2/email/contact-lists/l/contacts/list")
    expected = ("GetContact", {"ContactListName": "l", "EmailAddress": "list"})
    assert expected == found("GET", "/v2/email/contact-lists/l/contacts/list")
    assert ("DELETE", "GET", "POST", "PUT") == ROUTER.methods("/v2/email/contact-lists/l/contacts/list")


@pytest.mark.parametrize(
    "path", ["/", "", "/v2/email", "/v2/email/nothing", "/v2/email/identities//policies", "/v2/email/outbound-emails/x"]
)
def test_an_unknown_path_is_no_route(path: str) -> None:
    assert found("GET", path) is None
    assert () == ROUTER.methods(path)


def test_a_known_path_tells_its_methods() -> None:
    assert found("PATCH", "/v2/email/outbound-emails") is None
    assert ("POST",) == ROUTER.methods("/v2/email/outbound-emails")
    assert ("DELETE", "GET", "POST") == ROUTER.methods("/v2/email/tags")
