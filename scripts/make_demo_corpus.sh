#!/usr/bin/env bash
# Makes the demo corpus: real human speech from Debian's Asterisk voice prompts, in the shape of VCTK 0.92.
#
#   scripts/make_demo_corpus.sh [DEST]     DEST: data/demo of this checkout if not given
#   cfo-make-demo-corpus [DEST]            the same, installed; DEST: data/demo of the working folder if not given
#
# Each prompt (G.722, which is 16 kHz) of at least one second becomes
# DEST/wav48_silence_trimmed/pXXX/pXXX_NNN_mic1.flac at 16 kHz. The same prompts always get the same names.
# Run again, it does nothing; after an interruption it goes on where it stopped.
# CFO_DEMO_SOUNDS names another folder of prompts (default /usr/share/asterisk/sounds).
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

case "${1:-}" in
  -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
  -*) echo "make_demo_corpus.sh: unknown option '$1'; known: --help" >&2; exit 2 ;;
esac
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ -x $scripts/install_packages.sh ]]; then
  in_checkout=yes
  destination=${1:-"$scripts/../data/demo"}
else
  in_checkout=no
  destination=${1:-data/demo}
fi
sounds=$(realpath -m "${CFO_DEMO_SOUNDS:-/usr/share/asterisk/sounds}")

# speaker, split, voice, licence, and the prompt folders of that voice. One person has one speaker id in all
# languages: Allison Smith speaks the English and the Spanish prompts.
voices=(
  "p901|train|Allison Smith|CC BY-SA 3.0|en_US_f_Allison es_MX_f_Allison"
  "p902|train|Carlo Flora|CC BY 3.0|it_IT_m_Carlo"
  "p903|validation|June Wallack|CC BY-SA 3.0|fr_CA_f_June"
  "p904|eval|IVRvoice.ru (provided by Maxim Topal)|CC BY 3.0|ru_RU_f_IvrvoiceRU"
)

bytes_a_second=8000  # G.722 at 64 kbit/s
# Not speech: pauses, tones, and a recording of monkeys.
not_speech='^(silence/.*|beep|beeperr|ascending-2tone|descending-2tone|confbridge-join|confbridge-leave|tt-monkeys)[.]g722$'

# Lines "speaker <tab> utterance <tab> prompt <tab> bytes" of one voice.
list_prompts() {
  local speaker=$1 folder
  shift
  for folder in "$@"; do
    if [[ ! -d $sounds/$folder ]]; then
      echo "make_demo_corpus.sh: $sounds/$folder is missing; install Debian's asterisk-core-sounds-*-g722" \
        "(en, es, fr, it and ru) and ffmpeg" >&2
      return 1
    fi
    (cd "$sounds/$folder" && find . -name '*.g722' -printf "%P\t%s\n") | sort |
      awk -F'\t' -v folder="$folder" -v skip="$not_speech" -v least=$bytes_a_second \
        '$2 >= least && $1 !~ skip {print folder "/" $1 "\t" $2}'
  done | awk -F'\t' -v speaker="$speaker" '{printf "%s\t%s_%03d\t%s\t%d\n", speaker, speaker, NR, $1, $2}'
}

list_corpus() {
  local voice speaker folders
  for voice in "${voices[@]}"; do
    IFS='|' read -r speaker _ _ _ folders <<<"$voice"
    # shellcheck disable=SC2086 # folders is a list of words
    list_prompts "$speaker" $folders
  done
}

# Writes stdin to the file $1: absent or whole.
write_whole() {
  cat >"$1.partial"
  sync "$1.partial"
  mv "$1.partial" "$1"
}

