import typer
app = typer.Typer()
def _x() -> None: ...
init=schema=doctor=review=documents=why=words=_x
