"""From LLVM code to a function of this processor, kept on disk so that the next process need not compile it again."""

from __future__ import annotations

import ctypes
import hashlib
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from ..compiled import cache_folder

_DIGEST = 32


@dataclass(frozen=True, eq=False)
class Compiled:
    """A compiled function; calls let other threads run meanwhile.

    **Arguments:** `engine` owns the memory in which the function lies.
    """

    call: Any
    engine: Any


@lru_cache(maxsize=64)
def compiled(code: str, name: str) -> Compiled:
    """The function `name(first, last, arguments, workspace)` of a module of LLVM code, ready to be called."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
    engine.add_object_file(llvm.ObjectFileRef.from_data(_object(code)))
    engine.finalize_object()
    shape = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
    return Compiled(shape(engine.get_function_address(name)), engine)


def _object(code: str) -> bytes:
    """Machine code, from the cache where it holds it unharmed."""
    place = _place(code)
    kept = _read(place) if place else None
    if kept is None:
        kept = _translated(code)
        if place:
            _write(place, kept)
    return kept


def _translated(code: str) -> bytes:
    machine = _target()
    module = llvm.parse_assembly(code)
    module.verify()
    _simplify(module, machine)
    return bytes(machine.emit_object(module))


def _simplify(module: Any, machine: Any) -> None:
    """Cells to registers, equal values to one: more only takes time, as the program is made for speed."""
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    passes = llvm.create_new_module_pass_manager()
    passes.add_sroa_pass()
    passes.add_new_gvn_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.run(module, builder)


def _target() -> Any:
    """This processor as LLVM sees it; an engine takes its own with it when it goes."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=2, codemodel="jitdefault", jit=True
    )


def _features() -> str:
    return str(llvm.get_host_cpu_features().flatten())


def _place(code: str) -> Path | None:
    """Where the machine code of this text for this processor is kept; `None` when nothing is."""
    folder = cache_folder()
    if folder is None:
        return None
    key = "\n".join((code, llvm.get_host_cpu_name(), _features(), llvmlite.__version__, llvm.get_default_triple()))
    return folder / f"kernel-{hashlib.sha256(key.encode()).hexdigest()[:40]}.bin"


def _read(place: Path) -> bytes | None:
    """What was kept, if it is what was written: it begins with its own digest."""
    try:
        held = place.read_bytes()
    except OSError:
        return None
    digest, kept = held[:_DIGEST], held[_DIGEST:]
    return kept if hashlib.sha256(kept).digest() == digest else None


def _write(place: Path, kept: bytes) -> None:
    """Keep machine code; a cache that cannot be written is only slower."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(kept).digest() + kept)
        Path(name).replace(place)
    except OSError:
        return
