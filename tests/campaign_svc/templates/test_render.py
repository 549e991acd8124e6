"""Whatever a template or a fact holds: the message is within bounds, escaped where it must be, its subject one line."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaign_svc.templates import liquid
from services.campaign_svc.templates.render import Parsed, Rendered, Unrenderable, parse, render

ADA = {"contact": {"first_name": "Ada", "name": "Ada Lovelace"}, "lead": {"score": 85, "consent": ["marketing:email"]}}


def text_of(source: str, facts: dict[str, Any] | None = None) -> str:
    return render(parse("subject", source), ADA if facts is None else facts).text


def test_the_three_parts_are_rendered_from_the_facts() -> None:
    template = parse("Hello {{ contact.first_name }}", "You have {{ lead.score }}.", "<p>{{ contact.name }}</p>")
    assert render(template, ADA) == Rendered("Hello Ada", "You have 85.", "<p>Ada Lovelace</p>", ())


def test_an_unknown_variable_is_empty_and_named() -> None:
    template = parse(
        "Hi {{ contact.last_name }}", "{% if lead.grade == 'A' %}x{% endif %}[{{ nothing }}]{{ lead.score }}"
    )
    made = render(template, ADA)
    assert (made.subject, made.text) == ("Hi", "[]85")
    assert made.missing == ("contact.last_name", "lead.grade", "nothing")


def test_what_a_template_sets_itself_is_not_missing() -> None:
    made = render(parse("s", "{% assign x = 1 %}{% for y in lead.consent %}{{ x }}{{ y.size }}{% endfor %}"), ADA)
    assert (made.text, made.missing) == ("115", ())


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"])
def test_a_subject_is_one_line(ending: str) -> None:
    facts = {"contact": {"name": f"Ada{ending}Bcc: all@example.com"}}
    assert render(parse("Hi {{ contact.name }}", "t"), facts).subject == "Hi Ada Bcc: all@example.com"


@given(st.text(), st.text())
def test_no_text_whatever_makes_a_subject_of_two_lines(before: str, name: str) -> None:
    subject = render(parse("{{ before }}{{ name }}", "t"), {"before": before, "name": name}).subject
    assert len(subject.splitlines()) <= 1 and subject.isprintable() and len(subject) <= 250


@pytest.mark.parametrize(
    "filters", ["", "| append: '<i>'", "| replace: 'b', 'u'", "| upcase | downcase", "| default: 'x'"]
)
def test_what_a_variable_holds_is_escaped_in_html_and_only_there(filters: str) -> None:
    made = render(parse("s", "{{ x }}", f"<p>{{{{ x {filters} }}}}</p>"), {"x": "<b>&"})
    assert made.text == "<b>&"
    assert made.html is not None and "<b>" not in made.html and "&lt;" in made.html


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("one\n{% if %}", 2),
        ("{{ broken", 1),
        ("one\ntwo\n{% unknown %}", 3),
        ("{% include 'etc/passwd' %}", 1),
        ("one\n{% render 'x' %}", 2),
        ("one\n{{ x | exec }}", 2),
        ("{{ x | safe }}", 1),
        ("{% if (1..9999999999) contains 'a' %}{% endif %}", 1),
    ],
)
def test_what_is_not_our_liquid_is_refused_with_its_line(source: str, line: int) -> None:
    with pytest.raises(Unrenderable) as refused:
        parse("subject", source)
    assert (refused.value.part, refused.value.line) == ("text", line)
    assert "'" not in refused.value.reason  # the library quotes what it did not understand


@pytest.mark.parametrize(
    "source",
    [
        "{{" * 10_000,
        "{{" + " " * 19_900 + "}}",
        "}}" * 5_000 + "{{" * 5_000,
        "{% ? " + "{{" * 900 + "%}" + "x" * 18_000,
        "{% if " + "(" * 15_000 + "%}{% endif %}",
        "{% if a %}" * 2_000,
    ],
)
def test_a_template_that_is_built_to_be_slow_to_read_is_refused_soon(source: str) -> None:
    started = time.process_time()
    with pytest.raises(Unrenderable):
        parse("s", source)
    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}",
        "{{ 'x' " + "| replace: 'x', 'xxxxxxxxxx' " * 20 + "}}",
        "{{ 'x' " + "| replace: '', 'xxxxxxxxxx' " * 20 + "}}",
        "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 40,
        "{% assign x = 9999 %}" + "{% assign x = x | times: x %}" * 40,
        "{{ 'a,' | split: '' | join: 'aaaaaaaaaa' | split: '' | join: 'aaaaaaaaaaa' | split: '' }}" * 90,
        "{% for i in (1..1000) %}{% for j in lead.list %}{{ lead.list | sort | uniq | join }}{% endfor %}{% endfor %}"
        * 99,
    ],
)
def test_a_template_that_grows_or_takes_too_long_is_stopped_soon(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liquid, "SECONDS", 1.0)
    template, started = parse("s", source), time.process_time()
    with pytest.raises(Unrenderable):
        render(template, {"lead": {"list": [str(n) for n in range(900)]}})
        raise Unrenderable("text", 1, "this one is small enough")
    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    "source", ["{{ 1 | divided_by: 0 }}", "{{ x | times: 'b' }}", "{{ y | where: 'a' }}{{ y | sum }}"]
)
def test_a_filter_that_cannot_work_is_a_reason_and_repeats_no_fact(source: str) -> None:
    try:
        text_of(source, {"x": "secret", "y": ["secret"]})
    except Unrenderable as refused:
        assert "secret" not in str(refused)


def test_python_is_out_of_reach() -> None:
    assert text_of("{{ contact.__class__ }}{{ __builtins__ }}{{ contact.items }}{{ lead.score.real }}") == ""


def test_a_template_is_read_once_and_rendered_often() -> None:
    template: Parsed = parse("Hello {{ contact.first_name }}", "{{ lead.score }}")
    names = ["Ada", "Bob", "Cid"]
    made = [render(template, {"contact": {"first_name": name}, "lead": {"score": 1}}).subject for name in names]
    assert made == ["Hello Ada", "Hello Bob", "Hello Cid"]
