"""Reports of two runs, and pages that show them in the Chromium of the system."""

import json
import os
import random
import subprocess
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
MARKUP = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
FILE = """a<b>&c "d" 'e' 报告.parquet"""
FEATURES = [MARKUP, IMAGE, "很长的列名" * 12]
ATTRIBUTE = "</script></style>" + "unbroken" * 30
LEVELS = [IMAGE, "</script></style>", "&lt;b&gt; \u202eright to left שלום"]
TIERS = ["<i>A</i>", "B' onclick='alert(1)", '"' + "等级" * 40]
# What the page of the hostile data has to show as it is.
NAMES = [FILE, *FEATURES, ATTRIBUTE, *LEVELS, *TIERS]


def run(folder, *arguments):
    """The folder of a run of segmint."""
    command = [os.environ["SEGMINT_PROGRAM"], "--json", "run", *arguments, "--set", f"registry.path={folder / 'runs'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["path"])


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    return run(tmp_path_factory.mktemp("sample")) / "report.html"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """Three clear groups whose every name is markup, or worse; the run speaks Chinese."""
    folder = tmp_path_factory.mktemp("hostile")
    draw = random.Random(7)
    n = 600
    group = [i % 3 for i in range(n)]
    columns = {
        "<b>id</b>": [f"<b>{i}</b>" for i in range(n)],
        FEATURES[0]: [draw.gauss(10.0 * g, 1) for g in group],
        FEATURES[1]: [draw.gauss(10.0 * (g == 1), 1) for g in group],
        FEATURES[2]: [draw.gauss(5.0 * g, 1) for g in group],
        ATTRIBUTE: [LEVELS[g] for g in group],
        "tier": [TIERS[(g + (draw.random() < 0.2)) % 3] for g in group],
        "<u>value</u>": [draw.uniform(-10.0, 90.0) * (g + 1) for g in group],
    }
    table = folder / FILE
    pyarrow.parquet.write_table(pyarrow.table(columns), table)
    keys = {
        "path": str(table),
        "id": "<b>id</b>",
        "features": FEATURES,
        "attributes": [ATTRIBUTE],
        "tier": "tier",
        "value": "<u>value</u>",
    }
    # Strings and lists of strings are written alike in JSON and TOML.
    source = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in keys.items())
    config = folder / "pipeline.toml"
    config.write_text(f'[source]\n{source}[label]\nlanguage = "zh"\n', encoding="utf-8")
    return run(folder, "--config", str(config)) / "report.html"


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=os.environ["SEGMINT_BROWSER"], args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Shown:
    """A page, and everything it did that a report must not do."""

    def __init__(self, browser, report, width=1280, theme="light", anchor="", **options):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **options)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        address = report.as_uri()
        self.page.on("request", lambda request: request.url.split("#")[0] == address or self.complaints.append(request.url))
        self.page.goto(address + anchor)

    def choose(self, switch, value):
        """Sets the switch `language` or `theme`."""
        self.page.click(f'button[data-set-{switch}="{value}"]')


@pytest.fixture
def show(browser):
    shown = []

    def open_page(report, **options):
        shown.append(Shown(browser, report, **options))
        return shown[-1]

    yield open_page
    for one in shown:
        one.context.close()
    assert [one.complaints for one in shown if one.complaints] == []
