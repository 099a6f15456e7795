"""What a report promises to whoever opens it. Every test also fails on a console message, a request or a dialog."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from conftest import IMAGE, MARKUP

SECTIONS = ["overview", "segments", "evidence", "tiers", "method"]
LANGUAGES = ["en", "zh-CN"]
WIDTHS = [390, 1280]


@pytest.fixture(params=["sample", "hostile"])
def report(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_is_there_and_nothing_is_wider_than_the_screen(show, report, language, width):
    shown = show(report, width=width)
    shown.language(language)
    for section in SECTIONS:
        text = shown.page.locator(f"main section#{section}").inner_text()
        assert len(text) > 100, section
        assert bool(re.search("[\u4e00-\u9fff]", shown.page.locator(f"#{section} > h2").inner_text())) == (language != "en")
    widths = shown.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
    folder = os.environ.get("SEGMINT_SCREENSHOTS")
    if folder:
        path = Path(folder) / f"{report.parent.parent.parent.name}-{language}-{width}.png"
        shown.page.screenshot(path=path, full_page=True)


def test_no_text_of_the_other_language_is_visible(show, sample):
    shown = show(sample)
    for language, other in [("zh-CN", "en"), ("en", "zh-CN")]:
        shown.language(language)
        assert shown.page.get_attribute("html", "lang") == language
        visible = f"[...document.querySelectorAll('main [lang=\"{other}\"]')].filter((e) => e.checkVisibility()).length"
        assert shown.page.evaluate(visible) == 0
        assert shown.page.get_attribute(f'button[data-set-language="{language}"]', "aria-pressed") == "true"


def test_the_language_switch_works_from_the_keyboard(show, sample):
    page = show(sample).page
    page.focus('button[data-set-language="zh-CN"]')
    page.keyboard.press("Enter")
    assert page.get_attribute("html", "lang") == "zh-CN"


def test_themes_change_the_paper(show, sample):
    page = show(sample, theme="dark").page
    paper = lambda: page.evaluate("getComputedStyle(document.body).backgroundColor")
    automatic = paper()
    page.click('button[data-set-theme="light"]')
    light = paper()
    page.click('button[data-set-theme="dark"]')
    assert paper() == automatic != light


def test_tables_sort_by_value_both_ways(show, sample):
    page = show(sample).page
    tables = page.locator("#evidence table")
    table = tables.first
    values = "(t) => [...t.tBodies[0].rows].map((r) => Number(r.cells[5].querySelector('data').value))"
    inertia = table.locator("th").nth(5)
    for direction, descending in [("ascending", False), ("descending", True)]:
        inertia.locator("button.sort").click()
        assert inertia.get_attribute("aria-sort") == direction
        found = table.evaluate(values)
        assert len(found) > 2 and found == sorted(found, reverse=descending)
    plan = page.locator("#method table").last
    plan.locator("th button.sort").first.click()
    keys = plan.evaluate("(t) => [...t.tBodies[0].rows].map((r) => r.cells[0].textContent)")
    assert len(keys) > 30 and keys == sorted(keys)


def test_the_filter_hides_rows_and_brings_them_back(show, sample):
    page = show(sample).page
    rows = page.locator("#method .table:has(input.filter) tbody tr")
    visible = lambda: rows.evaluate_all("(all) => all.filter((row) => row.checkVisibility()).length")
    everything = visible()
    page.locator("#method input.filter").fill("dbscan")
    assert 0 < visible() < everything
    page.locator("#method input.filter").fill("")
    assert visible() == everything


def test_cards_lead_to_their_segments(show, report):
    page = show(report).page
    cards = page.locator("#overview a.card")
    assert cards.count() >= 3
    for i in range(cards.count()):
        target = cards.nth(i).get_attribute("href")
        cards.nth(i).click()
        assert page.locator(f"article{target}").is_visible()


def test_what_is_printed_has_every_section_and_no_controls(show, sample):
    page = show(sample).page
    page.emulate_media(media="print")
    assert not page.locator(".controls").is_visible()
    assert all(page.locator(f"section#{section}").is_visible() for section in SECTIONS)
    assert len(page.pdf()) > 50_000


def test_without_scripts_everything_is_there_in_one_language(show, sample):
    page = show(sample, java_script_enabled=False).page
    assert all(page.locator(f"section#{section} > h2").inner_text() for section in SECTIONS)
    assert "At a glance" in page.inner_text("#overview") and "概览" not in page.inner_text("#overview")


def test_markup_in_the_data_is_text(show, hostile):
    page = show(hostile).page
    text = page.inner_text("main")
    assert MARKUP in text and IMAGE in text and "<i>A</i>" in text
    assert page.locator("img, main script, main i, main b").count() == 0


def test_figures_say_what_their_value_says(show, report):
    page = show(report).page
    figures = page.evaluate("[...document.querySelectorAll('data[value]')].map((d) => [d.value, d.textContent])")
    assert len(figures) > 100
    for value, text in figures:
        shown = text.replace("%", "").replace(",", "").replace("−", "-").strip()
        value = float(value) * (100 if "%" in text else 1)
        mantissa, _, exponent = shown.partition("e")
        unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        assert abs(float(shown) - value) <= 0.50001 * unit, (value, text)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_bars_the_way_for_anybody(show, sample, theme, width):
    shown = show(sample, width=width, theme=theme)
    for language in LANGUAGES:
        shown.language(language)
        found = Axe().run(shown.page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        assert found.violations_count == 0, found.generate_report()
