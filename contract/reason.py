"""Why an outcome, a status or a bound is what it is. Every code has a sentence in both catalogues (``reason.<code>``)."""

from enum import StrEnum

from msgspec import Struct

from contract.message import Message, Param


class ReasonCode(StrEnum):
    """Closed set. docs/reference/reason-codes.md lists each; a test compares."""

    # Judging
    AS_REQUIRED = "as_required"
    BELOW_REQUIREMENT = "below_requirement"
    NEVER_MEASURED = "never_measured"
    STALE = "stale"
    TOO_FEW_SAMPLES = "too_few_samples"
    TOO_FEW_DAYS = "too_few_days"
    TOO_FEW_SAMPLES_TO_FAIL = "too_few_samples_to_fail"
    ONLY_A_LIMIT = "only_a_limit"
    SCHOOL_FACT_MISSING = "school_fact_missing"
    ATTESTATION_MISSING = "attestation_missing"
    ATTESTATION_OPEN = "attestation_open"
    ATTESTATION_EXPIRED = "attestation_expired"
    ATTESTATION_REJECTED = "attestation_rejected"
    ATTESTATION_ASKED = "attestation_asked"
    ATTESTED_SO = "attested_so"
    DISPUTED = "disputed"
    TEXT_NOT_SEEN = "text_not_seen"
    NOT_COUNTED = "not_counted"
    NOT_FOR_THIS_KIND = "not_for_this_kind"
    NOT_FOR_THIS_SIZE = "not_for_this_size"
    NOT_IN_FORCE = "not_in_force"
    NOT_SCORED = "not_scored"
    # How far the packets went
    PATH_IS_LOCAL = "path_is_local"
    PATH_IS_LAN = "path_is_lan"
    # What else than the line can have limited a throughput
    NIC_IS_THE_LIMIT = "nic_is_the_limit"
    HALF_DUPLEX = "half_duplex"
    MEASURED_OVER_WIFI = "measured_over_wifi"
    MEASURED_OVER_VPN = "measured_over_vpn"
    CPU_IS_THE_LIMIT = "cpu_is_the_limit"
    NOT_SATURATED = "not_saturated"
    RATE_UNSTABLE = "rate_unstable"
    CROSS_TRAFFIC = "cross_traffic"
    LINE_LOSES_PACKETS = "line_loses_packets"
    SERVER_MAY_BE_THE_LIMIT = "server_may_be_the_limit"
    SERVER_IS_THE_LIMIT = "server_is_the_limit"
    NOT_CONFIRMED = "not_confirmed"
    RECEIPT_DISAGREES = "receipt_disagrees"
    BYTE_LIMIT_REACHED = "byte_limit_reached"
    # Links
    LINK_IS_VIRTUAL = "link_is_virtual"
    LINK_IS_WIRELESS = "link_is_wireless"
    LINK_KIND_UNKNOWN = "link_kind_unknown"
    DECLARED_BY_ADMINISTRATOR = "declared_by_administrator"
    NO_DEFAULT_ROUTE = "no_default_route"
    EGRESS_NOT_PROVEN = "egress_not_proven"
    # IPv6, the rung where the ladder stopped
    IPV6_DISABLED = "ipv6_disabled"
    IPV6_NO_LINK_LOCAL = "ipv6_no_link_local"
    IPV6_LINK_LOCAL_ONLY = "ipv6_link_local_only"
    IPV6_ULA_ONLY = "ipv6_ula_only"
    IPV6_TRANSITION_ONLY = "ipv6_transition_only"
    IPV6_NO_DEFAULT_ROUTE = "ipv6_no_default_route"
    IPV6_GATEWAY_SILENT = "ipv6_gateway_silent"
    IPV6_UPSTREAM_BLACK_HOLE = "ipv6_upstream_black_hole"
    IPV6_UPSTREAM_REJECTED = "ipv6_upstream_rejected"
    IPV6_HTTP_FAILS = "ipv6_http_fails"
    IPV6_NO_AAAA = "ipv6_no_aaaa"
    IPV6_NAT66 = "ipv6_nat66"
    IPV6_NO_TARGETS = "ipv6_no_targets"
    IPV6_NO_NAMES = "ipv6_no_names"
    IPV6_PARITY_NOT_MEASURED = "ipv6_parity_not_measured"
    IPV6_PMTU_BLACK_HOLE = "ipv6_pmtu_black_hole"
    IPV6_AAAA_NXDOMAIN = "ipv6_aaaa_nxdomain"
    IPV6_DNS_SILENT = "ipv6_dns_silent"
    IPV6_WITNESS_DIFFERS = "ipv6_witness_differs"
    IPV6_SLOW_RTT = "ipv6_slow_rtt"
    IPV6_SLOW_RATE = "ipv6_slow_rate"
    IPV6_NO_IPV4 = "ipv6_no_ipv4"
    IPV6_CAPTIVE_PORTAL = "ipv6_captive_portal"
    IPV6_PROXY_ONLY = "ipv6_proxy_only"
    # Runs of checks
    CHECK_CRASHED = "check_crashed"
    CHECK_TIMED_OUT = "check_timed_out"
    CHECK_NOT_SELECTED = "check_not_selected"
    UNSUPPORTED_PLATFORM = "unsupported_platform"
    PERMISSION_MISSING = "permission_missing"
    NO_COLLECTOR = "no_collector"
    COLLECTOR_UNREACHABLE = "collector_unreachable"
    COLLECTOR_REFUSED = "collector_refused"
    SLOT_TAKEN = "slot_taken"
    SLOT_TOO_LATE = "slot_too_late"
    LINE_TESTED_ALREADY = "line_tested_already"
    DATA_BUDGET_USED = "data_budget_used"
    SWEEP_NOT_ALLOWED = "sweep_not_allowed"
    RANGE_TOO_LARGE = "range_too_large"
    NO_LAN = "no_lan"
    NEIGHBOURS_MAY_BE_SILENT = "neighbours_may_be_silent"
    SUSPECTED_LIMITER = "suspected_limiter"
    LINK_LOST = "link_lost"
    EVIDENCE_TOO_LARGE = "evidence_too_large"
    READING_FAILED = "reading_failed"


class Reason(Struct, frozen=True):
    """A :class:`contract.message.Message` whose code is one of the closed set."""

    code: ReasonCode
    params: dict[str, Param] = {}

    @property
    def message(self) -> Message:
        """The same, as an entry of the catalogues."""
        return Message(f"reason.{self.code.value}", self.params)


def because(code: ReasonCode, /, **params: Param) -> Reason:
    """A reason, spelled shortly where it is given."""
    return Reason(code, params)
