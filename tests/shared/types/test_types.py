"""What enters is normal or refused with a sentence, and no refusal repeats what was sent."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from shared.types import (
    LINE,
    BlankIsNone,
    Count,
    Email,
    Int64,
    Language,
    LongText,
    Text,
    TimeZone,
    Utc,
    repaired,
    rfc3339,
    zulu,
)
from tests.shared.practice import practice_json

TEXT = TypeAdapter[str](Text)
LONG_TEXT = TypeAdapter[str](LongText)
UTC_TIME = TypeAdapter[datetime](Utc)


class Form(BaseModel):
    line: Text | None = None
    at: Utc | None = None
    many: Int64 | None = None
    count: Count = 0
    language: Language | None = None
    time_zone: TimeZone | None = None
    blank: Annotated[Text | None, BlankIsNone] = None


def test_text_is_trimmed_and_composed() -> None:
    assert TEXT.validate_python("  Zoe\u0308 \n") == "Zo\u00eb"


@pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b", "a\x1b[31mb", "a\x7fb", "a\x85b", "a\nb", "a\tb", "x" * 501])
def test_text_that_a_store_or_a_terminal_would_choke_on_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        TEXT.validate_python(bad)


def test_long_text_keeps_its_lines_and_ends_them_with_lf() -> None:
    assert LONG_TEXT.validate_python("one\r\n\ttwo\n") == "one\n\ttwo"
    with pytest.raises(ValidationError):
        LONG_TEXT.validate_python("one\x00two")


@given(st.text())
def test_accepted_text_is_storable_and_accepted_again_unchanged(raw: str) -> None:
    try:
        text = LONG_TEXT.validate_python(raw)
    except ValidationError:
        return
    assert LONG_TEXT.validate_python(text) == text == unicodedata.normalize("NFC", text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in text if c not in "\n\t")
    assert text.encode().decode() == text


def test_naughty_strings_come_through_as_they_are_or_are_refused_for_control_characters() -> None:
    for naughty in practice_json("identity/naughty_strings.json"):
        try:
            assert TEXT.validate_python(naughty) == unicodedata.normalize("NFC", naughty).strip()
        except ValidationError:
            assert any(unicodedata.category(c) == "Cc" for c in naughty)


@pytest.mark.parametrize(
    ("broken", "meant"),
    [("SÃ£o Paulo", "São Paulo"), ("cafÃ©", "café"), ("РџСЂРёРІРµС‚", "Привет"), ("Ã¼ber", "über")],  # noqa: RUF001
)
def test_a_wrong_decoding_is_undone(broken: str, meant: str) -> None:
    assert repaired(broken) == meant


@pytest.mark.parametrize(
    "right", ["naïve “quotes”", "Göteborg Ångström", "\ufb01ne \uff26", "CAFÉ®", "Ünal", "plain", "日本語"]
)
def test_text_that_reads_well_is_not_repaired(right: str) -> None:
    assert repaired(right) == right


def test_a_time_is_read_into_utc_and_written_with_z() -> None:
    form = Form.model_validate({"at": "2026-01-31T10:30:00.25+01:00"})
    assert form.at == datetime(2026, 1, 31, 9, 30, 0, 250000, UTC)
    assert form.model_dump_json(include={"at"}) == '{"at":"2026-01-31T09:30:00.250000Z"}'


@pytest.mark.parametrize(
    "bad",
    [
        "2026-01-31T10:30:00",
        "2026-01-31",
        "2026-01-31T10:30Z",
        "2026-01-31 10:30:00Z",
        "2026-02-30T10:30:00Z",
        "2026-01-31T10:30:00+25:00",
        "0001-01-01T00:00:00+14:00",
        "1700000000",
        1700000000,
        1.5,
        datetime(2026, 1, 31),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        "٢٠٢٦-01-31T10:30:00Z",
    ],
)
def test_a_time_without_offset_or_out_of_range_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        UTC_TIME.validate_python(bad)


def test_nanoseconds_are_cut_to_microseconds() -> None:
    assert rfc3339("2026-01-31T10:30:00.123456789Z").microsecond == 123456


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.timezones()))
def test_a_time_written_is_the_time_read(at: datetime) -> None:
    assert rfc3339(zulu(at)) == at.astimezone(UTC)


@pytest.mark.parametrize("bad", [2**63, -(2**63) - 1, True, "12", 1.5, 2.0**54, float("nan")])
def test_a_number_that_no_bigint_holds_is_refused(bad: Any) -> None:
    with pytest.raises(ValidationError):
        Form(many=bad)


def test_an_integer_may_be_written_with_a_point_as_json_schema_has_it() -> None:
    assert (Form(many=1.0).many, Form.model_validate_json('{"count": 1e3}').count) == (1, 1_000)


def test_a_count_is_never_negative() -> None:
    assert Form(count=2**63 - 1).count == 2**63 - 1
    with pytest.raises(ValidationError):
        Form(count=-1)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("EN", "en"),
        ("pt_br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-CH-1901", "de-CH-1901"),
    ],
)
def test_a_language_tag_is_written_as_rfc_5646_recommends(written: str, tag: str) -> None:
    assert Form(language=written).language == tag


@pytest.mark.parametrize("bad", ["", "english", "e", "en-", "en--US", "d\u00e9"])
def test_what_is_no_language_tag_is_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        Form(language=bad)


@pytest.mark.parametrize("bad", ["Mars/Olympus", "../../etc/passwd", "", "Europe", "europe/berlin"])
def test_a_time_zone_is_one_that_exists(bad: str) -> None:
    assert ZoneInfo(str(Form(time_zone="Europe/Berlin").time_zone))
    with pytest.raises(ValidationError):
        Form(time_zone=bad)


def test_a_field_left_blank_is_no_value() -> None:
    assert Form(blank="  ").blank is None
    assert Form(blank=" a ").blank == "a"


def test_a_refusal_does_not_repeat_the_value() -> None:
    canary = "Canary\x07Person"
    values = {"line": canary, "at": canary, "many": canary, "language": canary, "time_zone": canary}
    with pytest.raises(ValidationError) as refused:
        Form.model_validate(values)
    sentences = [error["msg"] for error in refused.value.errors()]
    assert len(sentences) == len(values)
    assert not any("Canary" in sentence for sentence in sentences)


CODE: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(min_length=1, max_length=100), LINE])


def test_a_length_counts_what_was_sent_and_blanks_alone_are_nothing() -> None:
    assert CODE.validate_python(" a ") == "a"
    for bad in ("", " \t", "a" + " " * 100):
        with pytest.raises(ValidationError):
            CODE.validate_python(bad)


@pytest.mark.parametrize("blank", ["", "  ", " " * 100, None])
def test_the_schema_of_a_field_that_may_be_left_blank_takes_blanks(blank: str | None) -> None:
    """Also where the type behind it takes none."""
    for kind in (Text, Email, Annotated[str, Field(min_length=1, max_length=100), LINE]):
        door: TypeAdapter[Any] = TypeAdapter(Annotated[kind | None, BlankIsNone])  # type: ignore[arg-type]
        assert door.validate_python(blank) is None
        assert Draft202012Validator(door.json_schema()).is_valid(blank)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_schema_of_a_text_states_the_bounds_that_are_checked(mode: Any) -> None:
    """What is published must not promise room for 500 characters where the door takes 100."""
    code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^/]*$"), LINE]
    assert TypeAdapter(code).json_schema(mode=mode) == {
        "type": "string",
        "minLength": 1,
        "maxLength": 100,
        "pattern": "^[^/]*$",
    }
    assert TEXT.json_schema(mode=mode)["maxLength"] == 500
    assert LONG_TEXT.json_schema(mode=mode)["maxLength"] == 20_000


@pytest.mark.parametrize(
    "text", ["", "a b", " a\n", "a\tb", "a\nb", "a\r\nb", "a\rb", "a\x00b", "a\x1fb", "a\x7f", "\x9fa", "ä"]
)
@pytest.mark.parametrize("kind", [TEXT, LONG_TEXT, CODE])
def test_the_pattern_of_a_text_is_what_the_door_takes(kind: TypeAdapter[str], text: str) -> None:
    try:
        kind.validate_python(text)
        taken = True
    except ValidationError:
        taken = False
    assert bool(re.search(kind.json_schema()["pattern"], text)) == taken
