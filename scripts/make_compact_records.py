#!/usr/bin/env python3
"""Makes tests/golden from the full golden records (../shared/golden): small enough to travel with the repository.

Usage: scripts/make_compact_records.py [RECORDS] [OUTPUT]      (needs python3-h5py and python3-numpy)

tests/golden/README.md says what a compact record holds and why it is as strict as a full one.
"""
import json
import pathlib
import sys

import h5py
import numpy

LIMIT_BYTES = 150 * 1024

# Causal codecs: the first FRAMES frames depend on the first FRAMES * hop samples only, and the other way round.
CAUSAL = {
    "Encodec_6b24k": {"frames": 36, "audio_stride": 3},
    "Encodec_24b24k": {"frames": 32, "audio_stride": 3},
    "hilcodec_speech": {"frames": 30, "audio_stride": 3},
}
# Codecs whose layers see the whole utterance: the input stays whole, of every float result some values along time remain.
WHOLE = ["DAC24", "FACodec_encodec-decoder-v2_16k", "mini", "FunCodec_zh_en-general-16k-nq32ds320", "HiFi_Codec_16k_320d_large_universal", "SpeechTokenizer_hubert_avg",
         "audiodec_24k_320d", "bigcodec", "languagecodec", "snac_24khz", "snac_44khz", "sqcodec50dim9", "ticodec_1g1r", "ticodec_1g2r",
         "ticodec_1g4r", "vocos_encodec_6", "vocos_encodec_12", "wavtokenizer_medium_320_24k_4096", "wavtokenizer_small_320_24k_4096"]
VALUES_KEPT = (2000, 1000, 500, 200)  # of one float array, about: the most that the limit allows
# Further inputs and what follows from them: recorded whole or not at all.
WHOLE_LEFT_OUT = ("noise_", "long_", "compress_", "superb_second_audio", "aa_filter", "code_margin", "margins")
# Left out: what only the full record needs.
CODEC_KEYS = ["codec", "family", "source", "license", "sample_rate", "hop", "frame_rate", "n_codebooks", "codebook_size",
              "bitrate_kbps", "taxonomy", "seed", "input"]
METRIC_SETS_LEFT_OUT = {"gauss_10000", "softmax_saturated"}  # many scores; the other sets cover the same cases


def compact_rows(rows):
    """[name, shape, hi, lo, file] for every filled tensor, as short as it can be: lo is left out where it is -hi, file where there is but one. A
    row without a range is determined by the configuration."""
    return [[row["name"], row["shape"], row["hi"]] + ([row["lo"]] if row["lo"] != -row["hi"] or "file" in row else []) +
            ([row["file"]] if "file" in row else []) for row in rows if "lo" in row]


def write_record(folder, manifest, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).replace('],["', '],\n["')
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    with h5py.File(folder / "golden.h5", "w", libver="latest") as file:
        for name in sorted(arrays):
            file.create_dataset(name, data=arrays[name], track_times=False,
                                **({"compression": 9, "shuffle": True} if arrays[name].size > 256 else {}))
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder.name}: {size} bytes")
    return size


def narrowed(codes):
    """int16 where the codes fit: golden-check widens any integer."""
    return codes.astype(numpy.int16) if codes.max() < 2**15 else codes.astype(numpy.int32)


def compact_causal(record, output, frames, audio_stride):
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    samples = frames * manifest["hop"]
    with h5py.File(record / "golden.h5") as file:
        full = {name: file[name][()] for name in file}
    margins = "code_margin" if "code_margin" in full else "margins"
    arrays = {
        "input": full["input"][:samples],
        "latent": full["latent"][:, :frames],
        "codes": narrowed(full["codes"][:, :frames]),
        "quantized": full["quantized"][:, :frames],
        "audio": full["audio"][:samples:audio_stride],
        margins: full[margins][:, :frames],
    }
    arrays.update({name: full[name] for name in full if name.startswith("spec_weight_sample_")})
    kept = {key: manifest[key] for key in CODEC_KEYS if key in manifest}
    kept["compact"] = {"frames": frames, "samples": {"audio": {"stride": audio_stride, "kept": len(arrays["audio"])}}}
    kept["weights"] = compact_rows(manifest["weights"])
    if write_record(output / record.name, kept, arrays) > LIMIT_BYTES:
        sys.exit(f"{record.name}: above the limit of {LIMIT_BYTES} bytes; keep fewer frames")


def compact_whole(record, output):
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    with h5py.File(record / "golden.h5") as file:
        full = {name: file[name][()] for name in file if not name.startswith(WHOLE_LEFT_OUT) and not name.endswith("_no_residual")}
        # A stage that draws noise needs all of it: the stage without noise stands for it.
        if "audio_zero_noise" in full:
            del full["audio"]
    kept = {key: manifest[key] for key in CODEC_KEYS if key in manifest}
    kept["weights"] = compact_rows(manifest["weights"])
    for values_kept in VALUES_KEPT:
        arrays, samples = {}, {}
        for name, values in full.items():
            if name == "input":
                arrays[name] = values
            elif values.dtype.kind == "i":
                arrays[name] = narrowed(values)
            else:
                stride = min(values.shape[-1], -(-values.size // values_kept))
                arrays[name] = values[..., ::stride]
                if stride > 1:
                    samples[name] = {"stride": stride, "kept": arrays[name].shape[-1]}
        kept["compact"] = {"samples": samples}
        if write_record(output / record.name, kept, arrays) <= LIMIT_BYTES:
            return
    sys.exit(f"{record.name}: does not fit into {LIMIT_BYTES} bytes; leave more out")


def compact_metrics(record, output):
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    manifest["sets"] = [row for row in manifest["sets"] if row["set"] not in METRIC_SETS_LEFT_OUT]
    manifest["compact"] = {"sets_left_out": sorted(METRIC_SETS_LEFT_OUT), "samples": {}}
    arrays = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset) and name.split("/")[0] not in METRIC_SETS_LEFT_OUT:
            arrays[name] = item[()]

    with h5py.File(record / "golden.h5") as file:
        file.visititems(keep)
    write_record(output / record.name, manifest, arrays)


def main():
    repository = pathlib.Path(__file__).resolve().parent.parent
    records = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else repository.parent / "shared" / "golden"
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else repository / "tests" / "golden"
    if not records.is_dir():
        sys.exit(f"{records}: there are no golden records; give their folder as the first argument")
    for name, plan in CAUSAL.items():
        compact_causal(records / name, output, **plan)
    for name in WHOLE:
        compact_whole(records / name, output)
    compact_metrics(records / "metrics", output)


if __name__ == "__main__":
    main()
