#!/usr/bin/env python3
"""Writes the broken and hostile checkpoints of this folder, and sentences.tsv: what each file's error must say.

Needs nothing but Python's standard library. The files are small and kept in the repository: tests read them, and they
seed the fuzzers. Run it again after adding a case; the bytes do not change from run to run.
"""
import gzip
import json
import os
import pathlib
import pickle
import struct
import tarfile
import zlib

FOLDER = pathlib.Path(__file__).resolve().parent
CASES = []  # (file name, bytes, what the sentence must contain)


def case(name, data, sentence):
    CASES.append((name, data, sentence))


# --- safetensors ------------------------------------------------------------------------------------------------------


def safetensors(header, data=b"", size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def row(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


GOOD = safetensors({"w": row()}, bytes(8))
case("st_header_cut.safetensors", GOOD[:30], "bytes but the file has only 30; it was cut off, download it again")
case("st_header_beyond.safetensors", safetensors({"w": row()}, bytes(8), 99_000_000),
     "the safetensors header claims 99000000 bytes but the file has only")
case("st_header_huge.safetensors", safetensors({"w": row()}, bytes(8), 1 << 40), "more than the 100000000 allowed")
case("st_data_cut.safetensors", GOOD[:-3], "are outside the 5 bytes of data; the file was cut off or is hostile")
case("st_not_json.safetensors", safetensors(b"{\"w\": oops"),
     "the safetensors header is damaged (it is not valid JSON)")
case("st_deep_json.safetensors", safetensors(b'{"w":' + b"[" * 5000 + b"]" * 5000 + b"}"),
     "its JSON is nested too deep")
case("st_twice.safetensors", safetensors(b'{"w":%s,"w":%s}' % ((json.dumps(row()).encode(),) * 2), bytes(8)),
     "'w' is there twice")
case("st_no_shape.safetensors", safetensors({"w": {"dtype": "F32", "data_offsets": [0, 8]}}, bytes(8)),
     "the entry 'w' lacks dtype, shape or data_offsets")
case("st_metadata.safetensors", safetensors({"__metadata__": {"a": 1}}),
     "its __metadata__ holds something other than text")
case("st_dtype.safetensors", safetensors({"w": row("F8_E4M3", (8,))}, bytes(8)),
     "the tensor 'w' has the element type 'F8_E4M3', which is not read; save it as F32, F16 or BF16")
case("st_negative_size.safetensors", safetensors({"w": row(shape=(-2,))}, bytes(8)), "has a negative size (-2)")
case("st_overflow.safetensors", safetensors({"w": row(shape=(1 << 40, 1 << 40))}, bytes(8)),
     "has a shape whose element count overflows")
case("st_size_beyond_int64.safetensors", safetensors({"w": row(shape=((1 << 64) - 1,))}, bytes(8)),
     "has a shape whose element count overflows")
case("st_size_mismatch.safetensors", safetensors({"w": row(shape=(3,))}, bytes(8)),
     "has 8 bytes but its shape and type need 12")
case("st_fraction.safetensors", safetensors({"w": row(shape=(2.5,))}, bytes(8)),
     "the shape of 'w' is not whole numbers")
case("st_offsets_text.safetensors", safetensors({"w": row(offsets=("0", "8"))}, bytes(8)),
     "the data_offsets of 'w' are not whole numbers")
case("st_offsets_reversed.safetensors", safetensors({"w": row(offsets=(8, 0))}, bytes(8)),
     "are outside the 8 bytes of data")
case("st_offsets_beyond.safetensors", safetensors({"w": row(offsets=(0, 1 << 62))}, bytes(8)),
     "are outside the 8 bytes of data")
case("st_overlap.safetensors", safetensors({"a": row(), "b": row(offsets=(4, 12))}, bytes(12)),
     "the bytes of the tensor 'b' overlap those of another")
case("st_gap.safetensors", safetensors({"a": row(), "b": row(offsets=(12, 20))}, bytes(20)),
     "the bytes of the tensor 'b' leave a gap before them")
case("st_trailing.safetensors", GOOD + b"12345", "5 bytes after the last tensor belong to none")
case("st_bool.safetensors", safetensors({"w": row("BOOL", (2,), (0, 2))}, b"\x01\x02"),
     "is of type bool but holds bytes other than 0 and 1")
case("st_dimensions.safetensors", safetensors({"w": row("U8", (1,) * 65, (0, 1))}, b"\0"), "has 65 dimensions")
case("st_no_tensors.safetensors", safetensors({}), "holds no tensors; check that it is the weights file")


# --- pickles ----------------------------------------------------------------------------------------------------------


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def integer(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def integers(values):
    return b"(" + b"".join(map(integer, values)) + b"t"


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


def storage(kind="FloatStorage", key="0", elements=6):
    return b"(" + text("storage") + name("torch", kind) + text(key) + text("cpu") + integer(elements) + b"tQ"


def tensor(kind="FloatStorage", key="0", elements=6, offset=0, shape=(6,), strides=(1,)):
    return (name("torch._utils", "_rebuild_tensor_v2") + b"(" + storage(kind, key, elements) + integer(offset)
            + integers(shape) + integers(strides) + b"\x89" + name("collections", "OrderedDict") + b")RtR")


def stream(body, protocol=2):
    return b"\x80" + bytes([protocol]) + body + b"."


def state(value):
    return stream(b"}" + text("w") + value + b"s")


# --- zip archives -----------------------------------------------------------------------------------------------------


class Sink:
    """zipfile's own clock and padding would change the bytes; this fixes both."""

    def __init__(self):
        self.data = b""
        self.directory = b""
        self.count = 0

    def add(self, entry, content, method=0, size=None, flags=0, local_name=None, offset=None):
        entry = entry.encode()
        stored = content if method != 8 else zlib.compress(content, 9)[2:-4]
        size = len(content) if size is None else size
        common = struct.pack("<HHIIII", flags, method, 0x21_0000, zlib.crc32(content), len(stored), size)
        where = len(self.data) if offset is None else offset
        if offset is None:
            local = entry if local_name is None else local_name.encode()
            self.data += b"PK\x03\x04\x14\0" + common + struct.pack("<HH", len(local), 0) + local + stored
        self.directory += (b"PK\x01\x02\x14\0\x14\0" + common
                           + struct.pack("<HHHHHII", len(entry), 0, 0, 0, 0, 0, where) + entry)
        self.count += 1
        return self

    def close(self, count=None, start=None):
        start = len(self.data) if start is None else start
        return self.data + self.directory + b"PK\x05\x06" + struct.pack(
            "<HHHHIIH", 0, 0, self.count if count is None else count, self.count if count is None else count,
            len(self.directory), start, 0)


def archive(pickled, storages=(("0", bytes(24)),), byteorder="little", version="3\n", extra=()):
    sink = Sink().add("archive/data.pkl", pickled)
    if byteorder:
        sink.add("archive/byteorder", byteorder.encode())
    for key, content in storages:
        sink.add("archive/data/" + key, content)
    for entry, content in extra:
        sink.add(entry, content)
    return sink.add("archive/version", version.encode()).close()


TORCH = archive(state(tensor()))
case("pt_cut.pt", TORCH[:-40], "the end of the zip archive is missing, so the file was cut off; download it again")
case("pt_start_only.pt", TORCH[:20], "the end of the zip archive is missing")
case("pt_no_pickle.pt", Sink().add("archive/data/0", bytes(8)).close(), "is a zip archive without data.pkl")
case("pt_numpy.npz", Sink().add("a.npy", b"\x93NUMPY").close(), "is a numpy archive (.npz), which is not read")
case("pt_two_pickles.pt", Sink().add("a/data.pkl", stream(b"N")).add("b/data.pkl", stream(b"N")).close(),
     "has several data.pkl ('a/data.pkl' and 'b/data.pkl' among them)")
case("pt_torchscript.pt", archive(state(tensor()), extra=[("archive/code/__torch__/x.py", b"")]),
     "is a TorchScript module, not a state dict; run it as a codec with 'backend: torchscript'")
case("pt_big_endian.pt", archive(state(tensor()), byteorder="big"),
     "was saved on a big-endian machine, which is not read")
case("pt_byteorder.pt", archive(state(tensor()), byteorder="middle"), "its byteorder entry says 'middle'")
case("pt_version.pt", archive(state(tensor()), version="99\n"), "is of torch file format '99', and 1 to 10 are read")
case("pt_duplicate.pt", Sink().add("a/data.pkl", stream(b"N")).add("a/data.pkl", stream(b"N")).close(),
     "the zip archive has two entries named 'a/data.pkl'")
case("pt_overlap.pt", Sink().add("a/data.pkl", stream(b"N")).add("b/data", b"1234", size=4).add(
    "b/data", b"1234", offset=len(Sink().add("a/data.pkl", stream(b"N")).data)).close(), "two entries named 'b/data'")
NESTED = b"PK\x03\x04\x14\0" + struct.pack("<HHIIIIHH", 0, 0, 0x21_0000, 0, 4, 4, 1, 0) + b"b" + b"1234"
case("pt_nested_entries.pt", Sink().add("a", NESTED).add("b", b"1234", offset=31).close(),
     "the zip entries 'a' and 'b' overlap")
case("pt_entry_outside.pt", Sink().add("x", b"").add("a/data.pkl", b"1234", offset=60000).close(),
     "reaches outside the file")
case("pt_entry_astray.pt", Sink().add("x", bytes(80)).add("a/data.pkl", b"1234", offset=3).close(),
     "the entry 'a/data.pkl' is not where the directory says")
case("pt_two_names.pt", Sink().add("a/data.pkl", stream(b"N"), local_name="b/data.pkl").close(),
     "the entry 'a/data.pkl' has another name in its own header")
case("pt_encrypted.pt", Sink().add("a/data.pkl", stream(b"N"), flags=1).close(), "the entry 'a/data.pkl' is encrypted")
case("pt_method.pt", Sink().add("a/data.pkl", stream(b"N"), method=12).close(), "is compressed by method 12")
case("pt_two_sizes.pt", Sink().add("a/data.pkl", stream(b"N"), size=4000).close(), "gives two sizes (4 and 4000 bytes)")
case("pt_inflated_short.pt", Sink().add("a/data.pkl", stream(text("x" * 900)), method=8, size=9000).close(),
     "the compressed entry 'a/data.pkl' is damaged")
case("pt_bomb.pt", Sink().add("a/data.pkl", stream(b"N"), method=8, size=0xfffffff0).close(),
     "would take 4294967280 bytes, as a zip bomb does")
case("pt_count.pt", Sink().add("a/data.pkl", stream(b"N")).close(count=500),
     "its directory is shorter than its entry count")
case("pt_directory_outside.pt", Sink().add("a/data.pkl", stream(b"N")).close(start=90000),
     "its directory lies outside the file")
case("pt_directory_broken.pt", Sink().add("a/data.pkl", stream(b"N")).close(start=3),
     "its directory has a broken record")

case("pt_storage_missing.pt", archive(state(tensor(key="7"))),
     "the tensor over the storage 'archive/data/7' has no data, as the file lacks that storage")
case("pt_storage_short.pt", archive(state(tensor()), [("0", bytes(20))]),
     "should have 6 elements of 4 bytes, but the storage has only 20 bytes")
case("pt_storage_overflow.pt", archive(state(tensor(elements=1 << 62))), "but the storage has only 24 bytes")
case("pt_storage_negative.pt", archive(state(tensor(elements=-1))), "a persistent id is not that of a storage")
case("pt_tensor_long.pt", archive(state(tensor(shape=(7,)))), "reaches element 7 of a storage of 6")
case("pt_offset.pt", archive(state(tensor(offset=1))), "reaches element 7 of a storage of 6")
case("pt_offset_negative.pt", archive(state(tensor(offset=-1))), "has a negative stride or offset")
case("pt_stride.pt", archive(state(tensor(shape=(2, 3), strides=(4, 1)))), "reaches element 7 of a storage of 6")
case("pt_stride_negative.pt", archive(state(tensor(offset=5, strides=(-1,)))), "has a negative stride or offset")
case("pt_stride_overflow.pt", archive(state(tensor(shape=(3,), strides=((1 << 63) - 1,)))), "has strides that overflow")
case("pt_stride_count.pt", archive(state(tensor(shape=(2, 3), strides=(1,)))), "has 2 sizes but 1 strides")
case("pt_shape_negative.pt", archive(state(tensor(shape=(-6,)))), "has a negative size (-6)")
case("pt_shape_overflow.pt", archive(state(tensor(shape=(1 << 32, 1 << 32, 0), strides=(0, 0, 0)))),
     "has a shape whose element count overflows")
case("pt_broadcast_bomb.pt", archive(state(tensor(shape=(1 << 50,), strides=(0,)))), "repeats 6 stored elements into")
case("pt_bool.pt", archive(state(tensor(kind="BoolStorage")), [("0", b"\0\1\2\0\1\1")]),
     "is of type bool but holds bytes")
case("pt_shape_text.pt", archive(state(name("torch._utils", "_rebuild_tensor_v2") + b"(" + storage() + integer(0)
                                       + text("6") + integers([1]) + b"tR")),
     "a tensor lacks its storage, offset, shape")


class Attack:
    def __reduce__(self):
        return os.system, ("touch /tmp/cfo-was-here",)


case("pt_os_system.pt", archive(pickle.dumps(Attack(), 2).replace(b"posix", b"os")),
     "only the Python object 'os.system', which is never rebuilt because that would run the file's code")
case("pt_eval.pt", archive(stream(name("builtins", "eval") + b"(" + text("1+1") + b"tR", 4)),
     "only the Python object 'builtins.eval'")


def call(module, attribute, argument="touch /tmp/cfo-was-here"):
    return name(module, attribute) + b"(" + text(argument) + b"tR"


def short(value):
    return b"\x8c" + bytes([len(value)]) + value.encode()


ONLY = "holds no tensors, only the Python object '%s', which is never rebuilt because that would run the file's code"
SHELL = b"(" + text("touch /tmp/cfo-was-here") + b"t"
case("pt_subprocess.pt", archive(stream(call("subprocess", "Popen"))), ONLY % "subprocess.Popen")
case("pt_exec_python2.pt", archive(stream(call("__builtin__", "execfile"))), ONLY % "__builtin__.execfile")
case("pt_runpy.pt", archive(stream(call("runpy", "run_path"))), ONLY % "runpy.run_path")
case("pt_import.pt", archive(stream(call("importlib", "import_module", "antigravity"))), ONLY % "importlib.import_module")
case("pt_stack_global.pt", archive(stream(short("os") + short("system") + b"\x93" + SHELL + b"R", 4)), ONLY % "os.system")
case("pt_newobj.pt", archive(stream(name("subprocess", "Popen") + SHELL + b"\x81")), ONLY % "subprocess.Popen")
case("pt_newobj_ex.pt", archive(stream(name("subprocess", "Popen") + SHELL + b"}\x92", 4)), ONLY % "subprocess.Popen")
case("pt_setstate.pt", archive(stream(name("a.b", "Evil") + b")\x81" + call("os", "system") + b"b")), ONLY % "a.b.Evil")
case("pt_getattr.pt", archive(stream(name("builtins", "getattr") + b"(" + name("builtins", "__import__")
                                     + b"(" + text("os") + b"tR" + text("system") + b"tR" + SHELL + b"R")),
     ONLY % "builtins.getattr")
case("pt_reconstructor.pt", archive(stream(name("copyreg", "_reconstructor") + b"(" + name("subprocess", "Popen")
                                           + name("builtins", "object") + b"NtR")), ONLY % "subprocess.Popen")
case("pt_inst.pt", archive(stream(b"(" + text("touch /tmp/cfo-was-here") + b"ios\nsystem\n")), "uses opcode 0x69 at byte")
case("pt_obj.pt", archive(stream(b"(" + name("os", "system") + text("touch /tmp/cfo-was-here") + b"o")),
     "uses opcode 0x6f at byte")
case("pt_extension.pt", archive(stream(b"\x82\x01")), "uses opcode 0x82 at byte 2")
case("pt_text_persistent.pt", archive(stream(b"Pos.system\n")), "uses opcode 0x50 at byte 2")
case("pt_persistent_code.pt", archive(state(tensor().replace(text("0"), call("os", "system")))),
     "a persistent id is not that of a storage")
case("pt_storage_class_code.pt", archive(state(tensor().replace(name("torch", "FloatStorage"), call("os", "system")))),
     "a persistent id is not that of a storage")
case("pt_tensor_code.pt", archive(state(name("torch._utils", "_rebuild_tensor_v2") + b"(" + call("os", "system")
                                        + integer(0) + integers([6]) + integers([1]) + b"tR")),
     "a tensor lacks its storage, offset, shape")
case("pt_from_type_code.pt", archive(stream(name("torch._tensor", "_rebuild_from_type_v2") + b"(" + name("os", "system")
                                            + name("a", "B") + SHELL + b"NtR")), ONLY % "torch._tensor._rebuild_from_type_v2")
case("pt_only_numbers.pt", archive(stream(b"}" + text("epoch") + integer(3) + b"s")), "holds no tensors; check that")
case("pt_deep.pt", archive(stream(b"]" * 4000 + b"a" * 3999)), "values are nested deeper than 128 levels")
case("pt_cycle.pt", archive(stream(b"]q\0h\0a")), "values are nested deeper than 128 levels")
LAUGHS = b"](K\x01]e" + b"q\0" + b"".join(b"](" + b"h" + bytes([i]) + b"h" + bytes([i]) + b"eq" + bytes([i + 1])
                                           for i in range(60))
case("pt_billion_laughs.pt", archive(stream(LAUGHS)), "its values repeat each other into more than")
case("pt_long_name.pt", archive(stream(b"}" + text("n" * 5000) + tensor() + b"s")),
     "a name of more than 4096 characters")
case("pt_protocol_0.pt", archive(b"\x80\x01N."), "the pickle in it is of protocol 1, and 2 to 5 are read")
case("pt_old_opcode.pt", archive(b"I1\n."), "the pickle in it uses opcode 0x49 at byte 0")
case("pt_pickle_cut.pt", archive(state(tensor())[:-20]), "the pickle in it is damaged at byte")
case("pt_text_long.pt", archive(b"\x80\x02X\xff\xff\xff\xff."), "(it ends too early)")
case("pt_text_huge.pt", archive(b"\x80\x04\x8d" + b"\xff" * 8 + b"."), "(it ends too early)")
case("pt_stack_empty.pt", archive(stream(b"0")), "(a value is missing)")
case("pt_no_mark.pt", archive(stream(b"t")), "(a mark is missing)")
case("pt_memo.pt", archive(stream(b"h\x05")), "(it recalls a value that it never stored)")
case("pt_calls_number.pt", archive(stream(b"K\x01)R")), "(something is called that is no class or function)")
case("pt_call_no_arguments.pt", archive(stream(name("os", "system") + b"K\x01R")), "(a call has no arguments)")
case("pt_append_number.pt", archive(stream(b"K\x01K\x02a")), "(it appends to something that is no list)")
case("pt_set_number.pt", archive(stream(b"K\x01K\x02K\x03s")), "(it sets items of something that is no dict)")
case("pt_odd_items.pt", archive(stream(b"}(K\x01u")), "(a dict key has no value)")
case("pt_class_number.pt", archive(stream(b"K\x01K\x02\x93", 4)), "(a class is not named by two texts)")
case("pt_name_endless.pt", archive(stream(b"c" + b"a" * 2000)), "(a name has no end)")
case("pt_persistent.pt", archive(stream(b"K\x01Q")), "a persistent id is not that of a storage")

LONG_NAMES = tensor() + b"q\0" + b"".join(b"0](" + (b"h" + bytes([i])) * 32 + b"eq" + bytes([i + 1]) for i in range(4))
LONG_NAMES += b"0}" + text("n" * 4000) + b"h\4s"
case("pt_long_names.pt", archive(stream(LONG_NAMES)), "the names of its entries take more than")
# --- legacy files (torch.save before 1.6) -----------------------------------------------------------------------------

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
VERSION = stream(integer(1001))
LITTLE = stream(b"}" + text("little_endian") + b"\x88s")


def keys(values):
    return stream(b"](" + b"".join(map(text, values)) + b"e")


def elements(count=6, size=24):
    return struct.pack("<q", count) + bytes(size)


def legacy(pickled=state(tensor()), names=keys(["0"]), data=elements(), version=VERSION, system=LITTLE):
    return MAGIC + version + system + pickled + names + data


def view(metadata, kind="FloatStorage"):
    return state(tensor(kind).replace(integer(6) + b"tQ", integer(6) + metadata + b"tQ"))


def view_of(offset, count):
    return view(b"(" + text("9") + integer(offset) + integer(count) + b"t")


case("lg_start_only.pt", MAGIC + VERSION[:4], "the pickle in it is damaged at byte")
case("lg_version.pt", legacy(version=stream(integer(1000))), "is of legacy torch protocol 1000, and 1001 is read")
case("lg_version_text.pt", legacy(version=stream(text("x"))), "(its protocol version is no number)")
case("lg_big_endian.pt", legacy(system=stream(b"}" + text("little_endian") + b"\x89s")),
     "was saved on a big-endian machine, which is not read")
case("lg_system_number.pt", legacy(system=stream(integer(1))), "(its sys_info is no dict)")
case("lg_no_keys.pt", legacy(names=b"", data=b""), "the pickle in it is damaged at byte 0 (it ends too early)")
case("lg_keys_number.pt", legacy(names=stream(integer(1))), "(its list of storages is no list)")
case("lg_key_number.pt", legacy(names=stream(b"]" + integer(1) + b"a")),
     "(its list of storages holds something other than texts)")
case("lg_key_twice.pt", legacy(names=keys("00"), data=elements() * 2), "(its list of storages names one twice)")
case("lg_key_unknown.pt", legacy(names=keys("07"), data=elements() * 2),
     "(its list of storages names one that no tensor uses)")
case("lg_key_missing.pt", legacy(names=keys([]), data=b""),
     "the tensor over the storage '0' has no data, as the file lacks that storage")
case("lg_key_long.pt", legacy(state(tensor(key="0" * 300))), "a persistent id is not that of a storage")
case("lg_count_cut.pt", legacy(data=elements()[:5]),
     "the storage '0' should have its element count, but only 5 bytes of the file are left")
case("lg_data_cut.pt", legacy()[:-1],
     "the storage '0' should have 6 elements of 4 bytes, but only 23 bytes of the file are left; it was cut off")
case("lg_count_negative.pt", legacy(data=elements(-1)), "(a storage has a negative element count)")
case("lg_count_overflow.pt", legacy(data=elements(1 << 62)), "but only 24 bytes of the file are left")
case("lg_count_small.pt", legacy(data=elements(5, 20)), "should have 6 elements of 4 bytes, but the storage has only 20")
case("lg_unknown_class.pt", legacy(state(tensor(kind="OddStorage"))),
     "the storage '0' is of the class 'torch.OddStorage', whose element size is unknown")
case("lg_tensor_long.pt", legacy(state(tensor(shape=(7,)))), "reaches element 7 of a storage of 6")
case("lg_bool.pt", legacy(state(tensor(kind="BoolStorage")), data=struct.pack("<q", 6) + b"\0\1\2\0\1\1"),
     "is of type bool but holds bytes")
case("lg_view_outside.pt", legacy(view_of(1, 6)), "should have 7 elements of 4 bytes, but the storage has only 24")
case("lg_view_overflow.pt", legacy(view_of((1 << 63) - 1, (1 << 63) - 1)), "but the storage has only 24 bytes")
case("lg_view_negative.pt", legacy(view_of(-1, 2)), "a persistent id is not that of a storage")
case("lg_view_text.pt", legacy(view(text("0"))), "a persistent id is not that of a storage")
case("lg_view_untyped.pt", legacy(view(b"(" + text("9") + integer(1) + integer(1) + b"t", "UntypedStorage")),
     "a persistent id is not that of a storage")
case("lg_os_system.pt", legacy(pickle.dumps(Attack(), 2).replace(b"posix", b"os"), keys([]), b""),
     "only the Python object 'os.system', which is never rebuilt because that would run the file's code")

# --- numpy arrays -----------------------------------------------------------------------------------------------------


def npy(header="{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", data=bytes(24), version=1, size=None):
    text = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
    count = struct.pack("<H" if version == 1 else "<I", len(text) if size is None else size)
    return b"\x93NUMPY" + bytes([version, 0]) + count + text + data


def npy_shape(shape, data=bytes(24)):
    return npy("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % shape, data)


def npy_type(descr):
    return npy("{'descr': %s, 'fortran_order': False, 'shape': (2, 3), }" % descr)


ARRAY_NOT_READ = "which is not read; save it as little-endian float32"
case("np_magic_only.npy", b"\x93NUMPY", "the numpy array ends inside its header; the file was cut off")
case("np_no_size.npy", b"\x93NUMPY\x02\0\x10\0", "the numpy array ends inside its header; the file was cut off")
case("np_version.npy", npy(version=9), "is a numpy array of format version 9, which is not read")
case("np_header_cut.npy", npy()[:60], "bytes but the file has only 60; it was cut off, download it again")
case("np_header_huge.npy", npy(version=2, size=1 << 31), "more than the 10000 allowed")
case("np_header_empty.npy", b"\x93NUMPY\x01\0" + bytes(20), "the numpy header is damaged ('')")
case("np_not_dict.npy", npy("['descr', '<f4']"), "the numpy header is damaged ('['descr', '<f4']")
case("np_no_shape.npy", npy("{'descr': '<f4', 'fortran_order': False}"), "the numpy header is damaged")
case("np_key_twice.npy", npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}"), "the numpy header is damaged")
case("np_key_unknown.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}"), "the numpy header is damaged")
case("np_code.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (__import__('os').system('x'),)}"), "the numpy header is damaged")
case("np_after_dict.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} + {}"), "the numpy header is damaged")
case("np_text_open.npy", npy("{'descr: (6,) }"), "the numpy header is damaged")
case("np_big_endian.npy", npy_type("'>f4'"), "has the element type '>f4', " + ARRAY_NOT_READ)
case("np_object.npy", npy_type("'|O'"), "has the element type '|O', " + ARRAY_NOT_READ)
case("np_struct.npy", npy_type("[('x', '<f4')]"), "has the element type '[('x', '<f4')]', " + ARRAY_NOT_READ)
case("np_int32.npy", npy_type("'<i4'"), "has the element type '<i4', " + ARRAY_NOT_READ)
case("np_fortran.npy", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"), "is in Fortran order, which is not read")
case("np_negative.npy", npy_shape("-2, 3"), "the numpy array has a negative size (-2)")
case("np_overflow.npy", npy_shape("1099511627776, 1099511627776"), "has a shape whose element count overflows")
case("np_size_beyond_int64.npy", npy_shape("18446744073709551615,"), "the numpy header is damaged")
case("np_dimensions.npy", npy_shape("1," * 65, bytes(4)), "has 65 dimensions, more than the 64 allowed")
case("np_data_cut.npy", npy()[:-1], "the numpy array reaches element 6 of a storage of 5")
case("np_trailing.npy", npy() + b"\0", "1 bytes after the numpy array belong to nothing")

# --- NeMo's archives --------------------------------------------------------------------------------------------------


def tar(*members):
    """Members are (name, bytes) and what else differs: type, linkname, size (as claimed)."""
    data = b""
    for member, content, *rest in members:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        for key, value in (rest[0] if rest else {}).items():
            setattr(info, key, value)
        data += info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)
    return data + bytes(1024)


WEIGHTS = "model_weights.ckpt"
TORCH = archive(state(tensor()))
LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}
case("nm_parent.nemo", tar(("../" + WEIGHTS, TORCH)), "has a member '../model_weights.ckpt', a path that leads out of it")
case("nm_absolute.nemo", tar((WEIGHTS, TORCH), ("/etc/cron.d/x", b"")), "has a member '/etc/cron.d/x', a path that leads")
case("nm_symlink.nemo", tar((WEIGHTS, b"", LINK)), "model_weights.ckpt: is a link or a device in the tar archive")
case("nm_hardlink.nemo", tar((WEIGHTS, b"", {**LINK, "type": tarfile.LNKTYPE})), "is a link or a device in the tar archive")
case("nm_device.nemo", tar((WEIGHTS, b"", {"type": tarfile.CHRTYPE})), "is a link or a device in the tar archive")
case("nm_twice.nemo", tar((WEIGHTS, TORCH), ("./" + WEIGHTS, TORCH)), "has 'model_weights.ckpt' twice")
case("nm_nested.nemo", tar((WEIGHTS, tar((WEIGHTS, TORCH)))), "model_weights.ckpt: is no file of torch.save")
case("nm_no_weights.nemo", tar(("model_config.yaml", b"a: 1")), "is a tar archive without model_weights.ckpt")
case("nm_claims.nemo", tar((WEIGHTS, TORCH, {"size": 7_000_000_000})), "claims 7000000000 bytes, more than the file can hold")
case("nm_gzip_bomb.nemo", gzip.compress(tar((WEIGHTS, TORCH, {"size": 1 << 30})), 9, mtime=0),
     "claims 1073741824 bytes, more than the file can hold")
