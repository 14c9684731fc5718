"""Content types: what a file name says about its content, and the file names mail services refuse."""

from functools import lru_cache
from typing import Final

UNKNOWN = "application/octet-stream"

_COMMON: Final = {
    "bin": UNKNOWN, "bmp": "image/bmp", "css": "text/css", "csv": "text/csv", "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "eml": "message/rfc822",
    "gif": "image/gif", "gz": "application/gzip", "htm": "text/html", "html": "text/html", "ics": "text/calendar",
    "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json", "log": "text/plain",
    "md": "text/markdown", "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4",
    "odt": "application/vnd.oasis.opendocument.text", "pdf": "application/pdf", "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", "rtf": "application/rtf",
    "svg": "image/svg+xml", "tar": "application/x-tar", "tif": "image/tiff", "tiff": "image/tiff",
    "txt": "text/plain", "vcf": "text/vcard", "wav": "audio/wav", "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xml": "application/xml",
    "zip": "application/zip",
}  # fmt: skip

REFUSED_EXTENSIONS: Final = frozenset(
    {
        "ade", "adp", "app", "asp", "bas", "bat", "cer", "chm", "cmd", "com", "cpl", "crt", "csh", "der", "exe", "fxp",
        "gadget", "hlp", "hta", "inf", "ins", "isp", "its", "js", "jse", "ksh", "lib", "lnk", "mad", "maf", "mag",
        "mam", "maq", "mar", "mas", "mat", "mau", "mav", "maw", "mda", "mdb", "mde", "mdt", "mdw", "mdz", "msc", "msh",
        "msh1", "msh2", "mshxml", "msh1xml", "msh2xml", "msi", "msp", "mst", "ops", "pcd", "pif", "plg", "prf", "prg",
        "reg", "scf", "scr", "sct", "shb", "shs", "sys", "ps1", "ps1xml", "ps2", "ps2xml", "psc1", "psc2", "tmp", "url",
        "vb", "vbe", "vbs", "vps", "vsmacros", "vss", "vst", "vsw", "vxd", "ws", "wsc", "wsf", "wsh", "xnk",
    }
)  # fmt: skip
"""Attachments SES refuses (SES developer guide, "Unsupported attachment types"), without the dot."""


def refused_attachment(name: str) -> bool:
    """Whether a file of that name may not be attached; blanks and dots after the extension hide nothing."""
    return _extension(name) in REFUSED_EXTENSIONS


def guess_content_type(name: str) -> str:
    """The content type a file name suggests, the same on every machine."""
    extension = _extension(name)
    return _COMMON.get(extension) or _standard_type(extension)


def _extension(name: str) -> str:
    _, dot, extension = name.rstrip(". \t").rpartition(".")
    return extension.lower() if dot else ""


@lru_cache(maxsize=256)
def _standard_type(extension: str) -> str:
    from mimetypes import MimeTypes  # 3 ms, and only for the unusual

    return MimeTypes().types_map[True].get(f".{extension}", UNKNOWN)  # the library's own table, not the system's
