# Installs the agent from this folder, without a network.  powershell -ExecutionPolicy Bypass -File install.ps1 [TARGET]
# Not yet tried on a real machine; continuous integration runs it on its Windows runner.
param([string]$Target = "$env:LOCALAPPDATA\campus-audit\agent", [string]$Python = "py")
$ErrorActionPreference = "Stop"
$here = Split-Path -Parent $MyInvocation.MyCommand.Path

& $Python -c "import sys; sys.exit(sys.version_info < (3, 11))"
if ($LASTEXITCODE -ne 0) { Write-Error "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed"; exit 69 }
$fresh = -not (Test-Path $Target)
& $Python -m venv $Target
& "$Target\Scripts\python.exe" -m pip --disable-pip-version-check --no-input -q install `
    --no-index --find-links $here --require-hashes --only-binary ":all:" -r "$here\requirements.lock"
if ($LASTEXITCODE -ne 0) {
    if ($fresh) { Remove-Item -Recurse -Force $Target }
    Write-Error "安装中止：文件缺失或与散列值不符 / stopped: a file is missing or differs from its hash"
    exit 65
}
Write-Output "已安装 / installed: $Target\Scripts\campus-agent.exe"