case("nm_cut.nemo", tar((WEIGHTS, TORCH))[:1024], "the tar archive is damaged or cut off")
case("nm_hostile_weights.nemo", tar((WEIGHTS, archive(stream(call("os", "system"))))), ONLY % "os.system")

# --- ONNX models ------------------------------------------------------------------------------------------------------


def varint(value):
    value &= (1 << 64) - 1
    data = b""
    while value >= 0x80:
        data += bytes([value & 0x7f | 0x80])
        value >>= 7
    return data + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, content, size=None):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content) if size is None else size) + content


def initializer(values, name="w", dims=(2,), kind=1):
    """A TensorProto: float32 unless `kind` says otherwise; `values` are its fields."""
    return b"".join(number(1, size) for size in dims) + number(2, kind) + message(8, name) + values


def external(location="noise.pt", **entries):
    pairs = [("location", location)] + [(key, str(value)) for key, value in entries.items()]
    return b"".join(message(13, message(1, key) + message(2, value)) for key, value in pairs) + number(14, 1)


def onnx(*initializers, graph_size=None):
    graph = message(2, "main") + b"".join(message(5, one) for one in initializers)
    return number(1, 8) + message(2, "pytorch") + message(7, graph, graph_size) + message(8, number(2, 17))


RAW = message(9, bytes(8))
case("model.onnx", b"\x08\x07\x12\x07pytorch" + bytes(20), "the ONNX model is damaged or cut off (a field has no valid number)")
case("ox_no_graph.onnx", number(1, 8) + message(2, "pytorch"), "the ONNX model has no graph")
case("ox_two_graphs.onnx", onnx(initializer(RAW)) + message(7, message(5, initializer(RAW))), "(it has two graphs)")
case("ox_cut.onnx", onnx(initializer(RAW))[:-9], "the ONNX model is damaged or cut off (a field is cut off)")
case("ox_graph_beyond.onnx", onnx(initializer(RAW), graph_size=1 << 62), "(a field is cut off)")
case("ox_varint_endless.onnx", onnx(initializer(RAW)) + b"\x28" + b"\xff" * 11, "(a field is cut off)")
case("ox_group.onnx", onnx(initializer(RAW)) + b"\x2b", "(a field is of a kind that is not written any more)")
case("ox_no_initializers.onnx", onnx(), "holds no tensors; check that it is the weights file")
case("ox_no_name.onnx", onnx(initializer(RAW, name="")), "(an initializer has no name)")
case("ox_twice.onnx", onnx(initializer(RAW), initializer(RAW)), "two tensors are named 'w'")
case("ox_negative.onnx", onnx(initializer(RAW, dims=(-2,))), "the initializer 'w' has a negative size (-2)")
case("ox_overflow.onnx", onnx(initializer(RAW, dims=(1 << 40, 1 << 40))), "has a shape whose element count overflows")
case("ox_overflow_empty.onnx", onnx(initializer(b"", dims=(0, 1 << 40, 1 << 40))),
     "has a shape whose element count overflows")
