"""One supervised process: `web` or `ingester`."""

from __future__ import annotations

import os
import sys
import threading
import time

from . import start


def leave_with_parent() -> None:
    """A supervisor that was killed outright cannot tell us to stop: when it is gone, we go."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def web(host: str, port: int) -> None:
    start.django(tables=False)
    import uvicorn
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    from .asgi import Application
    from .prepare import engine

    engine()
    uvicorn.run(
        Application(get_wsgi_application()),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
        backlog=4096,
        proxy_headers=True,
        forwarded_allow_ips=settings.TRUSTED_PROXIES or "127.0.0.1",
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 * 1024,
        lifespan="on",
    )


def ingester() -> None:
    start.django(tables=False)
    from vigie.intake.ingester import main
    from vigie.lib import memory

    memory.for_streams()
    sys.exit(main())


if __name__ == "__main__":
    leave_with_parent()
    if sys.argv[1] == "web":
        web(sys.argv[2], int(sys.argv[3]))
    else:
        ingester()
