# Unpacks nothing and needs no administrator: run it in the folder that the zip was unpacked to.
#   powershell -ExecutionPolicy Bypass -File setup.ps1 -Url https://collector.example.test -Code ABCDE-23456
# Copies the bundle to the account's own programs (or to Program Files with -Machine, as administrator), enrols, schedules.
# Not yet tried on a real machine; continuous integration runs it as far as -NoEnrol on its Windows runner.
param(
    [string]$Url, [string]$Code, [switch]$Machine, [switch]$NoEnrol
)
$ErrorActionPreference = "Stop"
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$source = Join-Path (Split-Path -Parent $MyInvocation.MyCommand.Path) "campus-agent"
$base = if ($Machine) { $env:ProgramFiles } else { Join-Path $env:LOCALAPPDATA "Programs" }
$target = Join-Path $base "campus-audit"

if (Test-Path $target) { Remove-Item -Recurse -Force $target }
Copy-Item -Recurse $source $target
$agent = Join-Path $target "campus-agent.exe"
& $agent --version
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
if ($NoEnrol) { exit 0 }

& $agent enroll $Url $Code
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
& $agent schedule install
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
if ($Machine) {
    # The task runs as LOCAL SERVICE, which must be able to write the state that the administrator has just made.
    & icacls (Join-Path $env:ProgramData "campus-audit") /inheritance:r /grant "*S-1-5-19:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" | Out-Null
}
& $agent doctor
