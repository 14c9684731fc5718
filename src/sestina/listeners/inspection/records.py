"""Records: what DNS would have to say about a domain, and where the keys that verify a message would stand.

Nobody answers DNS for mail that never leaves this machine; a verifier is given these records instead.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.dkim import (
    HOSTED_ZONE,
    OWN_KEY,
    Signatory,
    cname_records,
    public_record,
    service_signatory,
    signatory_of,
)
from sestina.domain.identities import Identity, normal_name
from sestina.domain.mail_from import MX_PREFERENCE, SENDER_POLICY, feedback_host
from sestina.domain.verification import txt_name
from sestina.listeners.caller import DEFAULT_ACCOUNT
from sestina.listeners.http_messages import Answer, HttpError
from sestina.listeners.inspection.filters import ONE_PLACE
from sestina.listeners.inspection.routes import Route, Visit, answer
from sestina.pipeline.sending.replicas import dkim_in_effect
from sestina.pipeline.sending.signatures import key_of
from sestina.storage.region import Region


class Record(Struct, frozen=True, kw_only=True):
    """A record of DNS; the value of a TXT record is one text, however long."""

    name: str
    type: str
    value: str


class Records(Struct, frozen=True, kw_only=True):
    """What DNS has to say about a domain: what its owner publishes, and what then stands at amazonses.com."""

    identity: str
    owner: list[Record]
    amazonses: list[Record]


class SignatureRecord(Struct, frozen=True, kw_only=True):
    """A signature of a message, and the TXT record that its public key is found in."""

    domain: str
    selector: str
    record: Record


class SignatureRecords(Struct, frozen=True, kw_only=True):
    """The signatures of a message from the top, none if SES wrote it itself."""

    id: str
    signatures: list[SignatureRecord]


async def identity_records(visit: Visit) -> Answer:
    """The records of a domain."""
    account, name = visit.text("account") or DEFAULT_ACCOUNT, normal_name(visit.labels["name"])
    region_name = visit.text("region") or visit.facts.default_region
    region = await visit.services.regions.known(account, region_name, visit.services.outside.clock.now())
    identity = None if region is None else await region.identities.get(name)
    if region is None or identity is None or not identity.is_domain:
        raise HttpError(404, f"There is no domain {name} of account {account} in {region_name}.")
    now = visit.services.outside.clock.now()
    identity = replace(identity, dkim=await dkim_in_effect(visit.services.regions, region, identity, now))
    amazons = await _amazons(visit, identity, region)
    return answer(Records(identity=name, owner=_owners(identity, region), amazonses=amazons))


async def message_signatures(visit: Visit) -> Answer:
    """Who signed a message, with the public keys."""
    found = await visit.mailbox.get(visit.labels["id"])
    if found is None:
        raise HttpError(404, f"There is no message with the id {visit.labels['id']}.")
    shown = [
        SignatureRecord(domain=one.domain, selector=one.selector, record=_text(one.record_name, key))
        for one in found.message.signatories
        if (key := await public_key(visit, one)) is not None
    ]
    return answer(SignatureRecords(id=found.message.id, signatures=shown))


ROUTES: Final = (
    Route(
        method="GET",
        path="/_sestina/identities/{name}/records",
        handler=identity_records,
        summary="The DNS records of a domain, with the public keys of its DKIM",
        parameters=ONE_PLACE,
        answers=Records,
        refuses=(404,),
    ),
    Route(
        method="GET",
        path="/_sestina/messages/{id}/signatures",
        handler=message_signatures,
        summary="Who signed a message, and the DNS records that verify it",
        answers=SignatureRecords,
        refuses=(404,),
    ),
)


def _owners(identity: Identity, region: Region) -> list[Record]:
    name, dkim = identity.name, identity.dkim
    records = [_text_record(txt_name(name), identity.token)] if identity.token else []
    if dkim.origin == OWN_KEY and dkim.public_key:
        records.append(_text(signatory_of(name, dkim).record_name, dkim.public_key))
    elif dkim.origin != OWN_KEY:
        records += [Record(name=alias, type="CNAME", value=target) for alias, target in cname_records(name, dkim)]
    if identity.mail_from.domain:
        records.append(
            Record(name=identity.mail_from.domain, type="MX", value=f"{MX_PREFERENCE} {feedback_host(region.name)}")
        )
        records.append(_text_record(identity.mail_from.domain, SENDER_POLICY))
    return records


async def _amazons(visit: Visit, identity: Identity, region: Region) -> list[Record]:
    """One key stands behind all three tokens."""
    service = service_signatory(region.name)
    records = [_text(service.record_name, await public_key(visit, service) or "")]
    if identity.dkim.origin != OWN_KEY and identity.dkim.tokens:
        key = await public_key(visit, signatory_of(identity.name, identity.dkim)) or ""
        records += [_text(f"{token}.{HOSTED_ZONE}", key) for token in identity.dkim.tokens]
    return records


async def public_key(visit: Visit, signatory: Signatory) -> str | None:
    """The public key of a signatory in base64; a key of the service is made when it is first asked for."""
    services = visit.services
    key = await key_of(signatory, services.regions.signatures, services.outside)
    public = None if key is None else await services.outside.signing.public_half(key)
    return None if public is None else public.text


def _text(name: str, public_key: str) -> Record:
    return _text_record(name, public_record(public_key))


def _text_record(name: str, value: str) -> Record:
    return Record(name=name, type="TXT", value=value)
