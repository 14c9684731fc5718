"""The judge: handlebars.js itself, in QuickJS."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import quickjs

_SOURCE = pathlib.Path(__file__).parent / "handlebars.min.js"

# A console, which the runtime warns on, and the two questions the tests ask. Handlebars.js adds up the numbers of
# neighbouring tags when it does not escape ({{a}}{{b}} gives 3 for 1 and 2), so every piece is made a string first.
_PRELUDE = """
var console = {log() {}, info() {}, warn() {}, error() {}, debug() {}};
"""
_QUESTIONS = """
var plainAppend = Handlebars.JavaScriptCompiler.prototype.appendToBuffer;
function appendStrings(source, location, explicit) {
  return plainAppend.call(this, ['("" + (', source, '))'], location, explicit);
}
function attempt(question) {
  try { return JSON.stringify({text: question()}); } catch (error) { return JSON.stringify({error: String(error)}); }
}
function render(question) {
  const {template, data, strict, strings} = JSON.parse(question);
  Handlebars.JavaScriptCompiler.prototype.appendToBuffer = strings ? appendStrings : plainAppend;
  return attempt(() => Handlebars.compile(template, {noEscape: true, strict})(data));
}
function accept(question) {
  return attempt(() => typeof Handlebars.precompile(JSON.parse(question).template));
}
"""


class Verdict(NamedTuple):
    """What handlebars.js made of a template: its text, or else its error."""

    text: str | None
    error: str | None


class Judge:
    def __init__(self) -> None:
        self._context = quickjs.Context()
        self._context.set_max_stack_size(4 * 1024 * 1024)  # its parser recurses over nested blocks
        self._context.eval(_PRELUDE)
        self._context.eval(_SOURCE.read_text() + ";0")
        self._context.eval(_QUESTIONS)

    def version(self) -> str:
        return str(self._context.eval("Handlebars.VERSION"))

    def render(self, template: str, data: Mapping[str, Any], *, strict: bool = False, strings: bool = True) -> Verdict:
        return self._verdict("render", template=template, data=data, strict=strict, strings=strings)

    def accepts(self, template: str) -> bool:
        """Whether the template can be compiled at all."""
        return self._verdict("accept", template=template).error is None

    def _verdict(self, question: str, **told: Any) -> Verdict:
        answer = json.loads(self._context.get(question)(json.dumps(told)))  # JSON, as a C string ends at a NUL
        return Verdict(answer.get("text"), answer.get("error"))
