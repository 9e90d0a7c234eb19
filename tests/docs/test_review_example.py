"""The stand-alone check of a signed review in the guide does what it says."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.docs.pages import text
from tests.factories import NOW, actor_of, make_account, make_token
from tokens.services.reviews.close import close_review
from tokens.services.reviews.export import signed_json
from tokens.services.reviews.sign import sign_reviews
from tokens.services.reviews.start import Asked, start_review

pytestmark = pytest.mark.django_db


def check(file: Path) -> subprocess.CompletedProcess[str]:
    """Run the guide's own lines, in a Python that knows nothing of this product."""
    found = re.search(r"^```python\n(.*?)^```", text("docs/guide/reviews.md"), re.M | re.S)
    assert found is not None
    return subprocess.run(
        [sys.executable, "-I", "-c", found[1], str(file)],
        capture_output=True, text=True, check=False, cwd=file.parent,
    )  # fmt: skip


def test_the_guides_check_of_a_signed_review(tmp_path: Path) -> None:
    make_token(integration_name="Grüße")
    ada = make_account("ada@acme.example")
    asked = Asked(name="Autumn", due_on=(NOW + timedelta(days=9)).date(), reviewer=ada)
    review = start_review(asked=asked, asked_by=ada, actor=actor_of(ada), now=NOW)
    close_review(review=review, actor=actor_of(ada), now=NOW)
    sign_reviews(now=NOW)
    review.refresh_from_db()
    file = tmp_path / "review.json"
    file.write_text(signed_json(review))
    done = check(file)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"signed by {review.public_key}"
    changed = json.loads(file.read_text())
    file.write_text(json.dumps(changed | {"result": changed["result"].replace("Autumn", "Spring")}))
    assert "the result was changed" in check(file).stderr
    forged = changed["result"].replace("Autumn", "Spring")
    digest = hashlib.sha256(forged.encode()).hexdigest()
    file.write_text(json.dumps(changed | {"result": forged, "sha256": digest}))
    assert "InvalidSignature" in check(file).stderr
