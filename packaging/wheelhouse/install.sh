#!/bin/sh
# Installs the agent from this folder, without a network: sh install.sh [TARGET]
# 从本文件夹离线安装：sh install.sh [目标文件夹]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/campus-audit}
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed" >&2
    exit 69
}
fresh=no
[ -d "$target" ] || fresh=yes
"$python" -m venv "$target"
# Every file is checked against its hash before any is installed; one that was changed stops the installation.
if ! "$target/bin/python" -m pip --disable-pip-version-check --no-input -q install \
    --no-index --find-links "$here" --require-hashes --only-binary :all: -r "$here/requirements.lock"; then
    [ "$fresh" = no ] || rm -rf "$target"
    echo "安装中止：文件缺失或与散列值不符 / stopped: a file is missing or differs from its hash" >&2
    exit 65
fi
echo "已安装 / installed: $target/bin/campus-agent"
