"""Errors of the template engine: malformed source, missing data, too much work."""


class TemplateError(Exception):
    """A template that cannot be compiled or rendered."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SyntaxFault(TemplateError):
    """The source is not a Handlebars template, or goes beyond what we compile."""


class MissingAttribute(TemplateError):
    """A tag names something that neither the data nor the helpers have.

    The sentence is the one of SES, in MissingRenderingAttribute and in Rendering Failure events alike.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"Attribute '{name}' is not present in the rendering data.")
        self.name = name


class TooMuchWork(TemplateError):
    """Rendering would go beyond its budget."""
