"""ISPs: which mailbox provider a recipient's domain belongs to, as message insights name it."""

from typing import Final

UNKNOWN: Final = "UNKNOWN_ISP"
DOMAINS: Final = {
    "aol.com": "AOL",
    "aim.com": "AOL",
    "att.net": "AT&T",
    "bellsouth.net": "AT&T",
    "comcast.net": "Comcast",
    "xfinity.com": "Comcast",
    "cox.net": "Cox",
    "docomo.ne.jp": "Docomo",
    "earthlink.net": "EarthLink",
    "free.fr": "Free",
    "gmail.com": "Gmail",
    "googlemail.com": "Gmail",
    "gmx.com": "GMX",
    "gmx.de": "GMX",
    "gmx.net": "GMX",
    "hotmail.co.uk": "Hotmail",
    "hotmail.com": "Hotmail",
    "hotmail.fr": "Hotmail",
    "live.com": "Hotmail",
    "msn.com": "Hotmail",
    "outlook.com": "Hotmail",
    "icloud.com": "Apple",
    "mac.com": "Apple",
    "me.com": "Apple",
    "mail.ru": "Mail.ru",
    "orange.fr": "Orange",
    "proton.me": "Proton",
    "protonmail.com": "Proton",
    "qq.com": "QQ",
    "softbank.jp": "Softbank",
    "t-online.de": "T-Online",
    "web.de": "WEB.DE",
    "yahoo.co.jp": "Yahoo Japan",
    "yahoo.co.uk": "Yahoo",
    "yahoo.com": "Yahoo",
    "yahoo.de": "Yahoo",
    "yahoo.fr": "Yahoo",
    "ymail.com": "Yahoo",
    "yandex.ru": "Yandex",
}


def isp_of(address: str) -> str:
    """The provider of an address."""
    return DOMAINS.get(address.rpartition("@")[2].lower(), UNKNOWN)
