"""Addresses on the net: URLs, e-mail, IP."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from nlp_service.text.masks import HAN
from nlp_service.text.redaction._candidates import WORD_STARTS, Candidate, Stretch, matches

_TOP_LEVEL: Final = "(?:com|cn|net|org|io|co|me|top|xyz|cc|shop|app|hk|tw|mo|uk|info|tv|link|vip|site|store|ly)"
_URL: Final = re.compile(
    rf"(?i:(?:https?|ftp)://|{WORD_STARTS}www\.(?=[a-z0-9])"
    rf"|{WORD_STARTS}(?<![@.-])(?:[a-z0-9-]{{1,40}}\.){{1,4}}{_TOP_LEVEL}(?::[0-9]{{1,5}})?[/?])"
    r"[!-~]{0,2000}(?<![.,;:!?'\")\]}>])"
)
# Where a name in Chinese begins can't be told; most given names have one or two characters.
_EMAIL: Final = re.compile(
    rf"(?:(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{{1,64}}|[{HAN}]{{1,2}})"
    r"@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}(?![A-Za-z])"
)
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# With two digits somewhere: 1.8.8.8 is a price, or a version.
_IPV4: Final = re.compile(
    r"(?![0-9](?:\.[0-9]){3}(?![0-9]))"
    rf"(?<![A-Za-z0-9.])(?<!版本)(?<!版本号)(?<!版本號)(?<!版本[: ])(?<!(?i:version) )(?:{_OCTET}\.){{3}}{_OCTET}"
    r"(?![0-9A-Za-z]|\.[0-9])"
)
_IPV6: Final = re.compile(r"(?<![A-Za-z0-9:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![A-Za-z0-9:.])")
_FEWEST_GROUPS: Final = 3


def network(stretch: Stretch) -> Iterator[Candidate]:
    """Addresses on the net."""
    yield from matches(_URL, stretch, "url")
    yield from matches(_EMAIL, stretch, "email")
    yield from matches(_IPV4, stretch, "ip")
    yield from matches(_IPV6, stretch, "ip", fits=_is_ipv6)


def _is_ipv6(written: str) -> bool:
    try:
        IPv6Address(written)
    except AddressValueError:
        return False
    return sum(map(bool, written.split(":"))) >= _FEWEST_GROUPS