case("ox_dimensions.onnx", onnx(initializer(RAW, dims=(1,) * 65)), "has more than the 64 dimensions allowed")
case("ox_raw_short.onnx", onnx(initializer(message(9, bytes(7)))), "has 7 bytes but its shape and type need 8")
case("ox_raw_bomb.onnx", onnx(initializer(RAW, dims=(1 << 40,))), "has 8 bytes but its shape and type need 4398046511104")
case("ox_no_values.onnx", onnx(initializer(b"")), "has 0 bytes but its shape and type need 8")
case("ox_values_twice.onnx", onnx(initializer(RAW + message(4, bytes(8)))), "the initializer 'w' has its values twice")
case("ox_values_two_fields.onnx", onnx(initializer(message(4, bytes(8)) + message(5, b"\1\2"))),
     "an initializer has its values twice")
case("ox_wrong_field.onnx", onnx(initializer(message(4, bytes(8)), kind=7)), "in a field that is not of its type")
case("ox_varints_few.onnx", onnx(initializer(message(7, b"\1"), kind=7)), "has 1 values but its shape and type need 2")
case("ox_varints_bomb.onnx", onnx(initializer(message(7, b"\1"), kind=7, dims=(1 << 50,))),
     "has 1 values but its shape and type need 1125899906842624")
