#!/usr/bin/env bash
# Writes the table of docs/guide/codecs.md anew from the cards in graphs/codecs.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rows() {
  local card
  for card in graphs/codecs/*.yaml; do
    awk '
      /^[a-z_]+:/ { key = $1; sub(/:$/, "", key); sub(/^[a-z_]+: */, ""); sub(/ +#.*$/, ""); gsub(/"/, ""); v[key] = $0 }
      END {
        state = v["backend"] == "fitted" ? "built in; codebooks fitted by the run" : "published weights"
        sort = v["letter"] == "" ? "~" : v["letter"]
        printf "%s\t| %s | `%s` | %s | %s / %s / %s | %s | %s | %s |\n", sort, v["letter"] == "" ? "–" : v["letter"],
               v["name"], v["title"], v["quantizer"], v["auxiliary"], v["decoder"], v["sample_rate"],
               v["bitrate_kbps"], state
      }' "$card"
  done | sort | cut -f2
}

page=docs/guide/codecs.md
{
  sed '/<!-- table -->/q' "$page"
  echo
  echo "| paper | model | codec | quantizer / auxiliary / decoder | Hz | kbps | needs |"
  echo "|---|---|---|---|---|---|---|"
  rows
  echo
  sed -n '/<!-- end of table -->/,$p' "$page"
} > "$page.new"
mv "$page.new" "$page"
