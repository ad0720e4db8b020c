"""What bureaus write above their columns, and in the column of kinds."""

import re
import unicodedata

_HEADINGS = {
    "id": ("id", "school_id", "学校编号", "学校代码", "学校标识码", "学校id", "编号", "代码", "标识码"),
    "name": ("name", "school", "school_name", "学校名称", "学校", "名称", "校名", "单位名称"),
    "county": ("county", "district", "县区", "区县", "县", "区", "所属县区", "所属区县", "所在县区", "所在区县", "行政区"),
    "kind": ("kind", "type", "学校类别", "学校类型", "办学类型", "类别", "类型", "学段"),
    "students": ("students", "学生数", "学生人数", "在校生数", "在校学生数", "在校生人数"),
    "classes": ("classes", "班级数", "教学班数", "班数", "教学班"),
    "teachers": ("teachers", "教师数", "教师人数", "专任教师数", "教职工数"),
    "contract_mbit_s": (
        "contract_mbit_s",
        "contract_mbps",
        "contract",
        "bandwidth",
        "签约带宽",
        "合同带宽",
        "接入带宽",
        "带宽",
    ),
}
_KINDS = {
    "初级中学": "初中",
    "九年一贯制": "九年一贯",
    "九年一贯制学校": "九年一贯",
    "普通高中": "高中",
    "高级中学": "高中",
    "中等职业学校": "中职",
    "职业高中": "中职",
    "职高": "中职",
    "中专": "中职",
    "普通小学": "小学",
    "高等学校": "高校",
}
"""A 完全中学 has two kinds at once and is left to the county to decide."""
_FIELD_OF = {heading: field for field, headings in _HEADINGS.items() for heading in headings}


def field_of(heading: str) -> str | None:
    """The field of :class:`contract.school.School` a heading stands for: ``签约带宽（Mbps）`` is ``contract_mbit_s``."""
    plain = re.sub(r"\(.*?\)|[\s*:]", "", unicodedata.normalize("NFKC", heading)).lower()
    return _FIELD_OF.get(plain)


def kind_of(written: str) -> str:
    """The word of :class:`contract.school.SchoolKind` for what was written; unknown words come back as they are."""
    return _KINDS.get(written, written)
