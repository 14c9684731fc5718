"""Settings: every setting once; flags, `SESTINA_*` variables and TOML share its name."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, get_args, get_origin, get_type_hints
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct

ENDPOINT_VARIABLE: Final = "AWS_ENDPOINT_URL_"
FAKECLOUD_RELAY: Final = "FAKECLOUD_SES_SMTP_RELAY"
FLOCI_RELAY: Final = "FLOCI_SERVICES_SES_SMTP_"
OWN_ENDPOINTS: Final = ("SES", "SESV2")
ALIASES: Final = {"FAKECLOUD_SES_SMTP_PORT": "smtp_plain_port"}
"""Variables of other emulators, and the settings they set where nothing of ours does."""


class SettingsError(Exception):
    """A setting that cannot be used; the message says which and what to do."""


def _says(text: str) -> Meta:
    return Meta(description=text)


def _port(text: str) -> Meta:
    return Meta(description=text, ge=0, le=65_535)


def _most(text: str) -> Meta:
    return Meta(description=text, ge=1)


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set. The sentence of each field is its documentation."""

    host: Annotated[str, _says("Address that all listeners bind to.")] = "127.0.0.1"
    port: Annotated[int, _port("HTTP port of the APIs and the inspection; 0 takes a free one.")] = 4566
    smtp_port: Annotated[int, _port("Port of SMTP submission with STARTTLS; 0 takes a free one.")] = 2587
    smtps_port: Annotated[int, _port("Port of SMTP submission inside TLS; 0 takes a free one.")] = 2465
    smtp_plain_port: Annotated[
        Annotated[int, Meta(ge=0, le=65_535)] | None,
        _says("Port of SMTP submission without any TLS; off unless set, 0 takes a free one."),
    ] = None
    smtp_auth: Annotated[
        Literal["required", "optional"], _says("Whether SMTP submission asks for a login, as AWS does.")
    ] = "required"
    smtp_auth_without_tls: Annotated[
        bool, _says("Allow login and mail on the STARTTLS port before TLS, which AWS does not.")
    ] = False
    smtp_credentials: Annotated[
        Literal["any", "check"],
        _says("any takes every SMTP user name and password; check only those that IAM has handed out here."),
    ] = "any"
    max_smtp_connections: Annotated[int, _most("Most SMTP submission sessions at once.")] = 200
    tls_certificate: Annotated[str, _says("PEM file of the certificate; without it one is made for localhost.")] = ""
    tls_key: Annotated[str, _says("PEM file of its key, if that is not in the certificate's file.")] = ""
    inbound_port: Annotated[
        int,
        _port(
            "Port of SMTP for received mail; 0 takes a free one, as the default does where another port is the same."
        ),
    ] = 2525
    data: Annotated[str, _says("Folder to keep everything in; empty keeps it in memory.")] = ""
    durability: Annotated[
        Literal["normal", "full"],
        _says("normal survives a killed process; full also a power cut, at the price of a disk sync per answer."),
    ] = "normal"
    region: Annotated[str, _says("Region of requests that do not name one.")] = "us-east-1"
    verification: Annotated[
        Literal["auto", "email", "dns", "manual"],
        _says("How identities become verified: at once, by the link in a mail, by DNS records, or by hand."),
    ] = "auto"
    sender_gate: Annotated[bool, _says("Refuse senders whose identity is not verified.")] = True
    sandbox: Annotated[bool, _says("New accounts start in the sandbox.")] = False
    enforce_quota: Annotated[bool, _says("Refuse sends over the daily quota.")] = False
    enforce_rate: Annotated[bool, _says("Refuse sends over the maximum send rate.")] = False
    enforce_reputation: Annotated[bool, _says("Pause accounts whose bounces or complaints pass SES's limits.")] = False
    delivery_delay: Annotated[
        int, Meta(description="Milliseconds between the Send and the Delivery of a message.", ge=0)
    ] = 0
    seed: Annotated[int | None, _says("Makes ids and DKIM keys repeat themselves from run to run.")] = None
    public_url: Annotated[str, _says("Where links in mails lead; empty for this server's own address.")] = ""
    allowed_hosts: Annotated[tuple[str, ...], _says("Further host names that a browser may use.")] = ()
    neighbours: Annotated[
        tuple[str, ...],
        _says("Other endpoints for AWS services, as service=URL; a service not named is embedded."),
    ] = ()
    relay: Annotated[
        str,
        _says(
            "SMTP server to hand mail on to, as smtp://user:password@host:port or smtps://…; empty hands on nothing."
            " FAKECLOUD_SES_SMTP_RELAY and FLOCI_SERVICES_SES_SMTP_HOST, …_PORT and so on count too."
        ),
    ] = ""
    relay_mode: Annotated[
        Literal["copy", "deliver"],
        _says("copy hands on what was delivered here; deliver lets the relay's answers decide what becomes of mail."),
    ] = "copy"
    relay_tls: Annotated[
        Literal["disabled", "optional", "required"],
        _says("Whether the relay is spoken to with STARTTLS; a message whose set requires TLS always is."),
    ] = "optional"
    relay_certificate: Annotated[
        Literal["check", "any"], _says("Whether the relay's certificate is checked where TLS is required.")
    ] = "check"
    relay_allow: Annotated[
        tuple[str, ...], _says("Recipients that the relay may get: addresses, domains, globs; empty allows all.")
    ] = ()
    relay_block: Annotated[
        tuple[str, ...], _says("Recipients that the relay never gets: addresses, domains, globs.")
    ] = ()
    relay_envelope: Annotated[
        Literal["source", "ses"],
        _says("Envelope sender at the relay: source is the sender's return path, ses the bounce address of SES."),
    ] = "source"
    relay_timeout: Annotated[
        float, Meta(description="Seconds to wait for each answer of the relay.", gt=0, le=86_400)
    ] = 30.0
    relay_connections: Annotated[int, _most("Most connections to the relay at once.")] = 4
    max_connections: Annotated[int, _most("Most HTTP connections at once.")] = 10_000
    log_level: Annotated[Literal["debug", "info", "warning", "error"], _says("What to log.")] = "warning"


