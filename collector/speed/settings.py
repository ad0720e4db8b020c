"""Limits of the speed endpoints: what one test may take from the collector's own line, and how many run at a time."""

from typing import Annotated

from msgspec import Meta, Struct

from contract.settings import described


class SpeedSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The part ``speed`` of the collector's configuration.

    A confirmed test takes 10 s: 500 MB let it be whole up to 400 Mbit/s.
    """

    max_concurrent: Annotated[
        int,
        described(
            "同时进行的测速数量上限；应不超过“平台带宽 ÷ 单校最大带宽”",
            "how many tests may run at a time; keep it below the collector's own line divided by that of the fastest school",
            ge=1,
            le=10_000,
        ),
    ] = 10
    line_mbit_s: Annotated[
        Annotated[float, Meta(gt=0, le=1_000_000)] | None,
        described(
            "平台测速服务自身的带宽（Mbit/s），由管理员核实后填写；不填则任何偏低的结果都只作下限，因为瓶颈可能在平台",
            "the speed server's own line in Mbit/s, as the administrator has checked it; left out, every low result is only"
            " a lower bound, because the server may have been the limit",
        ),
    ] = None
    max_megabytes: Annotated[
        int,
        described("每次测速每个方向的流量上限（MB）", "megabytes of one test in each direction, at most", ge=1, le=100_000),
    ] = 500
    max_seconds: Annotated[
        float,
        described("每次测速每个方向的时长上限（秒）", "seconds of one test in each direction, at most", ge=1, le=300),
    ] = 60.0
    session_seconds: Annotated[
        float,
        described(
            "测速会话的有效期（秒）；到期自动释放名额",
            "seconds until a session ends by itself and its place is free again",
            ge=5,
            le=3600,
        ),
    ] = 300.0
    idle_seconds: Annotated[
        float,
        described(
            "会话多久没有任何动静即视为客户端已离开（秒）",
            "seconds without any sign of life after which a client counts as gone",
            ge=1,
            le=3600,
        ),
    ] = 20.0
