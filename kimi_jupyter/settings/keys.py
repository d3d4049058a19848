"""Where keys are looked up. Imports our tables only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..providers import PROVIDERS, Provider, key_from_environment
from .secret import Secret

__all__ = ["Environment", "Keys"]


class Environment(dict[str, str]):
    """Environment variables as they were at one moment; the repr shows none, for some hold keys."""

    def __repr__(self) -> str:
        return f"<Environment of {len(self)} variables>"

    __str__ = __repr__


class Keys:
    """Where keys are looked up: typed in this kernel → environment → the OS keyring, if that extra is installed.

    Parameters
    ----------
    environ
        The environment as it was when the extension was loaded: code that runs later can't put a key or an address
        there (hazards KEY-04).
    """

    SERVICE = "kimi-jupyter"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = Environment(environ)
        self._typed: dict[str, Secret] = {}

    def find(self, provider: Provider) -> tuple[Secret, str]:
        """The key for a provider and where it is from; an empty key if there is none."""
        if provider.name in self._typed:
            return self._typed[provider.name], "typed in this kernel"
        found = key_from_environment(provider, self.environ)
        if found is not None:
            value, variable = found
            return Secret(value.strip()), f"{variable} in the environment"
        stored = self._from_keyring(provider.name)
        return (Secret(stored), "the system's keyring") if stored else (Secret(), "none")

    def at_hand(self, provider: Provider) -> bool:
        """Whether a key was typed, or is in the environment; the keyring, which may take its time, is not asked."""
        return provider.name in self._typed or key_from_environment(provider, self.environ) is not None

    def keep(self, provider: Provider, key: str) -> str:
        """Keep a key that was typed, in the keyring if there is one; returns in words where it went."""
        self._typed[provider.name] = Secret(key.strip())
        try:
            import keyring

            keyring.set_password(self.SERVICE, provider.name, key.strip())
        except ImportError:
            return "for this kernel only (pip install 'kimi-jupyter[keyring]' keeps it in the system's keyring)"
        except Exception as error:  # noqa: BLE001 - back ends raise what they like; the key still serves this kernel
            return f"for this kernel only (the system's keyring refused it: {type(error).__name__})"
        if self._from_keyring(provider.name) != key.strip():  # back ends that keep nothing don't say so
            return "for this kernel only (the system has no keyring)"
        return "in the system's keyring"

    def forget(self, provider: Provider) -> None:
        """Drop a typed key, from the keyring too."""
        self._typed.pop(provider.name, None)
        try:
            import keyring

            keyring.delete_password(self.SERVICE, provider.name)
        except Exception:  # noqa: BLE001 - nothing there to delete, or no keyring
            return

    def known(self) -> Iterable[str]:
        """Every key in reach, for masking."""
        for provider in PROVIDERS.values():
            secret = self._typed.get(provider.name)
            if secret:
                yield secret.reveal()
            found = key_from_environment(provider, self.environ)
            if found is not None and len(found[0].strip()) >= 8:
                yield found[0].strip()

    def _from_keyring(self, name: str) -> str:
        try:
            import keyring

            return keyring.get_password(self.SERVICE, name) or ""
        except Exception:  # noqa: BLE001 - not installed, or no back end: as good as no key
            return ""
