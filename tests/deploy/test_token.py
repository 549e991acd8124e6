"""A token from inside a container: the image of one service has no command `rainmaker`."""

import pytest

from services import of_name
from shared.access.tokens import Tokens
from shared.service.command import main
from tests.deploy.compose import OURS
from tests.shared.belfry import MASTER_KEY, SIGNING_KEY

SETTINGS = {
    "RAINMAKER_MASTER_KEY": MASTER_KEY,
    "RAINMAKER_SIGNING_KEY": SIGNING_KEY,
    "RAINMAKER_CUSTOMER_URL": "http://customer-api:8000",
    "SMTP_URL": "file:///mailbox",
    "RAINMAKER_MAIL_FROM": "us@rainmaker.example",
}


@pytest.mark.parametrize("name", OURS)
def test_each_program_prints_a_token_that_all_services_take(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable, value in SETTINGS.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as end:
        main(of_name(name), ["token", "--role", "viewer"])
    token = capsys.readouterr().out.strip()
    assert end.value.code == 0
    for other in OURS:
        roles = of_name(other).roles
        assert Tokens(SIGNING_KEY, roles=roles).verify(token).scopes == roles["viewer"] != frozenset()


def test_a_role_that_is_not_there_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable, value in SETTINGS.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as end:
        main(of_name("analytics"), ["token", "--role", "king"])
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("There is no role king; the roles are viewer,")
