"""Dynamic code, native code and deserialization."""

from __future__ import annotations

from gk_hooks.analyzers.python.api import (
    Deserializes,
    Loads,
    Runs,
    arg,
)
from gk_hooks.analyzers.python.catalogue.table import Table, methods
from gk_hooks.model.effects import Code

TABLE = Table()
add = TABLE.add

# --- dynamic code
add("builtins.eval builtins.exec builtins.compile builtins.execfile", Runs(arg(0, "source", "expression", "object")))
add("code.InteractiveInterpreter().runsource code.InteractiveInterpreter().runcode", Runs(arg(0, "source")))
add("code.InteractiveConsole().push code.InteractiveConsole().runsource", Runs(arg(0, "source", "line")))
add("code.compile_command codeop.compile_command", Runs(arg(0, "source")))
add("cProfile.run cProfile.runctx profile.run pdb.run pdb.runeval", Runs(arg(0, "statement")))
add("types.FunctionType types.LambdaType", Runs(arg(0, "code"), object=True))
add("_xxsubinterpreters.run_string _interpreters.run_string _interpreters.exec", Runs(arg(1, "script", "code")))
add("_testcapi.run_in_subinterp _testinternalcapi.run_in_subinterp test.support.run_in_subinterp", Runs(arg(0, "code")))
add("sympy.sympify sympy.parse_expr", Runs(arg(0, "a", "s", "ex", "expr")))
add("asteval.Interpreter().eval js2py.eval_js", Runs(arg(0)))
add("IPython.get_ipython().run_cell IPython.get_ipython().run_code", Runs(arg(0)))
add("builtins.__import__ importlib.__import__ importlib.import_module", Runs(arg(0, "name"), Code.MODULE))
add("imp.load_source imp.load_compiled imp.load_dynamic", Runs(arg(1, "pathname"), Code.MODULE, file=True))
add("imp.load_module", Runs(arg(2, "pathname"), Code.MODULE, file=True))
add("runpy.run_module runpy._run_module_as_main", Runs(arg(0, "mod_name"), Code.MODULE))
add("runpy.run_path", Runs(arg(0, "path_name"), Code.MODULE, file=True))
LOADERS = "importlib.machinery.SourceFileLoader importlib.machinery.SourcelessFileLoader"
add(f"{LOADERS} importlib.util.spec_from_file_location", Runs(arg(1, "path", "location"), Code.MODULE, True, made=True))
add(
    methods("importlib.util.spec_from_file_location().loader", "load_module exec_module")
    + methods(" ".join(f"{loader}()" for loader in LOADERS.split()), "load_module exec_module"),
    Runs(arg(1, "path", "location"), Code.MODULE, file=True, receiver=True),
)
add("zipimport.zipimporter().load_module", Runs(arg(0, "fullname"), Code.MODULE))
add("importlib.machinery.ExtensionFileLoader", Loads(arg(1, "path")))
add("pkg_resources.load_entry_point pydoc.locate pydoc.importfile", Runs(arg(0), Code.MODULE))
add("django.utils.module_loading.import_string werkzeug.utils.import_string", Runs(arg(0), Code.MODULE))

# --- native code
add(methods("ctypes", "CDLL WinDLL OleDLL PyDLL"), Loads(arg(0, "name")))
add(methods("ctypes.cdll ctypes.windll ctypes.oledll ctypes.pydll", "LoadLibrary"), Loads(arg(0, "name")))
add("ctypes.cdll.* ctypes.windll.* ctypes.oledll.* ctypes.pydll.*", Loads(None))
add("cffi.FFI().dlopen", Loads(arg(0, "name")))
add("cffi.FFI().verify numpy.ctypeslib.load_library", Loads(arg(0)))
add("sqlite3.connect().load_extension", Loads(arg(0, "name")))

# --- deserialization
PICKLE = Deserializes("pickle")
add("pickle.load pickle.loads pickle.Unpickler dill.load dill.loads dill.Unpickler dill.load_session", PICKLE)
add("shelve.open shelve.DbfilenameShelf shelve.BsdDbShelf shelve.Shelf joblib.load pandas.read_pickle", PICKLE)
add("sklearn.externals.joblib.load cloudpickle.load klepto.archives.dir_archive compress_pickle.load", PICKLE)
add("django.contrib.sessions.serializers.PickleSerializer celery.utils.serialization.pickle.loads", PICKLE)
add("multiprocessing.connection.Client().recv multiprocessing.connection.Listener().accept().recv", PICKLE)
add("marshal.load marshal.loads", Deserializes("marshal"))
add(
    "jsonpickle.decode jsonpickle.loads jsonpickle.unpickler.decode jsonpickle.unpickler.Unpickler",
    Deserializes("jsonpickle"),
)
add("jsonpickle.unpickler.Unpickler().restore", Deserializes("jsonpickle"))
SAFE_YAML = tuple(f"yaml.{name}" for name in ("SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader"))
add("yaml.load yaml.load_all", Deserializes("yaml", unless=(arg(1, "Loader"), SAFE_YAML)))
add("yaml.unsafe_load yaml.unsafe_load_all yaml.full_load yaml.full_load_all", Deserializes("yaml"))
add(
    "ruamel.yaml.load ruamel.yaml.load_all",
    Deserializes(
        "yaml",
        unless=(arg(1, "Loader"), ("ruamel.yaml.SafeLoader", "ruamel.yaml.RoundTripLoader", "ruamel.yaml.CSafeLoader")),
    ),
)
add("ruamel.yaml.YAML", Deserializes("yaml", only_if=(arg(None, "typ"), ("unsafe",))))
add("torch.load", Deserializes("torch pickle", unless=(arg(None, "weights_only"), (True,))))
add("numpy.load", Deserializes("numpy pickle", only_if=(arg(2, "allow_pickle"), (True,))))
add(
    "keras.models.load_model tensorflow.keras.models.load_model",
    Deserializes("keras", unless=(arg(None, "safe_mode"), (True,))),
)
add("twisted.spread.jelly.unjelly", Deserializes("jelly"))