case("ox_half_range.onnx", onnx(initializer(message(5, varint(1 << 16) + b"\1"), kind=10)),
     "has a value that its type cannot hold")
case("ox_bool.onnx", onnx(initializer(message(9, b"\1\2"), kind=9)), "is of type bool but holds bytes other than 0 and 1")
case("ox_segment.onnx", onnx(initializer(RAW + message(3, b""))), "is stored in segments, which are not read")
OUTSIDE = "which is no path inside its folder; the file is hostile"
case("ox_external_parent.onnx", onnx(initializer(external("../../../../etc/passwd"))),
     "names the file '../../../../etc/passwd', " + OUTSIDE)
case("ox_external_absolute.onnx", onnx(initializer(external("/etc/passwd"))), "names the file '/etc/passwd', " + OUTSIDE)
case("ox_external_inside_out.onnx", onnx(initializer(external("a/../../b"))), "names the file 'a/../../b', " + OUTSIDE)
case("ox_external_null.onnx", onnx(initializer(external("noise.pt\0.bin"))), OUTSIDE)
case("ox_external_missing.onnx", onnx(initializer(external("weights.bin"))),
     "names the file 'weights.bin', which is not in its folder; download that file too")
case("ox_external_no_location.onnx", onnx(initializer(number(14, 1))), "has external data but no location of it")
case("ox_external_offset.onnx", onnx(initializer(external(offset=192))), "should be the 8 bytes from 192 of ")
case("ox_external_offset_huge.onnx", onnx(initializer(external(offset=(1 << 64) - 4))), "which has only 199; download")
case("ox_external_offset_text.onnx", onnx(initializer(external(offset="-8"))), "gives '-8' as the offset of its external data")
case("ox_external_length.onnx", onnx(initializer(external(length=12))), "has 12 bytes but its shape and type need 8")
case("ox_external_overlap.onnx", onnx(initializer(external()), initializer(external(offset=4), name="v")),
     "overlaps the external data of another")
