"""What a report promises to whoever opens it. Every test also fails on a console message, a request or a dialog."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from conftest import NAMES

SECTIONS = ["overview", "segments", "evidence", "tiers", "method"]
LANGUAGES = ["en", "zh-CN"]
THEMES = ["light", "dark"]
WIDTHS = [390, 1280]
CHINESE = re.compile("[\u4e00-\u9fff]")
OPEN = "document.querySelectorAll('details').forEach((details) => { details.open = true; })"


@pytest.fixture(params=["sample", "hostile"])
def report(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_is_there_and_nothing_is_wider_than_the_screen(show, report, language, width):
    shown = show(report, width=width)
    shown.choose("language", language)
    folder = os.environ.get("SEGMINT_SCREENSHOTS")
    for theme in THEMES if folder else []:
        shown.choose("theme", theme)
        name = f"{report.parent.parent.parent.name}-{language}-{width}-{theme}.png"
        shown.page.screenshot(path=Path(folder) / name, full_page=True)
    shown.page.evaluate(OPEN)
    for landmark in ["header", "nav", "main", "footer"]:
        assert shown.page.locator(f"body > {landmark}").inner_text(), landmark
    for section in SECTIONS:
        text = shown.page.locator(f"main section#{section}").inner_text()
        assert len(text) > 100, section
        assert bool(CHINESE.search(shown.page.locator(f"#{section} > h2").inner_text())) == (language != "en")
    widths = shown.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_the_page_refers_to_nothing_outside_and_allows_nothing(show, report):
    page = show(report).page
    policy = page.get_attribute('meta[http-equiv="Content-Security-Policy"]', "content")
    rules = dict(rule.split(maxsplit=1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for kind in ["style", "script"]:
        assert page.locator(kind).count() == 1
        assert re.fullmatch(r"'sha256-[\w+/=]+'", rules[f"{kind}-src"])
    assert set(rules) == {"default-src", "style-src", "script-src", "base-uri", "form-action"}
    names = """[...document.querySelectorAll("*")].flatMap((e) => [...e.attributes].map((a) => [a.name, a.value]))"""
    for name, value in page.evaluate(names):
        assert name != "style" and not name.startswith("on"), (name, value)
        assert name not in ["src", "srcset", "action", "xlink:href"], (name, value)
        assert name != "href" or value.startswith("#"), value


def test_the_policy_holds_back_what_would_get_in(show, hostile):
    shown = show(hostile)
    shown.page.evaluate("""document.body.insertAdjacentHTML("beforeend", "<p onclick='alert(1)' style='color: red'>x</p>")""")
    shown.page.locator("body > p").click()
    assert len(shown.complaints) == 2 and all("Content Security Policy" in text for text in shown.complaints)
    shown.complaints.clear()


def test_links_lead_to_one_place_on_the_page(show, report):
    page = show(report).page
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    links = page.evaluate("[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))")
    assert len(links) > 10 and {link[1:] for link in links} <= set(ids)


def test_no_text_of_the_other_language_is_visible(show, report):
    shown = show(report)
    shown.page.evaluate(OPEN)
    for language, other in [("zh-CN", "en"), ("en", "zh-CN")]:
        shown.choose("language", language)
        assert shown.page.get_attribute("html", "lang") == language
        visible = """(lang) => [...document.querySelectorAll(`body [lang="${lang}"]:not(button)`)]
            .filter((e) => e.checkVisibility()).length"""
        assert shown.page.evaluate(visible, other) == 0
        assert shown.page.evaluate(visible, language) > 100


def test_every_text_is_there_in_both_languages(show, sample):
    shown = show(sample)
    alone = """[...document.querySelectorAll("body [lang]:not(button)")].filter((e) => {
        const language = e.getAttribute("lang"), pair = language === "en" ? e.nextElementSibling : e.previousElementSibling;
        return !e.textContent.trim() || pair?.getAttribute("lang") !== (language === "en" ? "zh-CN" : "en");
    }).map((e) => e.outerHTML)"""
    assert shown.page.evaluate(alone) == []
    # The sample's names are English: so are all words in English, and every sentence has Chinese in Chinese.
    shown.page.evaluate(OPEN)
    shown.choose("language", "en")
    english = [shown.page.inner_text(part) for part in ["h1", "nav", "main", "footer"]]
    assert not CHINESE.search("".join(english))
    shown.choose("language", "zh-CN")
    for text in shown.page.locator("h1, h2, nav a, summary, caption, figcaption, p, .warnings li").all_inner_texts():
        assert CHINESE.search(text), text


def test_the_page_opens_in_the_language_of_its_run(show, sample, hostile):
    for report, language, title in [(sample, "en", "At a glance"), (hostile, "zh-CN", "概览")]:
        for scripts in [True, False]:
            page = show(report, java_script_enabled=scripts).page
            assert page.get_attribute("html", "lang") == language
            assert page.inner_text("#overview > h2") == title
            assert page.get_attribute('[data-set-language][aria-pressed="true"]', "data-set-language") == language


def test_switches_work_from_the_keyboard(show, sample):
    page = show(sample).page
    for name, values in [("language", LANGUAGES), ("theme", ["auto", *THEMES])]:
        for value in values:
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            assert page.get_attribute("html", "lang" if name == "language" else "data-theme") == value
            pressed = page.locator(f'[data-set-{name}][aria-pressed="true"]')
            assert pressed.count() == 1 and pressed.get_attribute(f"data-set-{name}") == value


def test_themes_change_paper_and_ink(show, sample):
    shown = show(sample, theme="dark")
    colours = lambda: shown.page.evaluate("(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))")
    automatic = colours()
    shown.choose("theme", "light")
    light = colours()
    assert light[0] != automatic[0] and light[1] != automatic[1]
    shown.choose("theme", "dark")
    assert colours() == automatic
    shown.choose("theme", "auto")
    assert colours() == automatic
    shown.page.emulate_media(color_scheme="light")
    assert colours() == light


# Clicks every heading twice and notes what the table then says; a number stands before text and counts as its machine value.
SORT = """() => [...document.querySelectorAll("th > button.sort")].flatMap((button) => [1, 2].map(() => {
    button.click();
    const heading = button.parentElement, table = heading.closest("table");
    const cells = [...table.tBodies[0].rows].map((row) => {
        const cell = row.cells[heading.cellIndex], data = cell.querySelector("data");
        return data ? [0, Number(data.value), ""] : [1, 0, cell.innerText.trim()];
    });
    return [button.innerText, heading.ariaSort, table.querySelectorAll("[aria-sort]").length, cells];
}))"""


def test_every_table_sorts_both_ways_by_value_or_by_text(show, sample):
    page = show(sample).page
    page.evaluate(OPEN)
    found = page.evaluate(SORT)
    assert len(found) == 2 * page.locator("th").count() > 200
    numbers = texts = 0
    for i, (heading, direction, marked, cells) in enumerate(found):
        assert (direction, marked) == (["ascending", "descending"][i % 2], 1), heading
        assert cells == sorted(cells, reverse=direction == "descending"), heading
        values = [cell[1] for cell in cells if cell[0] == 0]
        numbers += direction == "ascending" and values != sorted(values, key=str)
        texts += len({cell[2] for cell in cells}) > 2
    # There are columns where the order of the digits is not that of the values.
    assert numbers > 5 and texts > 5


def test_a_table_sorts_from_the_keyboard(show, sample):
    page = show(sample).page
    page.evaluate(OPEN)
    button = page.locator("#evidence button.sort").first
    button.focus()
    for direction in ["ascending", "descending"]:
        page.keyboard.press("Enter")
        assert page.locator("#evidence th").first.get_attribute("aria-sort") == direction


def test_filters_hide_rows_and_bring_them_back(show, sample):
    page = show(sample).page
    page.evaluate(OPEN)
    tables = page.locator(".table:has(input[type=search].filter)")
    assert tables.count() == 2
    capitals = 0
    for i in range(tables.count()):
        table = tables.nth(i)
        rows = table.locator("tbody tr")
        visible = lambda: rows.evaluate_all("(all) => all.filter((row) => row.checkVisibility()).map((row) => row.textContent)")
        everything = visible()
        # A text that not every row has, with a capital letter where there is one.
        found = lambda text: sum(text.lower() in row.lower() for row in everything)
        texts = [text for text in rows.locator("td").all_inner_texts() if 0 < found(text) < len(everything)]
        wanted = max(texts, key=lambda text: text != text.lower())
        capitals += wanted != wanted.lower()
        for typed in [wanted, wanted.lower(), wanted.upper()]:
            table.locator("input.filter").fill(typed)
            assert visible() == [row for row in everything if wanted.lower() in row.lower()]
        table.locator("input.filter").fill("no such row")
        assert visible() == []
        table.locator("input.filter").fill("")
        assert visible() == everything
    assert capitals > 0


@pytest.mark.parametrize("width", WIDTHS)
def test_cards_lead_to_their_segments(show, report, width):
    page = show(report, width=width).page
    cards = page.locator("#overview a.card")
    assert cards.count() == page.locator("#segments article").count() >= 3
    for i in range(cards.count()):
        segment = f"S{i + 1:02}"
        assert cards.nth(i).inner_text().startswith(segment)
        cards.nth(i).click()
        # Its first line is on the screen, below the bar that stays at the top, and the rest of it is open.
        title = page.locator(f"#segments article#{segment} h3").first
        assert title.inner_text().startswith(segment)
        bar = page.locator("nav").bounding_box()
        assert bar["y"] + bar["height"] <= title.bounding_box()["y"] < 900
        assert page.locator(f"article#{segment} table").first.is_visible()


def test_segments_are_closed_until_a_click_the_keyboard_or_a_link_opens_them(show, sample, hostile):
    for report in [sample, hostile]:
        page = show(report).page
        articles = page.locator("#segments article")
        assert articles.locator(".portrait").filter(visible=True).count() == 0
        assert articles.locator("summary h3").filter(visible=True).count() == articles.count() >= 3
        opened = lambda i: articles.nth(i).locator(".portrait").is_visible()
        articles.nth(0).locator("summary").first.click()
        articles.nth(1).locator("summary").first.focus()
        page.keyboard.press("Enter")
        page.locator("#overview .shares a").nth(2).click()
        assert [opened(i) for i in range(3)] == [True, True, True]
        # A link that has been followed already opens it again.
        articles.nth(2).locator("summary").first.click()
        assert not opened(2)
        page.locator("#overview a.card").nth(2).click()
        assert opened(2)


def test_a_link_to_a_segment_opens_it(show, browser, sample):
    page = show(sample, anchor="#S03").page
    title = page.locator("article#S03 h3").first
    assert page.locator("article#S03 .portrait").is_visible() and 0 <= title.bounding_box()["y"] < 900
    assert not page.locator("article#S02 .portrait").is_visible()


def test_without_scripts_a_click_opens_a_segment(show, sample):
    page = show(sample, java_script_enabled=False).page
    page.locator("article#S02 summary").first.click()
    assert page.locator("article#S02 .portrait").is_visible()


def test_the_first_screen_has_the_verdict_the_picture_and_cards(show, sample, hostile):
    for report in [sample, hostile]:
        for language in LANGUAGES:
            shown = show(report)
            shown.choose("language", language)
            for part in ["#overview .lead", "#overview .shares", "#overview a.card >> nth=0"]:
                box = shown.page.locator(part).bounding_box()
                assert box["y"] >= 0 and box["y"] + box["height"] <= 800, (part, box)


def test_every_card_of_seven_segments_is_on_the_first_screen(show, sample):
    for language in LANGUAGES:
        shown = show(sample)
        shown.choose("language", language)
        box = shown.page.locator("#overview .cards").bounding_box()
        assert box["y"] + box["height"] <= 800, box


def test_the_picture_on_a_phone_is_on_the_first_screen(show, sample):
    for language in LANGUAGES:
        shown = show(sample, width=390)
        shown.choose("language", language)
        box = shown.page.locator("#overview .shares").bounding_box()
        assert box["y"] + box["height"] <= 844, box


def test_bars_are_as_long_as_the_shares_beside_them(show, report):
    bars = show(report).page.evaluate("""[...document.querySelectorAll(".row .part")].map((part) => {
        const rect = part.querySelector("rect"), data = part.querySelector("data");
        return [data && Number(data.value), data?.textContent, rect?.getBoundingClientRect().width, rect?.textContent];
    })""")
    assert len(bars) >= 6
    longest = max(bars, key=lambda bar: bar[0] or 0)
    for value, text, width, hover in bars:
        assert hover == text
        assert value is None or abs(width / longest[2] - value / longest[0]) < 0.01


def test_the_closed_page_is_at_most_four_screens(show, sample):
    for language in LANGUAGES:
        shown = show(sample)
        shown.choose("language", language)
        assert shown.page.evaluate("document.documentElement.scrollHeight") <= 3200


def test_the_closed_page_on_a_phone_is_at_most_eight_screens(show, sample):
    for language in LANGUAGES:
        shown = show(sample, width=390)
        shown.choose("language", language)
        assert shown.page.evaluate("document.documentElement.scrollHeight") <= 8 * 844


# What hides a part of its words; the heading of the first screen is there for those who listen to the page.
CUT = """[...document.querySelectorAll("body *:not(#overview > h2)")].filter((e) => e instanceof HTMLElement && e.checkVisibility()
    && getComputedStyle(e).overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText)"""


@pytest.mark.parametrize("width", WIDTHS)
def test_no_words_are_cut(show, report, width):
    shown = show(report, width=width)
    for language in LANGUAGES:
        shown.choose("language", language)
        for opened in [False, True]:
            shown.page.evaluate(OPEN.replace("true", str(opened).lower()))
            assert shown.page.evaluate(CUT) == []


CHARTS = """[...document.querySelectorAll("figure svg[role=img]")].map((svg) => {
    const box = svg.getBoundingClientRect();
    const name = document.getElementById(svg.getAttribute("aria-labelledby")), caption = svg.closest("figure").querySelector("figcaption");
    const count = (what) => svg.querySelectorAll(what).length;
    return [caption?.innerText, name?.innerText, box.width, box.height, count("circle, rect, path"), count("title:not(:empty)")];
})"""


def test_charts_have_a_name_a_size_and_values_to_hover(show, report):
    page = show(report).page
    page.evaluate(OPEN)
    charts = page.evaluate(CHARTS)
    assert len(charts) > 10
    for caption, name, width, height, marks, values in charts:
        assert caption and name, (caption, name)
        assert width > 150 and height > 50, caption
        # A curve without dots has no marks.
        assert values > 0 or marks == 0, caption
    assert sum(values > 0 for *_, values in charts) > len(charts) - 2


def test_what_is_printed_has_every_section_and_no_controls(show, report):
    page = show(report).page
    page.emulate_media(media="print")
    assert page.locator(".controls, nav, input").filter(visible=True).count() == 0
    for part in [*(f"section#{section}" for section in SECTIONS), "section article", ".portrait", "section table", "figure svg"]:
        every = page.locator(part)
        assert every.count() == every.filter(visible=True).count() > 0, part
    assert page.locator(".scroll").evaluate_all("(all) => all.every((e) => getComputedStyle(e).overflowX === 'visible')")
    assert len(page.pdf()) > 50_000
    # On the screen it is as it was.
    page.emulate_media(media="screen")
    page.locator("details[open]").first.wait_for(state="detached")


def test_no_table_is_wider_than_the_paper(show, sample):
    page = show(sample, width=700).page
    page.emulate_media(media="print")
    assert page.locator(".scroll").evaluate_all("(all) => all.every((e) => e.scrollWidth <= e.clientWidth + 1)")


def test_without_scripts_everything_is_there(show, report):
    with_scripts, without = (show(report, java_script_enabled=scripts).page for scripts in [True, False])
    for page in [with_scripts, without]:
        page.emulate_media(media="print")
    assert without.inner_text("main") == with_scripts.inner_text("main")


def test_markup_in_the_data_is_text(show, hostile):
    page = show(hostile).page
    page.evaluate(OPEN)
    text = page.inner_text("body")
    # What would turn the text around is written out.
    written = [name.replace("\u202e", "\\u{202e}") for name in NAMES]
    assert [name for name in written if name not in text] == []
    assert page.locator("img, main script, main style, main i, main b, main u").count() == 0


def test_figures_say_what_their_value_says(show, report):
    page = show(report).page
    figures = page.evaluate("[...document.querySelectorAll('data')].map((d) => [d.value, d.textContent, d.dataset.of])")
    assert sum(source is not None for *_, source in figures) > 100
    for value, text, _ in figures:
        shown = text.replace("%", "").replace(",", "").replace("−", "-").strip()
        value = float(value) * (100 if "%" in text else 1)
        mantissa, _, exponent = shown.partition("e")
        unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        assert abs(float(shown) - value) <= 0.50001 * unit, (value, text)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_bars_the_way_for_anybody(show, report, theme, width):
    shown = show(report, width=width, theme=theme)
    for language in LANGUAGES:
        shown.choose("language", language)
        for opened in [False, True]:
            shown.page.evaluate(OPEN.replace("true", str(opened).lower()))
            found = Axe().run(shown.page, options={"runOnly": ["wcag2a", "wcag2aa"]})
            assert found.violations_count == 0, found.generate_report()
