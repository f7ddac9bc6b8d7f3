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
WHOLE = ["audiodec_24k_320d", "bigcodec", "DAC24", "FACodec_encodec-decoder-v2_16k", "FunCodec_en-libritts-16k-gr1nq32ds320",
         "FunCodec_zh_en-general-16k-nq32ds320", "HiFi_Codec_16k_320d_large_universal", "languagecodec", "llm_codec", "mini",
         "SemantiCodec_0.35kbps_16k", "SemantiCodec_0.70kbps_16k", "SemantiCodec_1.40kbps_16k", "snac_24khz", "snac_44khz",
         "socodec_16384x4_120ms_16khz_chinese", "spectralcodecs", "spectralcodecs_fullband", "SpeechTokenizer_hubert_avg",
         "sqcodec50dim9", "ticodec_1g1r", "ticodec_1g2r", "ticodec_1g4r", "vocos_encodec_12", "vocos_encodec_6",
         "wavtokenizer_medium_320_24k_4096", "wavtokenizer_small_320_24k_4096", "xcodec_hubert_libirispeech",
         "xocdec_hubert_general_audio"]
MANY_ROWS = 1200  # of weights: more are stored in golden.h5, deflated
VALUES_KEPT = (2000, 1000, 500, 200)  # of one float array, about: the most that the limit allows
# Further inputs and what follows from them: recorded whole or not at all.
WHOLE_LEFT_OUT = ("noise_", "decoder_out", "long_", "compress_", "superb_second_audio", "aa_filter", "code_margin", "margins")
# Large inputs keep 16 bits of their mantissa: a relative change of 4e-6, which the tolerance of 1e-4 allows, and a quarter less to store.
ROUNDED = ("llm_codec", "spectralcodecs", "socodec_16384x4_120ms_16khz_chinese", "SemantiCodec_")
# The three rates of one network share the work: the encoder, the vocoder and the diffusion's first step each have one record.
PARTS = {
    "SemantiCodec_0.35kbps_16k": {"input", "fbank", "padding_cutoff", "audiomae_head", "semantic_feature", "lstm_in", "lstm_out_head", "latent",
                                  "codes_untrimmed", "codes", "quantized", "len_table", "trim_table"},
    "SemantiCodec_0.70kbps_16k": {"codes", "quantized", "pe_every_32", "latent_sample", "mel", "audio", "len_table", "trim_table"},
    "SemantiCodec_1.40kbps_16k": {"codes", "quantized", "ddim_timesteps", "ddim_alphas", "ddim_alphas_prev", "ddim_sigmas", "noise",
                                  "unet_time_emb", "unet_mid_cond", "unet_out_cond", "unet_out_uncond", "len_table", "trim_table"},
}
# Kept whole, since a stage is fed with it.
FED = ("input", "latent_sample", "noise", "len_table", "trim_table", "scale", "padding_cutoff")
# Left out: what only the full record needs.
CODEC_KEYS = ["codec", "family", "source", "license", "sample_rate", "hop", "frame_rate", "n_codebooks", "codebook_size",
              "bitrate_kbps", "taxonomy", "seed", "input"]
UTMOS_VALUES_KEPT = 500  # of one array
METRIC_SETS_LEFT_OUT = {"gauss_10000", "softmax_saturated"}  # many scores; the other sets cover the same cases


def compact_rows(rows):
    """[name, shape, hi, lo, file] for every filled tensor, as short as it can be: lo is left out where it is -hi, file where there is but one. A
    row without a range is determined by the configuration."""
    return [[row["name"], row["shape"], row["hi"]] + ([row["lo"]] if row["lo"] != -row["hi"] or "file" in row else []) +
            ([row["file"]] if "file" in row else []) for row in rows if "lo" in row]


def write_arrays(path, arrays):
    with h5py.File(path, "w", libver="latest") as file:
        for name in sorted(arrays):
            file.create_dataset(name, data=arrays[name], track_times=False,
                                **({"compression": 9, "shuffle": True} if arrays[name].size > 256 else {}))


