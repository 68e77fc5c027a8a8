"""Runs programs one after the other, each as if in an interpreter of its own.

Executed once, before the first program. The modules that lead to JavaScript are emptied. What else a program may not do is refused by
an audit hook, which cannot be removed (https://docs.python.org/3/library/audit_events.html). A program that changes a module or a class
is reported, so that the interpreter is not used again; one that takes care to hide it could mislead this.
"""

import asyncio
import collections
import decimal
import gc
import importlib
import json
import os
import random
import sys
import types

# What programs use most. Importing another module changes the interpreter, which is then not used again.
for _name in """bisect calendar cmath collections.abc copy dataclasses datetime enum fractions functools hashlib heapq io
    itertools math numbers operator re statistics string textwrap time traceback typing unittest""".split():
    importlib.import_module(_name)
# It imports a module into its own at the first call.
collections.Counter().most_common(1)

# The ways from Python to JavaScript.
_BRIDGES = {"js", "pyodide_js", "pyodide", "_pyodide", "_pyodide_core", "micropip"}
_PROGRAM = "<program>"
_RECURSION = sys.getrecursionlimit()


def _remove_bridges():
    sys.modules["_pyodide._importhook"].jsfinder.jsproxies.clear()
    for name in list(sys.modules):
        if name.split(".")[0] in _BRIDGES:
            module = sys.modules.pop(name)
            # Pyodide keeps its modules, and from their classes, which programs can find, lead ways to what the modules hold.
            if isinstance(module, types.ModuleType):
                vars(module).clear()
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder.__module__.split(".")[0] not in _BRIDGES]
    sys.excepthook = sys.__excepthook__
    asyncio.set_event_loop_policy(None)
    gc.collect()


def _audit(
    event,
    args,
    # Defaults, since a program can change the global names, which it finds by the frames of a traceback.
    modules=frozenset(_BRIDGES | {"ctypes", "_ctypes"}),
    refused=("ctypes.", "gc.", "os.", "shutil.", "signal.", "socket.", "subprocess.", "sys.add", "sys.set", "tempfile.", "urllib."),
    allowed=frozenset({"os.listdir", "os.scandir"}),
    writing=os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND,
    split=str.split,
):
    if event == "import" and split(args[0], ".")[0] in modules:
        raise ImportError(f"programs may not import {args[0]}")
    if event == "open" and args[2] is not None and args[2] & writing:
        raise PermissionError("programs may not write files")
    if event.startswith(refused) and event not in allowed:
        raise PermissionError(f"programs may not use {event}")


def _owners():
    """Yields the modules, and the classes in them that Python code can change."""
    seen = set()
    for module in list(sys.modules.values()):
        yield module
        for value in list(vars(module).values()):
            # Bit 8 of the flags is Py_TPFLAGS_IMMUTABLETYPE.
            if isinstance(value, type) and not value.__flags__ & 1 << 8 and id(value) not in seen:
                seen.add(id(value))
                yield value


def _is_unchanged():
    if sys.modules.keys() != _names or sys.path != _path or os.environ != _environ:
        return False
    return all(vars(owner) == content for owner, content in _contents)


def _prepare():
    random.seed(0)
    decimal.setcontext(decimal.Context())
    sys.setrecursionlimit(_RECURSION)


def _reason(error):
    """Says what ended a program, and in which of its lines."""
    line, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == _PROGRAM:
            line = trace.tb_lineno
        trace = trace.tb_next
    is_syntax = isinstance(error, SyntaxError)
    try:
        message = str(error.msg if is_syntax else error)[:300]
    except Exception:
        message = ""
    line = error.lineno if is_syntax else line
    place = "" if line is None else f" in line {line}"
    return f"{type(error).__name__}{place}{': ' if message else ''}{message}"


def run_program(text):
    """Runs a program to its end. Returns JSON: kind and reason of its failure, if it failed, and whether nothing was changed."""
    _prepare()
    kind, reason = None, ""
    try:
        exec(compile(text, _PROGRAM, "exec"), {"__name__": "__main__"})
    except SystemExit as error:
        kind, reason = "exit", f"The program ended itself by SystemExit({error.code!r:.40})."
    except MemoryError as error:
        kind, reason = "memory", _reason(error)
    except BaseException as error:
        kind, reason = "error", _reason(error)
    for stream in (sys.__stdout__, sys.__stderr__):
        stream.flush()
    gc.collect()
    return json.dumps({"kind": kind, "reason": reason, "unchanged": _is_unchanged()})


_remove_bridges()
# What is written to a pipe lies outside the interpreter's limited memory.
for _module in (os, sys.modules["posix"]):
    for _name in ("pipe", "pipe2"):
        vars(_module).pop(_name, None)
_path, _environ, _names = list(sys.path), dict(os.environ), set(sys.modules)
_contents = [(owner, dict(vars(owner))) for owner in _owners()]
gc.collect()
gc.freeze()
sys.addaudithook(_audit)
del _audit
