"""Which web addresses that users gave us may be asked at all: the rules alone, without network.

The rules name what is public, not what is private: an address that nobody thought of is refused. Python's `ipaddress`
says "global" of multicast, of 6to4 and of the NAT64 form of 127.0.0.1, so it only parses here and does not judge.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

NOT_PUBLIC_4 = [
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # "this network": 0.0.0.0 reaches this machine
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind carriers' NAT; also the metadata address of Alibaba
        "127.0.0.0/8",
        "168.63.129.16/32",  # public in form, inside Azure in truth
        "169.254.0.0/16",  # link-local: metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; also the metadata address of Oracle
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
]
"""IANA's special-purpose registry of IPv4, and what it leaves out."""

PUBLIC_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = [
    IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address of anybody's choice inside
        "3fff::/20",
    )
]
NAT64 = IPv6Network("64:ff9b::/96")

MOST_CHARACTERS = 2_048
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class Refused(Exception):
    """A sentence for a problem answer: what is wrong with the address. It says nothing about our own network."""


def web_address(url: str, *, local: bool) -> httpx.URL:
    """The address, if its form is one that we ask; `local` permits plain HTTP and any port. Raises `Refused`."""
    if len(url) > MOST_CHARACTERS:
        raise Refused(f"The address is longer than {MOST_CHARACTERS} characters.")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise Refused("This is no web address; write it as https://host/path.") from None
    if parsed.scheme not in (("https", "http") if local else ("https",)):
        raise Refused("The address must begin with https://.")
    if parsed.userinfo:
        raise Refused("The address must not hold a user name or password.")
    if "#" in url:
        raise Refused("The address must not have a fragment (#...).")
    _check_port(parsed.port, local)
    _check_host(parsed.raw_host.decode("ascii"), local)
    return parsed


def is_public(address: str) -> bool:
    """Whether this IP address belongs to a host of the public internet."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in net for net in NOT_PUBLIC_4)
    if ip in NAT64:  # how a network without IPv4 reaches it
        return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip in PUBLIC_6 and not any(ip in net for net in NOT_PUBLIC_6)


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is written as, in its one plain form. A zone (`%eth0`) is of one machine only."""
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def _check_port(port: int | None, local: bool) -> None:
    """Below 1024 live mail, name and file servers, which can be made to misread a request as theirs."""
    if port is not None and not (1 if local else 1_024) <= port <= 65_535 and port != 443:
        raise Refused("The port must be 443, or between 1024 and 65535.")


def _check_host(host: str, local: bool) -> None:
    if literal(host):
        if not local and not is_public(host):
            raise Refused("The IP address is not one of a public host.")
        return
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise Refused("The host must be a name such as api.example.com, without a dot at its end.")
    if NUMBER.fullmatch(labels[-1]):  # 2130706433, 0x7f.1, 127.1: resolvers read these as addresses
        raise Refused("The host must be a name, or an IP address in its plain form.")
    if len(labels) == 1 and not local:
        raise Refused("The host must be a full name such as api.example.com.")