class Setting(Struct, frozen=True):
    """One setting as documentation and arguments need it."""

    name: str
    type: object
    default: object
    sentence: str
    """What it does, and the bounds of a number."""

    @property
    def flag(self) -> str:
        """`--delivery-delay`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """`SESTINA_DELIVERY_DELAY`."""
        return "SESTINA_" + self.name.upper()

    @property
    def choices(self) -> tuple[str, ...]:
        """The words allowed, if they are a closed set."""
        return tuple(str(word) for word in get_args(self.type)) if get_origin(self.type) is Literal else ()


def all_settings() -> list[Setting]:
    """Every setting in order."""
    hints = get_type_hints(Settings, include_extras=True)
    defaults = {field.name: field.default for field in msgspec.structs.fields(Settings)}
    settings = []
    for name, default in defaults.items():
        type_, meta = get_args(hints[name])
        settings.append(Setting(name, type_, default, f"{meta.description}{_bounds(hints[name])}"))
    return settings


def _bounds(hint: object) -> str:
    """` At least 0, at most 65535.`, or nothing; an optional number has them one level deeper."""
    parts = get_args(hint)
    said = [
        words.format(value)
        for meta in parts
        if isinstance(meta, Meta)
        for words, value in (("at least {}", meta.ge), ("more than {}", meta.gt), ("at most {}", meta.le))
        if value is not None
    ]
    return f" {', '.join(said).capitalize()}." if said else "".join(map(_bounds, parts))


def load_settings(flags: Mapping[str, object], environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Settings from flags, then `SESTINA_*` variables, then a TOML file, then defaults.

    Raises:
        SettingsError: a file that cannot be read, or as `checked` does.
    """
    chosen: dict[str, object] = {}
    if file is not None:
        try:
            chosen.update(tomllib.loads(file.read_text()))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"the settings file {file} cannot be read: {error}") from error
    for setting in all_settings():
        if setting.variable in environment:
            chosen[setting.name] = _typed(setting, environment[setting.variable])
        given = flags.get(setting.name)
        if given is not None:
            chosen[setting.name] = _typed(setting, given) if isinstance(given, str) else given
    _adopt_endpoints(chosen, environment)
    _adopt_relay(chosen, environment)
    for variable, name in ALIASES.items():
        if environment.get(variable):
            chosen.setdefault(name, environment[variable])
    return checked(chosen)


def checked(chosen: Mapping[str, object]) -> Settings:
    """Settings from values by name; what is not there has its default.

    Raises:
        SettingsError: an unknown name, a value of the wrong type or out of bounds, one that needs another.
    """
    try:
        settings = msgspec.convert(chosen, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"a setting is not usable: {error}") from error
    if settings.tls_key and not settings.tls_certificate:
        raise SettingsError("the setting tls_key is not usable: it is the key of tls_certificate, which is not set")
    taken = (settings.port, settings.smtp_port, settings.smtps_port, settings.smtp_plain_port)
    if "inbound_port" not in chosen and settings.inbound_port in taken:  # fakecloud's documents say 2525 for another
        return msgspec.structs.replace(settings, inbound_port=0)
    return settings


def _adopt_endpoints(chosen: dict[str, object], environment: Mapping[str, str]) -> None:
    """Endpoints in the variables that AWS SDKs read (`AWS_ENDPOINT_URL_SNS` …) count where no setting names any."""
    found = [
        f"{name.removeprefix(ENDPOINT_VARIABLE).lower()}={url}"
        for name, url in environment.items()
        if name.startswith(ENDPOINT_VARIABLE) and name.removeprefix(ENDPOINT_VARIABLE) not in OWN_ENDPOINTS
    ]
    if found:
        chosen.setdefault("neighbours", tuple(found))


def _adopt_relay(chosen: dict[str, object], environment: Mapping[str, str]) -> None:
    """The relay as fakecloud and Floci name it counts where no setting names one."""
    floci = {name: environment.get(f"{FLOCI_RELAY}{name}", "") for name in ("HOST", "PORT", "USER", "PASS", "STARTTLS")}
    if "relay" in chosen:
        return
    if environment.get(FAKECLOUD_RELAY):
        chosen["relay"] = environment[FAKECLOUD_RELAY]
    elif floci["HOST"]:
        login = f"{quote(floci['USER'], safe='')}:{quote(floci['PASS'], safe='')}@" if floci["USER"] else ""
        host = f"[{floci['HOST']}]" if ":" in floci["HOST"] else floci["HOST"]
        chosen["relay"] = f"smtp://{login}{host}:{floci['PORT'] or 25}"
        chosen.setdefault("relay_tls", (floci["STARTTLS"] or "disabled").lower())


def _typed(setting: Setting, text: str) -> object:
    if get_origin(setting.type) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text.lower() if setting.type is bool else text
