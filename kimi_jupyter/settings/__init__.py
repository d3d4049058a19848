"""What a user sets, and the endpoint that follows from it.

Settings are traitlets of one class; keys are looked up here and nowhere else. Imports traitlets and our tables only.

Precedence, strongest first: an option of the cell · ``%kimi`` and ``%config`` in this kernel · the command line · the
environment (``KIMI_JUPYTER_*``, as it was when the extension was loaded) · ``ipython_config.py`` and
``jupyter_kimi_config.py`` · the default.
"""

from .endpoint import Endpoint, offline_only, resolve
from .keys import Environment, Keys
from .network import Headers, Network, check_url, is_loopback
from .secret import Secret, StreamRedactor
from .traits import DETAILS, ENVIRONMENT, Settings

__all__ = [
    "DETAILS",
    "ENVIRONMENT",
    "Endpoint",
    "Environment",
    "Headers",
    "Keys",
    "Network",
    "Secret",
    "Settings",
    "StreamRedactor",
    "check_url",
    "is_loopback",
    "offline_only",
    "resolve",
]
