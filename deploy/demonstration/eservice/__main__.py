"""`python -m deploy.demonstration.eservice SETTINGS.json`: serves the e-service portal."""

import logging
import sys
from pathlib import Path

import uvicorn

from deploy.demonstration.eservice.app import create_app
from deploy.demonstration.eservice.settings import read_settings
from deploy.demonstration.eservice.store import SessionStore


def main(file: Path) -> None:
    settings = read_settings(file)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    app = create_app(settings, SessionStore(settings.database))
    uvicorn.run(
        app, host=settings.host, port=settings.port, log_config=None, access_log=False, proxy_headers=False
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
