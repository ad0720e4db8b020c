"""Lists of schools as counties keep them."""

from pathlib import Path

import pytest

from collector.register import read_register
from collector.register.read import RegisterError
from contract.document import DocumentError
from contract.school import School, SchoolKind

CHINESE = (
    "学校编号,学校名称,所属县区,学校类别,在校学生数,班级数,教师数,签约带宽（Mbps）,备注\n"
    'S1,示例一小,示例县,小学,"1,200",24,60,300,旧\n'
    "S2,示例二中,示例县,初级中学,,,,,\n"
)
SCHOOLS = [
    School(
        id="S1",
        name="示例一小",
        county="示例县",
        kind=SchoolKind.PRIMARY,
        students=1200,
        classes=24,
        teachers=60,
        contract_mbit_s=300,
    ),
    School(id="S2", name="示例二中", county="示例县", kind=SchoolKind.JUNIOR),
]


def write(tmp_path: Path, content: str | bytes, name: str = "schools.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize(("separator", "end"), [(",", "\n"), (",", "\r\n"), ("\t", "\r\n"), (";", "\n")])
def test_a_sheet_is_read_however_excel_saved_it(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    text = CHINESE.replace('"1,200"', "1200").replace(",", separator).replace("\n", end)
    register = read_register(write(tmp_path, text.encode(encoding)))
    assert register.schools == SCHOOLS
    assert register.ignored == ["备注"]


def test_a_sheet_with_english_headings_is_the_same(tmp_path: Path) -> None:
    text = "id,name,county,kind,students,classes,teachers,contract_mbit_s\nS1,示例一小,示例县,小学,１２００,24.0,60,300\n"
    assert read_register(write(tmp_path, text)).schools == SCHOOLS[:1]


def test_blank_lines_and_a_missing_end_do_no_harm(tmp_path: Path) -> None:
    assert read_register(write(tmp_path, "\n" + CHINESE.replace("\nS2", "\n,,,,,,,,\n\nS2").rstrip())).schools == SCHOOLS


def test_yaml_is_the_same(tmp_path: Path) -> None:
    text = "schools:\n  - {id: S2, name: 示例二中, county: 示例县, kind: 初中}\n"
    assert read_register(write(tmp_path, text, "schools.yaml")).schools == SCHOOLS[1:]


def test_five_faults_of_a_sheet_are_all_listed_with_their_lines(tmp_path: Path) -> None:
    text = (
        "学校编号,学校名称,县区,类别,学生数\n"
        "S1,示例一小,示例县,小学,300\n"
        "S/2,示例二小,示例县,小学,300\n"  # 3: id
        "S3,,示例县,小学,300\n"  # 4: no name
        'S4,"示例\n四小",示例县,完全中学,300\n'  # 5, over two lines: kind
        "S5,示例五小,示例县,小学,三百\n"  # 7: students
        "S1,示例六小,示例县,小学,-1\n"  # 8: students; a twin is looked for once the cells are right
    )
    with pytest.raises(DocumentError) as caught:
        read_register(write(tmp_path, text))
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [
        (3, "学校编号"),
        (4, "学校名称"),
        (5, "类别"),
        (7, "学生数"),
        (8, "学生数"),
    ]


def test_five_faults_of_a_yaml_file_are_all_listed_with_their_lines(tmp_path: Path) -> None:
    text = (
        "schools:\n"
        "  - {id: S/1, name: 甲, county: 县, kind: 小学}\n"
        "  - {id: S2, county: 县, kind: 小学}\n"
        "  - {id: S3, name: 甲, county: 县, kind: 大学}\n"
        "  - {id: S4, name: 甲, county: 县, kind: 小学, students: many}\n"
        "  - {id: S5, name: 甲, county: 县, kind: 小学, pupils: 3}\n"
    )
    with pytest.raises(DocumentError) as caught:
        read_register(write(tmp_path, text, "schools.yml"))
    assert [fault.line for fault in caught.value.faults] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("name", ["twice.csv", "twice.yaml"])
def test_an_id_given_twice_is_a_fault_that_names_the_first(tmp_path: Path, name: str) -> None:
    text = "id,name,county,kind\nS1,甲,县,小学\nS1,乙,县,小学\n"
    if name.endswith("yaml"):
        text = "schools:\n  - {id: S1, name: 甲, county: 县, kind: 小学}\n  - {id: S1, name: 乙, county: 县, kind: 小学}\n"
    with pytest.raises(DocumentError) as caught:
        read_register(write(tmp_path, text, name))
    [fault] = caught.value.faults
    assert (fault.line, fault.problem.code, fault.problem.params) == (
        3,
        "collector.register.id_twice",
        {"id": "S1", "line": 2},
    )


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("", 1, "collector.register.no_schools"),
        ("id,name,county,kind\n", 1, "collector.register.no_schools"),
        ("id,name,county\nS1,甲,县\n", 1, "document.missing_key"),
        ("id,编号,name,county,kind\n", 1, "collector.register.column_twice"),
        ("id,name,county,kind\nS1,甲,县,小学,more\n", 2, "collector.register.too_many_cells"),
        ('id,name,county,kind\nS1,"甲,县,小学\n', 2, "collector.register.bad_csv"),
        ("id,name,county,kind,students\nS1,甲,县,小学,inf\n", 2, "document.wrong_value"),
        ("id,name,county,kind,students\nS1,甲,县,小学,1.5\n", 2, "document.wrong_value"),
    ],
)
def test_a_sheet_that_is_no_register_says_why(tmp_path: Path, text: str, line: int, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_register(write(tmp_path, text))
    assert [(fault.line, fault.problem.code) for fault in caught.value.faults] == [(line, code)]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"PK\x03\x04rest", "collector.register.is_xlsx"), (b"id,\xff\xff\xff", "collector.register.encoding")],
)
def test_a_file_of_another_kind_is_told_what_to_do(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(RegisterError, match=code.replace(".", r"\.")):
        read_register(write(tmp_path, content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="unreadable"):
        read_register(tmp_path / "none.csv")


def test_a_wrong_school_does_not_hide_an_id_given_twice(tmp_path: Path) -> None:
    text = "schools:\n- {id: A, name: 甲, county: 县, kind: 小学}\n- {id: A, name: 乙, county: 县, kind: 大学}\n"
    with pytest.raises(DocumentError) as caught:
        read_register(write(tmp_path, text, "both.yaml"))
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [(3, "schools[1].id"), (3, "schools[1].kind")]
