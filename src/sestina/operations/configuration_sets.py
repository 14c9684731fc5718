"""Configuration sets, the part both APIs share: checks, store and pages behind `v1/` and `v2/configuration_sets.py`."""

from sestina.domain.configuration_sets import (
    MOST,
    ConfigurationSet,
    check_configuration_set_name,
    existing_configuration_set,
    missing_configuration_set,
    too_many_configuration_sets,
    unverified_redirect_domain,
)
from sestina.domain.identities import as_of, covering_domains, normal_name
from sestina.operations.call import Call
from sestina.operations.pages import gather
from sestina.storage.collection import Mark

LIST = "configuration sets"
DEFAULT_PAGE, LARGEST_PAGE = 50, 1000


async def add_configuration_set(call: Call, configuration_set: ConfigurationSet) -> None:
    """Stores a new set whose options are already checked.

    Raises:
        Invalid, AlreadyExists, LimitReached: as their names say.
    """
    name = configuration_set.name
    check_configuration_set_name(name)
    if await call.region.configuration_sets.get(name) is not None:
        raise existing_configuration_set(name)
    if await call.region.configuration_sets.count() >= MOST:
        raise too_many_configuration_sets()
    await call.region.configuration_sets.put(name, configuration_set, call.now)


async def replace_configuration_set(call: Call, configuration_set: ConfigurationSet) -> None:
    """Stores a set with changed options; its age stays."""
    await call.region.configuration_sets.put(configuration_set.name, configuration_set, configuration_set.created)


async def configuration_set_named(call: Call, name: str) -> ConfigurationSet:
    """The set of this name.

    Raises:
        Invalid: the name cannot be one.
        Missing: there is none.
    """
    check_configuration_set_name(name)
    found = await call.region.configuration_sets.get(name)
    if found is None:
        raise missing_configuration_set(name)
    return found


async def remove_configuration_set(call: Call, name: str) -> None:
    """Forgets a set and everything in it; both APIs refuse a name that is unknown (recorded from AWS).

    Raises:
        Invalid, Missing: as for reading.
    """
    await configuration_set_named(call, name)
    await call.region.configuration_sets.remove(name)


async def page_of_configuration_sets(
    call: Call, after: Mark, size: int, containing: str = ""
) -> tuple[list[ConfigurationSet], Mark | None]:
    """A page by name of the sets whose name contains a text, whatever its case, and where the next one begins."""
    wanted = containing.lower()
    return await gather(
        call.region.configuration_sets, after, size, lambda each: each.name, lambda each: wanted in each.name.lower()
    )


async def check_redirect_domain(call: Call, domain: str) -> None:
    """Refuses a domain for links that neither itself nor by a parent is a verified identity.

    Raises:
        Invalid: it is not.
    """
    for name in covering_domains(normal_name(domain)):
        identity = await call.region.identities.get(name)
        if identity is not None and identity.is_domain and as_of(identity, call.now).is_verified:
            return
    raise unverified_redirect_domain(domain)
