#!/bin/sh
# The long series on screens, with a real Chromium. The suite runs the short forms.
#
#   sh installer/screens.sh flake [200]    every kind of legacy page so many times in a row, in browsers that stay open; SHOKI_ONLY: only tests with one of these in their names
#   sh installer/screens.sh fresh [200]    the same, each time in a browser of its own: many hours
#   sh installer/screens.sh faults [50]    each fault at each call of the protocol so many times
#   sh installer/screens.sh kills [1000]   browsers and drivers killed at random moments
#   sh installer/screens.sh form           what a form of 30 fields costs, beside the bare calls
#   sh installer/screens.sh side [50]      the same registrations with Selenium, Robot Framework and Playwright, in one run
#   sh installer/screens.sh grid           a Selenium server (the jar of the npm package selenium-server; needs Java and npm)
#
# SHOKI_AT_ONCE says how many tests (flake) or registrations (faults) go on at once: 4 unless set.
set -eu
cd "$(dirname "$0")/.."
fail() {
    echo "エラー: $1" >&2
    exit 3
}
one() { cargo nextest run --locked --workspace --test browser --run-ignored all --no-capture -E "test($1)"; }

case "${1:-}" in
flake) SHOKI_ROUNDS="${2:-200}" one storm::every_kind_of_page ;;
fresh) cargo nextest run --locked --workspace --test browser --stress-count "${2:-200}" --no-fail-fast -E 'test(legacy::) or test(/^[a-z_]+$/)' ;;
faults) SHOKI_FAULTS="${2:-50}" one storm::every_fault ;;
kills) SHOKI_BROWSER_KILLS="${2:-1000}" one storm::killed_browsers ;;
form) one storm::what_a_form ;;
side)
    folder="${SHOKI_SIDE:-target/side-by-side}"
    if [ ! -x "$folder/bin/python" ]; then
        python3 -m venv "$folder" || fail "python3-venv を入れてください: apt-get install python3-venv"
        "$folder/bin/pip" install -q -r benches/screens/requirements.txt
    fi
    SHOKI_PYTHON="$folder/bin/python" SHOKI_REGISTRATIONS="${2:-50}" one storm::fifty_registrations
    ;;
grid)
    command -v java >/dev/null || fail "Java を入れてください: apt-get install default-jre-headless"
    folder="${SHOKI_GRID_FOLDER:-target/selenium-server}"
    mkdir -p "$folder"
    jar=$(find "$folder" -name 'selenium-server*.jar' | head -n 1)
    if [ -z "$jar" ]; then
        (cd "$folder" && npm install --no-fund --no-audit selenium-server@3.141.59)
        jar=$(find "$folder" -name 'selenium-server*.jar' | head -n 1)
    fi
    port="${SHOKI_GRID_PORT:-14444}"
    java -Dwebdriver.chrome.driver=/usr/bin/chromedriver -jar "$jar" -port "$port" >"$folder/log" 2>&1 &
    server=$!
    trap 'kill "$server"' EXIT
    n=0
    until curl -s -o /dev/null "http://127.0.0.1:$port/wd/hub/status"; do
        n=$((n + 1))
        [ "$n" -lt 60 ] || fail "Selenium のサーバーが始まりません。$folder/log を見てください。"
        sleep 1
    done
    SHOKI_GRID="http://127.0.0.1:$port/wd/hub" one storm::a_selenium_grid
    ;;
*) fail "使い方: sh installer/screens.sh flake|fresh|faults|kills|form|side|grid [回数]" ;;
esac
