"""What the functions and methods that notebooks call are known to do.

Functions are known by their top package and their last name (``"os.remove"``, ``"pandas.read_pickle"``), so that it
does not matter through which submodule they are reached; methods by their name alone, since the syntax tree does not
say of what they are. Tables only; imports nothing.
"""

from __future__ import annotations

__all__ = ["canonical", "is_odd"]


def _each(words: str) -> list[str]:
    return words.split()


WRITES, UNLINKS, NETWORK, SHELL = "writes files", "deletes files", "network", "shell"
INSTALLS, LONG, DYNAMIC = "installs", "long loop", "dynamic"

#: What a name is taken for that neither the code nor the session defines.
CONVENTIONS = {
    "np": "numpy",
    "pd": "pandas",
    "pl": "polars",
    "pa": "pyarrow",
    "pq": "pyarrow.parquet",
    "plt": "matplotlib.pyplot",
    "mpl": "matplotlib",
    "sns": "seaborn",
    "px": "plotly.express",
    "alt": "altair",
    "sk": "sklearn",
    "sp": "scipy",
    "sm": "statsmodels.api",
    "tf": "tensorflow",
} | {
    name: name
    for name in _each(
        "asyncio builtins codecs collections csv ctypes datetime duckdb functools gc glob gzip heapq httpx importlib "
        "inspect io itertools json logging marshal math matplotlib numpy operator os pandas pathlib pickle pip polars "
        "pyarrow random re requests runpy scipy seaborn shelve shutil signal sklearn socket sqlite3 statistics "
        "subprocess sys tempfile threading time types urllib urllib3 warnings zipfile"
    )
}

#: Modules under another name, as the functions in them give it.
_TWINS = {
    "posix": "os",
    "nt": "os",
    "posixpath": "os.path",
    "ntpath": "os.path",
    "genericpath": "os.path",
    "_io": "io",
    "_socket": "socket",
    "_pickle": "pickle",
    "_posixsubprocess": "subprocess",
    "_ctypes": "ctypes",
    "_bisect": "bisect",
    "_heapq": "heapq",
    "_operator": "operator",
    "_sqlite3": "sqlite3",
}

#: Modules whose being handed about hides what is called; other modules hold them too (``shutil.os``).
RISKY_MODULES = frozenset(
    _each("builtins codeop ctypes gc importlib marshal os pip posix pty runpy shutil socket subprocess sys")
)

#: Modules every call into which does the same.
MODULES = {
    "subprocess": SHELL,
    "pexpect": SHELL,
    "pty": SHELL,
    "sh": SHELL,
    "fabric": SHELL,
    "plumbum": SHELL,
    "pip": INSTALLS,
    "ensurepip": INSTALLS,
    "micropip": INSTALLS,
    "piplite": INSTALLS,
    "ctypes": DYNAMIC,
    "cffi": DYNAMIC,
    "code": DYNAMIC,
    "codeop": DYNAMIC,
    "gc": DYNAMIC,
    "marshal": DYNAMIC,
    "runpy": DYNAMIC,
    "imp": DYNAMIC,
} | dict.fromkeys(
    _each(
        "aiohttp boto3 botocore ftplib gdown google.cloud gspread http.client http.server httpx huggingface_hub "
        "imaplib kaggle kagglehub openai pandas_datareader paramiko poplib psycopg psycopg2 pycurl pymongo pymysql "
        "redis requests s3fs smtplib socket socketserver telnetlib tweepy urllib.request urllib3 wandb webbrowser "
        "websocket websockets wget xmlrpc.client yfinance"
    ),
    NETWORK,
)

