"""`portvakt`, and `python -m idp`."""

from idp.cli.main import run


def main() -> int:
    """Run the command line."""
    return run()


if __name__ == "__main__":
    raise SystemExit(main())