# shellcheck disable=SC2317 # run by xargs
# Arguments: pairs of prompt and destination. One ffmpeg decodes them all; a file gets its name when it is on disk.
decode_prompts() {
  local work inputs=() outputs=() targets=() index=0
  work=$(mktemp -d .decode.XXXXXX)
  while [[ $# -gt 0 ]]; do
    inputs+=(-f g722 -i "$1")
    outputs+=(-map "$index:a" -map_metadata -1 -fflags +bitexact -flags:a +bitexact -ar 16000 -ac 1
              -sample_fmt s16 -c:a flac "$work/$index.flac")
    targets+=("$2")
    index=$((index + 1))
    shift 2
  done
  ffmpeg -nostdin -v error "${inputs[@]}" "${outputs[@]}"
  sync "$work"/*.flac
  for index in "${!targets[@]}"; do
    mv "$work/$index.flac" "${targets[$index]}"
  done
  rmdir "$work"
}
export -f decode_prompts

# Lines "speaker <tab> split <tab> utterances <tab> hours <tab> voice <tab> licence", from utterances.tsv.
list_speakers() {
  local voice speaker split name licence folders
  printf 'speaker\tsplit\tutterances\thours\tvoice\tlicence\n'
  for voice in "${voices[@]}"; do
    IFS='|' read -r speaker split name licence folders <<<"$voice"
    awk -F'\t' -v speaker="$speaker" -v second=$bytes_a_second \
        '$1 == speaker {n++; bytes += $4} END {printf "%d\t%.3f", n, bytes / second / 3600}' utterances.tsv |
      { IFS= read -r counts || true; printf '%s\t%s\t%s\t%s\t%s\n' "$speaker" "$split" "$counts" "$name" "$licence"; }
  done
}

write_sources() {
  cat <<'END'
Where the demo speech comes from

Prompts of the Asterisk telephone exchange ("asterisk-core-sounds", https://www.asterisk.org), as Debian packages them in
asterisk-core-sounds-{en,es,fr,it,ru}-g722. They are recordings of people speaking. What was changed: G.722 was
decoded to 16 kHz FLAC; prompts shorter than one second, pauses, tones and noises were left out; files were renamed
(utterances.tsv tells which prompt became which file).

p901  Allison Smith (http://www.theivrvoice.com), English and Spanish       CC BY-SA 3.0
      financial contributions by Digium, Inc.
p902  Carlo Flora (http://www.carloflora.com), Italian                      CC BY 3.0
      translated by Silvia Petrin; voice available at http://www.segreterietelefoniche.it
p903  June Wallack (http://www.junewallack.com), Canadian French            CC BY-SA 3.0
      translated by Clod Patry, Kristopher Lalletti and June Wallack;
      financial contributions by Digium, Inc., Unlimitel and BGM Informatique
p904  a voice of http://www.ivrvoice.ru, provided by Maxim Topal, Russian   CC BY 3.0

CC BY-SA 3.0: https://creativecommons.org/licenses/by-sa/3.0/   CC BY 3.0: https://creativecommons.org/licenses/by/3.0/
Full texts: /usr/share/doc/asterisk-core-sounds-*-g722/copyright. Speech made from p901 and p903 by a codec is a
derivative work of theirs: pass it on under CC BY-SA 3.0 or a later version of it, and keep these credits.
END
}

write_readme() {
  cat <<'END'
CFO's demo corpus, made by scripts/make_demo_corpus.sh: real human speech in the shape of VCTK 0.92.

wav48_silence_trimmed/pXXX/pXXX_NNN_mic1.flac   the speech: 16 kHz, 16 bit, mono (the folder's name is VCTK's)
speakers.tsv                                    speakers, the split each belongs to, utterances, hours, licence
utterances.tsv                                  speaker, utterance, the prompt it was made from, the prompt's bytes
SOURCES.txt                                     credits and licences; keep them with the speech

Splits are disjoint by speaker: p901 and p902 train, p903 validation, p904 evaluation. The recordings went through
the G.722 telephone codec before they came here, so results on them show that the machinery works; they do not
compare with results on VCTK.
END
}

script=$scripts/$(basename "${BASH_SOURCE[0]}")
if [[ $in_checkout == yes && -z ${CFO_DEMO_SOUNDS:-} ]]; then
  "$scripts/install_packages.sh" --demo
fi
mkdir -p "$destination"
destination=$(cd "$destination" && pwd)
cd "$destination"
exec 9>.lock
flock 9

finish() {
  column -t -s $'\t' speakers.tsv 2>/dev/null || cat speakers.tsv
  echo "Demo corpus: $1, $destination"
  exit 0
}

prompts=$(list_corpus)
total=$(wc -l <<<"$prompts")
recipe=$(printf '%s\n' "$prompts" | cat - "$script" | sha256sum)
if [[ $(cat .recipe 2>/dev/null) != "$recipe" ]]; then
  # Made from other prompts or in another way: the old files may hold other sentences.
  rm -rf .complete wav48_silence_trimmed
  write_whole utterances.tsv <<<"$prompts"
  write_whole .recipe <<<"$recipe"
fi
if [[ -e .complete && $(find wav48_silence_trimmed -name '*_mic1.flac' | wc -l) -eq $total ]]; then
  finish "already there"
fi

rm -rf .decode.*
cut -f1 utterances.tsv | sort -u | sed 's|^|wav48_silence_trimmed/|' | xargs mkdir -p
while IFS=$'\t' read -r speaker utterance prompt _; do
  file=wav48_silence_trimmed/$speaker/${utterance}_mic1.flac
  [[ -e $file ]] || printf '%s\n%s\n' "$sounds/$prompt" "$file"
done <utterances.tsv >.pending
echo "Decoding $(($(wc -l <.pending) / 2)) of $total prompts ..."
xargs -r -d '\n' -n 64 -P "$(nproc)" bash -euo pipefail -c 'decode_prompts "$@"' decode <.pending
rm .pending

write_sources | write_whole SOURCES.txt
write_readme | write_whole README.txt
list_speakers | write_whole speakers.tsv
sync -f .
write_whole .complete </dev/null
finish "made"
