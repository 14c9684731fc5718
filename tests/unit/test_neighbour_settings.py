"""Where the endpoints of other AWS services are taken from."""

from sestina.settings import load_settings


def test_the_variables_of_the_sdks_count() -> None:
    environment = {
        "AWS_ENDPOINT_URL_SNS": "http://localhost:4575",
        "AWS_ENDPOINT_URL_CLOUDWATCH": "http://localhost:4582",
        "AWS_ENDPOINT_URL_SESV2": "http://localhost:4566",
        "AWS_ENDPOINT_URL": "http://localhost:4566",
    }
    expected = ("sns=http://localhost:4575", "cloudwatch=http://localhost:4582")
    assert expected == load_settings({}, environment).neighbours


def test_a_setting_stands_above_them() -> None:
    environment = {"AWS_ENDPOINT_URL_SNS": "http://localhost:1", "SESTINA_NEIGHBOURS": "s3=http://a, sns=http://b"}
    assert ("s3=http://a", "sns=http://b") == load_settings({}, environment).neighbours
    assert ("s3=http://c",) == load_settings({"neighbours": "s3=http://c"}, environment).neighbours
    assert () == load_settings({}, {}).neighbours
