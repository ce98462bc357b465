"""Every sample page: its elements nest, and nothing in it loads, points outside or runs on an event.

Usage: well_formed_test.py PATH-OF-write_sample_pages"""

import html.parser
import pathlib
import subprocess
import sys
import tempfile
import unittest

WRITE_SAMPLE_PAGES = sys.argv.pop(1)
VOID = {"meta", "br", "img", "input", "link", "hr"}
LOADING = {"src", "href", "srcset", "action", "data", "poster", "background"}


class Page(html.parser.HTMLParser):
    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.trouble, self.ids = [], [], set()
        self.feed(source)
        self.close()
        if self.open:
            self.trouble.append(f"never closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in LOADING or name.startswith("on"):
                self.trouble.append(f"<{tag} {name}={value!r}> at {self.getpos()}")
            if name == "id" and value in self.ids:
                self.trouble.append(f"id {value} twice")
            if name == "id":
                self.ids.add(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.trouble.append(f"</{tag}> at {self.getpos()} closes another element")


class WellFormed(unittest.TestCase):
    def test_every_page(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([WRITE_SAMPLE_PAGES, folder], check=True)
            pages = sorted(pathlib.Path(folder).glob("*.html"))
            self.assertEqual(len(pages), 12)
            for path in pages:
                with self.subTest(path.name):
                    self.assertEqual(Page(path.read_text()).trouble, [])

    def test_it_would_see_a_page_that_is_not(self):
        self.assertTrue(Page("<p><b></p></b>").trouble)
        self.assertTrue(Page("<img src=x>").trouble)
        self.assertTrue(Page("<p onclick='x'></p>").trouble)


if __name__ == "__main__":
    unittest.main(verbosity=2)
