"""The table of the template language, put to our engine and to handlebars.js."""

import pytest
from vectors.handlebars.cases import ALL
from vectors.handlebars.cases.form import Case, Departure, Fails, Fault, Missing
from vectors.handlebars.judge import Judge

from sestina.protocols.handlebars import MissingAttribute, SyntaxFault, TemplateError, compile

# Departures where handlebars.js agrees when it is not strict, and one where it agrees only when it is.
AGREES_LENIENT = {
    Departure.ABSENT_IN_BLOCK,
    Departure.ABSENT_SECTION,
    Departure.ABSENT_ARGUMENT,
    Departure.STRING_PROPERTY,
}
AGREES_STRICT = {Departure.FALSE_DATA}


def named(case: Case) -> str:
    return f"{case.topic}: {case.template[:60]!r}"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.mark.parametrize("case", ALL, ids=named)
def test_a_template_gives_what_the_table_says(case: Case) -> None:
    assert case.expected == _outcome(case)


def _outcome(case: Case) -> str | Missing | Fails | Fault:
    try:
        return compile(case.template).render(case.data)
    except MissingAttribute as error:
        return Missing(error.name)
    except SyntaxFault as error:
        return Fault(error.message)
    except TemplateError as error:
        return Fails(error.message)


@pytest.mark.parametrize("case", [case for case in ALL if case.departs is None], ids=named)
def test_handlebars_js_says_the_same(case: Case, judge: Judge) -> None:
    lenient, strict = judge.render(case.template, case.data), judge.render(case.template, case.data, strict=True)
    match case.expected:
        case str():
            assert (case.expected, case.expected) == (lenient.text, strict.text), (lenient, strict)
        case Missing():
            assert strict.text is None
        case Fails():
            assert (None, None) == (lenient.text, strict.text)
        case Fault():
            assert not (judge.accepts(case.template) and lenient.error is None)


@pytest.mark.parametrize("case", [case for case in ALL if case.departs], ids=named)
def test_a_departure_is_a_real_one(case: Case, judge: Judge) -> None:
    strings = case.departs is not Departure.ADDITION
    lenient = judge.render(case.template, case.data, strings=strings)
    strict = judge.render(case.template, case.data, strict=True, strings=strings)
    agrees = (case.departs in AGREES_LENIENT, case.departs in AGREES_STRICT)
    assert agrees == (case.expected == lenient.text, case.expected == strict.text), (lenient, strict)
    if not isinstance(case.expected, str):
        assert lenient.error is None


def test_every_departure_has_a_case_and_every_case_is_there_once() -> None:
    assert set(Departure) == {case.departs for case in ALL if case.departs}
    assert len(ALL) == len({(case.template, str(case.data)) for case in ALL})
    assert len(ALL) >= 250


def test_the_judge_is_the_version_that_the_readme_names(judge: Judge) -> None:
    assert "4.7.10" == judge.version()