#: Functions: what they do, and which argument says with what (``None``: none does).
FUNCTIONS: dict[str, tuple[str, int | None]] = {
    **{
        f"os.{name}": (WRITES, 0)
        for name in _each("chmod chown fdopen link makedirs mkdir mkfifo mknod open symlink truncate utime")
    },
    **{f"os.{name}": (WRITES, 1) for name in ("rename", "renames", "replace")},
    **{f"os.{name}": (UNLINKS, 0) for name in ("remove", "removedirs", "rmdir", "unlink")},
    **{f"os.{name}": (SHELL, 0) for name in ("popen", "posix_spawn", "posix_spawnp", "startfile", "system")},
    **{f"os.{kind}{how}": (SHELL, 0) for kind in ("exec",) for how in _each("l le lp lpe v ve vp vpe")},
    **{f"os.spawn{how}": (SHELL, 1) for how in _each("l le lp lpe v ve vp vpe")},
    **{f"os.{name}": (SHELL, None) for name in ("abort", "_exit", "fork", "forkpty", "kill", "killpg")},
    **{f"shutil.{name}": (WRITES, 1) for name in _each("copy copy2 copyfile copyfileobj copytree move")},
    "shutil.chown": (WRITES, 0),
    "shutil.make_archive": (WRITES, 0),
    "shutil.rmtree": (UNLINKS, 0),
    "shutil.unpack_archive": (WRITES, 1),
    "send2trash.send2trash": (UNLINKS, 0),
    **{f"tempfile.{name}": (WRITES, None) for name in _each("NamedTemporaryFile TemporaryDirectory mkdtemp mkstemp")},
    **{f"numpy.{name}": (WRITES, 0) for name in _each("memmap save savetxt savez savez_compressed")},
    "joblib.dump": (WRITES, 1),
    "torch.save": (WRITES, 1),
    **{f"pyarrow.{name}": (WRITES, 1) for name in _each("write_csv write_dataset write_feather write_table")},
    "pyarrow.write_to_dataset": (WRITES, 1),
    "pyarrow.OSFile": (WRITES, 0),
    **{f"matplotlib.{name}": (WRITES, 0) for name in ("imsave", "savefig")},
    **{f"imageio.{name}": (WRITES, 0) for name in ("imsave", "imwrite", "mimsave", "mimwrite")},
    "cv2.imwrite": (WRITES, 0),
    "soundfile.write": (WRITES, 0),
    "pandas.ExcelWriter": (WRITES, 0),
    "pandas.HDFStore": (WRITES, 0),
    "shelve.open": (WRITES, 0),
    "dbm.open": (WRITES, 0),
    "sqlite3.connect": (WRITES, 0),
    "duckdb.connect": (WRITES, 0),
    "urllib.urlretrieve": (WRITES, 1),
    "wget.download": (WRITES, 1),
    "logging.FileHandler": (WRITES, 0),
    "asyncio.create_subprocess_shell": (SHELL, 0),
    "asyncio.create_subprocess_exec": (SHELL, 0),
    "asyncio.open_connection": (NETWORK, 0),
    "asyncio.start_server": (NETWORK, None),
    "datasets.load_dataset": (NETWORK, 0),
    "nltk.download": (NETWORK, 0),
    "seaborn.load_dataset": (NETWORK, 0),
    "statsmodels.get_rdataset": (NETWORK, 0),
    "importlib.import_module": (DYNAMIC, None),
    "importlib.reload": (DYNAMIC, None),
    "importlib.__import__": (DYNAMIC, None),
    "importlib.spec_from_file_location": (DYNAMIC, None),
    "importlib.exec_module": (DYNAMIC, None),
    "inspect.currentframe": (DYNAMIC, None),
    "inspect.stack": (DYNAMIC, None),
    **{f"sys.{name}": (DYNAMIC, None) for name in _each("_current_frames _getframe addaudithook setprofile settrace")},
    **{f"types.{name}": (DYNAMIC, None) for name in ("CodeType", "FunctionType")},
    # Reading these back runs whatever code is in them.
    **{f"{name}.{how}": (DYNAMIC, None) for name in ("pickle", "dill", "cloudpickle") for how in ("load", "loads")},
    "pickle.Unpickler": (DYNAMIC, None),
    "joblib.load": (DYNAMIC, None),
    "pandas.read_pickle": (DYNAMIC, None),
    "torch.load": (DYNAMIC, None),
    "yaml.load": (DYNAMIC, None),
    "yaml.unsafe_load": (DYNAMIC, None),
    "itertools.count": (LONG, None),
    "itertools.cycle": (LONG, None),
}

#: Builtins whose mere mention makes code that can't be read.
BUILTIN_DYNAMIC = frozenset(_each("__build_class__ __builtins__ __import__ __loader__ __spec__ compile eval exec")) | {
    "globals",
    "locals",
    "vars",
    "get_ipython",
    "breakpoint",
}

#: Methods, whatever they are of: what they do, and which argument says with what; -1 is what they are called on.
METHODS: dict[str, tuple[str, int]] = {
    **dict.fromkeys(
        _each(
            "extractall save save_model save_pretrained savefig sink_csv sink_delta sink_ipc sink_ndjson sink_parquet "
            "to_csv to_excel to_feather to_file to_gpkg to_hdf to_html to_json to_latex to_markdown to_netcdf to_orc "
            "to_parquet to_pickle to_stata to_xml to_zarr tofile write_avro write_csv write_delta write_excel "
            "write_feather write_html write_image write_ipc write_json write_ndjson write_parquet"
        ),
        (WRITES, 0),
    ),
    **dict.fromkeys(_each("hardlink_to mkdir symlink_to touch write_bytes write_text"), (WRITES, -1)),
    **dict.fromkeys(("rmdir", "unlink"), (UNLINKS, -1)),
    "rmtree": (UNLINKS, 0),
    **dict.fromkeys(_each("Popen check_call check_output getoutput popen system"), (SHELL, 0)),
    **dict.fromkeys(("urlopen", "urlretrieve"), (NETWORK, 0)),
    "import_module": (DYNAMIC, 0),
    "run_cell": (DYNAMIC, 0),
    "run_line_magic": (DYNAMIC, 0),
    "run_cell_magic": (DYNAMIC, 0),
}
#: Of these methods only calls with a path are meant; without one they return text, or the name is an everyday one.
NEED_A_PATH = frozenset(name for name, (kind, at) in METHODS.items() if kind == WRITES and at == 0)
#: Keywords under which a path is given.
PATH_KEYWORDS = frozenset(
    _each("buf dst excel_writer file filename filepath fname path path_or_buf path_or_buffer target url where")
)
#: Methods of ``pathlib.Path`` whose names are other things' too.
PATH_METHODS: dict[str, tuple[str, int]] = {
    "rename": (WRITES, 0),
    "replace": (WRITES, 0),
    "chmod": (WRITES, -1),
    "link_to": (WRITES, 0),
}
#: A call whose name begins like this reads from an address it is given.
URL_READERS = ("read", "scan", "load", "open", "fetch", "get", "download", "url", "connect", "create_engine", "post")

