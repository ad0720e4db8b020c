#!/bin/sh
# Debian packages that the tests use, beyond Python: simulated networks and a real terminal.
# Root installs what is missing; anyone else is told, and the tests that need it are skipped by name.
set -eu

need=""
want() { command -v "$1" >/dev/null 2>&1 || need="$need $2"; }
want ip iproute2
want tc iproute2
want ethtool ethtool
want sysctl procps
want tmux tmux
want gcc gcc
want iperf3 iperf3
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || want initdb postgresql
want radvd radvd
want nft nftables
want curl curl
want ping iputils-ping
want systemd-analyze systemd
want cron cron
[ -n "$need" ] || exit 0

need=$(printf '%s\n' $need | sort -u | tr '\n' ' ')
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing:$need"
    apt-get update -qq >/dev/null 2>&1 || true
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need >/dev/null
else
    echo "缺少以下软件包，相关测试将跳过 / missing, so some tests are skipped: $need" >&2
fi
