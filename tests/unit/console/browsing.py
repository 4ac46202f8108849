"""What a browser would send of the fields in a piece of HTML, as browsers clean and choose."""

import re
from html.parser import HTMLParser

from starlette.datastructures import FormData, UploadFile


class Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str | UploadFile]] = []
        self._name = ""
        self._text: str | None = None
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "input":
            self._input(told)
        elif tag == "textarea":
            self._name, self._text = told["name"], ""
        elif tag == "select":
            self._name, self._options = told["name"], []
        elif tag == "option" and "value" in told and self._name:
            self._options.append((told["value"], "selected" in told))

    def _input(self, told: dict[str, str]) -> None:
        kind, value = told.get("type", "text"), told.get("value", "")
        if kind == "checkbox" and "checked" not in told:
            return
        if kind == "date" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            value = ""
        if kind == "text":
            value = value.replace("\r", "").replace("\n", "")
        self.sent.append((told["name"], value))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            text = self._text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")
            self.sent.append((self._name, text))
            self._text = None
        if tag == "select":
            chosen = next((value for value, selected in self._options if selected), None)
            self.sent.append((self._name, self._options[0][0] if chosen is None else chosen))
            self._name = ""


def sent(html: str) -> FormData:
    fields = Fields()
    fields.feed(html)
    return FormData([*fields.sent])
