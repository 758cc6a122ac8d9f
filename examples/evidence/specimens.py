"""Write the specimen documents of the examples: one page each, the same bytes every time.

Reads the `evidence:` of every project beside this folder, writes each named file as a small PDF that says in its first
line that it is a specimen, and puts the digest of the file into the project. Running it twice changes nothing.
    python examples/evidence/specimens.py
"""

import hashlib
import re
import sys
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1]


def page(lines: list[str]) -> bytes:
    """A PDF of one page with these lines of ASCII text."""
    shown = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
    text = "BT /F1 11 Tf 15 TL 60 770 Td " + " ".join(f"({line}) Tj T*" for line in shown) + " ET"
    stream = text.encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + tail


def specimen(document: dict[str, Any]) -> bytes:
    """The page of one document, as its project registers it."""
    issuer = document.get("issuer", {})
    said = {
        "Document": document["id"],
        "Kind": document["kind"].replace("_", " "),
        "Shows": document.get("standard") or document.get("approval") or document.get("document", ""),
        "Result": document.get("result", ""),
        "About": ", ".join(document["about"]),
        "Covers": ", ".join(f"{k} {v}" for k, v in document.get("covers", {}).items()),
        "Issued by": issuer.get("name", ""),
        "In": issuer.get("economy", "").upper(),
        "Accredited to": issuer.get("accredited_to", ""),
        "Issued": document.get("issued", ""),
        "Expires": document.get("expires", "not stated"),
        "Language": document.get("language", ""),
    }
    lines = [f"{name}: {value}" for name, value in said.items() if value]
    return page(["SPECIMEN - NOT A REAL DOCUMENT", "Made for the examples of Carnet. No body issued it.", "", *lines])


def main() -> None:
    """Write every specimen and its digest."""
    for project in sorted(FOLDER.glob("*.yaml")):
        text = project.read_text(encoding="utf-8")
        for document in yaml.safe_load(text).get("evidence", []):
            made = specimen(document)
            (FOLDER / document["file"]).write_bytes(made)
            digest = "sha256:" + hashlib.sha256(made).hexdigest()
            recorded = rf'(file: {re.escape(document["file"])}[\s,]+digest: )"[^"]*"'
            text, count = re.subn(recorded, rf'\1"{digest}"', text)
            if count != 1:
                sys.exit(f"{project.name}: {document['id']} needs its digest in the line below its file")
        project.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
