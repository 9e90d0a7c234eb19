"""Components escape what they are given, and no page needs more than the strict policy allows."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import RequestContext, Template
from django.test import Client, RequestFactory
from django_cotton.compiler_regex import CottonCompiler
from pytest_django import Settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
EVIL = "\"><script>alert('1')</script>"


def rendered(source: str, **context: object) -> str:
    """Only files pass cotton's loader by themselves; a string is compiled here."""
    template = Template(CottonCompiler().process(source))
    return template.render(RequestContext(RequestFactory().get("/"), context))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_style_script_or_raw_attributes(path: Path) -> None:
    text = path.read_text()
    # Mails and the report that a command writes are files of their own, without our style sheet.
    if "email" not in path.parts and path.name != "report_file.html":
        assert not re.search(r"\sstyle\s*=|<style|javascript:", text)
        assert not re.search(r"<script(?![^>]*\ssrc=)", text)
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    # django-cotton renders {{ attrs }} without escaping: name each attribute instead.
    assert "{{ attrs" not in text


@pytest.mark.django_db
def test_the_catalogue_shows_every_component_and_passes_the_policy(
    as_administrator: Client,
) -> None:
    answer = as_administrator.get("/components/")
    assert answer.status_code == 200
    assert "unsafe" not in answer["Content-Security-Policy"]
    page = answer.content.decode()
    assert "<c-" not in page
    used = (settings.BASE_DIR / "templates/shell/components.html").read_text()
    for path in (settings.BASE_DIR / "templates/components").glob("*.html"):
        name = path.stem.replace("_", "-")
        assert f"<c-{name}" in used or name in {"banner"}, f"{name} is not in the catalogue"


@pytest.mark.django_db
def test_the_catalogue_is_for_development_alone(
    as_administrator: Client, settings: Settings
) -> None:
    settings.SHOW_COMPONENTS = False
    assert as_administrator.get("/components/").status_code == 404


@pytest.mark.parametrize(
    "source",
    [
        '<c-panel :title="evil" pad>{{ evil }}</c-panel>',
        '<c-panel title="{{ evil }}">x</c-panel>',
        '<c-button href="{{ evil }}" :label="evil">{{ evil }}</c-button>',
        '<c-button :name="evil" :value="evil" :kind="evil">x</c-button>',
        '<c-head :title="evil" :sub="evil" />',
        '<c-task-row :tone="evil" :what="evil" :todo="evil" />',
        '<c-task-row :href="evil" :action="evil" :about="evil" :kind="evil" />',
        '<c-verdict :title="evil" :tone="evil">x</c-verdict>',
        '<c-event :what="evil" :tone="evil">x</c-event>',
        '<c-banner :title="evil" :tone="evil">{{ evil }}</c-banner>',
        '<c-secret :id="evil" :label="evil" :value="evil">x</c-secret>',
        '<c-chip :href="evil" :count="evil">{{ evil }}</c-chip>',
        '<c-fact :label="evil">{{ evil }}</c-fact>',
        '<c-th :href="evil" :order="evil">{{ evil }}</c-th>',
        '<c-table :caption="evil">x</c-table>',
        '<c-pagination :previous="evil" :next="evil">{{ evil }}</c-pagination>',
        '<c-empty :title="evil">{{ evil }}</c-empty>',
        '<c-figure :label="evil" :value="evil" :of="evil">x</c-figure>',
        '<c-crumb :href="evil">{{ evil }}</c-crumb>',
    ],
)
def test_components_escape_what_they_are_given(source: str) -> None:
    page = rendered(source, evil=EVIL)
    assert "script" in page
    assert "<script" not in page


def test_a_component_does_not_see_the_variables_of_its_page() -> None:
    page = rendered("<c-panel>x</c-panel>", title="the page's own", pad=True)
    assert "the page" not in page
    assert 'class="panel"' in page


@pytest.mark.django_db
def test_the_shell_counts_in_one_query(
    as_administrator: Client, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(4):  # type: ignore[operator]  # session, account, counts
        as_administrator.get("/accounts/password/")


@pytest.mark.django_db
def test_another_host_that_may_get_tokens_is_shown_on_every_page(
    as_administrator: Client, settings: Settings
) -> None:
    assert "Tokens may be sent to" not in as_administrator.get("/team/").content.decode()
    settings.COOLSET_ALLOW_HOST = "proxy.acme.example"
    page = as_administrator.get("/team/").content.decode()
    assert "Tokens may be sent to proxy.acme.example." in page


@pytest.mark.django_db
def test_the_way_around_fits_the_role(as_auditor: Client, as_administrator: Client) -> None:
    page = as_auditor.get("/accounts/password/").content.decode()
    assert 'href="/identify/"' in page
    assert 'href="/team/"' not in page
    team = as_administrator.get("/team/").content.decode()
    assert 'href="/team/" aria-current="page"' in team
