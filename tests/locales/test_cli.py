"""Commands speak the reader's language and end with the right code."""

import io
from collections.abc import Sequence

import pytest

from contract.document import DocumentError, Fault
from contract.errors import CampusError
from contract.exit_code import ExitCode
from contract.message import Message
from locales.cli import Parser, run
from locales.texts import Texts


class RefusedError(CampusError):
    exit_code = ExitCode.NOT_PERMITTED


def ended(error: BaseException | None, environ: dict[str, str] | None = None) -> tuple[int, str]:
    def body(argv: Sequence[str], texts: Texts) -> int:
        if error is not None:
            raise error
        return 0

    printed = io.StringIO()
    return run(body, [], environ=environ or {}, err=printed), printed.getvalue()


def test_done_is_0_and_silent() -> None:
    assert ended(None) == (0, "")


def test_an_error_on_purpose_ends_with_its_own_code_and_one_line() -> None:
    assert ended(RefusedError("reason.no_collector")) == (77, "错误：未登记到任何平台，无法测速\n")
    english = ended(RefusedError("reason.no_lan"), {"LANG": "en_US.UTF-8"})[1]
    assert english == "error: there is no LAN interface to look at\n"


def test_a_wrong_document_prints_every_fault() -> None:
    found = [Fault(line, "a", Message("document.duplicate_key")) for line in (3, 1)]
    code, printed = ended(DocumentError("x.yaml", found))
    assert code == ExitCode.BAD_DATA
    assert printed.startswith("x.yaml:1: a: ")
    assert "x.yaml:3: a: " in printed


def test_a_defect_prints_its_traceback_and_ends_with_1() -> None:
    code, printed = ended(ZeroDivisionError("boom"))
    assert code == ExitCode.CRASHED
    assert "ZeroDivisionError: boom" in printed


def test_ctrl_c_is_130() -> None:
    assert ended(KeyboardInterrupt())[0] == 130


def test_a_wrong_command_line_is_64(texts: Texts, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        Parser(texts, prog="campus-x").parse_args(["--wrong"])
    assert left.value.code == ExitCode.USAGE
    assert "--wrong" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--wrong"], "不认识的参数：--wrong"),
        ([], "缺少参数：FILE"),
        (["f", "--many", "x"], "参数 --many：值 'x' 有误，应为 int"),
        (["f", "--kind", "c"], "参数 --kind：不能是 'c'，可选："),
        (["f", "--many"], "参数 --many：需要一个值"),
    ],
)
def test_what_is_wrong_with_a_command_line_is_said_in_chinese(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = Parser(Texts("zh_CN"), prog="campus-x")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--many", type=int)
    parser.add_argument("--kind", choices=["a", "b"])
    with pytest.raises(SystemExit):
        parser.parse_args(["f", *given] if given == ["--wrong"] else given)
    assert said in capsys.readouterr().err


def test_the_fixed_words_of_a_help_page_are_chinese() -> None:
    page = Parser(Texts("zh_CN"), prog="campus-x").format_help()
    assert page.startswith("用法：campus-x")
    assert "选项" in page
    assert "显示本说明后退出" in page
    assert "options" not in page