case("ox_external_twice.onnx", onnx(initializer(external() + RAW)), "the initializer 'w' has its values twice")

# --- Hugging Face indices ---------------------------------------------------------------------------------------------


def index(weight_map):
    return json.dumps({"metadata": {"total_size": 8}, "weight_map": weight_map}, indent=2).encode()


case("hf_parent.json", index({"w": "../model-00001.safetensors"}), "names the file '../model-00001.safetensors', " + OUTSIDE)
case("hf_absolute.json", index({"w": "/etc/passwd"}), "names the file '/etc/passwd', " + OUTSIDE)
case("hf_no_shard.json", index({"w": "model-00001-of-00002.safetensors"}),
     "names the file 'model-00001-of-00002.safetensors', which is not in its folder; download that file too")
case("hf_shard_is_folder.json", index({"w": "."}), "is a folder; name the file inside it")
case("hf_shard_is_index.json", index({"w": "hf_shard_is_index.json"}),
     "is a shard of a Hugging Face model but neither safetensors nor a file of torch.save")
case("hf_shard_is_number.json", index({"w": 1}), "(the shard of 'w' is no file name)")
case("hf_tensor_missing.json", index({"w": "st_no_tensors.safetensors"}),
     "says that the tensor 'w' is in 'st_no_tensors.safetensors', and it is not there; download that file again")
