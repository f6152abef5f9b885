"""The example of the client's README."""

import re
import unittest
from contextlib import chdir
from pathlib import Path

from file_upload_client.models import CreateFileResponse

from service import CLIENT, content_of, expect

ROOT = Path(__file__).parents[4]
README = ROOT / "libs/api-client/README.md"
PHOTO = ROOT / "docs/photo.jpg"


class Readme(unittest.TestCase):
    def test_its_example_stores_a_picture(self) -> None:
        [example] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
        names: dict[str, object] = {}
        with chdir(PHOTO.parent):
            exec(example.replace("http://127.0.0.1:3000", CLIENT._base_url), names)
        created = expect(CreateFileResponse, names["created"])
        self.assertEqual(content_of(created.file_id), PHOTO.read_bytes())