def write_record(folder, manifest, arrays, further=()):
    """`further`: more files of arrays, (name, arrays) each."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).replace('],["', '],\n["')
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    write_arrays(folder / "golden.h5", arrays)
    for name, more in further:
        write_arrays(folder / name, more)
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


def rounded(values):
    """float32 with the lowest 8 bits of the mantissa rounded off."""
    bits = values.astype(numpy.float32).view(numpy.uint32)
    return ((bits + numpy.uint32(0x80)) & numpy.uint32(0xFFFFFF00)).view(numpy.float32)


def selected(name, full):
    """The arrays of a record that its compact copy has."""
    if name in PARTS:
        full = {array: full[array] for array in PARTS[name]}
        if "noise" in full:
            full["noise"] = full["noise"][:1]
    else:
        full = {array: values for array, values in full.items()
                if not array.startswith(WHOLE_LEFT_OUT) and not array.endswith("_no_residual")}
    # A stage that draws noise needs all of it: the stage without noise stands for it.
    if "audio_zero_noise" in full or "audio_no_noise" in full:
        del full["audio"]
    return full


def compact_whole(record, output):
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    with h5py.File(record / "golden.h5") as file:
        samples_of_input = file["input"].shape[0]
        full = selected(record.name, {name: file[name][()] for name in file})
    kept = {key: manifest[key] for key in CODEC_KEYS if key in manifest}
    rows = compact_rows(manifest["weights"])
    many = len(rows) > MANY_ROWS
    if not many:
        kept["weights"] = rows
    for values_kept in VALUES_KEPT:
        arrays, samples = {}, {}
        if many:
            arrays["weights_json"] = numpy.frombuffer(json.dumps(rows, separators=(",", ":")).encode(), dtype=numpy.uint8)
        for name, values in full.items():
            if name in FED:
                large = record.name.startswith(ROUNDED) and values.dtype.kind == "f" and values.size > 10000
                arrays[name] = rounded(values) if large else values
            elif values.dtype.kind == "i":
                arrays[name] = narrowed(values)
            else:
                stride = min(values.shape[-1], -(-values.size // values_kept))
                arrays[name] = values[..., ::stride]
                if stride > 1:
                    samples[name] = {"stride": stride, "kept": arrays[name].shape[-1]}
        kept["compact"] = {"samples": samples, "input_samples": samples_of_input}
        if write_record(output / record.name, kept, arrays) <= LIMIT_BYTES:
            return
    sys.exit(f"{record.name}: does not fit into {LIMIT_BYTES} bytes; leave more out")


def compact_utmos(record, output):
    """Inputs rounded and whole, of every stage some values along the last dimension; frames that the official code pads with are left out."""
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    kept = {key: manifest[key] for key in ("name", "family", "source", "license", "sample_rate", "seed", "cases")}
    kept["weights"] = compact_rows(manifest["weights"])
    arrays, samples = {}, {}
    with h5py.File(record / "golden.h5") as file:
        for case in manifest["cases"]:
            for stage, values in file[f"case{case['case']}"].items():
                name, values = f"case{case['case']}/{stage}", values[()]
                if stage == "input":
                    arrays[name] = rounded(values)
                    continue
                values = values[:case["frames"]] if stage == "layer_0" else values
                stride = min(values.shape[-1], -(-values.size // UTMOS_VALUES_KEPT))
                arrays[name] = values[..., ::stride]
                if stride > 1:
                    samples[name] = {"stride": stride, "kept": arrays[name].shape[-1]}
    kept["compact"] = {"samples": samples}
    if write_record(output / record.name, kept, arrays) > LIMIT_BYTES:
        sys.exit(f"{record.name}: above the limit of {LIMIT_BYTES} bytes; keep fewer values")


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


# One trial an algorithm of RawBoost.
RAWBOOST_TRIALS = {1, 3, 5, 6, 7, 8, 9, 10}


def compact_rawboost(record, output):
    """The draws, of the permutations the used part, of the outputs every ninth value; inputs follow from their seed, filters from the draws."""
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    kept = {key: manifest[key] for key in ("name", "source", "license", "sample_rate", "input")}
    trials = [trial for trial in manifest["trials"] if trial["trial"] in RAWBOOST_TRIALS]
    arrays = {}
    with h5py.File(record / "golden.h5") as file:
        for trial in trials:
            name = f"trial{trial['trial']}"
            group = {key: values[()] for key, values in file[name].items()}
            if "ISD.permutation" in group:
                used = len(group["ISD.rand_1"])
                arrays[f"{name}/ISD.permutation"] = group["ISD.permutation"][:used].astype(numpy.int16)
                for draw in ("ISD.rand_1", "ISD.rand_2"):
                    arrays[f"{name}/{draw}"] = rounded(group[draw])
            if "SSI.noise" in group:
                arrays[f"{name}/SSI.noise"] = rounded(group["SSI.noise"])
            arrays[f"{name}/output"] = group["output"][::9].astype(numpy.float32)
    kept["compact"] = {"samples": {"output": {"stride": 9, "kept": len(arrays["trial1/output"])}}}
    kept["trials"] = [{"trial": trial["trial"], "algo": trial["algo"], "input": trial["input"],
                       "draws": [[row["meaning"], row["value"]] for row in trial["draws"] if "value" in row]} for trial in trials]
    if write_record(output / record.name, kept, arrays) > LIMIT_BYTES:
        sys.exit(f"{record.name}: above the limit of {LIMIT_BYTES} bytes; keep fewer trials")


# Of the parameters after a step, the gradients and the traces of W2V2-AASIST about so many values remain.
W2V2_VALUES = 700
W2V2_WHOLE = ("labels", "buffer_after", "grad_norm", "parts(", "losses", "loss", "logits")
BRANCHES = ("binary_branch.", "multiclass_branch_as.", "multiclass_branch_ds.", "multiclass_branch_qs.")


def compact_w2v2_aasist(record, output):
    """Inputs follow from their seeds; a branch's tensor has a row only where it is filled otherwise than that of the main network's graph."""
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    tracing = json.loads((record / "source_tracing.json").read_text(encoding="utf-8"))
    kept = {key: manifest[key] for key in ("name", "family", "source", "license", "sample_rate", "seed", "inputs", "dropout_calls")}
    kept["param_shapes"] = [name for name, _ in manifest["param_shapes"]]
    kept["buffer_shapes"] = [name for name, _ in manifest["buffer_shapes"]]
    kept["weights"] = compact_rows(manifest["weights"])
    known = {row["name"]: {key: row.get(key) for key in ("shape", "lo", "hi")} for row in manifest["weights"]}

    def follows(row):
        name = next((row["name"][len(branch):] for branch in BRANCHES if row["name"].startswith(branch)), row["name"])
        return known.get(name) == {key: row.get(key) for key in ("shape", "lo", "hi")}

    types = {name: {key: row[key] for key in ("state_dict_entries", "parameters_shrunk")} for name, row in tracing["model_types"].items()}
    kept["source_tracing"] = {"seed": tracing["seed"], "inputs": tracing["inputs"], "model_types": types,
                              "weights_M1": compact_rows([row for row in tracing["weights_M1"] if not follows(row)])}
    arrays, samples = {"golden": {}, "train_step": {}, "source_tracing": {}}, {}

    def keep(part, name, item):
        if not isinstance(item, h5py.Dataset):
            return
        values = item[()]
        if part == "source_tracing" and name.endswith("grad_norm"):  # by name: their list of names would be longer than the rest
            values = values[numpy.argsort(tracing["model_types"][name.split("/")[0]]["param_names"])]
        values = values.astype(numpy.float32) if values.dtype == numpy.float64 else values
        if values.dtype.kind != "i" and not any(part in name for part in W2V2_WHOLE):
            stride = min(values.shape[-1], -(-values.size // W2V2_VALUES))
            values = values[..., ::stride]
            if stride > 1:
                samples[name] = {"stride": stride, "kept": values.shape[-1]}
        arrays[part][name] = values

    for part in arrays:
        with h5py.File(record / f"{part}.h5") as file:
            file.visititems(lambda name, item, part=part: keep(part, name, item))
    kept["compact"] = {"samples": samples}
    further = [(f"{part}.h5", arrays[part]) for part in ("train_step", "source_tracing")]
    if write_record(output / record.name, kept, arrays["golden"], further) > LIMIT_BYTES:
        sys.exit(f"{record.name}: above the limit of {LIMIT_BYTES} bytes; keep fewer values")


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
    compact_utmos(records / "utmos22_strong", output)
    compact_metrics(records / "metrics", output)
    compact_rawboost(records / "rawboost", output)
    compact_w2v2_aasist(records / "cm_w2v2_aasist", output)


if __name__ == "__main__":
    main()
