"""Tags of resources by ARN; what is checked first is as the service was probed for it."""

from sestina.api import sesv2
from sestina.domain.refusals import Invalid
from sestina.domain.resources import resource_of
from sestina.domain.tags import Wordless, merge_resource_tags
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.tags import SHELVES, requested_tags, shown_tags, tags_of


@handles(sesv2.TAG_RESOURCE)
async def tag_resource(call: Call, request: sesv2.TagResourceRequest) -> sesv2.TagResourceResponse:
    """Adds tags; a key that exists takes the new value."""
    if request.resource_arn is None:
        raise Wordless()
    resource = resource_of(request.resource_arn, call.region.account)
    present = await tags_of(call.region, resource)
    if resource.region != call.region.name:
        raise Invalid("Failed to tag resource")
    merged = merge_resource_tags(present, requested_tags(request.tags))
    await SHELVES[resource.kind].write(call.region, resource.name, merged)
    return sesv2.TagResourceResponse()


@handles(sesv2.UNTAG_RESOURCE)
async def untag_resource(call: Call, request: sesv2.UntagResourceRequest) -> sesv2.UntagResourceResponse:
    """Removes the tags of some keys; those that are not there do not matter."""
    if request.resource_arn is None or not request.tag_keys:
        raise Wordless()
    resource = resource_of(request.resource_arn, call.region.account)
    present = await tags_of(call.region, resource)
    if resource.region != call.region.name:
        raise Invalid("Failed to untag resource")
    kept = tuple(tag for tag in present if tag.key not in request.tag_keys)
    await SHELVES[resource.kind].write(call.region, resource.name, kept)
    return sesv2.UntagResourceResponse()


@handles(sesv2.LIST_TAGS_FOR_RESOURCE)
async def list_tags_for_resource(
    call: Call, request: sesv2.ListTagsForResourceRequest
) -> sesv2.ListTagsForResourceResponse:
    """The tags of a resource; those under the ARN of another region are none."""
    resource = resource_of(request.resource_arn, call.region.account)
    tags = await tags_of(call.region, resource)
    return sesv2.ListTagsForResourceResponse(tags=shown_tags(tags if resource.region == call.region.name else ()))