case("hf_shard_broken.json", index({"w": "st_overlap.safetensors"}), "the bytes of the tensor 'b' overlap those of another")
case("hf_shard_dictless.json", index({"w": "pt_only_list.pt"}), "the shard 'pt_only_list.pt' holds no dict of tensors")
case("hf_name_twice.json", b'{"weight_map": {"w": "a", "w": "b"}}', "the index of shards is damaged ('w' is there twice)")
case("hf_deep.json", b'{"weight_map": ' + b'{"a":' * 3000 + b"1" + b"}" * 3001, "(its JSON is nested too deep)")
case("hf_cut.json", index({"w": "x"})[:-4], "(it is not valid JSON)")
case("hf_map_is_list.json", b'{"weight_map": []}', "(it has no weight_map)")
case("hf_map_empty.json", index({}), "(its weight_map is empty)")
case("pt_only_list.pt", archive(stream(b"]")), "holds no tensors; check that")

# --- what people download by mistake ----------------------------------------------------------------------------------

case("empty.pt", b"", "the file is empty; download it again")
case("page.pt", b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "is a web page, not a checkpoint")
case("bom_page.pt", b"\xef\xbb\xbf <HTML><body>quota exceeded</body></HTML>", "is a web page, not a checkpoint")
case("denied.pt", b"<?xml version='1.0'?><Error>AccessDenied</Error>", "is a web page, not a checkpoint")
case("pointer.pt", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "run 'git lfs pull'")
case("message.pt", b'{"error": "Repository not found"}', "is JSON text, not a checkpoint")
case("bare.pkl", stream(b"N", 4), "is a bare Python pickle, which is not read")
case("model.nemo", (b"./config.yaml" + bytes(244) + b"ustar\x0000").ljust(1024, b"\0"),
     "the tar archive is damaged or cut off")
case("model.tar.gz", b"\x1f\x8b\x08\0" + bytes(20), "is a compressed file or archive; unpack it")
case("model.h5", b"\x89HDF\r\n\x1a\n" + bytes(20), "is an HDF5 file, not a checkpoint")
case("noise.pt", bytes(range(1, 200)),
     "is not a checkpoint that is read here (safetensors, a file of torch.save or of numpy.save, a .nemo file, an ONNX")
case("one_byte.pt", b"P", "is not a checkpoint that is read here")


def main():
    assert len({name for name, _, _ in CASES}) == len(CASES)
    for file_name, data, _ in CASES:
        (FOLDER / file_name).write_bytes(data)
    lines = [f"{file_name}\t{sentence}\n" for file_name, _, sentence in sorted(CASES)]
    (FOLDER / "sentences.tsv").write_text("".join(lines))


if __name__ == "__main__":
    main()
