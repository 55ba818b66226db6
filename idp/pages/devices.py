"""What a browser calls itself, in two words that its owner recognises. Never used to decide anything."""

from dataclasses import dataclass

# Order matters: most browsers also claim to be the ones below them.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
#: What the room of RADIUS writes in place of a browser's name, before the system's title.
_OVER_RADIUS = "RADIUS "


@dataclass(frozen=True, slots=True)
class Device:
    """A browser and an operating system by name, "" where unknown."""

    browser: str
    system: str


def device_of(user_agent: str) -> Device:
    """Return what `user_agent` says; a sign-in over RADIUS is called by the title of its system."""
    if user_agent.startswith(_OVER_RADIUS):
        return Device(user_agent.removeprefix(_OVER_RADIUS), "")
    return Device(_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))


def name_of(user_agent: str) -> str:
    """Return a name for what was made with this browser, "" where nothing is known of it."""
    device = device_of(user_agent)
    return " · ".join(part for part in (device.browser, device.system) if part)


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for token, name in names if token in text), "")
