"""The secrets of API keys: random, recognisable, and known to be wrong before anybody looks for them."""

import pytest

from shared.access.apikeys import hash_of, is_secret, new_secret


def test_a_secret_is_recognised_by_its_form() -> None:
    made = {new_secret() for _ in range(200)}
    assert len(made) == 200
    assert all(is_secret(secret) and len(secret) == 53 and secret.startswith("rmk_") for secret in made)


@pytest.mark.parametrize("place", [4, 20, 46, 47, 52])
def test_a_secret_with_one_wrong_character_is_none(place: int) -> None:
    secret = new_secret()
    wrong = "0" if secret[place] != "0" else "1"
    assert not is_secret(secret[:place] + wrong + secret[place + 1 :])


@pytest.mark.parametrize("text", ["", "rmk_", "rmk_" + "0" * 48, "x" * 53, "rmk_" + "ä" * 49])
def test_what_has_another_form_is_none(text: str) -> None:
    assert not is_secret(text)


def test_a_hash_is_one_way_and_the_same_each_time() -> None:
    secret = new_secret()
    assert hash_of(secret) == hash_of(secret) != hash_of(new_secret())
    assert secret not in hash_of(secret)
