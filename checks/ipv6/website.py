"""What the collector measures of a school's website; declared here so that packs may ask for it."""

from checks.registry import Measure, measured_elsewhere
from contract.message import Bilingual
from contract.units import Unit

_YES_NO = {
    "ready": ("学校网站支持 IPv6", "The school's website supports IPv6"),
    "aaaa": ("网站域名有 AAAA 记录", "The website has an AAAA record"),
    "name_servers": ("权威域名服务器可经 IPv6 访问", "Its name servers answer over IPv6"),
    "home_page": ("网站首页可经 IPv6 访问", "Its home page loads over IPv6"),
    "redirect": ("跳转后的域名也支持 IPv6", "Where it leads has IPv6"),
    "success": ("多次访问均成功", "Every visit succeeds"),
    "first_packet": ("首包时延正常", "The first packet comes in time"),
    "rate": ("下载速率不低于 IPv4 的一半", "The rate is at least half of IPv4"),
    "content": ("与 IPv4 内容一致", "The content is that of IPv4"),
    "second_level": ("二级链接可经 IPv6 访问", "Links of the second level load over IPv6"),
    "third_level": ("三级链接可经 IPv6 访问", "Links of the third level load over IPv6"),
    "certificate": ("网站证书有效", "Its certificate is good"),
}
_NUMBERS = {
    "dns_ms": (Unit.MS, "域名解析时延", "Time of its name resolution"),
    "tcp_ms": (Unit.MS, "建立连接时延", "Time of a connection to it"),
    "first_ms": (Unit.MS, "首包时延", "Time to its first packet"),
    "page_ms": (Unit.MS, "首页时延", "Time of its home page"),
    "rate_mbit_s": (Unit.MBIT_S, "下载速率", "Rate of a download from it"),
    "success_percent": (Unit.PERCENT, "访问成功率", "Visits that succeed"),
    "second_percent": (Unit.PERCENT, "二级链接支持率", "Links of the second level that load"),
    "third_percent": (Unit.PERCENT, "三级链接支持率", "Links of the third level that load"),
}

measured_elsewhere(
    {f"website.{name}": Measure(Unit.YES_NO, Bilingual(zh, en)) for name, (zh, en) in _YES_NO.items()}
    | {f"website.{name}": Measure(unit, Bilingual(zh, en)) for name, (unit, zh, en) in _NUMBERS.items()}
)
