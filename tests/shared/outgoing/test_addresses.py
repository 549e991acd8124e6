"""Which web addresses are refused, in every spelling that leads inside."""

import pytest

from shared.outgoing.addresses import Refused, is_public, web_address

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.9",  # noqa: S104
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.1.1.1",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "localhost", "", "8.8.8.8 ",
]  # fmt: skip
OUTSIDE = [
    "8.8.8.8",
    "93.184.215.14",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_or_of_no_single_host_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


SPELLINGS = [
    "http://api.example.com/", "ftp://api.example.com/", "//api.example.com/", "api.example.com", "https:/x", "https:",
    "", "https://", "https:///path", "https://?q=1", "https://user@api.example.com/", "https://a:b@api.example.com/",
    "https://api.example.com/#part", "https://api.example.com/#", "https://api.example.com:22/",
    "https://api.example.com:0/", "https://api.example.com:65536/", "https://api.example.com:-1/",
    "https://api.example.com:80/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0x/",
    "https://127.1/", "https://017700000001/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://localhost./",
    "https://api.example.com./", "https://localhost/", "https://intranet/", "https://\uff11\uff12\uff17.0.0.1/",
    "https://\u2460\u2461\u2466.0.0.1/", "https://127\u30020\u30020\u30021/", "https://[::1/", "https://[fe80::1%25eth0]/",
    "https://api..example.com/", "https://-a.example.com/", "https://a b.example.com/", "https://api.example.com\\@x/",
    "https://api.example.com\n/", "https://api%2eexample.com/", "https://1.2.3.4.5/", "https://999.1.1.1/",
    "https://a.example.com/" + "a" * 2_048, "https://" + "a." * 127 + "com/", "https://api.example.com/\ud800",
    "https://[2606:4700::1111%25eth0]/", "https://[2606:4700::1111%eth0]/",
]  # fmt: skip


@pytest.mark.parametrize("url", SPELLINGS)
def test_an_address_in_a_form_that_only_an_attacker_needs_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(Refused, match=r"^[A-Z].*\.$"):
        web_address(url, local=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com", "HTTPS://API.Example.COM/Path?a=b%20c&d={from}", "https://api.example.com:8443/",
        "https://api.example.com:443/", "https://münchen.example/", "https://8.8.8.8/", "https://[2606:4700::1111]/",
        "https://a_b.example.com/", "https://3com.com/",
    ],
)  # fmt: skip
def test_an_ordinary_address_is_accepted(url: str) -> None:
    assert web_address(url, local=False).scheme == "https"


def test_the_local_mode_accepts_this_machine_over_plain_http() -> None:
    assert web_address("http://localhost:80/x", local=True).host == "localhost"
    assert web_address("http://[::1]:8080/x", local=True).raw_host == b"::1"
    with pytest.raises(Refused):
        web_address("http://2130706433/", local=True)
