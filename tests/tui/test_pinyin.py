"""The table of initials says what pypinyin says."""

from pypinyin import Style, pinyin

from tui.pinyin import FIRST, OTHER, _table, initials


def test_every_character_has_an_initial_that_it_is_read_with() -> None:
    for place, letter in enumerate(_table()):
        character = chr(FIRST + place)
        read = {item[:1] for item in pinyin(character, style=Style.FIRST_LETTER, heteronym=True)[0]}
        latin = {item for item in read if item.isascii() and item.isalpha()}
        assert letter in latin or not latin, character


def test_a_second_reading_is_one_that_exists() -> None:
    for character, letter in OTHER.items():
        assert letter in {item[:1] for item in pinyin(character, style=Style.FIRST_LETTER, heteronym=True)[0]}
        assert letter != initials(character)[0]


def test_names_by_their_initials() -> None:
    assert initials("修武县第一小学") == "xwxdyxx"
    assert initials("长葛 No.2") == "zgno2 cgno2"
    assert initials("") == ""
