"""Reading a YAML file tells everything that is wrong with it, and where."""

from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from contract.document import DocumentError, Fault, read
from contract.exit_code import ExitCode
from locales.cli import explain_document
from locales.texts import Texts


class Port(Struct, forbid_unknown_fields=True):
    number: Annotated[int, Meta(ge=1, le=65535)]
    protocol: Literal["tcp", "udp"] = "tcp"


class Site(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1)]
    ports: list[Port] = []
    main: Port | None = None
    shares: dict[str, float] = {}
    limit: float | bool | list[float] | None = None


FIVE_FAULTS = """\
name: ''
ports:
  - number: 0
    protocol: icmp
  - protocl: tcp
main: 443
"""


def faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(DocumentError) as caught:
        read(text, Site, "site.yaml")
    assert caught.value.exit_code == ExitCode.BAD_DATA
    return [(fault.line, fault.key, fault.problem.code) for fault in caught.value.faults]


def test_it_lists_every_fault_of_a_file_in_one_run() -> None:
    assert faults(FIVE_FAULTS) == [
        (1, "name", "document.wrong_value"),
        (3, "ports[0].number", "document.wrong_value"),
        (4, "ports[0].protocol", "document.wrong_value"),
        (5, "ports[1].number", "document.missing_key"),
        (5, "ports[1].protocl", "document.unknown_key"),
        (6, "main", "document.wrong_value"),
    ]


def test_it_says_what_was_found_and_what_was_expected(texts: Texts) -> None:
    with pytest.raises(DocumentError) as caught:
        read("name: a\nports: [{number: 70000}]\n", Site, "site.yaml")
    page = explain_document(caught.value, texts)
    assert page.startswith("site.yaml:2: ports[0].number: ")
    assert "70000" in page
    assert "int >= 1 and <= 65535" in page


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("name: [\n", 2, "document.syntax"),
        ("name: a\nname: b\n", 2, "document.duplicate_key"),
        ("- 1\n", 1, "document.wrong_value"),
        ("name: a\nlimit: much\n", 2, "document.wrong_value"),
        ("name: a\nshares: {x: y}\n", 2, "document.wrong_value"),
        ("name: a\n---\nname: b\n", 2, "document.syntax"),
        ("name: \x07\n", 1, "document.syntax"),
        ("", 1, "document.missing_key"),
    ],
)
def test_each_kind_of_fault_has_its_line_and_code(text: str, line: int, code: str) -> None:
    assert [(found[0], found[2]) for found in faults(text)] == [(line, code)]


def test_it_gives_typed_values_and_keeps_their_lines() -> None:
    document = read("name: a\nmain:\n  number: 443\nlimit: [1, 2.5]\n", Site, "site.yaml")
    assert document.value == Site(name="a", main=Port(443), limit=[1.0, 2.5])
    assert document.line("main.number") == 3
    assert document.line("main.absent") == 2
    assert document.fault("limit[0]", "x.y").line == 4


def test_a_python_object_tag_is_refused_not_executed() -> None:
    assert faults("name: !!python/object/apply:os.system ['true']\n")[0][2] == "document.wrong_value"


@given(st.text(max_size=200))
def test_no_text_makes_it_fail_in_another_way(text: str) -> None:
    faults_found: list[Fault] = []
    try:
        read(text, Site, "fuzz")
    except DocumentError as error:
        faults_found = error.faults
    assert all(fault.line >= 1 for fault in faults_found)
