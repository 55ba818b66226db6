"""`python -m deploy.demonstration.start_page CONTENT.json`: serves the start page."""

import logging
import sys
from pathlib import Path

import uvicorn

from deploy.demonstration.start_page.app import create_app
from deploy.demonstration.start_page.content import read_content


def main(file: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    content = read_content(file)
    uvicorn.run(
        create_app(content),
        host="127.0.0.1",
        port=content.port,
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
