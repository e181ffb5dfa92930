"""The contract compiler: OpenAPI and overlays in, bundle document, source map and diagnostics out. Pure: files come
through an injected reader; no I/O and no clock."""

from firstclass.compiler.compilation import ApiSettings
from firstclass.compiler.compile import Compiled, compile_api
from firstclass.compiler.diagnostics import Diagnostic
from firstclass.compiler.encoding import encode
from firstclass.compiler.features import FEATURES
from firstclass.compiler.library import OutsideError
from firstclass.compiler.lowered import Lowered
from firstclass.compiler.nodes import Node

__all__ = [
    "FEATURES",
    "ApiSettings",
    "Compiled",
    "Diagnostic",
    "Lowered",
    "Node",
    "OutsideError",
    "compile_api",
    "encode",
]