#: Methods that change what they are called on, and return something nevertheless.
MUTATORS = frozenset(
    _each(
        "__delattr__ __delitem__ __iadd__ __setattr__ __setitem__ drop_in_place executemany executescript fit "
        "fit_predict fit_resample fit_transform insert_column insert_many load_state_dict partial_fit pop popitem "
        "popleft replace_column set_at_idx set_params setdefault zero_grad"
    )
)
#: Methods that change what they are called on where their result is thrown away; tables have namesakes that return new
#: ones.
VOID_MUTATORS = frozenset(
    _each(
        "add append appendleft clear difference_update discard extend extendleft fill insert intersection_update "
        "itemset move_to_end partition put remove resize reverse rotate setfield setflags sort subtract "
        "symmetric_difference_update update write writelines"
    )
)
#: Keywords of ``list.sort`` and ``ndarray.sort``; a table's ``sort`` has others and returns a new one.
SORT_KEYWORDS = frozenset({"axis", "key", "kind", "order", "reverse"})
#: Methods that take a query, and how queries that change something begin.
QUERIES = frozenset({"execute", "executescript", "query", "raw_sql", "sql"})
CHANGING_QUERIES = ("alter", "attach", "copy", "create", "delete", "drop", "insert", "merge", "replace", "truncate",
                    "update", "vacuum")  # fmt: skip
#: Methods whose result is part of what they are called on.
SAME_OBJECT = frozenset({"get", "items", "setdefault", "values", "__getitem__"})
#: Functions that change an argument: which.
CALLER_CHANGES: dict[str, int] = {
    "random.shuffle": 0,
    "numpy.shuffle": 0,
    "numpy.put": 0,
    "numpy.place": 0,
    "numpy.putmask": 0,
    "numpy.copyto": 0,
    "numpy.fill_diagonal": 0,
    "numpy.put_along_axis": 0,
    "heapq.heapify": 0,
    "heapq.heappop": 0,
    "heapq.heappush": 0,
    "heapq.heappushpop": 0,
    "heapq.heapreplace": 0,
    "bisect.insort": 0,
    "bisect.insort_left": 0,
    "bisect.insort_right": 0,
    "operator.setitem": 0,
    "operator.delitem": 0,
    "operator.iadd": 0,
    "operator.iconcat": 0,
    "builtins.setattr": 0,
    "builtins.delattr": 0,
    "builtins.next": 0,
}

#: Double-underscore attributes that are looked at in honest code.
HARMLESS_DUNDERS = frozenset(
    f"__{name}__"
    for name in _each(
        "annotations contains delitem doc enter eq exit file float getitem hash init int iter len name next "
        "post_init qualname repr setitem str version"
    )
)

#: Programs that install, with the words that make them do it.
INSTALLERS = ("pip install", "pip3 install", "conda install", "mamba install", "uv add", "uv pip", "apt install",
              "apt-get install", "npm install", "easy_install", "poetry add")  # fmt: skip


def canonical(dotted: str) -> str:
    """A dotted name without detours: ``pandas.io.common.os.remove`` is ``os.remove``."""
    first, _, rest = dotted.partition(".")
    if first in _TWINS:
        dotted = f"{_TWINS[first]}.{rest}" if rest else _TWINS[first]
    parts = dotted.split(".")
    for at in range(len(parts) - 1, 0, -1):
        if parts[at].lstrip("_") in RISKY_MODULES:
            return ".".join([parts[at].lstrip("_"), *parts[at + 1 :]])
    return dotted


def is_odd(name: str) -> bool:
    """Whether this is a name with double underscores that honest code has no use for."""
    return name.startswith("__") and name.endswith("__") and name not in HARMLESS_DUNDERS
