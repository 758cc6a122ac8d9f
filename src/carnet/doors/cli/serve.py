"""carnet serve: the exchange on this machine, for a company's people, their browsers and their machines."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import err

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 8760,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Where database, key and checkpoints lie; else CARNET_HOME."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Open with the example projects and somebody in every role.")
    ] = False,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its private key, PEM.")] = None,
    footprints: Annotated[
        int,
        typer.Option(
            "--footprint-port", min=0, max=65535, help="A second port, HTTPS only, where footprints are exchanged."
        ),
    ] = 0,
    behind_https: Annotated[
        bool,
        typer.Option("--behind-https", help="A proxy on this machine speaks HTTPS for us: cookies only over HTTPS."),
    ] = False,
) -> None:
    """Serve the web pages and the API. Nothing else needs to be installed; CARNET_DATABASE can name a PostgreSQL."""
    from dataclasses import replace

    from ...errors import BadInput
    from ..server.settings import from_environment

    if bool(tls_cert) != bool(tls_key):
        raise BadInput("--tls-cert and --tls-key go together")
    if host not in LOOPBACK and not tls_cert and not behind_https:
        raise BadInput(
            f"--host {host} would send passwords in the clear. Give --tls-cert and --tls-key, or put a proxy with "
            "HTTPS before 127.0.0.1 and say --behind-https."
        )
    settings = from_environment(home=data or (Path("carnet-demo") if demo else None))
    settings = replace(settings, secure_cookies=bool(tls_cert) or behind_https)
    run(settings, host, port, demo=demo, tls=(tls_cert, tls_key), behind_https=behind_https, footprints=footprints)


def run(
    settings: Any,
    host: str,
    port: int,
    *,
    demo: bool,
    tls: tuple[Path | None, Path | None],
    behind_https: bool,
    footprints: int = 0,
) -> None:
    """Open everything, say where to look, serve until told to stop, then drain."""
    import logging

    from ...store import people
    from ..server.demo import settle
    from ..server.server import create_server, open_exchange
    from ..web import install, pages

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    exchange = open_exchange(settings)
    app, gate = create_server(exchange, pages())
    install(app)
    address = f"{'https' if tls[0] or behind_https else 'http'}://{host if ':' not in host else f'[{host}]'}:{port}"
    if demo:
        everybody, password = settle(exchange)
        err(f"the demo is at {address}/ ; everybody's password is {password}")
        for email, role in everybody:
            err(f"  {role:9} {email}")
    with exchange.store.look() as view:
        empty = not people.organizations(view)
    if empty:
        app.state.welcome_code = secrets.token_urlsafe(18)
        err(f"nobody is here yet; begin at {address}/welcome?code={app.state.welcome_code}")
    elif not demo:
        err(f"serving at {address}/")
    beside = _beside(exchange, host, footprints, tls) if footprints else None
    try:
        _serve(gate, settings, host, port, tls, behind_https)
    finally:
        if beside:
            beside[0].should_exit = True
            beside[1].join(settings.drain_seconds)
        exchange.store.close()


def _beside(exchange: Any, host: str, port: int, tls: tuple[Path | None, Path | None]) -> tuple[Any, Any]:
    """The standard footprint interface on a port of its own, with a certificate of our own when none was given."""
    import threading

    import uvicorn

    from ..server.gate import Gate, Metrics
    from ..server.pact import create_pact
    from ..server.tls import local_certificate

    cert, key = tls
    if cert is None or key is None:
        cert, key = local_certificate(exchange.settings.home / "tls", host)
        err(f"the certificate of the footprint port is our own: {cert}")
    gate = Gate(create_pact(exchange), exchange.settings, Metrics())
    config = uvicorn.Config(
        gate, host=host, port=port, lifespan="off", access_log=False, server_header=False, log_config=None,
        ssl_certfile=str(cert), ssl_keyfile=str(key), timeout_keep_alive=15,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="footprints", daemon=True)
    thread.start()
    err(f"footprints are exchanged at https://{host}:{port}/ (versions 2 and 3)")
    return server, thread


def _serve(
    gate: Any, settings: Any, host: str, port: int, tls: tuple[Path | None, Path | None], behind_https: bool
) -> None:
    import uvicorn

    class Draining(uvicorn.Server):
        """Refuses what is new once it is told to stop, and finishes what is under way."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            # uvicorn would raise the signal again at the end; being told to stop is no failure
            gate.draining, self.force_exit, self.should_exit = True, self.should_exit, True

    cert, key = tls
    config = uvicorn.Config(
        gate, host=host, port=port, lifespan="on", access_log=False, server_header=False, log_config=None,
        proxy_headers=behind_https, forwarded_allow_ips="127.0.0.1", timeout_keep_alive=15,
        timeout_graceful_shutdown=settings.drain_seconds, ssl_certfile=str(cert) if cert else None,
        ssl_keyfile=str(key) if key else None,
    )  # fmt: skip
    Draining(config).run()
